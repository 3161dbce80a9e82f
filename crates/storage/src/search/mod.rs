//! The search index: `search.db`, which follows the log and is never waited for.
//!
//! ```text
//! publishers ─▶ palabre.db ──seq after the last──▶ advance ─▶ search.db
//!                   ▲                                            │ where
//!                   └─────────── find: what is there now ◀───────┘
//! ```
//!
//! - The index knows *where* words are; what is shown comes from the log. So a
//!   search never tells of a message that is deleted or dropped, however far
//!   behind the index is.
//! - It has a position in the log's `seq`, written in the transaction of what
//!   it has seen: after a crash it goes on from there. What belongs to another
//!   log (another epoch, or a position that the log has not reached), or is
//!   damaged, is thrown away and made again.
//! - An amendment is a record like any; its target is then looked at anew. A
//!   deleted text is gone from the file: FTS5 is told to erase, not to cross
//!   out (`secure-delete`), SQLite overwrites what it frees, and the
//!   write-ahead log is emptied after it.
//! - It stands in shelves, a table for each 32,768 records: FTS5 takes its time
//!   over the whole of a table, and cannot be told to stop.
//! - What words are is said by whoever opens it ([`WordsOf`]). Each is a token
//!   of ASCII letters and digits, or of other characters, with blanks between;
//!   a room is a word in a column of its own, so that looking into a quiet
//!   room does not read what all the others say.
//!
//! Indexing in the log's own transaction would need no position. It was not
//! done since a message then costs twice as much before it is acknowledged.

mod feed;
mod file;
mod find;
mod shelf;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::log::LogError;
use engine::search::{Found, Question};
use rusqlite::Connection;

use crate::error::{OpenError, is_damage, log_error};
use crate::schema;
use crate::store::Store;

pub use self::feed::Advance;
pub(crate) use self::file::CACHE_KIB;

use self::feed::Feeder;

/// The words of a record's data, with blanks between; `None` where it is not
/// to be found.
pub type WordsOf = fn(&[u8]) -> Option<String>;

/// An index of what a [`Store`] keeps.
///
/// Fed by [`advance`](Self::advance) and [`trim`](Self::trim), a piece at a
/// time; any other thread may look into it beside that.
#[derive(Debug)]
pub struct Index {
    store: Arc<Store>,
    path: PathBuf,
    words_of: WordsOf,
    feeder: Mutex<Feeder>,
    reader: Mutex<Connection>,
    /// The last `seq` that it has seen, for those who only want to know.
    position: AtomicI64,
}

impl Index {
    /// Opens the index in the directory of the store. Makes it anew if it is
    /// not there, is another log's, or is damaged.
    ///
    /// # Errors
    /// If it cannot be made: see [`OpenError`].
    pub fn open(store: Arc<Store>, dir: &Path, words_of: WordsOf) -> Result<Self, OpenError> {
        let path = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        let path = path.join("search.db");
        let failed = |error| OpenError::new(path.clone(), &error);
        let top = top_seq(&store).map_err(|error| OpenError::Unusable {
            file: path.clone(),
            what: error.to_string(),
        })?;
        let opened = match file::open(&path, store.epoch(), top) {
            Ok(Some(opened)) => opened,
            Ok(None) => file::renew(&path, store.epoch())?,
            Err(error) if is_damage(&error) => file::renew(&path, store.epoch())?,
            Err(error) => return Err(failed(error)),
        };
        let reader = file::reading(&path).map_err(failed)?;
        Ok(Self {
            position: AtomicI64::new(opened.position),
            feeder: Mutex::new(Feeder::new(opened)),
            reader: Mutex::new(reader),
            store,
            path,
            words_of,
        })
    }

    /// Takes in the next records of the log, a batch at most.
    ///
    /// # Errors
    /// See [`LogError`]; what is in the index stays, and the batch may be
    /// tried again. An index that is damaged is made anew instead.
    pub fn advance(&self) -> Result<Advance, LogError> {
        let mut feeder = lock(&self.feeder);
        match feeder.advance(&self.store, self.words_of) {
            Ok(advance) => {
                self.position.store(feeder.position(), Ordering::Relaxed);
                Ok(advance)
            }
            Err(feed::Failed::Log(error)) => Err(error),
            Err(feed::Failed::Index(error)) if is_damage(&error) => {
                self.renew(&mut feeder)?;
                Ok(Advance::More)
            }
            Err(feed::Failed::Index(error)) => Err(log_error(&error)),
        }
    }

    /// Forgets what the log has dropped.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn trim(&self) -> Result<(), LogError> {
        // Whoever wants to take in what is new gets a turn between two pieces.
        while self.trim_a_piece()? == Advance::More {}
        Ok(())
    }

    fn trim_a_piece(&self) -> Result<Advance, LogError> {
        let done = lock(&self.feeder).trim(&self.store);
        done.map_err(|failed| match failed {
            feed::Failed::Log(error) => error,
            feed::Failed::Index(error) => log_error(&error),
        })
    }

    /// Looks for messages, newest first, for a limited time: what was not
    /// looked at by then is for the next page.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn find(&self, question: &Question) -> Result<Found, LogError> {
        let found = find::find(&lock(&self.reader), self.store.readers(), question)?;
        let n_behind = self.n_behind()?;
        Ok(Found { n_behind, ..found })
    }

    /// How many records of the log it has not seen.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn n_behind(&self) -> Result<u64, LogError> {
        let position = self.position.load(Ordering::Relaxed);
        let behind = top_seq(&self.store)? - position;
        Ok(behind.max(0).cast_unsigned())
    }

    fn renew(&self, feeder: &mut Feeder) -> Result<(), LogError> {
        let mut reader = lock(&self.reader);
        let unusable = |error: OpenError| LogError::Unusable(error.to_string());
        let opened = file::renew(&self.path, self.store.epoch()).map_err(unusable)?;
        self.position.store(opened.position, Ordering::Relaxed);
        *feeder = Feeder::new(opened);
        *reader = file::reading(&self.path).map_err(|error| log_error(&error))?;
        Ok(())
    }
}

fn top_seq(store: &Store) -> Result<i64, LogError> {
    store.readers().with(schema::top_seq)
}

/// A connection has no half-done step outside of a transaction, and the next
/// one that begins takes back what a panic has left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
