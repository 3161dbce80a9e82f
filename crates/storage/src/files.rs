//! Which message brought which file.
//!
//! The files themselves lie elsewhere, and whoever keeps them removes them.
//! That has to outlive a fall at any moment, so the log remembers, in the same
//! transaction as the message, what is still to be removed:
//!
//! ```text
//! upload ──▶ no row ──message──▶ seq ──erased, dropped──▶ NULL ──removed──▶ no row
//!              └────────── unused for long ──────────────▲
//! ```
//!
//! A file belongs to the first message that names it. Whoever brought it is
//! the first to know its id, so that is theirs; others who pass it on hold
//! nothing fast.

use std::fmt;
use std::path::{Path, PathBuf};

use engine::log::LogError;
use rusqlite::{Connection, OptionalExtension};

use crate::error::BackupError;
use crate::store::Store;
use crate::writer::Writer;
use crate::{backup, file};

/// How many files are told in one go.
const AT_ONCE: i64 = 1000;

/// Whether the transaction at work lets files go, and who is told when it is
/// through.
#[derive(Default)]
pub(crate) struct Gone {
    some: bool,
    tell: Option<Box<dyn Fn() + Send>>,
}

impl Gone {
    /// The transaction is through.
    pub(crate) fn settle(&mut self) {
        if std::mem::take(&mut self.some)
            && let Some(tell) = &self.tell
        {
            tell();
        }
    }

    /// The transaction is not.
    pub(crate) fn forget(&mut self) {
        self.some = false;
    }
}

impl fmt::Debug for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gone").field("some", &self.some).finish()
    }
}

impl Store {
    /// Files whose message is gone, some of them at a time. They are told
    /// again until [`files_removed`](Self::files_removed) is.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn files_gone(&self) -> Result<Vec<Box<str>>, LogError> {
        self.readers.with(|db| {
            db.prepare_cached("SELECT id FROM file WHERE message IS NULL LIMIT ?1")?
                .query_map([AT_ONCE], |row| row.get(0))?
                .collect()
        })
    }

    /// These files are no more.
    ///
    /// # Errors
    /// See [`LogError`]. They are told again, also after the loss of power.
    pub fn files_removed(&self, ids: &[Box<str>]) -> Result<(), LogError> {
        self.turns.take().forget_files(ids)
    }

    /// Lets those of these files go that no message has brought. None can
    /// bring them any more.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn files_unused(&self, ids: &[Box<str>]) -> Result<(), LogError> {
        self.turns.take().condemn_files(ids)
    }

    /// Whether a message brought this file, be it gone.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn is_file_known(&self, id: &str) -> Result<bool, LogError> {
        self.readers.with(|db| {
            let found = db
                .prepare_cached("SELECT 1 FROM file WHERE id = ?1")?
                .query_row([id], |_| Ok(()))
                .optional()?;
            Ok(found.is_some())
        })
    }

    /// Calls `tell` whenever files have gone: on the writer's turn, so it must
    /// not wait.
    pub fn on_files_gone(&self, tell: impl Fn() + Send + 'static) {
        self.turns.take().gone.tell = Some(Box::new(tell));
    }
}

/// The files that messages of a log have: of one in use, from any process, or
/// of a copy.
#[derive(Debug)]
pub struct FilesOf {
    log: PathBuf,
    db: Connection,
    /// Logs of older versions know nothing of files.
    has_files: bool,
}

impl FilesOf {
    /// Looks into a log by the path of its file.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn open(log: &Path) -> Result<Self, BackupError> {
        let opened = file::reading(log).and_then(|db| Ok((db.table_exists(None, "file")?, db)));
        let (has_files, db) = opened.map_err(|error| backup::failed(log, log, &error))?;
        let log = log.to_owned();
        Ok(Self { log, db, has_files })
    }

    /// Some of those that come after `id`, in order; none at the end.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn after(&self, id: &str) -> Result<Vec<Box<str>>, BackupError> {
        if !self.has_files {
            return Ok(Vec::new());
        }
        let query = "SELECT id FROM file WHERE id > ?1 AND message IS NOT NULL
                     ORDER BY id LIMIT ?2";
        let found = self.db.prepare_cached(query).and_then(|mut query| {
            let ids = query.query_map((id, AT_ONCE), |row| row.get(0))?;
            ids.collect()
        });
        found.map_err(|error| backup::failed(&self.log, &self.log, &error))
    }

    /// Whether a message has this file now.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn has(&self, id: &str) -> Result<bool, BackupError> {
        let query = "SELECT count(*) FROM file WHERE id = ?1 AND message IS NOT NULL";
        let found = self.db.prepare_cached(query);
        let n = found.and_then(|mut query| query.query_row([id], |row| row.get::<_, i64>(0)));
        n.map(|n| n > 0)
            .map_err(|error| backup::failed(&self.log, &self.log, &error))
    }
}

impl Writer {
    /// The message written last brought these files; what is another's stays so.
    pub(crate) fn bring_files(&self, ids: &[Box<str>]) -> rusqlite::Result<()> {
        let message = self.db.last_insert_rowid();
        for id in ids {
            self.db
                .prepare_cached(
                    "INSERT INTO file (id, message) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute((id, message))?;
        }
        Ok(())
    }

    /// What the messages at these offsets brought goes with them.
    pub(crate) fn let_files_go(
        &mut self,
        channel: i64,
        from: i64,
        through: i64,
    ) -> rusqlite::Result<()> {
        let n_gone = self
            .db
            .prepare_cached(
                "UPDATE file SET message = NULL WHERE message IN
                 (SELECT seq FROM message WHERE channel = ?1 AND offset BETWEEN ?2 AND ?3)",
            )?
            .execute((channel, from, through))?;
        self.gone.some |= n_gone > 0;
        Ok(())
    }

    fn condemn_files(&mut self, ids: &[Box<str>]) -> Result<(), LogError> {
        self.later(|writer| {
            for id in ids {
                writer
                    .db
                    .prepare_cached("INSERT INTO file (id) VALUES (?1) ON CONFLICT DO NOTHING")?
                    .execute([id])?;
            }
            Ok(())
        })
    }

    fn forget_files(&mut self, ids: &[Box<str>]) -> Result<(), LogError> {
        self.later(|writer| {
            for id in ids {
                writer
                    .db
                    .prepare_cached("DELETE FROM file WHERE id = ?1 AND message IS NULL")?
                    .execute([id])?;
            }
            Ok(())
        })
    }
}
