//! Opening `search.db`, and throwing it away.
//!
//! ```text
//! state   epoch: whose log; position: the last seq that was seen
//! shelf   number: which shelves there are
//! saidN   shelf N: room, words; rowid is the message's seq in the log
//! ```

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::error::OpenError;
use crate::file;

/// Another number, and files of earlier ones are made anew. So it changes with
/// the tables, and with what counts as a word.
const VERSION: i64 = 2;

/// What the feeder keeps of the file in memory.
pub(crate) const CACHE_KIB: i64 = 16 << 10;

/// The length of the write-ahead log, in pages, at which it is carried over:
/// 32 MiB. Each time is a sync, in which the log of messages may have to wait
/// for the disk.
const WAL_PAGES: i64 = 8 << 10;

/// The write-ahead log is cut back to this.
const WAL_BYTES_KEPT: i64 = 32 << 20;

const TABLES: &str = "
CREATE TABLE state (epoch TEXT NOT NULL, position INTEGER NOT NULL) STRICT;
CREATE TABLE shelf (number INTEGER PRIMARY KEY) STRICT;
";

/// A file that is in order.
pub(super) struct Opened {
    pub(super) db: Connection,
    pub(super) position: i64,
}

/// Opens the file if it is one of this log and this version.
pub(super) fn open(path: &Path, epoch: &str, top: i64) -> rusqlite::Result<Option<Opened>> {
    if !path.is_file() {
        return Ok(None);
    }
    let db = writing(path)?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != VERSION {
        return Ok(None);
    }
    let state: Option<(String, i64)> = db
        .query_row("SELECT epoch, position FROM state", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let position = match state {
        Some((whose, position)) if whose == epoch && position <= top => position,
        _ => return Ok(None),
    };
    Ok(Some(Opened { db, position }))
}

/// Makes the file anew, empty.
pub(super) fn renew(path: &Path, epoch: &str) -> Result<Opened, OpenError> {
    remove(path).map_err(|error| OpenError::Unusable {
        file: path.to_owned(),
        what: error.to_string(),
    })?;
    make(path, epoch).map_err(|error| OpenError::new(path.to_owned(), &error))
}

fn make(path: &Path, epoch: &str) -> rusqlite::Result<Opened> {
    let mut db = writing(path)?;
    let tx = db.transaction()?;
    tx.execute_batch(TABLES)?;
    tx.execute("INSERT INTO state VALUES (?1, 0)", [epoch])?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()?;
    let position = 0;
    Ok(Opened { db, position })
}

fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn writing(path: &Path) -> rusqlite::Result<Connection> {
    let db = file::making(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // What the last moments before a loss of power had is read from the log.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    db.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    db.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    Ok(db)
}

pub(super) fn reading(path: &Path) -> rusqlite::Result<Connection> {
    file::reading(path)
}
