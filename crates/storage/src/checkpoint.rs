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
//! last step holds the writer, for one sync of the file and what it added
//! during the pass before.
//!
//! A reader that stays in one snapshot, which is what a backup is, holds what
//! came after it in the log; it grows that long. Nothing fails by it.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use engine::log::LogError;
use rusqlite::Connection;

use crate::file;
use crate::writer::Turns;

/// The log's length at which it is carried over: 16 MiB. More of it at once
/// writes pages that changed often only once.
const WAKE_PAGES: i32 = 4 << 10;

/// So little may be left at once to the step that holds the writer: 1 MiB.
const REST_PAGES: i32 = 256;

/// Passes beside the writer; each leaves less, unless the disk is slower than
/// the publishers, and then these have to wait.
const PASSES_MAX: u32 = 3;

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
    /// Whatever the length is.
    at_once: bool,
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

    /// Asks for a checkpoint on a full disk: once all is carried over, the
    /// room of the log is used again, which may do for trimming or for more.
    fn relieve(&self) {
        self.state().at_once = true;
        self.changed.notify_one();
    }

    /// Waits until the log has a length, or the thread has to stop.
    fn wait(&self, pages: i32) -> Option<i32> {
        let mut state = self
            .changed
            .wait_while(self.state(), |state| {
                !state.stop && !state.at_once && state.wal_pages < pages
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.at_once = false;
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

    /// Passes on what became of a write, and makes room if it found none.
    pub(crate) fn watch<T>(&self, done: Result<T, LogError>) -> Result<T, LogError> {
        if matches!(done, Err(LogError::Full)) {
            self.gauge.relieve();
        }
        done
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
        match pass(db) {
            Ok(reached) if reached.wal_pages - reached.done_pages <= REST_PAGES => break,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    let _turn = turns.take();
    pass(db).is_ok_and(|reached| reached.done_pages == reached.wal_pages)
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
