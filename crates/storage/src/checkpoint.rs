//! Carries the write-ahead log over to the file, on a thread of its own.
//!
//! ```text
//! writer ──▶ wal: ████████████████████░░░░░░   ░ not carried over yet
//!                 └ passes beside the writer ┘└ the last pages: in a turn of
//!                   until little is left        its own; then the log starts
//!                                               anew at the next commit
//! ```
//!
//! Passes alone never end under load, as the writer adds to the log all the
//! while, and the log starts anew only when all of it was carried over. So the
//! last step holds the writer, for one sync of the file and at most
//! [`REST_PAGES`], or whatever is left once the log is over [`WAL_PAGES_MAX`].
//!
//! A reader that stays in one snapshot, which is what a backup is, holds what
//! came after it in the log; it grows that long. Nothing fails by it.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use crate::file;
use crate::writer::Turns;

/// The log's length at which it is carried over: 16 MiB. More of it at once
/// writes pages that changed often only once.
const WAKE_PAGES: i32 = 4 << 10;

/// What may be left for the step that holds the writer: 1 MiB.
const REST_PAGES: i32 = 256;

/// The length from which that step does not wait for so little: 128 MiB.
const WAL_PAGES_MAX: i32 = 32 << 10;

/// Passes beside the writer before the log is left to grow until the next.
const PASSES_MAX: u32 = 4;

/// The thread. Stops, and is waited for, when dropped.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    gauge: Arc<Gauge>,
    thread: Option<JoinHandle<()>>,
}

/// What the writer tells the thread.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    wal_pages: i32,
    stop: bool,
}

/// How far a checkpoint came.
struct Reached {
    wal_pages: i32,
    done_pages: i32,
}

impl Gauge {
    /// Notes the length of the log, after a commit.
    pub(crate) fn set(&self, wal_pages: i32) {
        self.state().wal_pages = wal_pages;
        if wal_pages >= WAKE_PAGES {
            self.changed.notify_one();
        }
    }

    /// Waits until the log has a length, or the thread has to stop.
    fn wait(&self, pages: i32) -> Option<i32> {
        let state = self
            .changed
            .wait_while(self.state(), |state| !state.stop && state.wal_pages < pages)
            .unwrap_or_else(PoisonError::into_inner);
        (!state.stop).then_some(state.wal_pages)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Checkpointer {
    pub(crate) fn start(
        path: &Path,
        gauge: Arc<Gauge>,
        turns: Arc<Turns>,
    ) -> rusqlite::Result<Self> {
        let db = file::checkpointing(path)?;
        let seen = Arc::clone(&gauge);
        let thread = thread::spawn(move || run(&db, &seen, &turns));
        let thread = Some(thread);
        Ok(Self { gauge, thread })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.gauge.state().stop = true;
        self.gauge.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(db: &Connection, gauge: &Gauge, turns: &Turns) {
    let mut wake_pages = WAKE_PAGES;
    while let Some(wal_pages) = gauge.wait(wake_pages) {
        let restarts = carry_over(db, turns);
        if restarts {
            // The next commit writes its pages from the start again.
            gauge.state().wal_pages = 0;
            wake_pages = WAKE_PAGES;
        } else {
            // A reader is in the way, or the disk. Not again at each commit.
            wake_pages = wal_pages.saturating_add(WAKE_PAGES);
        }
    }
}

/// Whether all of the log is in the file now.
fn carry_over(db: &Connection, turns: &Turns) -> bool {
    for _ in 0..PASSES_MAX {
        let Ok(reached) = pass(db) else {
            return false;
        };
        let rest = reached.wal_pages - reached.done_pages;
        if rest <= REST_PAGES || reached.wal_pages >= WAL_PAGES_MAX {
            let _turn = turns.take();
            return pass(db).is_ok_and(|reached| reached.done_pages == reached.wal_pages);
        }
    }
    false
}

/// Carries over what no reader needs in the log, beside the writer.
fn pass(db: &Connection) -> rusqlite::Result<Reached> {
    db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok(Reached {
            wal_pages: row.get(1)?,
            done_pages: row.get(2)?,
        })
    })
}
