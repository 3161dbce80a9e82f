//! One channel: it gives each publication its place, under one short lock.
//!
//! It knows which shards have members, and what its newest publications are;
//! who is here is in `presence`. Who of a shard is a member is the
//! [`Hub`](crate::Hub)'s to know.

mod presence;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use uuid::Uuid;

use crate::commit::Outcome;
use crate::feeds::Feeds;
use crate::guests::Guests;
use crate::log::{Entry, Position, Record};
use crate::name::ChannelName;
use crate::node::Now;
use crate::publication::{Data, Fanout, Publication};
use crate::shards::{ShardId, ShardSet};
use crate::sync::{Mutex, MutexGuard};
use crate::tail::{Tail, Tails};

pub(crate) use self::presence::News;
pub use self::presence::Present;

/// A named stream of publications.
///
/// The lock guards all that changes. It is held while a publication goes into
/// the shards' mailboxes: that is what makes the order the same everywhere.
#[derive(Debug)]
pub struct Channel {
    name: ChannelName,
    number: u64,
    epoch: Box<str>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    top_offset: u64,
    tail: Tail,
    shards: ShardSet,
    /// Who is here, by client id; told in this order, so that a run that
    /// is repeated tells the same.
    presence: BTreeMap<Uuid, Present>,
    /// Those that have neither user id nor client id.
    guests: Guests,
    /// Entries that are on their way to the log.
    n_uncommitted: usize,
}

impl Channel {
    pub(crate) fn new(
        name: ChannelName,
        number: u64,
        position: Position,
        tails: &Arc<Tails>,
    ) -> Self {
        let state = State {
            top_offset: position.offset,
            tail: Tail::new(tails),
            shards: ShardSet::default(),
            presence: BTreeMap::new(),
            guests: Guests::default(),
            n_uncommitted: 0,
        };
        Self {
            name,
            number,
            epoch: position.epoch,
            state: Mutex::new(state),
        }
    }

    /// The name under which the engine knows the channel.
    #[must_use]
    pub fn name(&self) -> &ChannelName {
        &self.name
    }

    /// A number that no other channel of the engine has, or ever had.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Tells this incarnation of the channel from others of its name.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The offset of the newest publication, 0 before the first.
    #[must_use]
    pub fn top_offset(&self) -> u64 {
        self.lock().top_offset
    }

    /// Tells the members what has no place in the channel.
    pub fn pass_on(self: &Arc<Self>, data: Data, fanout: &dyn Fanout) {
        let state = self.lock();
        self.fan_out(&state, None, data, fanout);
    }

    /// All publications after an offset that are at hand; `None` if some have
    /// to be read from the log. With them comes the top offset.
    #[must_use]
    pub fn tail_after(&self, offset: u64) -> (Option<Vec<Arc<Publication>>>, u64) {
        let state = self.lock();
        (state.tail.after(offset, state.top_offset), state.top_offset)
    }

    /// The number of the newest publication that is at hand, among those of
    /// all channels.
    pub(crate) fn newest_at_hand(&self) -> Option<u64> {
        self.lock().tail.newest()
    }

    /// Keeps nothing at hand any more, until more is published.
    pub(crate) fn drop_tail(&self) {
        self.lock().tail.drop_all();
    }

    /// A record is in the log now: it gets known. What it has changed takes
    /// the place of what was at hand, so that nobody who comes back hears what
    /// was taken back meanwhile.
    pub(crate) fn commit(
        self: &Arc<Self>,
        record: Record,
        changed: Vec<Record>,
        fanout: &dyn Fanout,
    ) {
        let mut state = self.lock();
        let top_offset = state.top_offset;
        for record in changed {
            let offset = record.offset;
            let publication = Arc::new(self.publication(record));
            state.tail.replace(offset, top_offset, publication);
        }
        state.top_offset = record.offset;
        let publication = Arc::new(self.publication(record));
        state.tail.push(Arc::clone(&publication));
        fanout.fan_out(state.shards, publication);
    }

    /// Publishes in a feed. Its memory is the tail, too: what has to be
    /// dropped there after a while must not live on here.
    pub(crate) fn append(
        self: &Arc<Self>,
        feeds: &Feeds,
        entry: Entry,
        now: Now,
        fanout: &dyn Fanout,
    ) -> Outcome {
        let mut state = self.lock();
        let (json, info) = (entry.data.clone(), entry.info.clone());
        let outcome = feeds.append(entry, now.steady());
        if let Outcome::Stored { offset } = outcome {
            state.top_offset = offset;
            self.fan_out(&state, Some(offset), Data::Json { json, info }, fanout);
        }
        outcome
    }

    /// A record of this channel as it is told to members.
    #[must_use]
    pub fn publication(self: &Arc<Self>, record: Record) -> Publication {
        Publication {
            channel: Arc::clone(self),
            offset: Some(record.offset),
            data: Data::Json {
                json: record.data,
                info: record.info,
            },
        }
    }

    /// Counts a shard in.
    pub(crate) fn join(&self, shard: ShardId) {
        self.lock().shards.insert(shard);
    }

    /// Counts a shard out; returns whether the channel is of no more use.
    pub(crate) fn leave(&self, shard: ShardId) -> bool {
        let mut state = self.lock();
        state.shards.remove(shard);
        state.is_idle()
    }

    /// Whether nobody is here and nothing is on its way to the log.
    pub(crate) fn is_idle(&self) -> bool {
        self.lock().is_idle()
    }

    /// Whether something is on its way to the log.
    pub(crate) fn has_uncommitted(&self) -> bool {
        self.lock().n_uncommitted > 0
    }

    /// Counts something that goes by the log.
    pub(crate) fn submit(&self) {
        self.lock().n_uncommitted += 1;
    }

    /// Counts an entry that came back; returns whether the channel is of no
    /// more use.
    pub(crate) fn settle(&self) -> bool {
        let mut state = self.lock();
        state.n_uncommitted -= 1;
        state.is_idle()
    }

    fn fan_out(
        self: &Arc<Self>,
        state: &State,
        offset: Option<u64>,
        data: Data,
        fanout: &dyn Fanout,
    ) {
        if state.shards.is_empty() {
            return;
        }
        let publication = Publication {
            channel: Arc::clone(self),
            offset,
            data,
        };
        fanout.fan_out(state.shards, Arc::new(publication));
    }

    /// A panic inside the lock leaves nothing half done, so a poisoned lock is
    /// taken as it is rather than passed on to every shard.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.shards.is_empty() && self.n_uncommitted == 0
    }
}
