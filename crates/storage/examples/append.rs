//! How fast the log takes messages: batches of several sizes over many
//! channels, beside the same log with a sync for each message.
//!
//! ```sh
//! cargo run --release -p storage --example append -- [CHANNELS] [SECONDS]
//! ```
//!
//! CHANNELS is 1,000 and SECONDS, for each size, 3 unless told. The log is
//! made in a directory of its own below the current one, and removed.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use engine::log::{Entry, Log, Range};
use storage::{Options, Store};

const BATCHES: [usize; 4] = [1, 10, 100, 1000];
const DATA: &str = r#"{"sender":"Ann","message":"what people say to each other, at a length that is usual among them: a line, or two if it must be"}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let channels: usize = args.next().map_or(Ok(1000), |arg| arg.parse())?;
    let seconds: u64 = args.next().map_or(Ok(3), |arg| arg.parse())?;
    let dir = Path::new("palabre-append-example");
    let measured = measure(dir, channels, Duration::from_secs(seconds));
    fs::remove_dir_all(dir)?;
    measured
}

fn measure(dir: &Path, channels: usize, time: Duration) -> Result<(), Box<dyn Error>> {
    let store = Store::open(dir, Options::default())?;
    let mut feed = Feed {
        channels: (0..channels).map(|n| format!("room:{n}").into()).collect(),
        n: 0,
    };
    // Every channel is there, with something in it.
    for _ in 0..(channels * 10).div_ceil(10_000) {
        store.append(&feed.batch(10_000))?;
    }
    println!("{channels} channels, {} bytes of data each", DATA.len());
    println!("  batch   entries/s   commit p50      p99      max");
    for size in BATCHES {
        let mut commits = Vec::new();
        let start = Instant::now();
        while start.elapsed() < time {
            let batch = feed.batch(size);
            let begun = Instant::now();
            store.append(&batch)?;
            commits.push(begun.elapsed());
        }
        let rate = (commits.len() * size) as f64 / start.elapsed().as_secs_f64();
        commits.sort_unstable();
        let at = |share: f64| {
            let idx = (commits.len() - 1) as f64 * share;
            commits[idx as usize].as_secs_f64() * 1e3
        };
        let name = if size == 1 { " (sync each)" } else { "" };
        println!(
            "{size:7} {rate:11.0} {:9.2} ms {:5.1} ms {:5.1} ms{name}",
            at(0.5),
            at(0.99),
            at(1.0),
        );
    }
    read(&store, &feed)?;
    reopen(store, dir)
}

fn read(store: &Store, feed: &Feed) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let some = feed.channels.iter().take(1000);
    let n = some.len() as f64;
    for channel in some {
        store.read(channel, Range::Before(u64::MAX), 50)?;
    }
    let each_us = start.elapsed().as_secs_f64() * 1e6 / n;
    println!("the last 50 of a channel: {each_us:.0} us");
    Ok(())
}

fn reopen(store: Store, dir: &Path) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    drop(store);
    let closed = start.elapsed();
    let start = Instant::now();
    let store = Store::open(dir, Options::default())?;
    let opened = start.elapsed();
    drop(store);
    let mib = fs::metadata(dir.join("palabre.db"))?.len() >> 20;
    println!("closed in {closed:.1?}, opened again in {opened:.1?}: {mib} MiB");
    Ok(())
}

/// Makes entries, spread over the channels.
struct Feed {
    channels: Vec<Box<str>>,
    n: u64,
}

impl Feed {
    fn batch(&mut self, size: usize) -> Vec<Entry> {
        (0..size).map(|_| self.entry()).collect()
    }

    fn entry(&mut self) -> Entry {
        self.n += 1;
        // Fibonacci hashing: ids and channels in no order, and none twice.
        let mixed = self.n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let channel = (mixed >> 32) as usize % self.channels.len();
        Entry {
            channel: self.channels[channel].clone(),
            id: format!("{mixed:016x}-{:016x}", mixed.rotate_left(29)).into(),
            time_ms: 1_700_000_000_000 + self.n,
            data: DATA.into(),
            info: None,
            target: None,
        }
    }
}
