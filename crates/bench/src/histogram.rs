//! Durations, counted: every one of them, in fixed memory.
//!
//! Buckets are as wide as the value divided by 128, so a percentile is at most
//! 1 % above the truth, whatever the range.

use std::time::Duration;

/// Buckets for each doubling of the value, as a power of two.
const BITS: u32 = 7;

/// How many durations of which length, to the microsecond.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    n: u64,
    max: u64,
}

impl Histogram {
    pub(crate) fn record(&mut self, duration: Duration) {
        let value = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = bucket(value);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.n += 1;
        self.max = self.max.max(value);
    }

    /// Microseconds that a share of all durations does not exceed; 0 if there
    /// are none.
    pub(crate) fn percentile(&self, percent: f64) -> u64 {
        let rank = (self.n as f64 * percent / 100.0).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank.max(1) {
                return highest(bucket).min(self.max);
            }
        }
        self.max
    }

    /// The longest, in microseconds.
    pub(crate) fn max(&self) -> u64 {
        self.max
    }
}

/// ```text
/// value    0 … 255    a bucket each
///        256 … 511    two values a bucket
///        512 … 1023   four, and so on
/// ```
fn bucket(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(BITS + 1);
    ((u64::from(shift) << BITS) + (value >> shift)) as usize
}

/// The highest value of a bucket.
fn highest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let shift = (bucket >> BITS).saturating_sub(1);
    let lowest = (bucket - (shift << BITS)) << shift;
    lowest + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_within_its_bucket_and_1_percent() {
        let values = (0..5_000).chain((0..63).map(|bit| (1 << bit) + 1));
        for value in values {
            let highest = highest(bucket(value));
            assert!(highest >= value, "{value}");
            assert!(
                highest - value <= value / 100,
                "{value} in one up to {highest}"
            );
            assert_eq!(bucket(highest), bucket(value));
        }
    }

    #[test]
    fn percentiles_are_of_all_that_was_recorded() {
        let mut histogram = Histogram::default();
        assert_eq!((histogram.percentile(50.0), histogram.max()), (0, 0));
        for ms in 1..=1_000 {
            histogram.record(Duration::from_millis(ms));
        }
        let near = |percent, ms: u64| {
            let found = histogram.percentile(percent);
            assert!(found.abs_diff(ms * 1_000) <= ms * 10, "{percent}: {found}");
        };
        near(50.0, 500);
        near(99.0, 990);
        near(99.9, 999);
        assert_eq!(histogram.percentile(100.0), 1_000_000);
        assert_eq!(histogram.max(), 1_000_000);
    }
}
