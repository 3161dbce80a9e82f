//! What time it is, asked once a turn.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use engine::Now;

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
            steady_us: self.started.elapsed().as_micros() as u64,
            unix_ms: since_1970.map_or(0, |since| since.as_millis() as u64),
        }
    }
}
