//! How long to wait before the next try.
//!
//! The ceiling doubles with each failure, and the wait is drawn anywhere below
//! it: after a server's restart its thousand clients come back spread over
//! time, not all in the same instant.

use std::time::Duration;

const DELAY_FIRST: Duration = Duration::from_millis(500);
const DELAY_MAX: Duration = Duration::from_secs(20);
/// A server that asks to come back later is given at least this long.
pub(crate) const DELAY_BUSY: Duration = Duration::from_secs(5);

/// The wait after `n_failures` in a row, 1 or more.
pub(crate) fn delay(n_failures: u32, chance: &mut Chance) -> Duration {
    let doublings = n_failures.saturating_sub(1).min(16);
    (DELAY_FIRST * (1 << doublings))
        .min(DELAY_MAX)
        .mul_f64(chance.fraction())
}

/// Numbers that look random, the same for the same seed: "SplitMix64".
#[derive(Debug)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// From 0 up to 1.
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let high = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(u32::MAX);
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_its_limit() {
        let mut chance = Chance(7);
        for (n_failures, ceiling_ms) in
            [(1, 500), (2, 1_000), (6, 16_000), (7, 20_000), (99, 20_000)]
        {
            let ceiling = Duration::from_millis(ceiling_ms);
            let delays: Vec<_> = (0..200).map(|_| delay(n_failures, &mut chance)).collect();
            assert!(delays.iter().all(|delay| *delay < ceiling));
            assert!(delays.iter().any(|delay| *delay > ceiling / 2));
            assert!(delays.iter().any(|delay| *delay < ceiling / 2));
        }
    }
}
