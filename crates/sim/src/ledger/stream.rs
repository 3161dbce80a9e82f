//! What was told in a live channel, of which nothing is kept.
//!
//! It has no offsets. But whoever is a member hears all that is told from then
//! on: so what one hears in one subscription is a run of what was told, and
//! it begins no later than the subscription.

use std::collections::BTreeMap;

use super::{Broken, Kept, broken};

/// Something that happened in a live channel, in the order of its lock.
#[derive(Debug)]
pub(crate) enum Passed {
    /// This was told to all members.
    Said { channel: Box<str>, id: Box<str> },
    /// This client is a member now.
    Joined { channel: Box<str>, client: Box<str> },
}

#[derive(Debug, Default)]
pub(crate) struct Stream {
    ids: Vec<Box<str>>,
    places: BTreeMap<Box<str>, usize>,
    /// How much had been told when a client became a member.
    joined: BTreeMap<Box<str>, usize>,
}

impl Stream {
    pub(super) fn say(&mut self, name: &str, id: Box<str>) -> Kept {
        if self.places.insert(id.clone(), self.ids.len()).is_some() {
            return broken!("{id} was told in {name} twice");
        }
        self.ids.push(id);
        Ok(())
    }

    pub(super) fn join(&mut self, client: Box<str>) {
        self.joined.insert(client, self.ids.len());
    }

    /// How much has been told.
    pub(crate) fn n_told(&self) -> usize {
        self.ids.len()
    }

    /// How much had been told when this client became a member last.
    pub(crate) fn n_before(&self, client: &str) -> Result<usize, Broken> {
        match self.joined.get(client) {
            Some(n) => Ok(*n),
            None => broken!("{client} is said to be a member, and is none"),
        }
    }

    /// Where in all that was told this is.
    pub(crate) fn place(&self, id: &str) -> Result<usize, Broken> {
        match self.places.get(id) {
            Some(place) => Ok(*place),
            None => broken!("{id} was never told"),
        }
    }
}
