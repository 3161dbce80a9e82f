//! Opening `palabre.db`: which file it is, how a connection is set up, and
//! what is looked at before it is trusted.
//!
//! | looked at | when | takes |
//! |---|---|---|
//! | header, schema, size, first and last rows | always | 1 ms |
//! | the structure of the whole file | it was not closed and has up to 16 MiB | 2 ms per MiB |
//!
//! A larger file is not read through, so that a server that fell comes back
//! at once: a page that is damaged in it is found when it is needed, and said
//! to whoever needs it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::OpenError;
use crate::schema::{self, Origin};

/// Up to which size a file that was not closed is read through.
const CHECK_BYTES_MAX: u64 = 16 << 20;

/// How long SQLite waits for another program, such as its own shell, that
/// writes to the file. Our own threads take turns and never wait so.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// SQLite's default, written down because a file keeps it for life. With
/// 1,024 and 2,048 fewer bytes were written, in more pieces: a fifth slower.
const PAGE_BYTES: u32 = 4096;

/// What the writer keeps of the file in memory: it touches a page of an index
/// for each message.
pub(crate) const WRITER_CACHE_KIB: i64 = 32 << 10;

/// The write-ahead log is cut back to this once it starts anew.
const WAL_BYTES_KEPT: i64 = 64 << 20;

/// The file in a data directory.
pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join("palabre.db")
}

/// Makes the directory if there is none. Its whole path, so that a log does
/// not move when the process does.
pub(crate) fn make_dir(dir: &Path) -> Result<PathBuf, OpenError> {
    let made = || -> io::Result<PathBuf> {
        fs::create_dir_all(dir)?;
        std::path::absolute(dir)
    };
    made().map_err(|source| OpenError::Directory {
        dir: dir.to_owned(),
        source,
    })
}

/// The connection of the writer, to a file that was found to be sound; it is
/// made if there is none.
pub(crate) fn open(file: &Path, size_bytes_max: Option<u64>) -> Result<Connection, OpenError> {
    let failed = |error| OpenError::new(file.to_owned(), &error);
    let was_open = fs::metadata(wal(file)).is_ok_and(|wal| wal.len() > 0);
    let mut db = writing(file, size_bytes_max).map_err(failed)?;
    match schema::migrate(&mut db).map_err(failed)? {
        Origin::Ours => {}
        Origin::Foreign => {
            return Err(OpenError::Foreign {
                file: file.to_owned(),
            });
        }
        Origin::Newer { found, known } => {
            return Err(OpenError::Newer {
                file: file.to_owned(),
                found,
                known,
            });
        }
    }
    schema::look(&db).map_err(|error| damaged(file, error.to_string()))?;
    let size = fs::metadata(file).map_or(0, |file| file.len());
    if was_open && size <= CHECK_BYTES_MAX {
        check(&db).map_err(|what| damaged(file, what))?;
    }
    Ok(db)
}

fn damaged(file: &Path, what: String) -> OpenError {
    let file = file.to_owned();
    OpenError::Damaged { file, what }
}

/// A connection to a file that is made if there is none.
pub(crate) fn making(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(BUSY_WAIT)?;
    Ok(db)
}

fn writing(file: &Path, size_bytes_max: Option<u64>) -> rusqlite::Result<Connection> {
    let db = making(file)?;
    db.pragma_update(None, "page_size", PAGE_BYTES)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted or trimmed is not to be found in the file any more.
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    db.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    if let Some(bytes) = size_bytes_max {
        db.pragma_update(None, "max_page_count", pages(bytes))?;
    }
    Ok(db)
}

/// How many pages fit, of those that SQLite can count.
fn pages(bytes: u64) -> u32 {
    const PAGES_MAX: u32 = u32::MAX - 1;
    let pages = bytes / u64::from(PAGE_BYTES);
    u32::try_from(pages).map_or(PAGES_MAX, |pages| pages.clamp(1, PAGES_MAX))
}

/// A connection that carries the write-ahead log over.
pub(crate) fn checkpointing(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(BUSY_WAIT)?;
    Ok(db)
}

/// A connection that only reads.
pub(crate) fn reading(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(BUSY_WAIT)?;
    Ok(db)
}

/// Reads the file through, and says what does not fit together.
pub(crate) fn check(db: &Connection) -> Result<(), String> {
    let verdict: rusqlite::Result<String> =
        db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match verdict {
        Ok(ok) if ok == "ok" => Ok(()),
        Ok(what) => Err(what.replace('\n', " ")),
        Err(error) => Err(error.to_string()),
    }
}

fn wal(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
