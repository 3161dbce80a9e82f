//! What the decoder hands out.

use crate::Close;

/// A complete message or control frame, borrowed from the input or from the
/// [`DecodeContext`](crate::DecodeContext): valid until the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'m> {
    /// A text message.
    Text(&'m str),
    /// A binary message.
    Binary(&'m [u8]),
    /// A Ping, at most 125 bytes: answer with a Pong of the same payload
    /// ([`Frame::pong`](crate::Frame::pong)).
    Ping(&'m [u8]),
    /// A Pong, at most 125 bytes, asked for or not.
    Pong(&'m [u8]),
    /// The other side closes: answer with its code, unless a Close was sent
    /// already, then close the socket. Nothing more comes after it.
    Close(Option<Close<'m>>),
}
