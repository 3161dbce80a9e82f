//! A copy of a log, also while a server writes to it.
//!
//! The copy is one snapshot: everything that was acknowledged before it
//! began, and no half of a batch. It is made beside its name, read through,
//! synced, and given its name last:
//!
//! ```text
//! claim NAME (empty) ──▶ copy to NAME.partial ──▶ check, sync ──▶ rename
//! ```
//!
//! What an interrupted backup leaves is empty, or is called partial.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, backup as sqlite};

use crate::error::{BackupError, is_damage};
use crate::{file, schema};

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// The size of the copy.
    pub bytes: u64,
    /// How many messages are in it.
    pub n_messages: u64,
}

/// Copies the log of a data directory to the file `to`, whether a server
/// uses the directory or not. Put into an empty data directory under the name
/// `palabre.db`, the copy is a log with the same messages, and an epoch of its
/// own: clients that have seen more than it holds are told that they cannot
/// recover.
///
/// Publishers are not held up. The server's write-ahead log grows as long as
/// the copying takes, and shrinks after it.
///
/// # Errors
/// See [`BackupError`]; a file that is there is never overwritten.
pub fn backup(dir: &Path, to: &Path) -> Result<Backup, BackupError> {
    let from = file::path(dir);
    let from = std::path::absolute(&from).unwrap_or(from);
    let to = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
    if !from.is_file() {
        return Err(BackupError::Missing { file: from });
    }
    claim(&to)?;
    let partial = beside(&to);
    let done = copy(&from, &to, &partial).and_then(|backup| {
        settle(&partial, &to).map_err(|source| BackupError::Write {
            to: to.clone(),
            source,
        })?;
        Ok(backup)
    });
    if done.is_err() {
        // Both are ours: the one was claimed, the other is named after it.
        let _ = fs::remove_file(&partial);
        let _ = fs::remove_file(&to);
    }
    done
}

/// Makes the target, empty, unless it is there.
fn claim(to: &Path) -> Result<(), BackupError> {
    match File::create_new(to) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(BackupError::Exists { to: to.to_owned() })
        }
        Err(source) => Err(BackupError::Write {
            to: to.to_owned(),
            source,
        }),
    }
}

fn copy(from: &Path, to: &Path, partial: &Path) -> Result<Backup, BackupError> {
    // What an earlier one left would be continued.
    let _ = fs::remove_file(partial);
    let failed = |error: rusqlite::Error| failed(from, to, &error);
    let source = file::reading(from).map_err(failed)?;
    let mut target = Connection::open(partial).map_err(failed)?;
    // In one step: a copy in several would begin again at each commit.
    sqlite::Backup::new(&source, &mut target)
        .and_then(|copy| copy.step(-1))
        .map_err(failed)?;
    schema::renew_epoch(&target).map_err(failed)?;
    // So that the copy is one file, which can be moved by itself.
    target
        .pragma_update(None, "journal_mode", "DELETE")
        .map_err(failed)?;
    file::check(&target).map_err(|what| BackupError::Damaged {
        file: from.to_owned(),
        what,
    })?;
    let n_messages: i64 = target
        .query_row("SELECT count(*) FROM message", [], |row| row.get(0))
        .map_err(failed)?;
    target.close().map_err(|(_, error)| failed(error))?;
    Ok(Backup {
        bytes: fs::metadata(partial).map_or(0, |copy| copy.len()),
        n_messages: n_messages.cast_unsigned(),
    })
}

/// What SQLite could not do.
pub(crate) fn failed(from: &Path, to: &Path, error: &rusqlite::Error) -> BackupError {
    let (file, what) = (from.to_owned(), error.to_string());
    if is_damage(error) {
        return BackupError::Damaged { file, what };
    }
    let to = to.to_owned();
    BackupError::Copy { file, to, what }
}

fn settle(partial: &Path, to: &Path) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, to)?;
    match to.parent() {
        // A name is on the disk when its directory is.
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

fn beside(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}
