//! `cargo xtask durable`: how many messages a second the real server
//! acknowledges, beside the same log with a sync for each message.
//!
//! Clients and server share the machine, so on few cores the figure is a
//! lower bound.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use xshell::cmd;

use super::{Curfew, Room, Server, Verdict};
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Rooms, each with one who speaks in it.
    #[arg(long, default_value_t = 100)]
    rooms: usize,
    /// For how long they speak, and each log is written.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let server = Server::start("durable", true)?;
    let curfew = Arc::new(Curfew::default());
    let rooms = (1..=options.rooms).map(|number| {
        let name = format!("durable-{number}");
        Room::open(&name, &server, 1, 0, |member| member.until(&curfew))
    });
    let rooms: Vec<_> = rooms.collect::<anyhow::Result<_>>()?;
    let started = Instant::now();
    thread::sleep(Duration::from_secs(options.seconds));
    curfew.ring();
    let elapsed = started.elapsed();
    let mut verdict = Verdict::default();
    for room in rooms {
        room.close(&server, &mut verdict)?;
    }
    let rate = verdict.n_acknowledged as f64 / elapsed.as_secs_f64();
    println!("acknowledged/s       {rate:>9.0}");
    verdict.close()?;
    drop(server);
    beside(options)
}

/// The log alone, with batches of several sizes: that of 1 is a sync for each
/// message.
fn beside(options: &Options) -> anyhow::Result<()> {
    let shell = workspace::shell()?;
    let folder = workspace::target_dir().join("proof");
    let (rooms, seconds) = (options.rooms.to_string(), options.seconds.to_string());
    cmd!(
        shell,
        "cargo build --quiet --release --package storage --example append"
    )
    .run()?;
    let program = workspace::target_dir().join("release/examples/append");
    shell.change_dir(folder);
    Ok(cmd!(shell, "{program} {rooms} {seconds}").run()?)
}
