//! The rest of big channels: why a message may wait though nobody is busy.
//!
//! What a broadcast costs is the writes, hardly the bytes: the more messages a
//! write carries, the cheaper is each. Under load a turn that wrote to many
//! members would be followed at once by the next, with the few messages that
//! came meanwhile. So big channels rest after it, as long as it took, and what
//! comes meanwhile goes out together:
//!
//! ```text
//! published    1    2 3 4 5 6 7
//! written      1111      234567    the first one at once, the others with one write
//!              turn│rest│turn
//! ```
//!
//! On two cores, which the load generator shares, a saturated broadcast costs
//! less CPU so, and comes sooner: who receives has the cores meanwhile, and
//! what is written is written less often. Half as long a rest cost a sixth more
//! at 10,000 members, and twice as long made all later; `docs/benchmarks.md`
//! has the figures.
//!
//! Small channels never rest, nor does anything wait after a short turn.

use std::time::Duration;

/// Members on one shard from which a channel is big: what is written to fewer
/// takes less than a millisecond.
const BIG_MEMBERS: usize = 100;

/// No rest is longer for each member that was told: twice what a send takes.
/// A turn that others have held up earns no more.
const REST_MAX_EACH: Duration = Duration::from_micros(8);

/// No rest is longer.
const REST_MAX: Duration = Duration::from_millis(40);

/// No rest is shorter: the poll sleeps whole milliseconds.
const REST_MIN: Duration = Duration::from_millis(1);

/// Until when the big channels of a shard rest.
#[derive(Debug, Default)]
pub(super) struct Rest {
    until: Duration,
    /// How many members the biggest channel has that is told in this turn.
    n_told: usize,
}

impl Rest {
    /// Whether a channel with so many members has to wait.
    pub(super) fn holds(&self, n_members: usize, now: Duration) -> bool {
        n_members >= BIG_MEMBERS && now < self.until
    }

    /// Says that a channel with so many members is told in this turn.
    pub(super) fn note(&mut self, n_members: usize) {
        self.n_told = self.n_told.max(n_members);
    }

    /// Begins, if it is earned, at the end of a turn that began at `turn`.
    pub(super) fn begin(&mut self, turn: Duration, now: impl FnOnce() -> Duration) {
        let n_told = std::mem::take(&mut self.n_told);
        if n_told < BIG_MEMBERS {
            return;
        }
        let now = now();
        let span_max = (REST_MAX_EACH * n_told as u32).min(REST_MAX);
        let span = now.saturating_sub(turn).min(span_max);
        if span >= REST_MIN {
            self.until = now + span;
        }
    }

    /// How long it still lasts.
    pub(super) fn left(&self, now: Duration) -> Duration {
        self.until.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// The rest after a turn that began at 100 ms and told so many members.
    fn after(n_members: usize, took: Duration) -> Rest {
        let mut rest = Rest::default();
        rest.note(n_members);
        rest.note(0);
        rest.begin(100 * MS, || 100 * MS + took);
        rest
    }

    #[test]
    fn big_channels_rest_as_long_as_the_turn_took() {
        let rest = after(2_000, 10 * MS);
        assert!(rest.holds(BIG_MEMBERS, 119 * MS));
        assert!(!rest.holds(BIG_MEMBERS - 1, 119 * MS), "small ones do not");
        assert_eq!(rest.left(112 * MS), 8 * MS);
        assert!(!rest.holds(BIG_MEMBERS, 120 * MS));
        assert_eq!(rest.left(121 * MS), Duration::ZERO);
    }

    #[test]
    fn no_rest_is_long_nor_too_short_to_sleep() {
        let left = |n_members, took| after(n_members, took).left(100 * MS + took);
        assert_eq!(left(500, 1000 * MS), 4 * MS, "others held the turn up");
        assert_eq!(left(100_000, 1000 * MS), REST_MAX);
        assert_eq!(left(500, MS / 2), Duration::ZERO);
    }

    #[test]
    fn a_rest_is_earned_by_telling_many_and_once() {
        let small = after(BIG_MEMBERS - 1, 10 * MS);
        assert_eq!(small.left(110 * MS), Duration::ZERO);
        let mut rest = after(2_000, 10 * MS);
        rest.begin(120 * MS, || 130 * MS);
        assert!(!rest.holds(BIG_MEMBERS, 131 * MS));
    }
}
