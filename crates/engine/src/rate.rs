//! How many messages a connection may send: a token bucket in eight bytes.
//!
//! The bucket is kept as the time at which it would be full again (the
//! "generic cell rate algorithm"), so nothing has to be refilled:
//!
//! ```text
//! full_at:   now ◀──── burst ────▶ now + burst / rate
//!            bucket full           bucket empty: refuse
//! ```

/// A steady rate, and how much may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Messages per second, over time. 0 lifts the limit.
    pub per_second: u32,
    /// Messages at once, after a silence.
    pub burst: u32,
}

impl RateLimit {
    /// A limit so many times as wide.
    #[must_use]
    pub fn times(self, n: u32) -> Self {
        Self {
            per_second: self.per_second.saturating_mul(n),
            burst: self.burst.saturating_mul(n),
        }
    }

    /// Microseconds in which one message's worth of room comes back.
    fn interval_us(self) -> u64 {
        1_000_000 / u64::from(self.per_second.max(1))
    }
}

/// What one connection has used up of its [`RateLimit`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Bucket {
    full_at_us: u64,
}

impl Bucket {
    /// Takes one message's room, if there is any; `now_us` never goes back.
    pub fn take(&mut self, now_us: u64, limit: RateLimit) -> bool {
        if limit.per_second == 0 {
            return true;
        }
        let full_at_us = self.full_at_us.max(now_us) + limit.interval_us();
        let fits = full_at_us - now_us <= limit.interval_us() * u64::from(limit.burst.max(1));
        if fits {
            self.full_at_us = full_at_us;
        }
        fits
    }

    /// Whether nothing is used up: as good as a new one.
    #[must_use]
    pub fn is_full(&self, now_us: u64) -> bool {
        self.full_at_us <= now_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_US: u64 = 1_000_000;

    /// How many of `n` messages at once are let in.
    fn taken(bucket: &mut Bucket, now_us: u64, n: u32, limit: RateLimit) -> u32 {
        (0..n).map(|_| u32::from(bucket.take(now_us, limit))).sum()
    }

    #[test]
    fn lets_a_burst_in_and_then_the_rate() {
        let limit = RateLimit {
            per_second: 30,
            burst: 60,
        };
        let (mut bucket, start) = (Bucket::default(), 7 * SECOND_US);
        assert_eq!(taken(&mut bucket, start, 100, limit), 60);
        assert_eq!(taken(&mut bucket, start + SECOND_US, 100, limit), 30);
        assert_eq!(taken(&mut bucket, start + 9 * SECOND_US, 100, limit), 60);
    }

    #[test]
    fn zero_lifts_the_limit() {
        let limit = RateLimit {
            per_second: 0,
            burst: 0,
        };
        assert_eq!(taken(&mut Bucket::default(), 0, 1000, limit), 1000);
    }
}
