//! Which shards there are, by number.

/// The number of a shard, counted from 0; below [`ShardSet::CAPACITY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShardId(pub u8);

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
