//! What one channel has held in one epoch.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kept, broken};

#[derive(Debug, Default)]
pub(super) struct Book {
    /// The id of offset `n` is at `n - 1`.
    pub(super) ids: Vec<Box<str>>,
    pub(super) offsets: BTreeMap<Box<str>, u64>,
    /// The newest offset that was ever dropped.
    pub(super) dropped: u64,
    /// The last number of each speaker.
    last_of: BTreeMap<Box<str>, u64>,
    pub(super) acknowledged: BTreeSet<Box<str>>,
}

impl Book {
    pub(super) fn top(&self) -> u64 {
        self.ids.len() as u64
    }

    /// What was dropped was dropped for good.
    pub(super) fn drop_through(&mut self, offset: u64) {
        self.dropped = self.dropped.max(offset);
    }

    /// The next publication. An id is there once, for as long as it is kept;
    /// and what one speaker says is in order, if `is_ordered`.
    pub(super) fn add(&mut self, name: &str, id: Box<str>, is_ordered: bool) -> Kept {
        let offset = self.top() + 1;
        let before = self.offsets.insert(id.clone(), offset);
        if let Some(before) = before.filter(|before| *before > self.dropped) {
            return broken!("{id} is in {name} twice, as {before} and as {offset}");
        }
        if let Some((speaker, number)) = id.rsplit_once('-')
            && let Ok(number) = number.parse::<u64>()
        {
            let last = self.last_of.entry(speaker.into()).or_insert(0);
            if is_ordered && number <= *last && before.is_none() {
                return broken!("{id} is in {name} behind number {last} of its speaker");
            }
            *last = (*last).max(number);
        }
        self.ids.push(id);
        Ok(())
    }
}
