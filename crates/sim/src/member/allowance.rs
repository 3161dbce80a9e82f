//! What the server may take of one connection: no more than its rate.

use std::time::Duration;

use engine::RateLimit;

use crate::ledger::{Kept, broken};

/// What was taken since the connection was opened.
#[derive(Debug)]
pub(crate) struct Allowance {
    limit: RateLimit,
    since: Duration,
    n_taken: u64,
}

impl Allowance {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            since: Duration::ZERO,
            n_taken: 0,
        }
    }

    /// Another connection, which has all of it.
    pub(crate) fn renew(&mut self, now: Duration) {
        self.since = now;
        self.n_taken = 0;
    }

    /// Something that was said in this connection was taken.
    pub(crate) fn take(&mut self, now: Duration) -> Kept {
        self.n_taken += 1;
        let RateLimit { per_second, burst } = self.limit;
        let passed_ms = (now - self.since).as_millis() as u64;
        let n_allowed = u64::from(burst) + u64::from(per_second) * passed_ms / 1000 + 1;
        match per_second == 0 || self.n_taken <= n_allowed {
            true => Ok(()),
            false => broken!("{} were taken in {passed_ms} ms", self.n_taken),
        }
    }
}
