//! How many connections there may be: each holds a permit as long as it lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits::FILES_RESERVED;
use crate::tuning;

/// The right to be connected; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<AtomicUsize>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The permits of the whole server.
#[derive(Debug)]
pub(crate) struct Permits {
    max: usize,
    taken: Arc<AtomicUsize>,
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
            taken: Arc::default(),
        }
    }

    /// A permit, if one is left.
    pub(crate) fn take(&self) -> Option<Permit> {
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        let permit = Permit(Arc::clone(&self.taken));
        (taken < self.max).then_some(permit)
    }

    /// How many there are in all.
    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
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
}
