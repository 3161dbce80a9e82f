//! The threads that wait for the disk, so that no shard has to.
//!
//! ```text
//! shards ─▶ Commits ─▶ writer: one transaction for all that waits ─▶ mailboxes
//! shards ─▶ reads ───▶ reader: a page of the log for a connection ─▶ its mailbox
//! shards ─▶ calls ───▶ searcher: what is found, for a connection ──▶ its mailbox
//!                      indexer: what the log has more, into the index
//!                      trimmer: now and then, what is not to be kept
//! ```

mod search;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use engine::log::{LogError, Record, cut_page};
use engine::{Origin, Read};
use storage::{Index, Store};

use self::search::Indexer;
use crate::mailbox::Mail;
use crate::shard::Shared;

pub(crate) use self::search::{CallAnswer, Calls};

/// Time between two trimmings.
const TRIM_PAUSE: Duration = Duration::from_secs(60);

/// What was read for a connection.
#[derive(Debug)]
pub(crate) struct Records {
    pub(crate) origin: Origin,
    /// Shared with all who asked for the same.
    pub(crate) records: Result<Arc<Vec<Record>>, LogError>,
}

/// Where reads are asked for.
#[derive(Debug, Clone)]
pub(crate) struct Reads(Sender<Read>);

impl Reads {
    pub(crate) fn ask(&self, read: Read) {
        // The reader ends after the shards, so there is always one.
        let _ = self.0.send(read);
    }
}

/// The writer and the reader at work.
pub(crate) struct Keeper {
    threads: Vec<JoinHandle<()>>,
    reads: Reads,
    calls: Calls,
    indexer: Option<Indexer>,
    /// Dropped to end the trimmer.
    _stop: Sender<()>,
}

impl Keeper {
    pub(crate) fn start(shared: &Arc<Shared>, store: Option<Arc<Store>>) -> io::Result<Self> {
        let (sender, reads) = mpsc::channel();
        let (calls, asked) = Calls::new(Arc::clone(&shared.mailboxes));
        let indexer = shared.index.clone().map(Indexer::start).transpose()?;
        let to_wake = indexer.as_ref().map(Indexer::handle);
        let (for_writer, for_reader) = (Arc::clone(shared), Arc::clone(shared));
        let for_searcher = Arc::clone(shared);
        let writer = std::thread::Builder::new().name("log writer".into());
        let reader = std::thread::Builder::new().name("log reader".into());
        let searcher = std::thread::Builder::new().name("searcher".into());
        let mut threads = vec![
            writer.spawn(move || write(&for_writer, to_wake.as_ref()))?,
            reader.spawn(move || read(&for_reader, &reads))?,
            searcher.spawn(move || search::search(&for_searcher, &asked))?,
        ];
        let (stop, stopped) = mpsc::channel();
        let trimmer = std::thread::Builder::new().name("log trimmer".into());
        let for_trimmer = Arc::clone(shared);
        threads.push(trimmer.spawn(move || trim(&for_trimmer, store.as_deref(), &stopped))?);
        Ok(Self {
            threads,
            _stop: stop,
            reads: Reads(sender),
            calls,
            indexer,
        })
    }

    /// Where the shards ask for reads.
    pub(crate) fn reads(&self) -> Reads {
        self.reads.clone()
    }

    /// Where the shards ask for what takes a while.
    pub(crate) fn calls(&self) -> Calls {
        self.calls.clone()
    }

    /// Ends all once what was asked of them is done; the shards have ended.
    pub(crate) fn stop(self, shared: &Shared) {
        shared.engine.commits().close();
        drop((self.reads, self.calls, self._stop));
        let indexer = self.indexer.map_or(Ok(()), Indexer::stop);
        let joined = self.threads.into_iter().map(JoinHandle::join);
        for ended in joined.chain([indexer]) {
            if ended.is_err() {
                tracing::error!("a thread of the log ended in a panic");
            }
        }
    }
}

fn write(shared: &Shared, indexer: Option<&Thread>) {
    while let Some(batch) = shared.engine.commits().wait() {
        let (n_entries, begun) = (batch.len(), Instant::now());
        let done = shared.engine.commit(batch, &*shared.mailboxes);
        let counts = &shared.metrics.commits;
        counts.count(n_entries, begun.elapsed(), done.is_ok());
        if let Err(error) = done {
            tracing::error!(%error, "cannot write the log; publishers have been told");
        }
        shared.wake();
        if let Some(indexer) = indexer {
            indexer.unpark();
        }
    }
}

/// Reads what is asked for. When a room loses all its sockets, all of it comes
/// back and asks for the same page: what waits is read once for all of them.
fn read(shared: &Shared, reads: &Receiver<Read>) {
    while let Ok(first) = reads.recv() {
        let mut pages: HashMap<_, Vec<Read>> = HashMap::new();
        for read in std::iter::once(first).chain(reads.try_iter()) {
            let page = (read.channel.number(), read.range, read.limit);
            pages.entry(page).or_default().push(read);
        }
        for readers in pages.into_values() {
            let records = read_page(shared, &readers[0]);
            for read in readers {
                let mailbox = shared.mailboxes.of(read.origin.shard);
                mailbox.send(Mail::Records(Box::new(Records {
                    origin: read.origin,
                    records: records.clone(),
                })));
            }
        }
    }
}

fn read_page(shared: &Shared, read: &Read) -> Result<Arc<Vec<Record>>, LogError> {
    let (channel, now) = (read.channel.name(), shared.clock.now());
    let records = shared.engine.read(channel, read.range, read.limit, now);
    let mut records = records.inspect_err(|error| {
        tracing::error!(%channel, %error, "cannot read the log");
    })?;
    cut_page(&mut records, shared.limits.queue_bytes_max / 2);
    Ok(Arc::new(records))
}

/// Drops what is not to be kept, at once and then every minute, until the
/// server stops: from the feeds, and from the log where not all of it stays.
fn trim(shared: &Shared, store: Option<&Store>, stopped: &Receiver<()>) {
    loop {
        let now = shared.clock.now();
        shared.engine.feeds().sweep(now.steady());
        match store.map_or(Ok(0), |store| store.trim(now.unix_ms)) {
            Ok(0) => {}
            Ok(n_dropped) => tracing::debug!(n_dropped, "trimmed the log"),
            Err(error) => tracing::error!(%error, "cannot trim the log"),
        }
        if let Some(Err(error)) = shared.index.as_deref().map(Index::trim) {
            tracing::error!(%error, "cannot trim the search index");
        }
        if stopped.recv_timeout(TRIM_PAUSE) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}
