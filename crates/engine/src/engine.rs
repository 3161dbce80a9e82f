//! The map of channels, shared by all shards.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::channel::{Channel, Publication};
use crate::name::ChannelName;

/// The number of a shard, counted from 0; below [`ShardSet::CAPACITY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShardId(pub u8);

/// Where publications go: the shards' mailboxes, or a test's list.
pub trait Fanout {
    /// Hands a publication to each of `shards`.
    ///
    /// It is called inside the channel's lock, so it must neither block nor
    /// publish.
    fn fan_out(&self, shards: ShardSet, publication: Publication);
}

/// A set of shards, as small as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShardSet(u64);

impl ShardSet {
    /// How many shards there can be.
    pub const CAPACITY: usize = u64::BITS as usize;

    pub(crate) fn insert(&mut self, shard: ShardId) {
        self.0 |= 1 << shard.0;
    }

    pub(crate) fn remove(&mut self, shard: ShardId) {
        self.0 &= !(1 << shard.0);
    }

    /// Whether no shard is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The shards of the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = ShardId> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let shard = (bits != 0).then(|| ShardId(bits.trailing_zeros() as u8));
            bits &= bits.wrapping_sub(1);
            shard
        })
    }
}

/// All channels that have a member somewhere.
///
/// The map's lock is taken when a shard's first member joins a channel and
/// when its last one leaves, never by a publication. It is always taken before
/// a channel's own.
#[derive(Debug, Default)]
pub struct Engine {
    channels: Mutex<Channels>,
}

#[derive(Debug, Default)]
struct Channels {
    by_name: HashMap<ChannelName, Arc<Channel>>,
    /// How many channels were ever made: the next one's number.
    made: u64,
}

impl Engine {
    /// An engine without channels.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a shard into a channel, which is made if there is none.
    /// From now on the shard hears every publication.
    pub fn join(&self, name: &ChannelName, shard: ShardId) -> Arc<Channel> {
        let mut channels = self.lock();
        let Channels { by_name, made } = &mut *channels;
        let channel = by_name.entry(name.clone()).or_insert_with(|| {
            *made += 1;
            Arc::new(Channel::new(name.clone(), *made))
        });
        channel.join(shard);
        Arc::clone(channel)
    }

    /// Counts a shard out of a channel. Where it was the last one the channel
    /// ends; one that is made later under its name starts anew.
    pub fn leave(&self, channel: &Channel, shard: ShardId) {
        let mut channels = self.lock();
        if !channel.leave(shard) {
            return;
        }
        if let Entry::Occupied(entry) = channels.by_name.entry(channel.name().clone())
            && entry.get().number() == channel.number()
        {
            entry.remove();
        }
    }

    /// How many channels have a member.
    #[must_use]
    pub fn n_channels(&self) -> usize {
        self.lock().by_name.len()
    }

    /// No code inside the lock can panic half-way through a change, so a
    /// poisoned lock is taken as it is.
    fn lock(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use bytes::Bytes;

    use super::*;
    use crate::channel::Data;
    use crate::name::Namespace;

    const A: ShardId = ShardId(0);
    const B: ShardId = ShardId(63);

    /// Writes down who was told what.
    #[derive(Default)]
    struct Told(RefCell<Vec<(Vec<ShardId>, Option<u64>)>>);

    impl Fanout for Told {
        fn fan_out(&self, shards: ShardSet, publication: Publication) {
            self.0
                .borrow_mut()
                .push((shards.iter().collect(), publication.offset));
        }
    }

    fn name(namespace: Namespace) -> ChannelName {
        ChannelName::new(namespace, "tea").unwrap()
    }

    fn json() -> Data {
        Data::Json(Bytes::from_static(b"{}"))
    }

    #[test]
    fn a_room_counts_from_one_and_tells_the_shards_with_members() {
        let (engine, told) = (Engine::new(), Told::default());
        let room = engine.join(&name(Namespace::Room), A);
        assert_eq!(room.publish(json(), &told), Some(1));
        engine.join(&name(Namespace::Room), B);
        assert_eq!(room.publish(json(), &told), Some(2));
        engine.leave(&room, A);
        assert_eq!(room.publish(json(), &told), Some(3));
        assert_eq!(
            told.0.into_inner(),
            [
                (vec![A], Some(1)),
                (vec![A, B], Some(2)),
                (vec![B], Some(3))
            ]
        );
    }

    #[test]
    fn neither_a_live_channel_nor_a_binary_message_is_counted() {
        let (engine, told) = (Engine::new(), Told::default());
        let live = engine.join(&name(Namespace::Live), A);
        assert_eq!(live.publish(json(), &told), None);
        let room = engine.join(&name(Namespace::Room), A);
        let binary = Data::Binary {
            bytes: Bytes::from_static(&[0]),
            from: (A, 0),
        };
        assert_eq!(room.publish(binary, &told), None);
        assert_eq!(room.top_offset(), 0);
    }

    #[test]
    fn a_channel_ends_with_its_last_member() {
        let engine = Engine::new();
        let first = engine.join(&name(Namespace::Room), A);
        engine.join(&name(Namespace::Room), B);
        engine.leave(&first, A);
        assert_eq!(engine.n_channels(), 1);
        engine.leave(&first, B);
        assert_eq!(engine.n_channels(), 0);

        let second = engine.join(&name(Namespace::Room), A);
        assert_ne!(first.number(), second.number());
        engine.leave(&first, B);
        assert_eq!(
            engine.n_channels(),
            1,
            "a late leave must not end the newer channel"
        );
    }
}
