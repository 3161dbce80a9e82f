//! A token that ends: one says who its owner is, others let into channels.
//!
//! ```text
//!            time over            refresh
//!   good ──────────────▶ wanted ──────────▶ good
//!     │                    ▲   └ refused for now: wanted again, after a while
//!     └─ it has ended: ────┘
//!        109, 2501, or while there was no connection
//! ```

use std::time::Duration;

use protocol::centrifuge::{ErrorCode, Expiry};

use crate::event::Problem;

/// A token that could not be renewed is asked for again after this.
const RENEW: Duration = Duration::from_secs(5);

/// What is known of a token; empty where there is none.
#[derive(Debug, Default)]
pub(crate) struct Token {
    text: String,
    /// Only who has given one knows of another.
    is_given: bool,
    /// The server does not take it any more.
    has_ended: bool,
    /// When that will be, where the server has said so.
    ends_at: Option<Duration>,
    /// When another is to be asked for.
    renew_at: Option<Duration>,
}

impl Token {
    pub(crate) fn new(text: String) -> Self {
        Self {
            is_given: !text.is_empty(),
            text,
            ..Self::default()
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether another is to come before it makes sense to ask.
    pub(crate) fn is_over(&mut self, now: Duration) -> bool {
        if self.ends_at.is_some_and(|ends_at| ends_at <= now) {
            self.end();
        }
        self.has_ended
    }

    pub(crate) fn renew_at(&self) -> Option<Duration> {
        self.renew_at
    }

    /// Another from the owner; returns whether it was waited for.
    pub(crate) fn set(&mut self, text: &str) -> bool {
        let was_wanted = self.has_ended;
        *self = Self::new(text.into());
        was_wanted
    }

    /// The server has made one up, for who had none.
    pub(crate) fn issued(&mut self, text: String) {
        if self.text.is_empty() {
            self.text = text;
        }
    }

    /// The server does not take it any more; returns whether another may come.
    pub(crate) fn end(&mut self) -> bool {
        self.has_ended = self.is_given;
        self.has_ended
    }

    /// How long it is good for, as the server says.
    pub(crate) fn keep(&mut self, now: Duration, expiry: Expiry) {
        let ttl = Duration::from_secs(expiry.ttl.into());
        self.ends_at = (expiry.expires && self.is_given).then(|| now + ttl);
        self.renew_at = self.ends_at;
    }

    /// Nothing renews it for now: it has been asked for, or cannot be used.
    pub(crate) fn rest(&mut self) {
        self.renew_at = None;
    }

    /// One that was to take the place of another was refused; returns whether
    /// it is asked for again.
    pub(crate) fn not_renewed(&mut self, now: Duration, problem: &Problem) -> bool {
        let is_passing = problem.temporary || problem.code == ErrorCode::TokenExpired.code();
        self.renew_at = is_passing.then(|| now + RENEW);
        is_passing
    }
}
