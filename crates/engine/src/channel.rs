//! One channel: it gives each publication its place, under one short lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::engine::{Fanout, ShardId, ShardSet};
use crate::name::{ChannelName, Namespace};

/// Something that was published in a channel.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The number of the channel, as [`Channel::number`] tells it.
    pub channel: u64,
    /// The place in the channel: dense, the first is 1. `None` in a channel
    /// that counts nothing, and for what is passed on without being kept.
    pub offset: Option<u64>,
    /// What was published.
    pub data: Data,
}

/// The two kinds of WebSocket message, as the engine passes them on.
#[derive(Debug, Clone)]
pub enum Data {
    /// A JSON value.
    Json(Bytes),
    /// Bytes of any meaning, for everyone but the connection they came from.
    Binary {
        /// The bytes, as they came.
        bytes: Bytes,
        /// The shard and the member number of the connection they came from.
        from: (ShardId, u32),
    },
}

/// A named stream of publications.
///
/// The lock guards the top offset and the set of shards with members. It is
/// held while the publication goes into the shards' mailboxes: that is what
/// makes the order the same everywhere.
#[derive(Debug)]
pub struct Channel {
    name: ChannelName,
    number: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    top_offset: u64,
    shards: ShardSet,
}

impl Channel {
    pub(crate) fn new(name: ChannelName, number: u64) -> Self {
        Self {
            name,
            number,
            state: Mutex::default(),
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

    /// Publishes `data` to all members on all shards.
    ///
    /// Returns the offset, where the channel counts and the data is kept.
    pub fn publish(&self, data: Data, fanout: &impl Fanout) -> Option<u64> {
        let mut state = self.lock();
        let counted = self.name.namespace() == Namespace::Room && matches!(data, Data::Json(_));
        let offset = counted.then(|| {
            state.top_offset += 1;
            state.top_offset
        });
        fanout.fan_out(
            state.shards,
            Publication {
                channel: self.number,
                offset,
                data,
            },
        );
        offset
    }

    /// Counts a shard in.
    pub(crate) fn join(&self, shard: ShardId) {
        self.lock().shards.insert(shard);
    }

    /// Counts a shard out; returns whether no shard is left.
    pub(crate) fn leave(&self, shard: ShardId) -> bool {
        let mut state = self.lock();
        state.shards.remove(shard);
        state.shards.is_empty()
    }

    /// The offset of the newest publication, 0 before the first.
    #[must_use]
    pub fn top_offset(&self) -> u64 {
        self.lock().top_offset
    }

    /// A panic inside the lock cannot leave the two fields at odds, so a
    /// poisoned lock is taken as it is rather than passed on to every shard.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
