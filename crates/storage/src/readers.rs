//! Reading, on as many threads as ask for it.
//!
//! A reader takes a connection from those that lie idle, or opens one, and
//! sees what was committed when it began. As many as read at once are open
//! at once; a few are kept.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use engine::log::{LogError, Range, Record};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::log_error;
use crate::file;

/// How many connections are kept.
pub(crate) const IDLE_MAX: usize = 4;

/// What one keeps of the file in memory, by SQLite's default.
pub(crate) const CACHE_KIB: i64 = 2 << 10;

/// The columns of a [`Record`], in the order that [`record`] reads them.
macro_rules! columns {
    () => {
        "offset, id, time_ms, data, info"
    };
}
pub(crate) use columns;

#[derive(Debug)]
pub(crate) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(file: PathBuf) -> Self {
        let idle = Mutex::default();
        Self { file, idle }
    }

    /// The highest offset that a channel ever had; 0 where it had none.
    pub(crate) fn top_offset(&self, channel: &str) -> Result<u64, LogError> {
        self.with(|db| {
            db.prepare_cached(
                "SELECT max(trimmed, ifnull((SELECT max(offset) FROM message
                                             WHERE channel = channel.id), 0))
                 FROM channel WHERE name = ?1",
            )?
            .query_row([channel], |row| row.get::<_, i64>(0))
            .optional()
            .map(|offset| offset.unwrap_or(0).cast_unsigned())
        })
    }

    pub(crate) fn read(
        &self,
        channel: &str,
        range: Range,
        limit: usize,
    ) -> Result<Vec<Record>, LogError> {
        const AFTER: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM message WHERE channel = (SELECT id FROM channel WHERE name = ?1)
              AND offset > ?2 ORDER BY offset LIMIT ?3"
        );
        const BEFORE: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM message WHERE channel = (SELECT id FROM channel WHERE name = ?1)
              AND offset < ?2 ORDER BY offset DESC LIMIT ?3"
        );
        let (sql, offset) = match range {
            Range::After(offset) => (AFTER, offset),
            Range::Before(offset) => (BEFORE, offset),
        };
        // No offset comes near the largest i64.
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.with(|db| {
            db.prepare_cached(sql)?
                .query_map((channel, offset, limit), record)?
                .collect()
        })
    }

    /// Lends a connection. One that failed is not kept.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let lent = idle().pop();
        let run = || {
            let db = lent.map_or_else(|| file::reading(&self.file), Ok)?;
            let value = read(&db)?;
            Ok((db, value))
        };
        let (db, value) = run().map_err(|error| log_error(&error))?;
        let mut idle = idle();
        if idle.len() < IDLE_MAX {
            idle.push(db);
        }
        Ok(value)
    }
}

pub(crate) fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        offset: row.get::<_, i64>(0)?.cast_unsigned(),
        id: row.get(1)?,
        time_ms: row.get::<_, i64>(2)?.cast_unsigned(),
        data: row.get::<_, Vec<u8>>(3)?.into(),
        info: row.get::<_, Option<Vec<u8>>>(4)?.map(Into::into),
    })
}
