//! The log as the engine holds it.

use std::path::Path;
use std::sync::Arc;

use engine::log::{Amends, Appended, Entry, Log, LogError, Position, Range, Record};

use crate::checkpoint::{Checkpointer, Gauge};
use crate::error::OpenError;
use crate::file;
use crate::lock::DirLock;
use crate::options::Options;
use crate::readers::Readers;
use crate::schema;
use crate::trim;
use crate::writer::Turns;

/// A durable [`Log`] in a directory.
///
/// It may be used from any number of threads; appending is one at a time.
/// Dropping it carries the write-ahead log over to the file and removes it.
#[derive(Debug)]
pub struct Store {
    // In the order in which they end: the last connection is the writer's,
    // and the directory is free when nothing uses it any more.
    checkpointer: Checkpointer,
    pub(crate) readers: Readers,
    epoch: Box<str>,
    pub(crate) turns: Arc<Turns>,
    options: Options,
    _lock: DirLock,
}

impl Store {
    /// Opens the log in a directory. Makes both if they are not there.
    ///
    /// # Errors
    /// See [`OpenError`]: each says what to do.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let dir = file::make_dir(dir)?;
        let lock = DirLock::take(&dir)?;
        let path = file::path(&dir);
        let mut db = file::open(&path, options.size_bytes_max)?;
        let failed = |error| OpenError::new(path.clone(), &error);

        let epoch = schema::epoch(&db).map_err(failed)?;

        let gauge = Arc::new(Gauge::default());
        let seen = Arc::clone(&gauge);
        // Takes the place of SQLite's own checkpoints, on the writer's thread.
        db.wal_hook(Some(move |_: &mut _, pages| {
            seen.set(pages);
            Ok(())
        }))
        .map_err(failed)?;
        let turns = Arc::new(Turns::new(db));
        let checkpointer = Checkpointer::start(&path, gauge, Arc::clone(&turns)).map_err(failed)?;
        Ok(Self {
            checkpointer,
            readers: Readers::new(path),
            epoch,
            turns,
            options,
            _lock: lock,
        })
    }

    /// What reads beside the writer.
    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Drops what [`Options::keep`] does not keep, and says how many records
    /// that were. Does nothing, quickly, when everything is kept.
    ///
    /// To be called from time to time, not on a thread that must not wait: it
    /// looks at each channel. A publisher waits for one step at most, some
    /// 256 records. The file does not shrink, but uses the room again.
    ///
    /// An id that was dropped is no longer known: sent again, it is stored.
    ///
    /// # Errors
    /// See [`LogError`]. The steps before the one that failed are done.
    pub fn trim(&self, now_ms: u64) -> Result<u64, LogError> {
        let keep = self.options.keep;
        self.checkpointer
            .watch(trim::trim(&self.readers, &self.turns, keep, now_ms))
    }
}

impl Log for Store {
    fn position(&self, channel: &str) -> Result<Position, LogError> {
        Ok(Position {
            offset: self.readers.top_offset(channel)?,
            epoch: self.epoch.clone(),
        })
    }

    fn read(&self, channel: &str, range: Range, limit: usize) -> Result<Vec<Record>, LogError> {
        self.readers.read(channel, range, limit)
    }

    fn append_by(&self, batch: &[Entry], amends: &dyn Amends) -> Result<Vec<Appended>, LogError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let done = self.turns.take().append(batch, amends);
        self.checkpointer.watch(done)
    }
}
