//! Ids for messages whose sender chose none.

use uuid::{Builder, Uuid};

/// A source of message ids: UUIDs of version 7 (RFC 9562 §5.7), so they sort
/// by time. They are unique, not secret.
#[derive(Debug)]
pub struct MessageIds {
    state: u64,
}

impl MessageIds {
    /// A source of its own for each seed; seeds come from outside, since this
    /// crate asks nobody for chance.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next id, for a message of this time.
    pub fn next(&mut self, time_ms: u64) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.chance().to_le_bytes());
        random[8..].copy_from_slice(&self.chance().to_le_bytes()[..2]);
        Builder::from_unix_timestamp_millis(time_ms, &random).into_uuid()
    }

    /// SplitMix64: well mixed, and never twice the same before 2^64 calls.
    fn chance(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_differ_and_carry_their_time() {
        let (mut one, mut other) = (MessageIds::new(1), MessageIds::new(2));
        let ids: HashSet<_> = (0..1000)
            .flat_map(|_| [one.next(7), other.next(7)])
            .collect();
        assert_eq!(ids.len(), 2000);
        let id = one.next(1_795_395_600_000);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_timestamp().unwrap().to_unix(), (1_795_395_600, 0));
    }
}
