//! Feeding the index: what the log has more of, and what it has no more.

use std::collections::HashMap;

use engine::log::LogError;
use rusqlite::{Connection, OptionalExtension};

use super::WordsOf;
use super::file::Opened;
use crate::readers::Readers;
use crate::store::Store;

/// Records of one batch.
const BATCH_RECORDS_MAX: i64 = 1000;

/// Bytes of one batch, but for its last record.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// Rows that are forgotten in one transaction.
const TRIM_ROWS_MAX: usize = 1000;

/// How far the index has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// There may be more to take in.
    More,
    /// It has all that there was when it looked.
    Done,
}

/// What did not work.
pub(super) enum Failed {
    Log(LogError),
    Index(rusqlite::Error),
}

impl From<LogError> for Failed {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Index(error)
    }
}

/// The one that writes to the index.
#[derive(Debug)]
pub(super) struct Feeder {
    db: Connection,
    position: i64,
    /// Whether something was erased that the write-ahead log may still have.
    is_wal_dirty: bool,
    /// Up to which offset each channel was dropped when it was last trimmed.
    trimmed: HashMap<i64, i64>,
}

/// A message as the log has it, or a change to one: then as it is now.
struct Seen {
    /// How far one has come with it.
    position: i64,
    seq: i64,
    channel: i64,
    data: Vec<u8>,
}

impl Feeder {
    pub(super) fn new(Opened { db, position }: Opened) -> Self {
        Self {
            db,
            position,
            // An earlier process may have been killed before it was empty.
            is_wal_dirty: true,
            trimmed: HashMap::new(),
        }
    }

    pub(super) fn position(&self) -> i64 {
        self.position
    }

    pub(super) fn advance(&mut self, store: &Store, words_of: WordsOf) -> Result<Advance, Failed> {
        let seen = store.readers().with(|log| next(log, self.position))?;
        let Some(position) = seen.last().map(|seen| seen.position) else {
            self.empty_wal()?;
            return Ok(Advance::Done);
        };
        let tx = self.db.transaction()?;
        for seen in &seen {
            let words = words_of(&seen.data);
            self.is_wal_dirty |= put(&tx, seen, words.as_deref())?;
        }
        tx.execute("UPDATE state SET position = ?1", [position])?;
        tx.commit()?;
        self.position = position;
        self.empty_wal()?;
        Ok(Advance::More)
    }

    /// Forgets what was dropped from those channels that have lost something.
    pub(super) fn trim(&mut self, store: &Store) -> Result<(), Failed> {
        for (channel, through) in store.readers().with(trimmed)? {
            if self.trimmed.get(&channel) == Some(&through) {
                continue;
            }
            self.trim_channel(store.readers(), channel)?;
            self.trimmed.insert(channel, through);
        }
        self.empty_wal()?;
        Ok(())
    }

    fn trim_channel(&mut self, log: &Readers, channel: i64) -> Result<(), Failed> {
        let oldest = log.with(|db| oldest(db, channel))?;
        loop {
            let tx = self.db.transaction()?;
            let n_dropped = tx
                .prepare_cached(
                    "DELETE FROM said WHERE rowid IN (
                         SELECT rowid FROM said WHERE said MATCH ?1 AND rowid < ?2 LIMIT ?3)",
                )?
                .execute((in_room(channel), oldest, TRIM_ROWS_MAX as i64))?;
            tx.commit()?;
            self.is_wal_dirty |= n_dropped > 0;
            if n_dropped < TRIM_ROWS_MAX {
                return Ok(());
            }
        }
    }

    /// Sees to it that what was erased is nowhere: not in the write-ahead log
    /// either. While somebody reads it waits for the next time.
    fn empty_wal(&mut self) -> rusqlite::Result<()> {
        if self.is_wal_dirty {
            let is_busy: bool =
                self.db
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            self.is_wal_dirty = is_busy;
        }
        Ok(())
    }
}

/// The query that finds what was said in one channel.
pub(super) fn in_room(channel: i64) -> String {
    format!("room : {channel}")
}

/// Puts a message into the index, in the place of what it was; returns whether
/// it was something else before.
fn put(db: &Connection, seen: &Seen, words: Option<&str>) -> rusqlite::Result<bool> {
    let is_new = seen.seq == seen.position;
    let before: Option<String> = match is_new {
        true => None,
        false => db
            .prepare_cached("SELECT words FROM said WHERE rowid = ?1")?
            .query_row([seen.seq], |row| row.get(0))
            .optional()?,
    };
    if before.as_deref() == words {
        return Ok(false);
    }
    if before.is_some() {
        db.prepare_cached("DELETE FROM said WHERE rowid = ?1")?
            .execute([seen.seq])?;
    }
    if let Some(words) = words {
        db.prepare_cached("INSERT INTO said (rowid, room, words) VALUES (?1, ?2, ?3)")?
            .execute((seen.seq, seen.channel.to_string(), words))?;
    }
    Ok(before.is_some())
}

/// What comes after a position of the log, a batch of it. Of an amendment that
/// is its target, of which there may be nothing left.
fn next(log: &Connection, position: i64) -> rusqlite::Result<Vec<Seen>> {
    let mut records = log.prepare_cached(
        "SELECT seq, channel, target, data FROM message WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut target =
        log.prepare_cached("SELECT seq, data FROM message WHERE channel = ?1 AND offset = ?2")?;
    let mut rows = records.query((position, BATCH_RECORDS_MAX))?;
    let (mut batch, mut n_bytes) = (Vec::new(), 0);
    while n_bytes < BATCH_BYTES_MAX
        && let Some(row) = rows.next()?
    {
        let position: i64 = row.get(0)?;
        let channel: i64 = row.get(1)?;
        let (seq, data): (i64, Vec<u8>) = match row.get::<_, Option<i64>>(2)? {
            None => (position, row.get(3)?),
            Some(offset) => target
                .query_row((channel, offset), |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?
                // What is gone has no words.
                .unwrap_or((position, Vec::new())),
        };
        n_bytes += data.len();
        batch.push(Seen {
            position,
            seq,
            channel,
            data,
        });
    }
    Ok(batch)
}

/// The channels that have lost something, and up to which offset.
fn trimmed(log: &Connection) -> rusqlite::Result<Vec<(i64, i64)>> {
    log.prepare_cached("SELECT id, trimmed FROM channel WHERE trimmed > 0")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The `seq` of the oldest record that is left of a channel.
fn oldest(log: &Connection, channel: i64) -> rusqlite::Result<i64> {
    let oldest = log
        .prepare_cached("SELECT seq FROM message WHERE channel = ?1 ORDER BY offset LIMIT 1")?
        .query_row([channel], |row| row.get(0))
        .optional()?;
    Ok(oldest.unwrap_or(i64::MAX))
}
