//! The `palabre` command as its user sees it: what it prints, what it heeds,
//! and how it ends.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test that cannot go on panics"
)]

/// A running `palabre`, and what it says.
mod process;

/// Texts that are kept in files, to be read as a whole.
mod golden;

/// Options and variables, right and wrong.
mod options;

/// From the start to the banner.
mod start;

/// What the signals do.
mod signals;

/// What is told on standard error, and what is not.
mod log;

/// Talking from a pipe.
mod talk;

/// Talking from a terminal.
mod terminal;

/// Load on the real server, and what is counted.
mod backup;
mod bench;
