//! Shelves: the index of so many records of the log, and no more.
//!
//! FTS5 gathers all that begins with some letters before it gives the first of
//! it, over the whole of a table, and cannot be told to stop. A table for each
//! piece of the log bounds that, and what is merged when something is added; and
//! what is dropped from the log, oldest first, goes with its table.

use rusqlite::{Connection, OptionalExtension};

/// Records of the log on one shelf.
const SHELF_SEQS: i64 = 1 << 15;

/// A shelf, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shelf(i64);

impl Shelf {
    /// The one on which a record belongs.
    pub(super) fn of(seq: i64) -> Self {
        Self(seq / SHELF_SEQS)
    }

    /// All that there are, the oldest first.
    pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<Self>> {
        db.prepare_cached("SELECT number FROM shelf ORDER BY number")?
            .query_map([], |row| row.get(0).map(Self))?
            .collect()
    }

    /// The first record that belongs on it.
    pub(super) fn first_seq(self) -> i64 {
        self.0 * SHELF_SEQS
    }

    /// The first that belongs on the next.
    pub(super) fn end_seq(self) -> i64 {
        self.first_seq() + SHELF_SEQS
    }

    /// Its table's name, for SQL in which `{said}` stands for it.
    pub(super) fn sql(self, sql: &str) -> String {
        sql.replace("{said}", &format!("said{}", self.0))
    }

    pub(super) fn is_there(self, db: &Connection) -> rusqlite::Result<bool> {
        db.prepare_cached("SELECT 1 FROM shelf WHERE number = ?1")?
            .query_row([self.0], |_| Ok(()))
            .optional()
            .map(|found| found.is_some())
    }

    pub(super) fn make(self, db: &Connection) -> rusqlite::Result<()> {
        const TABLE: &str = "
            CREATE VIRTUAL TABLE {said} USING fts5(room, words, tokenize = 'ascii', columnsize = 0);
            INSERT INTO {said} ({said}, rank) VALUES ('secure-delete', 1);";
        db.execute_batch(&self.sql(TABLE))?;
        db.execute("INSERT INTO shelf VALUES (?1)", [self.0])
            .map(drop)
    }

    pub(super) fn remove(self, db: &Connection) -> rusqlite::Result<()> {
        db.execute_batch(&self.sql("DROP TABLE {said}"))?;
        db.execute("DELETE FROM shelf WHERE number = ?1", [self.0])
            .map(drop)
    }
}
