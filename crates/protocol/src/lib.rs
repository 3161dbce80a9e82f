//! What clients and server say to each other.
//!
//! A dialect is a way of writing the same few things: "say this in that
//! channel", "here is what was said". This crate turns a dialect's bytes into
//! values and back; it knows no socket, no clock and no channel, and decides
//! nothing. Who may say what is the business of `engine` and `chat`.
//!
//! - [`plain`]: a WebSocket without a subprotocol that carries JSON objects
//!   with `sender` and `message`; ten lines of JavaScript speak it.
//! - [`centrifuge`]: the open protocol of that name, for which applications
//!   have client libraries.
//!
//! ```
//! use protocol::plain;
//!
//! let incoming = plain::parse(r#"{"sender":"Léa","message":"Bonsoir","mood":"gay"}"#)?;
//! assert_eq!(incoming.sender.as_deref(), Some("Léa"));
//! assert_eq!(incoming.message.text, "Bonsoir");
//! # Ok::<(), plain::Refusal>(())
//! ```

pub mod centrifuge;
mod depth;
mod language;
pub mod plain;

pub use depth::PAYLOAD_DEPTH_MAX;
pub use language::Language;
