//! The server as its clients see it: real sockets on a free port of this
//! machine, plain and through TLS.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test that cannot go on panics"
)]

// The vocabulary.
mod app;
mod chance;
mod client;
mod raw;
mod server;

/// Who hears what, and what a message becomes on its way.
mod rooms;

/// What was said before, across restarts too.
mod history;

/// Edits, deletions and reactions.
mod amend;

/// What was said is found again, by who was there.
mod search;

/// What is answered to input that a room does not take.
mod refusals;

/// Frames that break the rules, or stretch them.
mod frames;

/// Ways to leave, and what is left behind.
mod closing;

/// Peers that are gone without a word, and those that only say little.
mod keep_alive;

/// A reader that does not keep up costs nobody else anything.
mod slow_reader;

/// Messages that travel compressed.
mod deflate;

/// Handshakes that are not accepted, and the one that is.
mod handshake;

/// The HTTP server up to its limits.
mod http;

/// The Centrifuge dialect.
mod centrifuge;

/// The HTTP API of servers, and feeds.
mod api;

/// What is counted, for operators.
mod metrics;

/// Files, up and down.
mod files;

/// The page, as a browser loads it.
mod page;

/// What TLS adds.
mod tls;

/// Everybody gets everything once, in one order.
mod order;

/// Noise on many sockets beside a conversation.
mod hostile;

/// Rooms in pages of others.
mod embed;
