//! WebSocket without I/O: bytes in, messages out, and back.
//!
//! The protocol of RFC 6455 with the compression of RFC 7692, for a server (or
//! client) that owns its sockets, its threads and its buffers. Nothing here
//! reads, writes, waits or knows the time.
//!
//! ```text
//!  handshake   HandshakeKey, DeflateAgreement    HTTP itself is the caller's
//!  receive     bytes ──▶ Decoder ──▶ Message     borrowed; whole frames are not copied
//!  send        Frame ──▶ bytes                   encoded once, shared by all receivers
//!              Deflater                          compressed once, likewise
//! ```
//!
//! What is shared and what is not decides the memory of a server with many
//! connections. A connection owns a [`Decoder`] of two words; a thread owns a
//! [`DecodeContext`] with the limits and the inflater, a [`Deflater`], and the
//! buffer it reads into. That works because compression never carries context
//! from one message to the next.
//!
//! # Example
//!
//! ```
//! use websocket::{
//!     CloseCode, Compression, DecodeContext, Decoder, Frame, Limits, Message, Role,
//! };
//!
//! // One for each thread, and one for each connection.
//! let mut context = DecodeContext::new(Limits::default());
//! let mut decoder = Decoder::new(Role::Server, Compression::Off);
//!
//! // What a client sends: a text and a close, masked.
//! let mut received = Vec::new();
//! let key = [0x37, 0xfa, 0x21, 0x3d];
//! Frame::text("salut").masked(key).encode(&mut received);
//! Frame::close(CloseCode::NORMAL, "").masked(key).encode(&mut received);
//!
//! // What a server that echoes sends back.
//! let mut sent = Vec::new();
//! let mut input = &mut received[..];
//! while let Some(message) = decoder.decode(&mut input, &mut context)? {
//!     match message {
//!         Message::Text(text) => Frame::text(text).encode(&mut sent),
//!         Message::Binary(bytes) => Frame::binary(bytes).encode(&mut sent),
//!         Message::Ping(payload) => Frame::pong(payload).encode(&mut sent),
//!         Message::Pong(_) => {}
//!         Message::Close(Some(close)) => Frame::close(close.code, "").encode(&mut sent),
//!         Message::Close(None) => Frame::close_without_code().encode(&mut sent),
//!     }
//! }
//! assert_eq!(sent, b"\x81\x05salut\x88\x02\x03\xe8");
//! # Ok::<(), websocket::DecodeError>(())
//! ```
//!
//! `examples/echo.rs` is a whole server on `std::net`.
//!
//! # How strict it is
//!
//! Everything that RFC 6455 calls a fault of the other side is one, and found
//! as early as its bytes allow; [`DecodeError`] lists them, and carries the
//! close code to answer with. Every limit is in [`Limits`]. What goes beyond
//! the letter of the RFCs: a limit on the frames of a message, and compressed
//! data that stops inside a DEFLATE block is refused.
//!
//! # What it does not do
//!
//! No context takeover, no extension but permessage-deflate, no HTTP, and no
//! streaming of a message before its end: a message is handed out whole.

mod assembled;
mod close;
mod context;
mod decoder;
mod deflate;
mod error;
mod extension;
mod frame;
mod handshake;
mod header;
mod inflate;
mod mask;
mod message;
mod partial;

pub use close::{CLOSE_REASON_BYTES_MAX, Close, CloseCode};
pub use context::{DecodeContext, Limits};
pub use decoder::{Compression, Decoder, Role};
pub use deflate::{DeflateOptions, Deflater, WindowBits};
pub use error::DecodeError;
pub use extension::{DeflateAgreement, InvalidResponse};
pub use frame::Frame;
pub use handshake::{HANDSHAKE_VERSION, HandshakeKey};
pub use header::Opcode;
pub use message::Message;
