//! `cargo xtask crash`: the server is killed in the middle of a conversation,
//! again and again, and nothing that was acknowledged is lost.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Curfew, Room, Server, Verdict};

const SPEAKERS: usize = 3;
const LISTENERS: usize = 3;
const ROOMS: usize = 2;

/// How long a server lives, in milliseconds.
const LIFE_MS: std::ops::Range<u64> = 20..400;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often the server is killed.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Kill the release build; the debug build by default.
    #[arg(long)]
    release: bool,
    /// Kill at the moments of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut server = Server::start("crash", options.release)?;
    let curfew = Arc::new(Curfew::default());
    let rooms = (1..=ROOMS).map(|number| {
        let name = format!("crash-{number}");
        Room::open(&name, &server, SPEAKERS, LISTENERS, |member| {
            member.until(&curfew)
        })
    });
    let rooms: Vec<_> = rooms.collect::<anyhow::Result<_>>()?;
    eprintln!("killing the server {} times, seed {seed}", options.rounds);
    let started = Instant::now();
    for _ in 0..options.rounds {
        thread::sleep(Duration::from_millis(chance.u64(LIFE_MS)));
        server.kill_and_restart()?;
    }
    curfew.ring();
    let mut verdict = Verdict::default();
    for room in rooms {
        room.close(&server, &mut verdict)?;
    }
    println!("kills                {:>9}", options.rounds);
    println!(
        "seconds              {:>9.1}",
        started.elapsed().as_secs_f64()
    );
    verdict.close()
}
