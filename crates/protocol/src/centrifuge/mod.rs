//! The Centrifuge dialect, in its JSON form: what applications speak.
//!
//! The Centrifuge client protocol is open, and has maintained client libraries
//! in nine languages; who builds an application on Palabre writes no client.
//! This module is its second generation over WebSocket, stream subscriptions
//! only: no map, no shared poll, no unidirectional transport.
//!
//! A text frame holds one message a line. Clients send *commands*; the server
//! sends *replies*, which carry the id of their command, and *pushes*, which
//! carry none. An empty object is a ping in one direction, a pong in the
//! other:
//!
//! ```text
//! in   {"id":1,"connect":{}}
//!      {"id":2,"subscribe":{"channel":"room:tea"}}
//! out  {"id":1,"connect":{"client":"7a…","version":"0.1.0","ping":25,"pong":true}}
//!      {"id":2,"subscribe":{"epoch":"k3","offset":17}}
//!      {"push":{"channel":"room:tea","pub":{"data":{"message":"Bonsoir"},"offset":18}}}
//!      {}
//! ```
//!
//! - [`commands`] takes a client's frame apart, one [`Command`] at a time.
//! - [`Reply`] and [`Push`] write themselves to the end of a buffer, and
//!   [`separate`] puts the line break between two of them.
//! - [`ErrorCode`], [`CloseCode`] and [`UnsubscribeCode`] are the tables of
//!   what can go wrong, and how badly.
//! - [`incoming`] is the other side's reading, for our own clients.
//!
//! ```
//! use protocol::centrifuge::{self, Answer, ErrorCode, Reply, Request};
//!
//! let frame = r#"{"id":1,"connect":{}}
//! {"id":2,"publish":{"channel":"room:tea","data":{"message":"Bonsoir"}}}"#;
//!
//! let mut out = Vec::new();
//! for command in centrifuge::commands(frame) {
//!     let command = command?; // or close with CloseCode::BadRequest
//!     let result = match &command.request {
//!         Request::Publish(_) => Ok(Answer::Publish),
//!         _ => Err(ErrorCode::NotAvailable.into()),
//!     };
//!     centrifuge::separate(&mut out);
//!     Reply { id: command.id, result }.write(&mut out);
//! }
//! assert_eq!(out, br#"{"id":1,"error":{"code":108,"message":"not available"}}
//! {"id":2,"publish":{}}"#);
//! # Ok::<(), centrifuge::Malformed>(())
//! ```
//!
//! What is written keeps the rule that client libraries depend on: zeros,
//! empty texts and `false` are left out, but for the few fields that are
//! always there (`Object::always`); an empty result is there as `{}`.
//! What is read takes `null` for a missing field, ignores fields it does not
//! know, and refuses a field given twice.

mod client;
mod close;
mod command;
mod error;
mod frame;
mod json;
mod publication;
mod push;
mod read;
mod reply;
mod request;
mod result;
mod unsubscribe;

pub use client::{Incoming, incoming};
pub use close::{CloseCode, reconnects};
pub use command::{Command, Request};
pub use error::{Error, ErrorCode};
pub use frame::{Malformed, PING, commands, join, separate};
pub use json::Json;
pub use publication::{ClientInfo, Publication};
pub use push::{Ended, Event, Push, Subscribed, write_publication};
pub use reply::{Answer, Reply};
pub use request::{
    ChannelRequest, ConnectRequest, HistoryRequest, Position, PublishRequest, RefreshRequest,
    Resume, RpcRequest, SendRequest, SubRefreshRequest, SubscribeRequest,
};
pub use result::{
    ConnectResult, Expiry, HistoryResult, Presence, PresenceStats, RefreshResult, SubscribeResult,
};
pub use unsubscribe::UnsubscribeCode;
