//! What time it is, asked once a turn.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment, by both clocks: one never goes back, the other tells people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// Since the server started.
    pub(crate) uptime: Duration,
    /// Milliseconds since 1970.
    pub(crate) unix_ms: u64,
}

/// Tells the time since the server started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    pub(crate) fn now(self) -> Now {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        Now {
            uptime: self.started.elapsed(),
            unix_ms: since_1970.map_or(0, |since| since.as_millis() as u64),
        }
    }
}
