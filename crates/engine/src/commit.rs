//! From many publishers to the log's one writer, and back.
//!
//! ```text
//! publish ─▶ Commits: a queue ─▶ take all that waits ─▶ log.append: one sync
//!                                                            │
//!   answer to each publisher ◀── fan out, in offset order ◀──┘
//! ```
//!
//! While a batch is being synced the next one gathers, so batches grow with
//! the load by themselves. Nobody hears of an entry before it is on disk.
//!
//! What is submitted wakes nobody: whoever submits says when that was all, so
//! that what comes together goes into one batch.

use std::sync::{Arc, PoisonError};

use protocol::plain::Refusal;

use crate::channel::Channel;
use crate::engine::Engine;
use crate::log::{Appended, Entry, LogError, Record};
use crate::publication::{Data, Fanout};
use crate::shards::ShardId;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard};

/// Entries in one batch; more would make the first wait for the last.
pub const BATCH_ENTRIES_MAX: usize = 1024;

/// Bytes of entries that may wait for the log. While more wait, no shard
/// reads its sockets.
pub const UNCOMMITTED_BYTES_MAX: usize = 32 << 20;

/// Which connection published something, and what it calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The shard that owns the connection.
    pub shard: ShardId,
    /// The connection's number there.
    pub connection: u32,
    /// Tells it from others that had its number.
    pub serial: u32,
    /// What the connection itself calls the publication.
    pub tag: u32,
}

/// What a publisher is told about its publication.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whom to tell.
    pub origin: Origin,
    /// Where it was published.
    pub channel: Arc<Channel>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a publication.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It was passed on in a channel that keeps nothing.
    Passed,
    /// It is on disk; everyone has been told.
    Stored {
        /// Its place in the channel.
        offset: u64,
    },
    /// It was there before; nobody was told again.
    Repeated(Record),
    /// It may not amend what it wanted to; nobody was told.
    Refused {
        /// The id that it was sent with.
        id: Box<str>,
        /// Why not.
        refusal: Refusal,
    },
    /// It is not kept, and nobody was told.
    Failed {
        /// The id that it was sent with.
        id: Box<str>,
        /// Whether there was no space left.
        full: bool,
    },
}

/// Something that is to be done in the order in which it came.
#[derive(Debug)]
pub struct Submission {
    channel: Arc<Channel>,
    work: Work,
}

#[derive(Debug)]
enum Work {
    /// Put it into the log, then tell the members and its origin.
    Keep(Entry, Origin),
    /// Tell the members, after what was to be kept before it.
    PassOn(Data),
}

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Self::Keep(entry, _) => entry.data.len(),
            Self::PassOn(data) => data.bytes(),
        }
    }
}

/// The queue to the log's writer.
#[derive(Debug, Default)]
pub struct Commits {
    queue: Mutex<Queue>,
    filled: Condvar,
    /// Something was put in of which the writer has not been told.
    has_news: AtomicBool,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Submission>,
    bytes: usize,
    closed: bool,
}

impl Commits {
    /// Queues an entry; its origin hears what becomes of it.
    pub fn submit(&self, channel: &Arc<Channel>, entry: Entry, origin: Origin) {
        self.put(channel, Work::Keep(entry, origin));
    }

    /// Queues what is not kept, so that it does not overtake what is.
    pub fn pass_on(&self, channel: &Arc<Channel>, data: Data) {
        self.put(channel, Work::PassOn(data));
    }

    fn put(&self, channel: &Arc<Channel>, work: Work) {
        channel.submit();
        let mut queue = self.lock();
        queue.bytes += work.bytes();
        queue.waiting.push(Submission {
            channel: Arc::clone(channel),
            work,
        });
        self.has_news.store(true, Ordering::Release);
    }

    /// Wakes the writer if something was submitted since the last time. To be
    /// called after the last of several submissions that came together.
    pub fn wake(&self) {
        if self.has_news.load(Ordering::Acquire) && self.has_news.swap(false, Ordering::AcqRel) {
            self.filled.notify_one();
        }
    }

    /// Takes what waits, up to a batch; empty where nothing does.
    #[must_use]
    pub fn take(&self) -> Vec<Submission> {
        self.lock().take()
    }

    /// Waits until something waits; `None` once the queue is closed and empty.
    #[must_use]
    pub fn wait(&self) -> Option<Vec<Submission>> {
        let queue = self.lock();
        let is_idle = |queue: &mut Queue| queue.waiting.is_empty() && !queue.closed;
        let mut queue = self
            .filled
            .wait_while(queue, is_idle)
            .unwrap_or_else(PoisonError::into_inner);
        let batch = queue.take();
        (!batch.is_empty()).then_some(batch)
    }

    /// Says that nothing more will come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// How many bytes wait for the log.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Whether so much waits that nobody should publish more.
    #[must_use]
    pub fn are_full(&self) -> bool {
        self.lock().bytes > UNCOMMITTED_BYTES_MAX
    }

    /// Every change under the lock is whole, so a poisoned lock is sound.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn take(&mut self) -> Vec<Submission> {
        let n = self.waiting.len().min(BATCH_ENTRIES_MAX);
        let rest = self.waiting.split_off(n);
        let batch = std::mem::replace(&mut self.waiting, rest);
        let bytes: usize = batch.iter().map(|one| one.work.bytes()).sum();
        self.bytes -= bytes;
        batch
    }
}

impl Engine {
    /// Puts a batch into the log, tells the members, then the publishers.
    ///
    /// # Errors
    /// Those of the log; the publishers have been told.
    pub fn commit(&self, batch: Vec<Submission>, fanout: &dyn Fanout) -> Result<(), LogError> {
        let mut entries = Vec::with_capacity(batch.len());
        let mut steps = Vec::with_capacity(batch.len());
        for Submission { channel, work } in batch {
            let step = match work {
                Work::Keep(entry, origin) => {
                    entries.push(entry);
                    Step::Settle(origin)
                }
                Work::PassOn(data) => Step::PassOn(data),
            };
            steps.push((channel, step));
        }
        let (settled, result) = self.append(entries);
        let mut settled = settled.into_iter();
        for (channel, step) in steps {
            match step {
                Step::Settle(origin) => {
                    let settled = settled.next().expect("the log answers for each entry");
                    self.settle(&channel, origin, settled, fanout);
                }
                Step::PassOn(data) => channel.pass_on(data, fanout),
            }
            if channel.settle() {
                self.forget(&channel);
            }
        }
        self.shorten_tails();
        result
    }

    /// What became of each entry, in order.
    fn append(&self, entries: Vec<Entry>) -> (Vec<Settled>, Result<(), LogError>) {
        if entries.is_empty() {
            return (Vec::new(), Ok(()));
        }
        match self.log().append_by(&entries, self.amends()) {
            Ok(appended) => {
                let pairs = entries.into_iter().zip(appended);
                (
                    pairs.map(|(entry, done)| keep(entry, done)).collect(),
                    Ok(()),
                )
            }
            Err(error) => {
                let full = matches!(error, LogError::Full);
                let failed = |entry: Entry| Settled::Failed { id: entry.id, full };
                (entries.into_iter().map(failed).collect(), Err(error))
            }
        }
    }

    fn settle(
        &self,
        channel: &Arc<Channel>,
        origin: Origin,
        settled: Settled,
        fanout: &dyn Fanout,
    ) {
        let outcome = match settled {
            Settled::New { record, changed } => {
                let offset = record.offset;
                channel.commit(record, changed, fanout);
                Outcome::Stored { offset }
            }
            Settled::Old(record) => Outcome::Repeated(record),
            Settled::Refused { id, refusal } => Outcome::Refused { id, refusal },
            Settled::Failed { id, full } => Outcome::Failed { id, full },
        };
        fanout.answer(Answer {
            origin,
            channel: Arc::clone(channel),
            outcome,
        });
    }
}

/// What is to be done once the log has answered.
enum Step {
    Settle(Origin),
    PassOn(Data),
}

/// What the log made of an entry.
enum Settled {
    New {
        record: Record,
        /// Earlier records as they are now.
        changed: Vec<Record>,
    },
    Old(Record),
    Refused {
        id: Box<str>,
        refusal: Refusal,
    },
    Failed {
        id: Box<str>,
        full: bool,
    },
}

fn keep(entry: Entry, appended: Appended) -> Settled {
    let (offset, changed) = match appended {
        Appended::Stored { offset } => (offset, Vec::new()),
        Appended::Amended { offset, changed } => (offset, changed),
        Appended::Repeated(record) => return Settled::Old(record),
        Appended::Refused(refusal) => {
            let id = entry.id;
            return Settled::Refused { id, refusal };
        }
    };
    let record = entry.into_record(offset);
    Settled::New { record, changed }
}
