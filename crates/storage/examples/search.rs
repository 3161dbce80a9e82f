//! What the search index costs those who publish, how fast it follows, and how
//! long a search takes.
//!
//! ```sh
//! cargo run --release -p storage --example search -- [MESSAGES]
//! ```
//!
//! MESSAGES is 200,000 unless told: half of them are appended with nobody
//! following the log, half while the index does, in turns. The directory is
//! made below the current one, and removed.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use engine::log::{Entry, Log};
use engine::search::{Phrase, Question};
use storage::{Advance, Index, Options, Store};

const BATCH: usize = 100;
const CHANNELS: u64 = 1000;
const ROUNDS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let messages: usize = env::args().nth(1).map_or(Ok(200_000), |arg| arg.parse())?;
    let dir = Path::new("palabre-search-example");
    let measured = measure(dir, messages);
    fs::remove_dir_all(dir)?;
    measured
}

fn measure(dir: &Path, messages: usize) -> Result<(), Box<dyn Error>> {
    let store = Arc::new(Store::open(dir, Options::default())?);
    let index = Index::open(Arc::clone(&store), dir, |data| {
        Some(String::from_utf8_lossy(data).into_owned())
    })?;
    let mut n = 0;
    let (mut alone, mut followed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let half = messages / ROUNDS / 2;
        alone.push(append(&store, half, &mut n)?);
        let stop = AtomicBool::new(false);
        let rate = thread::scope(|scope| {
            scope.spawn(|| follow(&index, &stop));
            let rate = append(&store, half, &mut n);
            stop.store(true, Ordering::Relaxed);
            rate
        });
        followed.push(rate?);
    }
    let (alone, followed) = (median(alone), median(followed));
    println!(
        "appended {alone:.0}/s alone, {followed:.0}/s while the index follows: {:.2}",
        followed / alone
    );

    let behind = index.n_behind()?;
    let begun = Instant::now();
    while index.advance()? == Advance::More {}
    let rate = behind as f64 / begun.elapsed().as_secs_f64();
    let mib = |name| fs::metadata(dir.join(name)).map_or(0, |file| file.len() >> 20);
    println!("indexed the {behind} that were left: {rate:.0}/s");
    println!(
        "palabre.db {} MiB, search.db {} MiB",
        mib("palabre.db"),
        mib("search.db")
    );
    for (name, phrases) in [
        ("a rare word", vec!["w77777"]),
        ("a word of every message", vec!["every"]),
        ("the first letter of most", vec!["w*"]),
        ("two words that never meet", vec!["odd", "even"]),
        ("a word that is nowhere", vec!["nowhere"]),
    ] {
        let begun = Instant::now();
        let found = index.find(&question(&phrases))?;
        let more = if found.more.is_some() { ", more" } else { "" };
        println!(
            "{name}: {} hits{more}, {:.1?}",
            found.hits.len(),
            begun.elapsed()
        );
    }
    Ok(())
}

/// Messages a second, in batches as the server makes them.
fn append(store: &Store, messages: usize, n: &mut u64) -> Result<f64, engine::log::LogError> {
    let begun = Instant::now();
    for _ in 0..messages / BATCH {
        let batch: Vec<_> = (0..BATCH).map(|_| entry(n)).collect();
        store.append(&batch)?;
    }
    Ok(messages as f64 / begun.elapsed().as_secs_f64())
}

/// As the server's indexer does it: it rests four times as long as it works.
fn follow(index: &Index, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        match index.advance() {
            Ok(Advance::More) => thread::sleep(begun.elapsed() * 4),
            _ => thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn entry(n: &mut u64) -> Entry {
    *n += 1;
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let parity = if n.is_multiple_of(2) { "even" } else { "odd" };
    let words = [17, 23, 31, 43].map(|shift| format!("w{}", (mixed >> shift) % 100_000));
    Entry {
        channel: format!("room:{}", (mixed >> 50) % CHANNELS).into(),
        id: format!("{mixed:016x}").into(),
        time_ms: *n,
        data: format!("every message is {parity} and says {}", words.join(" ")).into(),
        info: None,
        target: None,
    }
}

fn question(phrases: &[&str]) -> Question {
    let phrase = |text: &&str| Phrase {
        words: vec![text.trim_end_matches('*').into()],
        is_prefix: text.ends_with('*'),
    };
    Question {
        channels: (0..100).map(|n| format!("room:{n}").into()).collect(),
        phrases: phrases.iter().map(phrase).collect(),
        before: None,
        limit: 20,
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}
