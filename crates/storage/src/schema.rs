//! What the file looks like, and how a file of an earlier version becomes
//! one of this.
//!
//! ```text
//! log       epoch: tells this log from others; a copy has another
//!           seq_floor: the last seq that was dropped, or one below it
//! channel   id ── name, trimmed: the last offset that was dropped
//! message   seq ── channel, offset, id, time_ms, data, info, target
//!             message_offset (channel, offset): reading
//!             message_id     (channel, id): no id twice
//!             message_target (channel, target): what amends a message
//! file      id ── message: the seq of what brought it; NULL: it has gone
//! ```
//!
//! - Messages lie in the order in which they were appended, so a batch fills
//!   whole pages whatever its channels are; clustered by channel, each of them
//!   would dirty a leaf of its own. Measured with 1,000 channels and batches
//!   of 1,000: 8 KB instead of 17 written per message, 47 us of CPU instead of
//!   64, and twice the time to read 50 of one channel. Reading is rare, as the
//!   engine has the tails.
//! - The index of ids dirties about a page per message, whatever its key is. A
//!   hash for a key made the file smaller by a sixth and nothing faster, and
//!   asks for a second look at the text; so the constraint is SQLite's.
//! - `seq` only grows, over all channels and for good, so that whoever follows
//!   the log knows what it has seen: the search index does. SQLite by itself
//!   would give the number of the newest again once that was dropped; so the
//!   writer counts, and leaves in `seq_floor` how far it had come.
//! - The top of a channel is not stored but found: its highest offset, or
//!   `trimmed` where that is higher. So no row of `channel` is written when a
//!   message is, and the two cannot disagree.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Marks our files among SQLite's: "Plbr".
const APPLICATION_ID: i64 = 0x506c_6272;

/// Schema `n + 1` from schema `n`, `n` being the place in the list. Published
/// entries never change; a new schema is a new entry.
const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE log (
    epoch TEXT NOT NULL
) STRICT;
INSERT INTO log (epoch) VALUES (lower(hex(randomblob(16))));
CREATE TABLE channel (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    trimmed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    id TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    data BLOB NOT NULL,
    info BLOB
) STRICT;
CREATE UNIQUE INDEX message_offset ON message (channel, offset);
CREATE UNIQUE INDEX message_id ON message (channel, id);
",
    "
ALTER TABLE message ADD COLUMN target INTEGER;
CREATE INDEX message_target ON message (channel, target) WHERE target IS NOT NULL;
",
    "
CREATE TABLE file (
    id TEXT PRIMARY KEY,
    message INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX file_message ON file (message);
",
    "
ALTER TABLE log ADD COLUMN seq_floor INTEGER NOT NULL DEFAULT 0;
",
];

/// Whose file it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Ours, or nobody's yet: at the schema of this version now.
    Ours,
    /// Another program's.
    Foreign,
    /// Ours, of a version to come.
    Newer {
        /// Its schema.
        found: i64,
        /// The last that is known here.
        known: i64,
    },
}

/// Brings a file to the schema of this version, if it is ours.
pub(crate) fn migrate(db: &mut Connection) -> rusqlite::Result<Origin> {
    migrate_by(db, MIGRATIONS)
}

fn migrate_by(db: &mut Connection, migrations: &[&str]) -> rusqlite::Result<Origin> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let known = i64::try_from(migrations.len()).expect("a list in the source is short");
    let found = version(&tx)?;
    let ours = match found {
        // Nothing but the header is there after a start that was cut short.
        0 => application_id(&tx)? == 0 && is_empty(&tx)?,
        _ => application_id(&tx)? == APPLICATION_ID,
    };
    if !ours || found < 0 {
        return Ok(Origin::Foreign);
    }
    if found > known {
        return Ok(Origin::Newer { found, known });
    }
    let done = usize::try_from(found).expect("between 0 and the list's length");
    for migration in &migrations[done..] {
        tx.execute_batch(migration)?;
    }
    if found < known {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", known)?;
    }
    tx.commit()?;
    Ok(Origin::Ours)
}

/// What tells this log from others.
pub(crate) fn epoch(db: &Connection) -> rusqlite::Result<Box<str>> {
    db.query_row("SELECT epoch FROM log", [], |row| row.get(0))
}

/// The highest `seq` that was ever given; 0 before the first.
pub(crate) fn top_seq(db: &Connection) -> rusqlite::Result<i64> {
    let top = "SELECT max(seq_floor, ifnull((SELECT max(seq) FROM message), 0)) FROM log";
    db.prepare_cached(top)?.query_row([], |row| row.get(0))
}

/// Makes a copy a log of its own. What is said after it has offsets that the
/// first log has used, so nobody may recover from the one in the other.
pub(crate) fn renew_epoch(db: &Connection) -> rusqlite::Result<()> {
    let renew = "UPDATE log SET epoch = lower(hex(randomblob(16)))";
    db.execute(renew, []).map(drop)
}

/// Fails where the tables are not those of this version, or their first and
/// last pages make no sense.
pub(crate) fn look(db: &Connection) -> rusqlite::Result<()> {
    for edge in ["min", "max"] {
        let of_messages = format!(
            "SELECT length(data) + length(info) + time_ms + length(id) + channel + offset
             FROM message WHERE seq = (SELECT {edge}(seq) FROM message)"
        );
        let of_channels = format!(
            "SELECT length(name) + trimmed
             FROM channel WHERE id = (SELECT {edge}(id) FROM channel)"
        );
        for sql in [of_messages, of_channels] {
            db.prepare(&sql)?.query([])?.next()?;
        }
    }
    Ok(())
}

fn version(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    tx.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn application_id(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    tx.pragma_query_value(None, "application_id", |row| row.get(0))
}

fn is_empty(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    tx.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
        row.get(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: &str = "ALTER TABLE channel ADD COLUMN topic TEXT";

    #[test]
    fn earlier_schemas_are_brought_forward() {
        let mut db = Connection::open_in_memory().unwrap();
        assert_eq!(migrate(&mut db).unwrap(), Origin::Ours);
        db.execute("INSERT INTO channel (name) VALUES ('a')", [])
            .unwrap();

        let later = [MIGRATIONS, &[SECOND]].concat();
        assert_eq!(migrate_by(&mut db, &later).unwrap(), Origin::Ours);
        db.query_row("SELECT topic FROM channel WHERE name = 'a'", [], |_| Ok(()))
            .unwrap();
        assert_eq!(migrate_by(&mut db, &later).unwrap(), Origin::Ours, "again");

        let (found, known) = (later.len() as i64, MIGRATIONS.len() as i64);
        assert_eq!(migrate(&mut db).unwrap(), Origin::Newer { found, known });
    }

    #[test]
    fn a_file_of_the_first_version_keeps_its_messages() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate_by(&mut db, &MIGRATIONS[..1]).unwrap();
        db.execute_batch(
            "INSERT INTO channel (name) VALUES ('a');
             INSERT INTO message (channel, offset, id, time_ms, data) VALUES (1, 1, 'x', 7, x'6d')",
        )
        .unwrap();
        assert_eq!(migrate(&mut db).unwrap(), Origin::Ours);
        let (id, target): (String, Option<i64>) = db
            .query_row("SELECT id, target FROM message", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!((&*id, target), ("x", None));
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        let broken = [MIGRATIONS, &[SECOND, "no SQL"]].concat();
        assert!(migrate_by(&mut db, &broken).is_err());
        assert_eq!(migrate(&mut db).unwrap(), Origin::Ours);
        assert!(db.prepare("SELECT topic FROM channel").is_err());
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE message (text)").unwrap();
        assert_eq!(migrate(&mut db).unwrap(), Origin::Foreign);
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch("PRAGMA application_id = 7; PRAGMA user_version = 1")
            .unwrap();
        assert_eq!(migrate(&mut db).unwrap(), Origin::Foreign);
    }
}
