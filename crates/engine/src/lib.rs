//! Channels, who is subscribed to them, and the order of what is said there.
//!
//! The engine knows no socket, runtime, file or clock. It is shared by all
//! shards (threads that own connections) and calls them through one trait,
//! [`Fanout`]:
//!
//! ```text
//!              publish                      deliver
//! connection ──────────▶ Engine: Channel ──────────────▶ shard's mailbox
//!                        lock, next offset               │
//!                        fan out, unlock                 ▼
//!                                                  Hub: the shard's members
//! ```
//!
//! - [`Engine`] maps names to channels. A [`Channel`] gives each publication
//!   its place under one short lock and hands it to the shards inside that
//!   lock, so every shard sees a channel's publications in one order.
//! - A [`Hub`] belongs to one shard and knows which of its connections are
//!   members of which channel; no lock lies between it and a socket.
//! - [`RateLimit`] and [`Bucket`] bound what one connection may send.

mod channel;
mod engine;
mod hub;
pub mod log;
mod name;
mod rate;

pub use channel::{Channel, Data, Publication};
pub use engine::{Engine, Fanout, ShardId, ShardSet};
pub use hub::{Hub, Member, Seat};
pub use name::{CHANNEL_NAME_BYTES_MAX, ChannelName, InvalidChannelName, Namespace};
pub use rate::{Bucket, RateLimit};
