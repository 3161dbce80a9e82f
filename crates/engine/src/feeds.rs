//! What feeds remember: the newest publications of each, in memory.
//!
//! A feed is for notifications and dashboards: worth recovering after a walk
//! through a tunnel, not worth a disk. So it has offsets, history and recovery
//! as a room has, but only as long as the server runs, and within limits:
//!
//! ```text
//! append ─▶ feed: [ 41 42 43 44 ]  beyond FEED_PUBLICATIONS_MAX: its oldest goes
//!           feed: [ 7 8 ]          older than FEED_AGE: it goes
//!           all together           beyond bytes_max: the oldest of all goes
//! ```
//!
//! One list in the order of age runs through all feeds, so to expire and to
//! make room is the same step. A feed lives while somebody has it open or
//! something of it is kept. After that its name may come again, with another
//! epoch: nobody takes the new feed for the old one.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::commit::Outcome;
use crate::log::{Entry, Position, Range, Record};
use crate::sync::{Mutex, MutexGuard};

/// Publications that a feed keeps; beyond it the oldest go.
pub const FEED_PUBLICATIONS_MAX: usize = 1000;

/// How long a feed keeps a publication.
pub const FEED_AGE: Duration = Duration::from_secs(24 * 3600);

/// Bytes that all feeds may keep together unless it is said otherwise; beyond
/// it the oldest publications of all go.
pub const FEEDS_BYTES_MAX: usize = 64 << 20;

/// What a publication takes besides its text: the record, its place in the
/// lists, and what the allocator adds.
pub(crate) const PUBLICATION_BYTES: usize = 256;

/// The memory of all feeds.
#[derive(Debug)]
pub struct Feeds {
    incarnation: Box<str>,
    bytes_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    feeds: HashMap<Arc<str>, Feed>,
    /// All that is kept, oldest first, by the number of the publication.
    by_age: BTreeMap<u64, Aged>,
    bytes: usize,
    /// How many publications there were: the next one's number.
    n_appended: u64,
    /// How many feeds were ever made: what tells their epochs apart.
    n_made: u64,
}

#[derive(Debug)]
struct Feed {
    epoch: Box<str>,
    top_offset: u64,
    kept: VecDeque<Kept>,
    is_open: bool,
}

#[derive(Debug)]
struct Kept {
    number: u64,
    record: Record,
}

#[derive(Debug)]
struct Aged {
    feed: Arc<str>,
    at: Duration,
}

impl Feeds {
    /// No feeds yet. `incarnation` tells this run of the server from every
    /// other, since feeds do not outlive it.
    #[must_use]
    pub fn new(incarnation: &str, bytes_max: usize) -> Self {
        Self {
            incarnation: incarnation.into(),
            bytes_max,
            state: Mutex::default(),
        }
    }

    /// How far a feed has come, for a channel that is being opened. The feed
    /// keeps its epoch until [`close`](Self::close).
    pub(crate) fn open(&self, name: &str) -> Position {
        let mut state = self.lock();
        let (_, feed) = state.feed(name, &self.incarnation);
        feed.is_open = true;
        Position {
            offset: feed.top_offset,
            epoch: feed.epoch.clone(),
        }
    }

    /// Nobody has the feed open any more.
    pub(crate) fn close(&self, name: &str) {
        let mut state = self.lock();
        if let Some(feed) = state.feeds.get_mut(name) {
            feed.is_open = false;
        }
        state.forget_if_unused(name);
    }

    /// Keeps an entry. An id that the feed still knows is a repeat; an empty
    /// id is none.
    pub(crate) fn append(&self, entry: Entry, now: Duration) -> Outcome {
        let mut state = self.lock();
        state.expire(now);
        let number = state.n_appended;
        let (name, feed) = state.feed(&entry.channel, &self.incarnation);
        if let Some(record) = feed.find(&entry.id) {
            return Outcome::Repeated(record.clone());
        }
        feed.top_offset += 1;
        let offset = feed.top_offset;
        let record = entry.into_record(offset);
        let bytes = bytes_of(&record);
        feed.kept.push_back(Kept { number, record });
        let oldest = feed.kept.front().map_or(number, |kept| kept.number);
        let is_full = feed.kept.len() > FEED_PUBLICATIONS_MAX;
        let aged = Aged {
            feed: name,
            at: now,
        };
        state.n_appended += 1;
        state.bytes += bytes;
        state.by_age.insert(number, aged);
        if is_full {
            state.drop_kept(oldest);
        }
        while state.bytes > self.bytes_max && state.drop_oldest() {}
        Outcome::Stored { offset }
    }

    /// Up to `limit` records of a feed, none of them older than
    /// [`FEED_AGE`].
    #[must_use]
    pub fn read(&self, name: &str, range: Range, limit: usize, now: Duration) -> Vec<Record> {
        let mut state = self.lock();
        state.expire(now);
        let Some(feed) = state.feeds.get(name) else {
            return Vec::new();
        };
        let records = |until: u64| feed.kept.partition_point(|one| one.record.offset <= until);
        let record = |kept: &Kept| kept.record.clone();
        match range {
            Range::After(offset) => {
                let rest = feed.kept.range(records(offset)..);
                rest.take(limit).map(record).collect()
            }
            Range::Before(offset) => {
                let earlier = feed.kept.range(..records(offset.saturating_sub(1)));
                earlier.rev().take(limit).map(record).collect()
            }
        }
    }

    /// Drops what is too old; to be called now and then, for feeds in which
    /// nothing happens.
    pub fn sweep(&self, now: Duration) {
        self.lock().expire(now);
    }

    /// Forgets all that a feed keeps. It counts on, with the same epoch as long
    /// as somebody has it open.
    pub fn remove(&self, name: &str) {
        let mut state = self.lock();
        while let Some(oldest) = state.feeds.get(name).and_then(|feed| feed.kept.front()) {
            let number = oldest.number;
            state.drop_kept(number);
        }
    }

    /// How many bytes are kept.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// How many feeds are open or keep something.
    #[must_use]
    pub fn n_feeds(&self) -> usize {
        self.lock().feeds.len()
    }

    /// No step under the lock panics half-way, so a poisoned lock is sound.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    fn find(&self, id: &str) -> Option<&Record> {
        let mut kept = self.kept.iter().map(|kept| &kept.record);
        kept.find(|record| !id.is_empty() && *record.id == *id)
    }
}

impl State {
    /// The feed of a name, which is made if there is none.
    fn feed(&mut self, name: &str, incarnation: &str) -> (Arc<str>, &mut Feed) {
        let name = match self.feeds.get_key_value(name) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(name),
        };
        let feed = match self.feeds.entry(Arc::clone(&name)) {
            Slot::Occupied(slot) => slot.into_mut(),
            Slot::Vacant(slot) => {
                self.n_made += 1;
                slot.insert(Feed {
                    epoch: format!("{incarnation}.{}", self.n_made).into(),
                    top_offset: 0,
                    kept: VecDeque::new(),
                    is_open: false,
                })
            }
        };
        (name, feed)
    }

    fn expire(&mut self, now: Duration) {
        while let Some(oldest) = self.by_age.first_entry()
            && oldest.get().at + FEED_AGE <= now
        {
            self.drop_oldest();
        }
    }

    /// Drops what is oldest of all; returns whether there was anything.
    fn drop_oldest(&mut self) -> bool {
        let oldest = self.by_age.first_key_value().map(|(number, _)| *number);
        oldest.map(|number| self.drop_kept(number)).is_some()
    }

    /// Drops the oldest publication of a feed, which has this number.
    fn drop_kept(&mut self, number: u64) {
        let Some(Aged { feed: name, .. }) = self.by_age.remove(&number) else {
            return;
        };
        let feed = self.feeds.get_mut(&name);
        if let Some(kept) = feed.and_then(|feed| feed.kept.pop_front()) {
            debug_assert_eq!(kept.number, number, "a feed's oldest goes first");
            self.bytes -= bytes_of(&kept.record);
        }
        self.forget_if_unused(&name);
    }

    fn forget_if_unused(&mut self, name: &str) {
        let feed = self.feeds.get(name);
        if feed.is_some_and(|feed| feed.kept.is_empty() && !feed.is_open) {
            self.feeds.remove(name);
        }
    }
}

fn bytes_of(record: &Record) -> usize {
    let info = record.info.as_ref().map_or(0, bytes::Bytes::len);
    PUBLICATION_BYTES + record.id.len() + record.data.len() + info
}

#[cfg(test)]
mod tests;
