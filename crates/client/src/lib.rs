//! A client of the Centrifuge dialect, without I/O: the same rules as those of
//! `web/client.js`, for programs in Rust.
//!
//! [`Client`] is a machine. It is fed with what the socket says and with the
//! time; what it wants done comes out as [`Effect`]s, what its owner wants to
//! know as [`Event`]s:
//!
//! ```text
//!   opened, received, closed ──▶ ┌────────┐ ──▶ Effect: open, send, close
//!   subscribe, publish ────────▶ │ Client │
//!   tick, at its deadline ─────▶ └────────┘ ──▶ Event: publication, gap, acknowledged …
//! ```
//!
//! What it promises:
//!
//! - It comes back by itself, after a wait that grows and that chance spreads.
//! - A subscription hands on each publication once, in order, over any number
//!   of lost connections; where the server cannot fill a gap, it tells a gap.
//! - What is published leaves in order. Data with an `id` of its own is sent
//!   again after a lost answer; data without one is refused then, since nobody
//!   can tell whether it arrived.
//! - Nothing waits without a limit.
//!
//! - A token that ends is asked for again, be it the connection's or a
//!   channel's.
//!
//! It leaves out what the JavaScript has for applications: history in both
//! directions.
//!
//! ```
//! use std::time::Duration;
//! use client::{Client, Effect, Options};
//!
//! let mut client = Client::new(Options::default());
//! client.connect(Duration::ZERO);
//! assert_eq!(client.poll_effect(), Some(Effect::Open));
//! client.opened(Duration::ZERO);
//! let connect = r#"{"id":1,"connect":{"name":"rust"}}"#;
//! assert_eq!(client.poll_effect(), Some(Effect::Send(connect.into())));
//! ```

mod backoff;
mod channel;
mod client;
mod event;
mod link;
mod outbox;
mod token;

pub use channel::Following;
pub use client::{Client, Options};
pub use event::{Effect, Event, Position, Problem, Publication, Question};
pub use outbox::{ENTRIES_MAX, QueueFull, Ticket};
