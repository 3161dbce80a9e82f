//! Frames to send.
//!
//! A server's frame looks the same to every receiver, so it is encoded once
//! and shared ([`Frame::to_bytes`]), or appended to a batch of frames
//! ([`Frame::encode`]). A client's frame is masked with a fresh key each time.

use std::borrow::Cow;

use bytes::{BufMut, Bytes};

use crate::header::{CONTROL_BYTES_MAX, Header};
use crate::{Close, CloseCode, Opcode, mask};

/// A frame to send.
///
/// The constructors make whole, unmasked frames: what a server sends. The
/// fields are open for those who fragment, or who test with broken frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Whether this is the last frame of its message.
    pub fin: bool,
    /// Whether this begins a message compressed by a
    /// [`Deflater`](crate::Deflater) (the bit RSV1, RFC 7692 §6).
    pub deflated: bool,
    /// The kind of the frame.
    pub opcode: Opcode,
    /// The key a client masks with (RFC 6455 §5.3): four random bytes, new
    /// for each frame. `None` for a server.
    pub mask: Option<[u8; 4]>,
    /// The payload before masking.
    pub payload: Cow<'a, [u8]>,
}

impl<'a> Frame<'a> {
    /// A text message.
    pub fn text(text: &'a str) -> Self {
        Self::whole(Opcode::Text, text.as_bytes().into())
    }

    /// A binary message.
    pub fn binary(payload: &'a [u8]) -> Self {
        Self::whole(Opcode::Binary, payload.into())
    }

    /// A text or binary message. That the payload of a text is UTF-8 is up to
    /// the caller.
    pub fn message(opcode: Opcode, payload: &'a [u8]) -> Self {
        Self::whole(opcode, payload.into())
    }

    /// A text or binary message that a [`Deflater`](crate::Deflater) has
    /// compressed. Only for connections that agreed to permessage-deflate.
    pub fn deflated(opcode: Opcode, payload: &'a [u8]) -> Self {
        Self {
            deflated: true,
            ..Self::whole(opcode, payload.into())
        }
    }

    /// A Ping.
    ///
    /// # Panics
    ///
    /// When `payload` is longer than 125 bytes.
    pub fn ping(payload: &'a [u8]) -> Self {
        assert!(
            payload.len() <= CONTROL_BYTES_MAX,
            "ping of {} bytes",
            payload.len()
        );
        Self::whole(Opcode::Ping, payload.into())
    }

    /// A Pong, which carries the payload of the Ping that it answers.
    ///
    /// # Panics
    ///
    /// When `payload` is longer than 125 bytes.
    pub fn pong(payload: &'a [u8]) -> Self {
        assert!(
            payload.len() <= CONTROL_BYTES_MAX,
            "pong of {} bytes",
            payload.len()
        );
        Self::whole(Opcode::Pong, payload.into())
    }

    /// A Close. A `reason` longer than
    /// [`CLOSE_REASON_BYTES_MAX`](crate::CLOSE_REASON_BYTES_MAX) is cut after
    /// the last whole character that fits. `code` must be
    /// [sendable](CloseCode::is_sendable).
    pub fn close(code: CloseCode, reason: &str) -> Self {
        Self::whole(Opcode::Close, Close { code, reason }.to_payload().into())
    }

    /// A Close that gives no code: the answer to one that gave none.
    pub fn close_without_code() -> Self {
        Self::whole(Opcode::Close, Cow::Borrowed(&[]))
    }

    fn whole(opcode: Opcode, payload: Cow<'a, [u8]>) -> Self {
        Self {
            fin: true,
            deflated: false,
            opcode,
            mask: None,
            payload,
        }
    }

    /// The same frame as a client sends it.
    pub fn masked(self, key: [u8; 4]) -> Self {
        Self {
            mask: Some(key),
            ..self
        }
    }

    /// Bytes on the wire, header included.
    pub fn encoded_len(&self) -> usize {
        self.header().written_len() + self.payload.len()
    }

    /// Appends the frame to a `Vec<u8>`, a `BytesMut` or another buffer.
    pub fn encode(&self, out: &mut impl BufMut) {
        self.header().write(out);
        match self.mask {
            None => out.put_slice(&self.payload),
            Some(key) => put_masked(out, &self.payload, key),
        }
    }

    /// The frame in one shared buffer; a clone of it costs no copy.
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.encode(&mut out);
        out.into()
    }

    fn header(&self) -> Header {
        let Self {
            fin,
            deflated,
            opcode,
            mask,
            ref payload,
        } = *self;
        Header {
            fin,
            rsv1: deflated,
            opcode,
            mask,
            len: payload.len() as u64,
        }
    }
}

/// Appends `payload` masked, by way of a small buffer: `out` need not be
/// contiguous.
fn put_masked(out: &mut impl BufMut, payload: &[u8], key: [u8; 4]) {
    // Whole words, so that each chunk begins with the first byte of the key.
    let mut masked = [0; 4 * 256];
    for chunk in payload.chunks(masked.len()) {
        let masked = &mut masked[..chunk.len()];
        masked.copy_from_slice(chunk);
        mask::apply(masked, key, 0);
        out.put_slice(masked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_rfc_are_encoded_as_it_shows_them() {
        // RFC 6455 §5.7.
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let hello = b"Hello";
        for (frame, expected) in [
            (Frame::text("Hello"), &b"\x81\x05Hello"[..]),
            (
                Frame::text("Hello").masked(key),
                b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
            ),
            (
                Frame {
                    fin: false,
                    ..Frame::text("Hel")
                },
                b"\x01\x03Hel",
            ),
            (
                Frame {
                    opcode: Opcode::Continuation,
                    ..Frame::text("lo")
                },
                b"\x80\x02lo",
            ),
            (Frame::ping(hello), b"\x89\x05Hello"),
            (
                Frame::pong(hello).masked(key),
                b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
            ),
            (
                Frame::close(CloseCode::NORMAL, "bye"),
                b"\x88\x05\x03\xe8bye",
            ),
            (Frame::close_without_code(), b"\x88\x00"),
        ] {
            assert_eq!(frame.to_bytes(), expected);
            assert_eq!(frame.encoded_len(), expected.len());
        }
        assert!(
            Frame::binary(&[0; 256])
                .to_bytes()
                .starts_with(b"\x82\x7e\x01\x00")
        );
        assert!(
            Frame::binary(&[0; 65536])
                .to_bytes()
                .starts_with(b"\x82\x7f\0\0\0\0\0\x01\0\0")
        );
    }

    #[test]
    fn a_long_payload_is_masked_throughout() {
        let key = [1, 2, 3, 4];
        let mut frame = Frame::binary(&[0; 5000]).masked(key).to_bytes().to_vec();
        let payload = &mut frame[8..];
        mask::apply(payload, key, 0);
        assert_eq!(payload, [0; 5000]);
    }
}
