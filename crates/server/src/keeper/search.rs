//! The two threads of the search: one follows the log, one answers.
//!
//! ```text
//! writer ─"there is more"─▶ indexer: a batch, a pause, a batch … ─▶ search.db
//! shards ─▶ calls, bounded ─▶ searcher: one after the other ◀────────┘
//! ```
//!
//! The writer only wakes the indexer, and waits for nothing. The searcher takes
//! in a batch itself before it looks, so that what was just said is found; where
//! that is not all, its answer says how far the index is.

use std::convert::Infallible;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chat::Search;
use engine::{Call, Origin};
use protocol::centrifuge::{Error, ErrorCode};
use storage::{Advance, Index};

use crate::limits::SEARCHES_WAITING_MAX;
use crate::mailbox::{Mail, Mailboxes};
use crate::shard::Shared;

/// How long messages gather before they are taken in: a transaction for each of
/// 50 in a second would cost as much CPU as to put them into the log.
const GATHER: Duration = Duration::from_millis(250);

/// How long it rests after a batch, by the time that the batch took: a long way
/// to catch up takes a fifth of a core from those who publish, and of the disk.
const RESTS: u32 = 4;

/// How long the indexer stays away from a disk that gave it an error.
const AFTER_ERROR: Duration = Duration::from_secs(10);

/// The answer to a call.
#[derive(Debug)]
pub(crate) struct CallAnswer {
    pub(crate) origin: Origin,
    pub(crate) result: Result<Bytes, Error<'static>>,
}

/// Where calls are asked for.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    queue: SyncSender<Call>,
    mailboxes: Arc<Mailboxes>,
}

impl Calls {
    /// Where calls are asked for, and where they come out.
    pub(super) fn new(mailboxes: Arc<Mailboxes>) -> (Self, Receiver<Call>) {
        let (queue, calls) = mpsc::sync_channel(SEARCHES_WAITING_MAX);
        (Self { queue, mailboxes }, calls)
    }

    /// Queues a call. Where too many wait it is refused.
    pub(crate) fn ask(&self, call: Call) {
        let (call, code) = match self.queue.try_send(call) {
            Ok(()) => return,
            Err(TrySendError::Full(call)) => (call, ErrorCode::TooManyRequests),
            Err(TrySendError::Disconnected(call)) => (call, ErrorCode::NotAvailable),
        };
        tell(&self.mailboxes, call.origin, Err(code.into()));
    }
}

fn tell(mailboxes: &Mailboxes, origin: Origin, result: Result<Bytes, Error<'static>>) {
    let answer = CallAnswer { origin, result };
    mailboxes
        .of(origin.shard)
        .send(Mail::CallAnswer(Box::new(answer)));
}

/// Answers calls until nobody is left to ask.
pub(super) fn search(shared: &Shared, calls: &Receiver<Call>) {
    for call in calls {
        let origin = call.origin;
        // What a stranger asks must not end the only thread that answers.
        let answered = catch_unwind(AssertUnwindSafe(|| answer(shared, &call)));
        let result = answered.unwrap_or_else(|_| {
            tracing::error!("a bug: a search made us panic");
            Err(ErrorCode::Internal.into())
        });
        tell(&shared.mailboxes, origin, result);
    }
}

fn answer(shared: &Shared, call: &Call) -> Result<Bytes, Error<'static>> {
    let index = shared.index.as_deref().ok_or(ErrorCode::NotAvailable)?;
    let search = Search::new(call.data.as_deref(), &call.channels)?;
    if let Err(error) = index.advance() {
        // The indexer says it louder, and seldom: anybody may search.
        tracing::debug!(%error, "cannot index what was said last");
    }
    match index.find(&search.question) {
        Ok(found) => Ok(search.answer(&found)),
        Err(error) => {
            tracing::error!(%error, "cannot search");
            Err(ErrorCode::Internal.into())
        }
    }
}

/// The indexer at work.
pub(super) struct Indexer {
    thread: JoinHandle<()>,
    /// Never sent to: the thread ends when it is dropped.
    stop: Sender<Infallible>,
}

impl Indexer {
    pub(super) fn start(index: Arc<Index>) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("indexer".into());
        let thread = thread.spawn(move || follow(&index, &stopped))?;
        Ok(Self { thread, stop })
    }

    /// Whom to wake when the log has more: at most a system call.
    pub(super) fn handle(&self) -> Thread {
        self.thread.thread().clone()
    }

    /// Ends it after its batch; it goes on from there at the next start.
    pub(super) fn stop(self) -> thread::Result<()> {
        drop(self.stop);
        self.thread.thread().unpark();
        self.thread.join()
    }
}

fn follow(index: &Index, stop: &Receiver<Infallible>) {
    loop {
        let begun = Instant::now();
        let pause = match index.advance() {
            Ok(Advance::More) => begun.elapsed() * RESTS,
            Ok(Advance::Done) => {
                thread::park();
                GATHER
            }
            Err(error) => {
                tracing::error!(%error, "cannot index what was said; trying again");
                AFTER_ERROR
            }
        };
        // Whoever wakes it meanwhile is not heard, but for who stops it.
        if stop.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}
