//! What is true: all that ever was synced, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::disk::Disk;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(pub(crate) String);

pub(crate) type Kept = Result<(), Broken>;

macro_rules! broken {
    ($($words:tt)*) => {
        Err(crate::ledger::Broken(format!($($words)*)))
    };
}
pub(crate) use broken;

/// What the channels hold, as far as it is on disk.
#[derive(Debug)]
pub(crate) struct Ledger {
    channels: BTreeMap<Box<str>, Book>,
    /// Whether what one member says is in the log in that order: where
    /// nothing is refused, it is.
    is_ordered: bool,
}

#[derive(Debug, Default)]
struct Book {
    /// The id of offset `n` is at `n - 1`.
    ids: Vec<Box<str>>,
    offsets: BTreeMap<Box<str>, u64>,
    /// The newest offset that was ever dropped.
    dropped: u64,
    /// The last number of each speaker.
    last_of: BTreeMap<Box<str>, u64>,
    acknowledged: BTreeSet<Box<str>>,
}

impl Ledger {
    pub(crate) fn new(channels: &[Box<str>], is_ordered: bool) -> Self {
        let books = channels.iter().map(|name| (name.clone(), Book::default()));
        Self {
            channels: books.collect(),
            is_ordered,
        }
    }

    /// Takes in what the disk has now; it must be what it had, and more.
    pub(crate) fn learn(&mut self, disk: &Disk) -> Kept {
        for (name, book) in &mut self.channels {
            let (top, dropped) = disk.durable_ends(name);
            book.dropped = book.dropped.max(dropped);
            if top < book.ids.len() as u64 {
                let n = book.ids.len();
                return broken!("{name} had {n} publications on disk, and has {top}");
            }
            if top > book.ids.len() as u64 {
                for id in disk.durable_after(name, book.ids.len() as u64) {
                    book.add(name, id, self.is_ordered)?;
                }
            }
        }
        Ok(())
    }

    /// A member has heard this.
    pub(crate) fn check_heard(&self, channel: &str, offset: u64, id: &str) -> Kept {
        let book = &self.channels[channel];
        match book.ids.get(offset as usize - 1) {
            None => broken!("{id} was heard as {offset} of {channel}, and is not on disk"),
            Some(there) if **there != *id => {
                broken!("{id} was heard as {offset} of {channel}, which is {there}")
            }
            Some(_) => Ok(()),
        }
    }

    /// A member was told that it misses what is from one offset to another.
    pub(crate) fn check_gap(&self, channel: &str, from: u64, to: u64) -> Kept {
        let book = &self.channels[channel];
        match book.dropped >= from && to <= book.ids.len() as u64 {
            true => Ok(()),
            false => broken!("{channel} is said to have a gap from {from} to {to}; it has none"),
        }
    }

    /// A publisher was told that this is kept.
    pub(crate) fn acknowledge(&mut self, channel: &str, id: &str) -> Kept {
        let book = self.book(channel);
        if !book.offsets.contains_key(id) {
            return broken!("{id} was acknowledged in {channel}, and is not on disk");
        }
        book.acknowledged.insert(id.into());
        Ok(())
    }

    /// Whether this was ever on disk.
    pub(crate) fn has(&self, channel: &str, id: &str) -> bool {
        self.channels[channel].offsets.contains_key(id)
    }

    /// All that was acknowledged is there still.
    pub(crate) fn check_acknowledged(&self, disk: &Disk) -> Kept {
        for (name, book) in &self.channels {
            let ids: BTreeSet<_> = disk.durable_after(name, 0).into_iter().collect();
            for id in &book.acknowledged {
                if !ids.contains(id) && book.offsets[id] > book.dropped {
                    return broken!("{id} was acknowledged in {name}, and is gone");
                }
            }
        }
        Ok(())
    }

    pub(crate) fn top(&self, channel: &str) -> u64 {
        self.channels[channel].ids.len() as u64
    }

    pub(crate) fn n_publications(&self) -> usize {
        self.channels.values().map(|book| book.ids.len()).sum()
    }

    fn book(&mut self, channel: &str) -> &mut Book {
        self.channels
            .get_mut(channel)
            .expect("all channels are known from the beginning")
    }
}

impl Book {
    fn add(&mut self, name: &str, id: Box<str>, is_ordered: bool) -> Kept {
        let offset = self.ids.len() as u64 + 1;
        if let Some(&before) = self.offsets.get(&id)
            && before > self.dropped
        {
            return broken!("{id} is in {name} twice, as {before} and as {offset}");
        }
        if let Some((speaker, number)) = id.rsplit_once('-')
            && let Ok(number) = number.parse::<u64>()
        {
            let last = self.last_of.entry(speaker.into()).or_insert(0);
            if is_ordered && number <= *last {
                return broken!("{id} is in {name} behind number {last} of its speaker");
            }
            *last = (*last).max(number);
        }
        self.offsets.insert(id.clone(), offset);
        self.ids.push(id);
        Ok(())
    }
}
