//! How much a client may ask, and how long one that asks too much is answered.
//!
//! | what | limit | beyond it | ten times beyond it |
//! |---|---|---|---|
//! | `publish`, `rpc` | `message_rate` | error 111 | closed with 3013 |
//! | other commands | `command_rate` | error 111 | closed with 3013 |
//! | errors that will not pass by themselves | [`ERROR_RATE`] | closed with 3509 | |

use protocol::centrifuge::{CloseCode, Error, ErrorCode, Request};

use super::super::PATIENCE;
use super::{CentrifugeSession, Failure, Node};
use crate::node::Now;
use crate::rate::{Bucket, RateLimit};

/// Errors that a connection may make: as many at once as there are channels
/// that it may have wanted, and then some.
pub const ERROR_RATE: RateLimit = RateLimit {
    per_second: 10,
    burst: 256,
};

/// What a connection has used up of its limits.
#[derive(Debug, Default)]
pub(super) struct Spent {
    messages: Bucket,
    commands: Bucket,
    errors: Bucket,
    patience: Bucket,
}

impl CentrifugeSession {
    /// Counts a command, and says whether it is one too many.
    pub(super) fn spend(&mut self, request: &Request<'_>, node: &Node) -> Result<(), Failure> {
        let limits = &node.limits;
        let (bucket, limit) = match request {
            // It answers us, and one too many ends the connection anyway.
            Request::Pong => return Ok(()),
            Request::Publish(_) | Request::Rpc(_) => {
                (&mut self.spent.messages, limits.message_rate)
            }
            _ => (&mut self.spent.commands, limits.command_rate),
        };
        let now_us = node.now.steady_us;
        if bucket.take(now_us, limit) {
            return Ok(());
        }
        match self.spent.patience.take(now_us, limit.times(PATIENCE)) {
            true => Err(ErrorCode::TooManyRequests.into()),
            false => Err(CloseCode::TooManyRequests.into()),
        }
    }

    /// Counts an error; returns whether it was the last that we answer.
    pub(super) fn is_error_too_many(&mut self, error: &Error<'_>, now: Now) -> bool {
        !error.temporary && !self.spent.errors.take(now.steady_us, ERROR_RATE)
    }
}
