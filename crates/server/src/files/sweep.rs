//! Removes the files that nobody needs any more, on a thread of its own.
//!
//! - Those whose message is gone, as soon as the log says so.
//! - Those that no message ever named, a day after they were brought: somebody
//!   thought better of it, or lost the connection.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use chat::FileId;
use engine::log::LogError;
use storage::Store;

use super::Files;

/// How long a file waits for a message that names it.
const UNUSED_AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Time between two looks at all files.
const LOOK_PAUSE: Duration = Duration::from_secs(60 * 60);

/// The thread, while it is wanted.
#[derive(Debug)]
pub(crate) struct Sweeper {
    thread: JoinHandle<()>,
    wake: Sender<Wake>,
}

enum Wake {
    FilesGone,
    Stop,
}

#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    File(#[from] io::Error),
}

impl Sweeper {
    pub(crate) fn start(files: Arc<Files>, store: Arc<Store>) -> io::Result<Self> {
        let (wake, woken) = mpsc::channel();
        let on_gone = wake.clone();
        store.on_files_gone(move || {
            // Nobody listens once it has stopped; the next start does the rest.
            let _ = on_gone.send(Wake::FilesGone);
        });
        let thread = std::thread::Builder::new().name("file sweeper".into());
        let thread = thread.spawn(move || run(&files, &store, &woken))?;
        Ok(Self { thread, wake })
    }

    /// Ends it after the file that it is at.
    pub(crate) fn stop(self) {
        let _ = self.wake.send(Wake::Stop);
        if self.thread.join().is_err() {
            tracing::error!("the file sweeper ended in a panic");
        }
    }
}

fn run(files: &Files, store: &Store, woken: &Receiver<Wake>) {
    let mut looked = None;
    loop {
        let mut swept = sweep_gone(files, store);
        if swept.is_ok() && looked.is_none_or(|at: Instant| at.elapsed() >= LOOK_PAUSE) {
            looked = Some(Instant::now());
            swept = sweep_unused(files, store, SystemTime::now());
        }
        if let Err(error) = swept {
            tracing::error!(%error, "cannot remove files; it will be tried again");
        }
        if matches!(woken.recv_timeout(LOOK_PAUSE), Ok(Wake::Stop)) {
            return;
        }
    }
}

/// Removes the files of messages that are gone, however many those are.
fn sweep_gone(files: &Files, store: &Store) -> Result<(), SweepError> {
    loop {
        let gone = store.files_gone()?;
        if gone.is_empty() {
            return Ok(());
        }
        for id in gone.iter().filter_map(|id| FileId::parse(id)) {
            files.remove(id)?;
        }
        store.files_removed(&gone)?;
    }
}

/// Removes the files that are old and that no message has named. The log lets
/// them go first, so that none can name them at the last moment.
fn sweep_unused(files: &Files, store: &Store, now: SystemTime) -> Result<(), SweepError> {
    let mut unused = Vec::new();
    for entry in fs::read_dir(&files.folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(FileId::parse) else {
            continue;
        };
        // What was removed meanwhile needs no sweeping.
        let Ok(brought) = entry.metadata().and_then(|file| file.modified()) else {
            continue;
        };
        let age = now.duration_since(brought).unwrap_or_default();
        if age > UNUSED_AGE_MAX && !store.is_file_known(id.as_str())? {
            unused.push(id.as_str().into());
        }
    }
    if unused.is_empty() {
        return Ok(());
    }
    tracing::debug!(n_files = unused.len(), "no message has named them");
    store.files_unused(&unused)?;
    sweep_gone(files, store)
}
