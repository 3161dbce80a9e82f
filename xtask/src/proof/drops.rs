//! `cargo xtask drops`: a thousand members whose sockets are cut again and
//! again while messages flow; then the server goes and takes all sockets with
//! it. Everybody hears everything, once.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Curfew, Room, Server, Verdict, stampede};

/// How long a socket lives, in milliseconds.
const LIFE_MS: std::ops::Range<u64> = 50..500;

/// Between two messages.
const PAUSE: Duration = Duration::from_millis(5);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many members listen.
    #[arg(long, default_value_t = 1_000)]
    clients: usize,
    /// For how long sockets are cut.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Instead, let a room of so many lose all its sockets at once, twice, and
    /// tell how it comes back.
    #[arg(long, value_name = "CLIENTS", num_args = 0..=1, default_missing_value = "10000")]
    stampede: Option<usize>,
    /// Drive the release build; the debug build by default.
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    if let Some(n_clients) = options.stampede {
        return stampede::run(n_clients, options.release);
    }
    let mut server = Server::start("drops", options.release)?;
    let curfew = Arc::new(Curfew::default());
    let room = Room::open("drops", &server, 1, options.clients, |member| {
        member.until(&curfew).cut_after(LIFE_MS).pausing(PAUSE)
    })?;
    eprintln!(
        "cutting {} sockets for {} s",
        options.clients, options.seconds
    );
    thread::sleep(Duration::from_secs(options.seconds));
    server.kill_and_restart()?;
    curfew.ring();
    let back = Instant::now();
    let mut verdict = Verdict::default();
    room.close(&server, &mut verdict)?;
    println!(
        "all back and even    {:>8.1}s",
        back.elapsed().as_secs_f64()
    );
    verdict.close()
}
