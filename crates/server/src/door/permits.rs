//! How many connections there may be: each holds a permit as long as it lives.
//!
//! And how they ebb. What thousands of connections took, the allocator keeps
//! when they are gone, in pages that hold a little of something else. So after
//! a storm the server asks for it back, once those have left who leave together:
//!
//! ```text
//! taken   ▁▂▅█ 19000    9500        4750 …   593
//!              high     ebb!  ──▶   ebb! ──▶ … ──▶ a pause, then memory is given back
//! ```
//!
//! Fewer than a thousand are no storm: what the last of them leave is little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Notify;

use crate::limits::FILES_RESERVED;
use crate::{system, tuning};

/// So many connections leave something behind that is worth asking for.
const STORM_CONNECTIONS: usize = 1_000;

/// Those who leave together are gone after it.
const EBB_PAUSE: Duration = Duration::from_millis(200);

/// The right to be connected; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Tide>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fall();
    }
}

/// How many permits are taken, and were at most since it was last half as many.
#[derive(Debug, Default)]
struct Tide {
    taken: AtomicUsize,
    high: AtomicUsize,
    ebb: Notify,
}

impl Tide {
    /// One more; returns how many there were.
    fn rise(&self) -> usize {
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        self.high.fetch_max(taken + 1, Ordering::Relaxed);
        taken
    }

    fn fall(&self) {
        let taken = self.taken.fetch_sub(1, Ordering::Relaxed) - 1;
        let high = self.high.load(Ordering::Relaxed);
        if high < STORM_CONNECTIONS || taken > high / 2 {
            return;
        }
        // Whoever else sees the same ebb leaves it to us, or we to them.
        let lower = |high, taken| {
            let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
            self.high.compare_exchange(high, taken, success, failure)
        };
        if lower(high, taken).is_ok() {
            self.ebb.notify_one();
        }
    }
}

/// The permits of the whole server.
#[derive(Debug)]
pub(crate) struct Permits {
    max: usize,
    tide: Arc<Tide>,
}

impl Permits {
    /// As many permits as `connections_max` says, else as the process's file
    /// limit allows once it is raised as far as it goes.
    pub(crate) fn new(connections_max: Option<usize>) -> Self {
        let files = raise_file_limit();
        if let Some(asked) = connections_max
            && let Some(command) = tuning::advice(asked, files, tuning::setting)
        {
            tracing::warn!(
                connections_max = asked,
                "the system is not set up for so many connections, see docs/scale.md; run: {command}"
            );
        }
        Self {
            max: connections_max.unwrap_or(files.saturating_sub(FILES_RESERVED)),
            tide: Arc::default(),
        }
    }

    /// A permit, if one is left.
    pub(crate) fn take(&self) -> Option<Permit> {
        let taken = self.tide.rise();
        let permit = Permit(Arc::clone(&self.tide));
        (taken < self.max).then_some(permit)
    }

    /// How many there are in all.
    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.tide.taken.load(Ordering::Relaxed)
    }

    /// Gives memory back after each ebb, for ever.
    pub(crate) async fn follow_the_tide(&self) -> ! {
        loop {
            self.tide.ebb.notified().await;
            tokio::time::sleep(EBB_PAUSE).await;
            // It may take a while where there is much.
            let _ = tokio::task::spawn_blocking(system::give_memory_back).await;
            tracing::debug!(
                connections = self.taken(),
                "many have left: gave memory back"
            );
        }
    }
}

/// How many connections there may be: as many as are asked for, else as many as
/// the process's file limit allows once it is raised as far as it goes.
pub(crate) fn connections_max(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| raise_file_limit().saturating_sub(FILES_RESERVED))
}

/// Raises the soft limit of open files to the hard one; returns what holds.
fn raise_file_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let holds = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(_) => limit.current,
    };
    holds.map_or(usize::MAX, |files| files as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_permit_can_be_taken_again() {
        let permits = Permits::new(Some(2));
        let first = permits.take();
        let second = permits.take();
        assert!(first.is_some() && second.is_some());
        assert!(permits.take().is_none());
        drop(first);
        assert!(permits.take().is_some());
        drop(second);
        assert_eq!(permits.taken(), 0);
    }

    /// Whether an ebb was told since it was last asked.
    fn has_ebbed(permits: &Permits) -> bool {
        let ebb = permits.tide.ebb.notified();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::pin!(ebb).poll(&mut context).is_ready()
    }

    #[test]
    fn an_ebb_is_told_at_each_half_of_a_storm() {
        let permits = Permits::new(Some(usize::MAX));
        let mut taken: Vec<_> = (0..4 * STORM_CONNECTIONS).map(|_| permits.take()).collect();
        taken.truncate(2 * STORM_CONNECTIONS + 1);
        assert!(!has_ebbed(&permits), "not yet half");
        taken.pop();
        assert!(has_ebbed(&permits));
        taken.pop();
        assert!(!has_ebbed(&permits), "once");
        taken.truncate(STORM_CONNECTIONS);
        assert!(has_ebbed(&permits), "half of the half");
        taken.clear();
        assert!(has_ebbed(&permits));
    }

    #[test]
    fn few_connections_make_no_ebb() {
        let permits = Permits::new(Some(usize::MAX));
        let taken: Vec<_> = (1..STORM_CONNECTIONS).map(|_| permits.take()).collect();
        drop(taken);
        assert!(!has_ebbed(&permits));
    }
}
