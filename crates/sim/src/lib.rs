//! A whole server and its clients in one thread, with a seed instead of chance.
//!
//! The engine, its sessions, the memory of its feeds, the rules of the chat, both
//! dialects and the client are the real ones. Time, the network, the disk and
//! the threads of the server are played:
//!
//! ```text
//!  members                net                     server
//!  ┌────────────────┐  frames, late     ┌───────────────────────────┐
//!  │ client::Client │ ◀─ and in order ─▶│ shards: Session, Hub      │
//!  │ plain, ?since= │   or never        │ Engine, Commits, Channel  │
//!  └────────────────┘                   └─────▲──────────────┬──────┘
//!     what each heard                   pages │       batches ▼
//!            └──────────▶ ledger ◀──────── disk: full, torn, trimmed
//! ```
//!
//! For half a minute of a world's time its members talk while connections drop
//! and come back in any order, readers are slow, the disk fills and the server
//! is stopped, killed or loses its power. After each step this must hold:
//!
//! - What anybody has heard of a room is a run of what is on disk, without a
//!   hole or a repeat, from the first; or there was a gap, and it was told. So
//!   it is with a feed and what is in memory; and that a feed has begun anew,
//!   with another epoch, is told, too.
//! - What anybody has heard of a live channel in one subscription is a run of what
//!   was told there, from its beginning on.
//! - What was acknowledged is on disk, and stays there over every restart.
//! - An id is stored once, also where an application's server calls again because
//!   an answer was lost. Members cannot publish in a feed.
//! - Nobody is let in with a forged token, nor sent anything when the time of a
//!   token is over and that of the grace; and nobody is cut off before.
//! - Of one connection no more is taken than the rate allows; what is refused
//!   for it is said again, and gets there.
//!
//! Then the weather clears: everybody must get everything, but for those who
//! have no good token any more, and every publisher an answer; what was said is
//! there; who comes last hears what is kept; and when all have left nothing of
//! them stays.
//!
//! One number makes a world. The same number makes the same one, to the last
//! event: a world that breaks a promise is run again to write down how.
//!
//! ```
//! let figures = sim::run(7, None)?;
//! assert!(figures.of(sim::Count::Publications) > 0);
//! # Ok::<(), sim::Failure>(())
//! ```

mod application;
mod calm;
mod chance;
mod channels;
mod connection;
mod disk;
mod event;
mod figures;
mod ledger;
mod live;
mod member;
mod net;
mod people;
mod post;
mod sabotage;
mod server;
mod shard;
mod storm;
mod tokens;
mod trace;
mod view;
mod weather;
mod world;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use figures::{Count, Figures};
pub use sabotage::Sabotage;

use trace::Trace;
use world::World;

/// A world in which a promise was broken.
#[derive(Debug, thiserror::Error)]
pub struct Failure {
    /// What makes the same world again.
    pub seed: u64,
    /// Which promise.
    pub why: String,
    /// The last that happened.
    pub trace: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.trace {
            writeln!(f, "{line}")?;
        }
        write!(f, "seed {}: {}", self.seed, self.why)
    }
}

/// Runs one world.
///
/// # Errors
/// If a promise was broken.
pub fn run(seed: u64, sabotage: Option<Sabotage>) -> Result<Figures, Failure> {
    outcome(&mut World::new(seed, Trace::new(false), sabotage)).map_err(|_| {
        let (outcome, trace) = run_again(seed, sabotage);
        let why = outcome.err().unwrap_or_else(|| {
            "it failed once, and not again: not all of it is of the seed".to_owned()
        });
        let trace = trace.lines();
        Failure { seed, why, trace }
    })
}

/// A number over all that happens in a world: two runs of one seed have the
/// same.
#[must_use]
pub fn digest(seed: u64) -> u64 {
    run_again(seed, None).1.digest()
}

/// Runs a world, and writes down how it goes.
fn run_again(seed: u64, sabotage: Option<Sabotage>) -> (Result<Figures, String>, Trace) {
    let mut world = World::new(seed, Trace::new(true), sabotage);
    let outcome = outcome(&mut world);
    (outcome, world.net.trace)
}

/// What comes of a world; a panic is a broken promise, too.
fn outcome(world: &mut World) -> Result<Figures, String> {
    match catch_unwind(AssertUnwindSafe(|| world.run())) {
        Ok(outcome) => outcome.map_err(|broken| broken.to_string()),
        Err(_) => Err("somebody panicked".to_owned()),
    }
}
