//! Proofs on the whole thing: the real server, real sockets, and something
//! that goes wrong again and again.
//!
//! ```text
//! members, a thread each ──plain dialect──▶ the server, killed (crash)
//!   │ come back with ?since=                  or the sockets, cut (drops, soak)
//!   ▼
//! what each heard, and what it was told ──▶ verdict: lost, twice, out of order
//!                                             ▲
//! what the room's log holds in the end ───────┘
//! ```
//!
//! A member says messages under ids of its own, and says again what was not
//! echoed: in the plain dialect the echo is the acknowledgement. It hears
//! everything from the first message on, over all its connections. In the end
//! somebody says a last word in each room; whoever hears it is done.
//!
//! `stampede` is another one: ten thousand clients of the Centrifuge dialect
//! over one poll, which lose their sockets at the same moment.

pub(crate) mod crash;
pub(crate) mod drops;
mod member;
mod server;
pub(crate) mod soak;
mod stampede;
mod verdict;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;

use self::member::{Heard, Member};
use self::server::Server;
use self::verdict::Verdict;

/// How long anybody waits for anything. It is never waited for where all is
/// well.
const PATIENCE: Duration = Duration::from_secs(60);

/// A thread runs little more than a WebSocket.
const STACK_BYTES: usize = 256 << 10;

/// The members of one room.
struct Room {
    name: String,
    members: Vec<JoinHandle<anyhow::Result<Heard>>>,
    /// Each member that speaks says here that all it said is acknowledged.
    spoken: Receiver<()>,
    n_speakers: usize,
}

impl Room {
    /// Starts speakers and listeners, which are connected as soon as may be.
    fn open(
        name: &str,
        server: &Server,
        n_speakers: usize,
        n_listeners: usize,
        form: impl Fn(Member) -> Member,
    ) -> anyhow::Result<Self> {
        let (sender, spoken) = std::sync::mpsc::channel();
        let members = (0..n_speakers + n_listeners).map(|number| {
            let member = form(Member::new(server.address(), name, number));
            spawn(match number < n_speakers {
                true => member.speaking(sender.clone()),
                false => member,
            })
        });
        Ok(Self {
            name: name.to_owned(),
            members: members.collect::<anyhow::Result<_>>()?,
            spoken,
            n_speakers,
        })
    }

    /// Waits until all that was said is acknowledged, says the last word, and
    /// compares what was heard with what the log holds.
    fn close(self, server: &Server, verdict: &mut Verdict) -> anyhow::Result<()> {
        for _ in 0..self.n_speakers {
            self.spoken
                .recv_timeout(PATIENCE)
                .context("a member does not get its messages acknowledged")?;
        }
        let log = Member::new(server.address(), &self.name, usize::MAX).last_word()?;
        for member in self.members {
            let heard = member
                .join()
                .map_err(|_| anyhow::anyhow!("a member panicked"))?;
            verdict.judge(&heard?, &log);
        }
        verdict.judge_log(&log);
        Ok(())
    }
}

fn spawn(member: Member) -> anyhow::Result<JoinHandle<anyhow::Result<Heard>>> {
    let thread = thread::Builder::new().stack_size(STACK_BYTES);
    Ok(thread.spawn(move || member.run())?)
}

/// Says to all members of a proof that it is time to come to an end.
#[derive(Debug, Default)]
struct Curfew(AtomicBool);

impl Curfew {
    fn ring(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn has_rung(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Where a speaker says that it is done.
type Done = Sender<()>;
