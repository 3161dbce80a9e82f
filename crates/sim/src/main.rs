//! `sim FIRST COUNT`: runs the worlds of so many seeds, on all cores.
//!
//! `cargo xtask sim` builds it with optimisation and calls it.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use sim::{Failure, Figures};

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|number| number.parse().ok())
        .collect();
    let [first, count] = numbers[..] else {
        eprintln!("usage: sim FIRST COUNT");
        return ExitCode::FAILURE;
    };
    let start = Instant::now();
    let (figures, failures) = run_all(first, count);
    println!("{:<28} {count:>11}", "worlds");
    print!("{figures}");
    println!("{:<28} {:>11}", "failures", failures.len());
    let seconds = start.elapsed().as_secs_f64();
    println!("{:<28} {seconds:>11.1}", "seconds");
    match failures.first() {
        None => ExitCode::SUCCESS,
        Some(failure) => {
            let seeds: Vec<_> = failures.iter().map(|one| one.seed.to_string()).collect();
            println!("\n{failure}\n\nseeds that fail: {}", seeds.join(" "));
            ExitCode::FAILURE
        }
    }
}

/// All figures together, and what failed, in the order of the seeds.
fn run_all(first: u64, count: u64) -> (Figures, Vec<Failure>) {
    let next = AtomicU64::new(first);
    let sum = Mutex::new((Figures::default(), Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return;
            }
            let outcome = sim::run(seed, None);
            let (figures, failures) = &mut *sum.lock().expect("nobody panics with it");
            match outcome {
                Ok(one) => *figures += one,
                Err(failure) => failures.push(failure),
            }
        }
    };
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(work);
        }
    });
    let (figures, mut failures) = sum.into_inner().expect("nobody panics with it");
    failures.sort_by_key(|failure| failure.seed);
    (figures, failures)
}
