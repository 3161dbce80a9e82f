//! Feeding the index: what the log has more of, and what it has no more.

use std::collections::HashMap;

use engine::log::LogError;
use rusqlite::{Connection, OptionalExtension};

use super::WordsOf;
use super::file::Opened;
use super::shelf::Shelf;
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
    /// How far each channel was dropped when it was last trimmed.
    trimmed: HashMap<i64, Trimmed>,
}

/// How far a channel is dropped.
#[derive(Debug, Clone, Copy)]
struct Trimmed {
    /// The last offset that went.
    through: i64,
    /// Nothing before this `seq` is left.
    seq: i64,
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

    /// Forgets what was dropped from those channels that have lost something,
    /// some rows of it at most, and shelves on which nothing can be any more.
    pub(super) fn trim(&mut self, store: &Store) -> Result<Advance, Failed> {
        let log = store.readers();
        for (channel, through) in log.with(trimmed)? {
            let before = self.trimmed.get(&channel).copied();
            if before.is_some_and(|before| before.through == through) {
                continue;
            }
            let oldest = log.with(|db| oldest(db, channel))?;
            let seq = oldest.unwrap_or(self.position + 1);
            let from = before.map_or(0, |before| before.seq);
            if self.trim_channel(channel, from, seq)? == Advance::More {
                return Ok(Advance::More);
            }
            self.trimmed.insert(channel, Trimmed { through, seq });
        }
        let kept =
            log.with(|db| db.query_row("SELECT min(seq) FROM message", [], |row| row.get(0)))?;
        self.trim_shelves(Option::unwrap_or(kept, self.position + 1))?;
        self.empty_wal()?;
        Ok(Advance::Done)
    }

    /// Forgets what a channel had from one `seq` to another, some rows of it.
    fn trim_channel(&mut self, channel: i64, from: i64, to: i64) -> rusqlite::Result<Advance> {
        const DROP: &str = "DELETE FROM {said} WHERE rowid IN (
            SELECT rowid FROM {said} WHERE {said} MATCH ?1 AND rowid < ?2 LIMIT ?3)";
        let shelves = Shelf::all(&self.db)?.into_iter();
        for shelf in shelves.filter(|shelf| (Shelf::of(from)..=Shelf::of(to)).contains(shelf)) {
            let rows = (in_room(channel), to, TRIM_ROWS_MAX as i64);
            let n_dropped = self.db.execute(&shelf.sql(DROP), rows)?;
            self.is_wal_dirty |= n_dropped > 0;
            if n_dropped == TRIM_ROWS_MAX {
                return Ok(Advance::More);
            }
        }
        Ok(Advance::Done)
    }

    /// Removes the shelves of which the log has nothing, but for the last.
    fn trim_shelves(&mut self, kept: i64) -> rusqlite::Result<()> {
        let end = kept.min(self.position);
        for shelf in Shelf::all(&self.db)? {
            if shelf.end_seq() <= end {
                let tx = self.db.transaction()?;
                shelf.remove(&tx)?;
                tx.commit()?;
                self.is_wal_dirty = true;
            }
        }
        Ok(())
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
    let shelf = Shelf::of(seen.seq);
    let is_there = shelf.is_there(db)?;
    let is_new = seen.seq == seen.position;
    let before: Option<String> = match is_new || !is_there {
        true => None,
        false => db
            .prepare_cached(&shelf.sql("SELECT words FROM {said} WHERE rowid = ?1"))?
            .query_row([seen.seq], |row| row.get(0))
            .optional()?,
    };
    if before.as_deref() == words {
        return Ok(false);
    }
    if before.is_some() {
        db.prepare_cached(&shelf.sql("DELETE FROM {said} WHERE rowid = ?1"))?
            .execute([seen.seq])?;
    }
    if let Some(words) = words {
        if !is_there {
            shelf.make(db)?;
        }
        db.prepare_cached(
            &shelf.sql("INSERT INTO {said} (rowid, room, words) VALUES (?1, ?2, ?3)"),
        )?
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
fn oldest(log: &Connection, channel: i64) -> rusqlite::Result<Option<i64>> {
    log.prepare_cached("SELECT seq FROM message WHERE channel = ?1 ORDER BY offset LIMIT 1")?
        .query_row([channel], |row| row.get(0))
        .optional()
}
