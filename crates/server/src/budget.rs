//! The limits, added up: how much memory a server may take at most.
//!
//! What is bounded for each connection is counted for one of them, and all
//! else for the server, so that an operator sees which option to turn.

use engine::UNCOMMITTED_BYTES_MAX;
use storage::CACHE_BYTES_MAX;

use crate::door::connections_max;
use crate::files::HELD_BYTES_MAX;
use crate::limits::{Limits, MAILBOX_BYTES_MAX, PIECE_BYTES, SCRATCH_BYTES};
use crate::server::shards_max;

/// Bytes that something may take, and the option that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// What it is for.
    pub what: &'static str,
    /// How much of it there may be.
    pub bytes: usize,
    /// What changes it; nothing does where it is `None`.
    pub option: Option<&'static str>,
}

/// What all parts of a server may take, in bytes of messages. The structures
/// around them come on top.
#[derive(Debug, Clone)]
pub struct Budget {
    /// How many connections there may be.
    pub connections_max: usize,
    /// Of each connection.
    pub connection: Vec<Share>,
    /// Of the server, however many there are.
    pub server: Vec<Share>,
}

impl Budget {
    /// Adds up what these limits come to on this machine.
    #[must_use]
    pub fn of(limits: &Limits) -> Self {
        let share = |what, bytes, option| Share {
            what,
            bytes,
            option,
        };
        let message = Some("--message-bytes-max");
        let n_shards = shards_max();
        Self {
            connections_max: connections_max(limits.connections_max),
            connection: vec![
                share(
                    "what waits for a slow reader",
                    limits.queue_bytes_max,
                    Some("--queue-bytes-max"),
                ),
                share(
                    "a message that is incomplete",
                    limits.message_bytes_max,
                    message,
                ),
                share(
                    "commands that wait their turn",
                    limits.message_bytes_max,
                    message,
                ),
            ],
            server: vec![
                share(
                    "what waits for the shards",
                    n_shards * MAILBOX_BYTES_MAX,
                    None,
                ),
                share(
                    "what the feeds remember",
                    limits.feeds_bytes_max,
                    Some("--feeds-bytes-max"),
                ),
                share(
                    "the newest messages of all rooms",
                    limits.tails_bytes_max,
                    Some("--tails-bytes-max"),
                ),
                share(
                    "files on their way in",
                    limits.uploads_max.saturating_mul(2 * PIECE_BYTES),
                    Some("--uploads-max"),
                ),
                share("what is held of a film", HELD_BYTES_MAX, None),
                share("what waits for the disk", UNCOMMITTED_BYTES_MAX, None),
                share("what the shards read into", n_shards * SCRATCH_BYTES, None),
                share("pages of the files of messages", CACHE_BYTES_MAX, None),
            ],
        }
    }

    /// The bytes of these shares together.
    #[must_use]
    pub fn sum(shares: &[Share]) -> usize {
        shares
            .iter()
            .fold(0, |sum, share| sum.saturating_add(share.bytes))
    }

    /// All connections at their limit, and the server.
    #[must_use]
    pub fn total(&self) -> usize {
        let connections = Self::sum(&self.connection).saturating_mul(self.connections_max);
        connections.saturating_add(Self::sum(&self.server))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_follows_the_options() {
        let limits = Limits {
            connections_max: Some(10),
            queue_bytes_max: 1_000_000,
            message_bytes_max: 1_000,
            tails_bytes_max: 7,
            ..Limits::default()
        };
        let budget = Budget::of(&limits);
        let server = Budget::sum(&budget.server);
        assert!(server >= MAILBOX_BYTES_MAX + UNCOMMITTED_BYTES_MAX);
        assert_eq!(budget.total(), 10 * 1_002_000 + server);
        assert!(budget.server.iter().any(|share| share.bytes == 7));
    }

    #[test]
    fn what_cannot_be_added_up_is_the_most_there_is() {
        let limits = Limits {
            connections_max: Some(usize::MAX),
            ..Limits::default()
        };
        assert_eq!(Budget::of(&limits).total(), usize::MAX);
    }
}
