//! The one source of chance in a world: the same for the same seed.

use std::time::Duration;

use uuid::Uuid;

/// Numbers that look random.
#[derive(Debug)]
pub(crate) struct Chance(fastrand::Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A number for whoever makes its own chance of it.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// From 0 up to `n`, which is not 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0.u64(..n)
    }

    /// Whether one of `n` tickets was drawn.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A time of some milliseconds.
    pub(crate) fn ms(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_micros(self.0.u64(from * 1000..=to * 1000))
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        (!all.is_empty()).then(|| &all[self.0.usize(..all.len())])
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Uuid::from_u128(self.0.u128(..))
    }
}
