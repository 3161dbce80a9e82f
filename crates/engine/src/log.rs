//! The durable log, as the engine sees it: a trait that `storage` implements.
//!
//! ```text
//! many publishers ─▶ queue ─▶ one writer ─▶ append(batch): one transaction,
//!                                           one sync ─▶ fan out, acknowledge
//! ```
//!
//! A log gives each entry the next offset of its channel, dense and from 1,
//! and refuses to store an id twice in a channel: whoever sends a message
//! again because the answer was lost gets the one that is stored.
//!
//! An entry may amend an earlier one: it names it by its offset, and
//! [`Amends`] says what becomes of that. It is asked by the writer, within the
//! transaction, so no two amendments of one record race.
//!
//! [`MemoryLog`] is the same without the disk, for tests and simulations.

mod amend;
mod memory;

use bytes::Bytes;
use protocol::plain::Refusal;

pub use amend::{Amended, Amends, NoAmends};
pub use memory::MemoryLog;

/// A place in a channel, and the incarnation of the channel that it is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    /// The offset of a publication; 0 is before the first.
    pub offset: u64,
    /// Tells this incarnation of the channel from others of its name. Empty
    /// where nothing is kept, and so nothing can be recovered.
    pub epoch: Box<str>,
}

/// Something to be kept.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The whole name of the channel.
    pub channel: Box<str>,
    /// What makes a repeat recognisable; unique in the channel.
    pub id: Box<str>,
    /// When it was published, in milliseconds since 1970.
    pub time_ms: u64,
    /// The JSON that is published.
    pub data: Bytes,
    /// Who published it, as the dialects show it; JSON.
    pub info: Option<Bytes>,
    /// The offset of the record that it amends, if it amends one.
    pub target: Option<u64>,
}

impl Entry {
    /// What is kept of it, in its place.
    #[must_use]
    pub fn into_record(self, offset: u64) -> Record {
        Record {
            offset,
            id: self.id,
            time_ms: self.time_ms,
            data: self.data,
            info: self.info,
        }
    }
}

/// Something that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the channel.
    pub offset: u64,
    /// See [`Entry::id`].
    pub id: Box<str>,
    /// See [`Entry::time_ms`].
    pub time_ms: u64,
    /// See [`Entry::data`].
    pub data: Bytes,
    /// See [`Entry::info`].
    pub info: Option<Bytes>,
}

/// Cuts a page to so many bytes, but for its first record: it has to fit into
/// the queue of the connection that it is for.
pub fn cut_page(records: &mut Vec<Record>, bytes_max: usize) {
    let mut bytes = 0;
    let mut fits = |record: &Record| {
        bytes += record.data.len();
        bytes <= bytes_max
    };
    let n = records.iter().take_while(|record| fits(record)).count();
    records.truncate(n.max(1));
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// It is on disk, at this offset.
    Stored {
        /// Its place in the channel.
        offset: u64,
    },
    /// It is on disk, at this offset, and so is what it changed.
    Amended {
        /// Its place in the channel.
        offset: u64,
        /// Earlier records as they are now, its target first.
        changed: Vec<Record>,
    },
    /// Its id was there before; this is what it stands for.
    Repeated(Record),
    /// It may not amend what it wanted to; nothing of it is kept.
    Refused(Refusal),
}

/// Which records to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Range {
    /// Those after an offset, ascending.
    After(u64),
    /// Those before an offset, descending; `u64::MAX` is from the newest.
    Before(u64),
}

/// Why the log did not do what it was asked. Nothing of a failed batch is
/// kept, and the same batch may be tried again.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The log cannot be read or written.
    #[error("the log cannot be used: {0}")]
    Unusable(String),
}

/// A log that survives the process.
///
/// Reading may happen on several threads at once, appending on one.
pub trait Log: Send + Sync {
    /// The top of a channel; 0 where nothing was ever kept, of which asking
    /// leaves no trace.
    ///
    /// All channels of a log have one epoch: none of them starts anew before
    /// the log does.
    ///
    /// # Errors
    /// See [`LogError`].
    fn position(&self, channel: &str) -> Result<Position, LogError>;

    /// Up to `limit` records of a channel.
    ///
    /// # Errors
    /// See [`LogError`].
    fn read(&self, channel: &str, range: Range, limit: usize) -> Result<Vec<Record>, LogError>;

    /// Keeps a batch, all of it or nothing but what is refused; when it
    /// returns, it is synced. Says for each entry, in order, what became of it.
    ///
    /// # Errors
    /// See [`LogError`].
    fn append_by(&self, batch: &[Entry], amends: &dyn Amends) -> Result<Vec<Appended>, LogError>;

    /// The same where nothing may be amended.
    ///
    /// # Errors
    /// See [`LogError`].
    fn append(&self, batch: &[Entry]) -> Result<Vec<Appended>, LogError> {
        self.append_by(batch, &NoAmends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_long_as_it_may_be_and_never_empty() {
        let page = |bytes_max| {
            let mut records: Vec<_> = (1..=3)
                .map(|offset| Record {
                    offset,
                    id: "".into(),
                    time_ms: 0,
                    data: Bytes::from_static(b"four"),
                    info: None,
                })
                .collect();
            cut_page(&mut records, bytes_max);
            records.len()
        };
        assert_eq!([0, 7, 8, 11, 12, 99].map(page), [1, 1, 2, 2, 3, 3]);
    }
}
