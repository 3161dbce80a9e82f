//! What may go wrong, and what to do then.

use std::io;
use std::path::PathBuf;

use engine::log::LogError;
use rusqlite::ErrorCode;

/// Why a log could not be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The data directory cannot be made, or not be written to.
    #[error(
        "cannot use the data directory {dir}: {source}; \
         choose one that this user may write to"
    )]
    Directory {
        /// The data directory.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the log open.
    #[error(
        "another server uses the data directory {dir}; \
         stop it, or give this one a directory of its own"
    )]
    InUse {
        /// The data directory.
        dir: PathBuf,
    },
    /// The file belongs to something else.
    #[error("{file} is not a log of palabre; move it away, or choose another data directory")]
    Foreign {
        /// The file in the data directory.
        file: PathBuf,
    },
    /// The file was written by a later version.
    #[error(
        "{file} was written by a newer palabre (schema {found}, this one knows up to {known}); \
         start that version, or put back a backup that this version made"
    )]
    Newer {
        /// The file in the data directory.
        file: PathBuf,
        /// Its schema.
        found: i64,
        /// The last schema that this version knows.
        known: i64,
    },
    /// The file is not what was written.
    #[error(
        "{file} is damaged ({what}); move it away together with {file}-wal and {file}-shm, if \
         they are there, then put a copy that `palabre backup` made in its place, or start empty"
    )]
    Damaged {
        /// The file in the data directory.
        file: PathBuf,
        /// What SQLite said of it.
        what: String,
    },
    /// The file cannot be read or written.
    #[error("cannot use {file}: {what}; look at its permissions, and at the room on its disk")]
    Unusable {
        /// The file in the data directory.
        file: PathBuf,
        /// What SQLite said.
        what: String,
    },
}

impl OpenError {
    pub(crate) fn new(file: PathBuf, error: &rusqlite::Error) -> Self {
        let what = error.to_string();
        if is_damage(error) {
            Self::Damaged { file, what }
        } else {
            Self::Unusable { file, what }
        }
    }
}

/// Why there is no backup. Nothing is left at the path that was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is no log.
    #[error("there is no {file}; name the data directory that the server uses")]
    Missing {
        /// The file that is looked for.
        file: PathBuf,
    },
    /// The target is there already.
    #[error("{to} is there already and is not overwritten; choose another name, or move it away")]
    Exists {
        /// The target.
        to: PathBuf,
    },
    /// The folder that all is to be copied to has something in it.
    #[error("{to} is not empty; name a new folder or an empty one")]
    NotEmpty {
        /// The folder.
        to: PathBuf,
    },
    /// There is no earlier backup where one was named.
    #[error("there is no {file}; name a folder that an earlier backup has made")]
    NoEarlier {
        /// What is looked for in it.
        file: PathBuf,
    },
    /// The target cannot be written.
    #[error("cannot write {to}: {source}; choose a place that this user may write to")]
    Write {
        /// The target, or the file beside it that becomes the target.
        to: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log could not be copied.
    #[error("cannot copy {file} to {to}: {what}; look at the room on both disks")]
    Copy {
        /// The file in the data directory.
        file: PathBuf,
        /// The target.
        to: PathBuf,
        /// What SQLite said.
        what: String,
    },
    /// The log itself is damaged, so its copy would be.
    #[error("{file} is damaged ({what}), and so would be its copy; keep your earlier backups")]
    Damaged {
        /// The file in the data directory.
        file: PathBuf,
        /// What SQLite said of it.
        what: String,
    },
}

/// Whether the error is about what is in the file.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    ) || matches!(
        error,
        rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

/// What the engine is told.
pub(crate) fn log_error(error: &rusqlite::Error) -> LogError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => LogError::Full,
        _ if is_damage(error) => LogError::Unusable(format!(
            "the file is damaged ({error}); stop the server and put a backup in its place"
        )),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            LogError::Unusable(format!("another program keeps the file locked ({error})"))
        }
        _ => LogError::Unusable(error.to_string()),
    }
}
