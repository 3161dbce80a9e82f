//! The one writer, and whose turn it is.
//!
//! Appending, trimming and the last step of a checkpoint take turns. A mutex
//! alone would let a publisher who comes back at once overtake who waits; so
//! whoever wants the writer stands in a door first:
//!
//! ```text
//! append ──▶ ┌──────┐      ┌────────┐
//! trim   ──▶ │ door │ ───▶ │ writer │   the door opens again
//! check… ──▶ └──────┘      └────────┘   once the writer is reached
//! ```
//!
//! What the writer knows of channels (number, top) is a cache. It is changed
//! while a batch is written and dropped whole when the batch fails, so it
//! never knows of anything that is not on disk.

mod amend;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::log::{Amends, Appended, Entry, LogError};
use rusqlite::{Connection, OptionalExtension};

use crate::error::log_error;
use crate::files::Gone;
use crate::readers::{columns, record};
use crate::schema;

/// How many channels the writer remembers, some 150 bytes each; it forgets
/// all of them at the limit, and asks the file again.
const CHANNELS_KNOWN_MAX: usize = 100_000;

/// A writer that is waited for in order.
#[derive(Debug)]
pub(crate) struct Turns {
    door: Mutex<()>,
    writer: Mutex<Writer>,
}

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) db: Connection,
    sync: Sync,
    pub(crate) gone: Gone,
    channels: HashMap<Box<str>, Known>,
    /// The highest `seq` that was ever given; `None` to ask the file.
    seq: Option<i64>,
}

/// When a commit has reached the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sync {
    /// When it returns.
    Now,
    /// With the next that is synced. Survives the process, not the machine.
    Later,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) id: i64,
    top: i64,
}

impl Turns {
    /// `db` is set to sync each commit.
    pub(crate) fn new(db: Connection) -> Self {
        let writer = Writer {
            db,
            sync: Sync::Now,
            gone: Gone::default(),
            channels: HashMap::new(),
            seq: None,
        };
        Self {
            door: Mutex::default(),
            writer: Mutex::new(writer),
        }
    }

    /// Waits for the writer, behind those who wait already.
    pub(crate) fn take(&self) -> MutexGuard<'_, Writer> {
        let _door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Keeps all of a batch or nothing, but for what is refused; synced.
    pub(crate) fn append(
        &mut self,
        batch: &[Entry],
        amends: &dyn Amends,
    ) -> Result<Vec<Appended>, LogError> {
        self.transaction(Sync::Now, |writer| {
            let put = |entry: &Entry| match entry.target {
                None => writer.put(entry, amends),
                Some(target) => writer.amend(entry, target, amends),
            };
            batch.iter().map(put).collect()
        })
    }

    /// Drops from each channel what is up to an offset. It is not synced: what
    /// comes back after the loss of power is dropped again.
    pub(crate) fn cut(&mut self, cuts: &[(i64, i64)]) -> Result<u64, LogError> {
        self.later(|writer| {
            let top = writer.top_seq()?;
            writer
                .db
                .prepare_cached("UPDATE log SET seq_floor = ?1")?
                .execute([top])?;
            let mut n_dropped = 0;
            for (channel, through) in cuts {
                writer.let_files_go(*channel, 0, *through)?;
                let db = &writer.db;
                n_dropped += db
                    .prepare_cached("DELETE FROM message WHERE channel = ?1 AND offset <= ?2")?
                    .execute((channel, through))?;
                db.prepare_cached("UPDATE channel SET trimmed = max(trimmed, ?2) WHERE id = ?1")?
                    .execute((channel, through))?;
            }
            Ok(n_dropped as u64)
        })
    }

    /// Writes what may be written again after the loss of power.
    pub(crate) fn later<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        self.transaction(Sync::Later, write)
    }

    fn transaction<T>(
        &mut self,
        sync: Sync,
        write: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        let done = self.begin(sync).and_then(|()| {
            let value = write(self)?;
            self.db.prepare_cached("COMMIT")?.execute([])?;
            self.gone.settle();
            Ok(value)
        });
        done.map_err(|error| {
            self.undo();
            log_error(&error)
        })
    }

    fn begin(&mut self, sync: Sync) -> rusqlite::Result<()> {
        // Only a panic in the midst of a batch leaves one open.
        if !self.db.is_autocommit() {
            self.undo();
        }
        if self.sync != sync {
            let level = match sync {
                Sync::Now => "FULL",
                Sync::Later => "NORMAL",
            };
            self.db.pragma_update(None, "synchronous", level)?;
            self.sync = sync;
        }
        self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(())
    }

    /// Forgets a batch that failed. SQLite may have rolled it back by itself;
    /// if it cannot, the next batch fails too, and nothing is kept of either.
    fn undo(&mut self) {
        self.channels.clear();
        self.gone.forget();
        self.seq = None;
        if !self.db.is_autocommit() {
            let _ = self.db.execute_batch("ROLLBACK");
        }
    }

    fn put(&mut self, entry: &Entry, amends: &dyn Amends) -> rusqlite::Result<Appended> {
        let known = self.channel(&entry.channel)?;
        match self.insert(entry, known)? {
            Some(offset) => {
                self.bring_files(&amends.files(entry))?;
                Ok(Appended::Stored { offset })
            }
            None => self.repeated(known.id, &entry.id),
        }
    }

    /// The offset of a new entry; `None` where its id is not new.
    pub(super) fn insert(
        &mut self,
        entry: &Entry,
        Known { id, top }: Known,
    ) -> rusqlite::Result<Option<u64>> {
        let offset = top + 1;
        let seq = self.top_seq()? + 1;
        let n_inserted = self
            .db
            .prepare_cached(concat!(
                "INSERT INTO message (seq, channel, ",
                columns!(),
                ", target) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
                 ON CONFLICT (channel, id) DO NOTHING"
            ))?
            .execute((
                seq,
                id,
                offset,
                &*entry.id,
                entry.time_ms.cast_signed(),
                &*entry.data,
                entry.info.as_deref(),
                entry.target.map(u64::cast_signed),
            ))?;
        if n_inserted == 0 {
            return Ok(None);
        }
        self.seq = Some(seq);
        if let Some(known) = self.channels.get_mut(&entry.channel) {
            known.top = offset;
        }
        Ok(Some(offset.cast_unsigned()))
    }

    pub(super) fn repeated(&self, channel: i64, id: &str) -> rusqlite::Result<Appended> {
        self.db
            .prepare_cached(concat!(
                "SELECT ",
                columns!(),
                " FROM message WHERE channel = ?1 AND id = ?2"
            ))?
            .query_row((channel, id), record)
            .map(Appended::Repeated)
    }

    fn top_seq(&mut self) -> rusqlite::Result<i64> {
        if self.seq.is_none() {
            self.seq = Some(schema::top_seq(&self.db)?);
        }
        Ok(self.seq.unwrap_or_default())
    }

    fn channel(&mut self, name: &str) -> rusqlite::Result<Known> {
        match self.known(name)? {
            Some(known) => Ok(known),
            None => {
                let made = self.make(name)?;
                Ok(self.remember(name, made))
            }
        }
    }

    /// A channel in which something was kept once.
    pub(super) fn known(&mut self, name: &str) -> rusqlite::Result<Option<Known>> {
        if let Some(known) = self.channels.get(name) {
            return Ok(Some(*known));
        }
        let found = self.find(name)?;
        Ok(found.map(|known| self.remember(name, known)))
    }

    fn remember(&mut self, name: &str, known: Known) -> Known {
        if self.channels.len() >= CHANNELS_KNOWN_MAX {
            self.channels.clear();
        }
        self.channels.insert(name.into(), known);
        known
    }

    fn find(&self, name: &str) -> rusqlite::Result<Option<Known>> {
        self.db
            .prepare_cached(
                "SELECT id, max(trimmed, ifnull((SELECT max(offset) FROM message
                                                 WHERE channel = channel.id), 0))
                 FROM channel WHERE name = ?1",
            )?
            .query_row([name], |row| {
                Ok(Known {
                    id: row.get(0)?,
                    top: row.get(1)?,
                })
            })
            .optional()
    }

    fn make(&self, name: &str) -> rusqlite::Result<Known> {
        self.db
            .prepare_cached("INSERT INTO channel (name) VALUES (?1)")?
            .execute([name])?;
        Ok(Known {
            id: self.db.last_insert_rowid(),
            top: 0,
        })
    }
}
