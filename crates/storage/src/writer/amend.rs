//! Amending what is stored, in the transaction that stores the amendment.

use engine::log::{Amends, Appended, Entry, Record};
use protocol::plain::Refusal;
use rusqlite::OptionalExtension;

use super::Writer;
use crate::readers::{columns, record};

impl Writer {
    /// Keeps an amendment together with what it does to its target, or
    /// neither. A refusal leaves no trace, not even of the channel.
    pub(super) fn amend(
        &mut self,
        entry: &Entry,
        target: u64,
        amends: &dyn Amends,
    ) -> rusqlite::Result<Appended> {
        let Some(known) = self.known(&entry.channel)? else {
            return Ok(refused(entry, amends));
        };
        if let Some(repeated) = self.repeated(known.id, &entry.id).optional()? {
            return Ok(repeated);
        }
        let Some(mut record) = self.at(known.id, target)? else {
            return Ok(refused(entry, amends));
        };
        let amended = match amends.amend(Some(&record), entry) {
            Ok(amended) => amended,
            Err(refusal) => return Ok(Appended::Refused(refusal)),
        };
        record.data = amended.data;
        let mut changed = vec![record];
        if amended.erases {
            changed.extend(self.erased(known.id, target, amends)?);
            let target = target.cast_signed();
            self.let_files_go(known.id, target, target)?;
        }
        for record in &changed {
            self.rewrite(known.id, record)?;
        }
        let offset = self.insert(entry, known)?;
        let offset = offset.expect("no other has the id, which was looked up before");
        Ok(Appended::Amended { offset, changed })
    }

    fn at(&self, channel: i64, offset: u64) -> rusqlite::Result<Option<Record>> {
        self.db
            .prepare_cached(concat!(
                "SELECT ",
                columns!(),
                " FROM message WHERE channel = ?1 AND offset = ?2"
            ))?
            .query_row((channel, offset.cast_signed()), record)
            .optional()
    }

    /// What is left of the earlier amendments of a record, where that is not
    /// what they were.
    fn erased(
        &self,
        channel: i64,
        target: u64,
        amends: &dyn Amends,
    ) -> rusqlite::Result<Vec<Record>> {
        let mut select = self.db.prepare_cached(concat!(
            "SELECT ",
            columns!(),
            " FROM message WHERE channel = ?1 AND target = ?2 ORDER BY offset"
        ))?;
        let mut erased = Vec::new();
        for found in select.query_map((channel, target.cast_signed()), record)? {
            let mut record = found?;
            if let Some(data) = amends.erase(&record) {
                record.data = data;
                erased.push(record);
            }
        }
        Ok(erased)
    }

    fn rewrite(&self, channel: i64, record: &Record) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("UPDATE message SET data = ?3 WHERE channel = ?1 AND offset = ?2")?
            .execute((channel, record.offset.cast_signed(), &*record.data))
            .map(drop)
    }
}

/// What is said of a target that is not there.
fn refused(entry: &Entry, amends: &dyn Amends) -> Appended {
    match amends.amend(None, entry) {
        Err(refusal) => Appended::Refused(refusal),
        // Rules that would amend nothing have nothing to keep either.
        Ok(_) => Appended::Refused(Refusal::TargetMissing),
    }
}
