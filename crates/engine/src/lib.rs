//! Channels, who is subscribed to them, and the order of what is said there.
//!
//! The engine knows no socket, runtime, file or clock. It is shared by all
//! shards (threads that own connections); what it cannot do itself it asks of
//! two traits, [`Fanout`] and [`log::Log`]:
//!
//! ```text
//! client ─▶ Session ─▶ rules ─▶ Commits ─▶ Log: on disk ─▶ Channel: the next
//!              ▲                                           offset, fan out
//!              │ effects                                        │
//!              ▼                                                ▼
//! client ◀─ whoever drives it ◀── Hub: the shard's members ◀── mailboxes
//! ```
//!
//! - An [`Engine`] maps names to channels. A [`Channel`] tells each publication
//!   to the shards under one short lock, so all of them see one order. In a
//!   durable channel that happens after the log has it.
//! - A [`Hub`] belongs to one shard and knows which of its connections are
//!   members of which channel, and how far each has come; no lock lies between
//!   it and a socket.
//! - A [`Session`] is the conversation with one client, in one dialect: a
//!   machine that is fed and asks for [`Effect`]s. A [`Node`] is what the
//!   sessions of a shard work with.
//! - A [`Tray`] is what waits for one thread: the shards' mailboxes.
//! - [`Feeds`] is what `feed:` channels remember, in memory.
//! - [`search`] is what is looked for in the log, and what is found.
//! - [`RateLimit`] and [`Bucket`] bound what one connection may send.

mod channel;
mod commit;
mod engine;
mod feeds;
mod format;
mod guests;
mod hub;
pub mod log;
mod name;
mod node;
mod payload;
mod publication;
mod rate;
pub mod search;
mod session;
mod shards;
mod sync;
mod tail;
#[cfg(test)]
mod testing;
mod tray;

pub use channel::{Channel, Present};
pub use commit::{
    Answer, BATCH_ENTRIES_MAX, Commits, Origin, Outcome, Submission, UNCOMMITTED_BYTES_MAX,
};
pub use engine::Engine;
pub use feeds::{FEED_AGE, FEED_PUBLICATIONS_MAX, FEEDS_BYTES_MAX, Feeds};
pub use format::{Dialect, Format};
pub use guests::{GUEST_NAMES_MAX, GUESTS_BYTES_PER_SECOND, GuestList};
pub use hub::{CatchUp, Hub, Member, Moved, Seat};
pub use name::{CHANNEL_NAME_BYTES_MAX, ChannelName, GUARDED, InvalidChannelName, Kept, Namespace};
pub use node::{
    Call, Called, Client, Draft, Effect, Grant, Identities, Identity, Node, Now,
    PAGE_PUBLICATIONS_MAX, Read, Rules, SessionLimits, Speaker, TokenError, UNANSWERED_MAX,
};
pub use payload::Payload;
pub use publication::{Data, Fanout, Publication};
pub use rate::{Bucket, RateLimit};
pub use session::{CentrifugeSession, ERROR_RATE, PlainSession, Session, Start};
pub use shards::{ShardId, ShardSet};
pub use tail::{TAIL_BYTES_MAX, TAIL_PUBLICATIONS_MAX, TAILS_BYTES_MAX};
pub use tray::Tray;
