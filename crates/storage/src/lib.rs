//! The durable log behind the engine: one SQLite file in the data directory.
//!
//! ```text
//!             append: one transaction, one sync
//! writer ────────────────────────────────────────▶ palabre.db-wal
//!    ▲ takes turns with                                 │ checkpoint, on a
//!    └─ trim, in small steps                            ▼ thread of its own
//! readers, one connection per thread at a time ◀── palabre.db
//! ```
//!
//! - [`Store`] implements [`engine::log::Log`]. What `append` has returned
//!   survives `kill -9` and the loss of power, as far as the disk does what
//!   it says when it is asked to sync.
//! - Readers have connections of their own and see what is committed; the
//!   writer never waits for them, nor they for it.
//! - What the log writes goes to the write-ahead log first. A thread carries
//!   it over to the file, so that no publisher waits for that.
//! - [`Options::keep`] says how much is kept; [`Store::trim`] drops the rest.
//! - Files lie beside the log, not in it; what it keeps of them is which
//!   message brought each, so that they go together: see `Store::files_gone`.
//! - [`Index`] is what a search looks into, a file of its own that follows the
//!   log; it may be deleted, and is made again.
//! - [`backup()`] copies a log that is in use, from another process, and
//!   [`FilesOf`] tells which files belong to the copy.
//!
//! A page of the file that rots on the disk is found when it is read, and
//! only where it no longer makes sense to SQLite: a flipped bit inside of a
//! message's text is not noticed.
//!
//! # Example
//!
//! ```
//! use engine::log::{Appended, Entry, Log, Range};
//! use storage::{Options, Store};
//!
//! # let dir = std::env::temp_dir().join(format!("palabre-doc-{}", std::process::id()));
//! let store = Store::open(&dir, Options::default())?;
//! let hello = Entry {
//!     channel: "room:general".into(),
//!     id: "1".into(),
//!     time_ms: 1_700_000_000_000,
//!     data: r#"{"sender":"Ann","message":"hello"}"#.into(),
//!     info: None,
//!     target: None,
//! };
//! assert_eq!(store.append(&[hello])?, [Appended::Stored { offset: 1 }]);
//! assert_eq!(store.read("room:general", Range::After(0), 10)?.len(), 1);
//! # drop(store);
//! # std::fs::remove_dir_all(&dir)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backup;
mod checkpoint;
mod error;
mod file;
mod files;
mod lock;
mod options;
mod readers;
mod schema;
mod search;
mod store;
mod trim;
mod writer;

pub use backup::{Backup, backup};
pub use error::{BackupError, OpenError};
pub use files::FilesOf;
pub use options::{Keep, Options};
pub use search::{Advance, Index, WordsOf};
pub use store::Store;

/// Pages of the two files that are kept in memory at most: by the writer, by
/// the readers that are kept, and by who feeds the search and who asks it.
pub const CACHE_BYTES_MAX: usize = {
    let readers = readers::IDLE_MAX as i64 + 1;
    let kib = file::WRITER_CACHE_KIB + readers * readers::CACHE_KIB + search::CACHE_KIB;
    kib as usize * 1024
};
