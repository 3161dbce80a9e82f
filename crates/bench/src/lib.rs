//! `palabre bench`: a lean load generator for any WebSocket server.
//!
//! ```text
//!   fanout    one publishes, many receive           deliveries/s, loss, latency, CPU
//!   echo      each hears itself, then speaks again  round trips/s, latency, CPU
//!   durable   the same with many on their way       acknowledgements/s, latency, CPU
//!   idle      connect, be quiet, leave              memory per connection, CPU of a connect
//!
//!   Command ─▶ Plan: target, greeting ─▶ Fleet: one thread, one poll ─▶ Report
//!                                          │ marks in what comes
//!                                        Ledger, Trips: who got what, when
//! ```
//!
//! It often shares a small machine with the server that it measures, so it
//! takes as little as it can: one thread, an edge-triggered poll, one buffer
//! for all that is read, and some 60 bytes for a connection.
//!
//! It knows nothing of what is said. A message carries a *mark*, which tells
//! who sent it and as which; the mark is looked for in whatever the server
//! makes of the message. So loss and repetition are counted exactly, and when
//! a message should have been sent is known without asking the server.
//!
//! Latency counts from when a message *should* have been sent, not from when
//! there was time to send it: else a server that stalls would be asked less
//! just when it is slow (coordinated omission).

mod connection;
mod fanout;
mod fleet;
mod handshake;
mod histogram;
mod idle;
mod ledger;
mod mark;
mod options;
mod plan;
mod process;
mod report;
mod round_trip;
mod target;
mod transport;
mod trips;

pub use options::Command;

use anyhow::Context as _;

/// Carries a measurement out, and prints what came of it.
///
/// # Errors
/// Where nothing could be measured: the server is not there, is not ours to
/// measure, does not speak WebSocket, or nothing that is sent comes back.
pub fn run(command: &Command) -> anyhow::Result<()> {
    let report = match command {
        Command::Fanout(options) => fanout::run(options)?,
        Command::Idle(options) => idle::run(options)?,
        Command::Echo(options) => round_trip::echo(options)?,
        Command::Durable(options) => round_trip::durable(options)?,
    };
    let text = match command.common().json {
        true => format!("{}\n", serde_json::to_string(&report)?),
        false => report.to_string(),
    };
    use std::io::Write as _;
    std::io::stdout()
        .write_all(text.as_bytes())
        .context("cannot print the figures")
}
