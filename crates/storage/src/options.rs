//! What can be chosen about a log.

use std::time::Duration;

/// How a [`Store`](crate::Store) is opened. The default has no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// How much of each channel is kept.
    pub keep: Keep,
    /// How large `palabre.db` may grow, in bytes. At the limit the log is
    /// full, as on a full disk, until something is trimmed: SQLite uses the
    /// room of what was dropped again. The write-ahead log comes on top.
    /// A limit below what the file has already is that size.
    pub size_bytes_max: Option<u64>,
}

/// How much of a channel is kept; what is beyond either limit goes when
/// [`Store::trim`](crate::Store::trim) is called, oldest first. A channel's
/// offsets go on where they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// At most this many records; `None` is all of them.
    pub count: Option<u64>,
    /// Those that were published no longer ago; `None` is of any age.
    pub age: Option<Duration>,
}
