//! What is true: all that ever was synced, kept in memory or told, and what
//! follows from it.

mod book;
mod stream;

use std::collections::{BTreeMap, BTreeSet};

use engine::log::{LogError, Position, Range};
use engine::{Engine, Now};
use serde::Deserialize;

use self::book::Book;
use crate::channels::{Channels, name_of};
use crate::disk::Disk;

pub(crate) use self::stream::{Passed, Stream};

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(pub(crate) String);

impl From<LogError> for Broken {
    fn from(error: LogError) -> Self {
        Self(format!("nobody wrote, and yet: {error}"))
    }
}

pub(crate) type Kept = Result<(), Broken>;

macro_rules! broken {
    ($($words:tt)*) => {
        Err(crate::ledger::Broken(format!($($words)*)))
    };
}
pub(crate) use broken;

/// What the channels hold.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Of rooms what is on disk, of feeds what was in memory; by epoch.
    books: BTreeMap<Box<str>, BTreeMap<Box<str>, Book>>,
    /// Of live channels what was told.
    streams: BTreeMap<Box<str>, Stream>,
    /// The epoch of all rooms.
    epoch: Box<str>,
    rooms: Vec<Box<str>>,
    feeds: Vec<Box<str>>,
    /// Whether what one member says is in the log in that order: where
    /// nothing is refused, it is.
    is_ordered: bool,
}

/// The part of a publication that counts here.
#[derive(Deserialize)]
struct Named {
    #[serde(alias = "live")]
    id: Box<str>,
}

impl Ledger {
    pub(crate) fn new(channels: &Channels, epoch: &str, is_ordered: bool) -> Self {
        let lives = channels.lives.iter();
        let streams = lives.map(|name| (name.clone(), Stream::default()));
        Self {
            books: BTreeMap::new(),
            streams: streams.collect(),
            epoch: epoch.into(),
            rooms: channels.rooms.clone(),
            feeds: channels.feeds.clone(),
            is_ordered,
        }
    }

    /// Takes in what the disk has now; it must be what it had, and more.
    pub(crate) fn learn(&mut self, disk: &Disk) -> Kept {
        for name in &self.rooms {
            let books = self.books.entry(name.clone()).or_default();
            let book = books.entry(self.epoch.clone()).or_default();
            let (top, dropped) = disk.durable_ends(name);
            book.drop_through(dropped);
            let n = book.top();
            if top < n {
                return broken!("{name} had {n} publications on disk, and has {top}");
            }
            if top > n {
                for id in disk.durable_after(name, n) {
                    book.add(name, id, self.is_ordered)?;
                }
            }
        }
        Ok(())
    }

    /// Takes in what the feeds of a server hold; to be called when something
    /// was published or dropped there.
    pub(crate) fn learn_feeds(&mut self, engine: &Engine, now: Now) -> Kept {
        for name in &self.feeds {
            let Position { offset: top, epoch } = engine.top(&name_of(name))?;
            let books = self.books.entry(name.clone()).or_default();
            let book = books.entry(epoch).or_default();
            let feeds = engine.feeds();
            let records = feeds.read(name, Range::After(0), usize::MAX, now.steady());
            let oldest = records.first().map_or(top + 1, |first| first.offset);
            book.drop_through(oldest - 1);
            let n = book.top();
            if top < n {
                return broken!("{name} had {n} publications in this epoch, and has {top}");
            }
            for record in records.iter().filter(|record| record.offset > n) {
                book.add(name, id_of(&record.data)?, true)?;
            }
            if book.top() != top {
                let n = book.top();
                return broken!("{name} is at {top}, and {n} publications were seen there");
            }
        }
        Ok(())
    }

    /// Takes in what live channels have told.
    pub(crate) fn learn_passed(&mut self, passed: Vec<Passed>) -> Kept {
        for passed in passed {
            match passed {
                Passed::Said { channel, id } => self.stream_mut(&channel).say(&channel, id)?,
                Passed::Joined { channel, client } => self.stream_mut(&channel).join(client),
            }
        }
        Ok(())
    }

    /// A member has heard this.
    pub(crate) fn check_heard(&self, channel: &str, epoch: &str, offset: u64, id: &str) -> Kept {
        let book = self.book(channel, epoch)?;
        let index = (offset as usize).checked_sub(1);
        match index.and_then(|index| book.ids.get(index)) {
            None => broken!("{id} was heard as {offset} of {channel}, and is not there"),
            Some(there) if **there != *id => {
                broken!("{id} was heard as {offset} of {channel}, which is {there}")
            }
            Some(_) => Ok(()),
        }
    }

    /// A member was told that it misses what is from one offset to another.
    pub(crate) fn check_gap(&self, channel: &str, epoch: &str, from: u64, to: u64) -> Kept {
        let book = self.book(channel, epoch)?;
        match book.dropped >= from && to <= book.top() {
            true => Ok(()),
            false => broken!("{channel} is said to have a gap from {from} to {to}; it has none"),
        }
    }

    /// A publisher was told that this is kept.
    pub(crate) fn acknowledge(&mut self, channel: &str, id: &str) -> Kept {
        if self.streams.contains_key(channel) {
            return self.stream(channel).place(id).map(|_| ());
        }
        let books = self.books.get_mut(channel).into_iter();
        let mut books = books.flat_map(BTreeMap::values_mut);
        let Some(book) = books.find(|book| book.offsets.contains_key(id)) else {
            return broken!("{id} was acknowledged in {channel}, and is not there");
        };
        book.acknowledged.insert(id.into());
        Ok(())
    }

    /// Whether this ever was in a room.
    pub(crate) fn has(&self, channel: &str, id: &str) -> bool {
        let book = self.book(channel, &self.epoch);
        book.is_ok_and(|book| book.offsets.contains_key(id))
    }

    /// All that was acknowledged is on disk still.
    pub(crate) fn check_acknowledged(&self, disk: &Disk) -> Kept {
        for name in &self.rooms {
            let book = self.book(name, &self.epoch)?;
            let ids: BTreeSet<_> = disk.durable_after(name, 0).into_iter().collect();
            for id in &book.acknowledged {
                if !ids.contains(id) && book.offsets[id] > book.dropped {
                    return broken!("{id} was acknowledged in {name}, and is gone");
                }
            }
        }
        Ok(())
    }

    /// How far a channel has come in an epoch.
    pub(crate) fn top(&self, channel: &str, epoch: &str) -> u64 {
        self.book(channel, epoch).map_or(0, Book::top)
    }

    pub(crate) fn n_publications(&self) -> usize {
        let books = self.books.values().flat_map(BTreeMap::values);
        let told = self.streams.values().map(Stream::n_told);
        books.map(|book| book.ids.len()).chain(told).sum()
    }

    /// What was told in a live channel.
    pub(crate) fn stream(&self, channel: &str) -> &Stream {
        &self.streams[channel]
    }

    fn stream_mut(&mut self, channel: &str) -> &mut Stream {
        self.streams.entry(channel.into()).or_default()
    }

    fn book(&self, channel: &str, epoch: &str) -> Result<&Book, Broken> {
        let book = self.books.get(channel).and_then(|it| it.get(epoch));
        book.ok_or_else(|| Broken(format!("{channel} has never had the epoch {epoch:?}")))
    }
}

/// The id in a publication.
pub(crate) fn id_of(data: &[u8]) -> Result<Box<str>, Broken> {
    match serde_json::from_slice(data) {
        Ok(Named { id }) => Ok(id),
        Err(error) => broken!("nobody here publishes such a thing: {error}"),
    }
}
