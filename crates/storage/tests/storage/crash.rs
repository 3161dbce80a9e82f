//! Killed at any moment, and torn at the end.
//!
//! The child is this very test binary, told by a variable to append and to
//! print what was acknowledged until it is killed.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use engine::log::{Appended, Entry, Log};
use storage::{Options, Store};

use crate::support::{Dir, Random, all, entries, entry};

const CHILD: &str = "PALABRE_CRASH_CHILD";
const ROUNDS: u64 = 12;
const CHANNELS: u64 = 20;
const SEED: u64 = 0x9a1a_b4e5;

#[test]
fn nothing_acknowledged_is_lost_by_a_kill() {
    let dir = Dir::new();
    let mut random = Random(SEED);
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let lines = run_and_kill(dir.path(), round, 20 + random.below(180));
        acknowledged.extend(lines);
        let store = dir.open();
        verify(&store, &acknowledged);
        // Half of the rounds go on from a clean end, half from the fall.
        if round % 2 == 0 {
            drop(store);
        } else {
            let fallen = dir.snapshot();
            verify(&fallen.open(), &acknowledged);
        }
    }
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
    println!("{} acknowledged, none lost", acknowledged.len());
}

/// The lines that a child printed: channel, offset and id of what is on disk.
fn run_and_kill(dir: &Path, round: u64, after_ms: u64) -> Vec<(String, u64, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .env(CHILD, dir)
        .env("PALABRE_CRASH_ROUND", round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    // The moment counts from when it has begun, however busy the machine is.
    let mut line = String::new();
    while line != "ready\n" {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "the child fell");
    }
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(after_ms));
        child.kill().unwrap();
        child.wait().unwrap();
    });
    let acknowledged = out.lines().map_while(Result::ok).filter_map(|line| {
        // The last line may be torn; a whole one ends with a full stop.
        let mut words = line.strip_suffix(" .")?.split(' ');
        let (channel, offset, id) = (words.next()?, words.next()?, words.next()?);
        Some((channel.to_owned(), offset.parse().ok()?, id.to_owned()))
    });
    let acknowledged = acknowledged.collect();
    killer.join().unwrap();
    acknowledged
}

fn verify(store: &Store, acknowledged: &[(String, u64, String)]) {
    let channels: Vec<_> = (0..CHANNELS)
        .map(|n| all(store, &format!("room:{n}")))
        .collect();
    for records in &channels {
        let dense = (1..).zip(records).all(|(n, record)| record.offset == n);
        assert!(dense, "seed {SEED}");
    }
    for (channel, offset, id) in acknowledged {
        let n: usize = channel.strip_prefix("room:").unwrap().parse().unwrap();
        let record = &channels[n][usize::try_from(*offset).unwrap() - 1];
        assert_eq!(&*record.id, id, "seed {SEED}, {channel} at {offset}");
    }
}

/// Not a test by itself: see [`run_and_kill`].
#[test]
fn child() {
    let Some(dir) = std::env::var_os(CHILD) else {
        return;
    };
    let round: u64 = std::env::var("PALABRE_CRASH_ROUND")
        .unwrap()
        .parse()
        .unwrap();
    let store = Store::open(Path::new(&dir), Options::default()).unwrap();
    let mut random = Random(SEED ^ (round << 32));
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready").unwrap();
    for n in 0_u64.. {
        let batch = batch(&mut random, round, n);
        let appended = store.append(&batch).unwrap();
        let mut lines = String::new();
        for (entry, appended) in batch.iter().zip(appended) {
            let Appended::Stored { offset } = appended else {
                panic!("every id is new");
            };
            lines += &format!("{} {offset} {} .\n", entry.channel, entry.id);
        }
        out.write_all(lines.as_bytes()).unwrap();
    }
}

fn batch(random: &mut Random, round: u64, n: u64) -> Vec<Entry> {
    (0..1 + random.below(60))
        .map(|at| {
            let channel = format!("room:{}", random.below(CHANNELS));
            let mut entry = entry(&channel, &format!("{round}-{n}-{at}"));
            let len = usize::try_from(random.below(4_000)).unwrap();
            entry.data = vec![b'x'; len].into();
            entry
        })
        .collect()
}

#[test]
fn a_torn_end_loses_only_what_was_torn() {
    let dir = Dir::new();
    let store = dir.open();
    store.append(&entries("a", 0..100)).unwrap();
    let committed = dir.wal().metadata().unwrap().len();
    store.append(&entries("a", 100..200)).unwrap();
    let mut random = Random(SEED);
    for round in 0..40 {
        let torn = dir.snapshot();
        let mut wal = fs::read(torn.wal()).unwrap();
        let whole = wal.len() as u64;
        let expected = match round % 3 {
            // Cut somewhere in the second batch.
            0 => {
                let at = committed + random.below(whole - committed);
                wal.truncate(usize::try_from(at).unwrap());
                100
            }
            // A stretch of it that says something else.
            1 => {
                let at = committed + random.below(whole - committed);
                wal[usize::try_from(at).unwrap()..].fill(0x5a);
                100
            }
            // Garbage behind it.
            _ => {
                let len = 1 + random.below(20_000);
                wal.extend((0..len).map(|_| random.below(256) as u8));
                200
            }
        };
        fs::write(torn.wal(), wal).unwrap();
        let store = torn.open();
        assert_eq!(all(&store, "a").len(), expected, "round {round}");
        let appended = store.append(&[entry("a", "next")]).unwrap();
        let offset = expected as u64 + 1;
        assert_eq!(appended, [Appended::Stored { offset }]);
    }
}
