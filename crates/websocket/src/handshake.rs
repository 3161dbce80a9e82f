//! The proof that a server understood a handshake (RFC 6455 §4).
//!
//! ```text
//! client  Sec-WebSocket-Key:     base64 of 16 random bytes
//! server  Sec-WebSocket-Accept:  base64 of SHA-1 of that text + a fixed text
//! ```
//!
//! The rest of the handshake is HTTP and belongs to the caller: the request is
//! a GET of HTTP/1.1 with `Host`, `Connection: Upgrade`, `Upgrade: websocket`
//! and `Sec-WebSocket-Version: 13`.

use sha1_smol::Sha1;

/// The version a server answers with, in `Sec-WebSocket-Version` and status
/// 426, to a client that asks for another (RFC 6455 §4.4).
pub const HANDSHAKE_VERSION: &str = "13";

/// RFC 6455 §1.3.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A valid `Sec-WebSocket-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandshakeKey([u8; 24]);

impl HandshakeKey {
    /// Checks the value of a `Sec-WebSocket-Key` header: base64 of 16 bytes.
    /// The four bits of the last digit that carry no data may be anything, as
    /// in most decoders.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let key: [u8; 24] = value.try_into().ok()?;
        let (digits, padding) = key.split_at(22);
        (padding == b"==" && digits.iter().all(|digit| ALPHABET.contains(digit)))
            .then_some(Self(key))
    }

    /// The key for 16 random bytes: what a client sends.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(base64(&bytes))
    }

    /// The header value.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The value of `Sec-WebSocket-Accept` that answers this key, in ASCII.
    pub fn accept(&self) -> [u8; 28] {
        let mut sha1 = Sha1::new();
        sha1.update(&self.0);
        sha1.update(GUID);
        base64(&sha1.digest().bytes())
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding (RFC 4648 §4). `N` is 4 for every 3 bytes begun.
fn base64<const N: usize>(bytes: &[u8]) -> [u8; N] {
    debug_assert_eq!(N, bytes.len().div_ceil(3) * 4);
    let mut text = [b'='; N];
    for (bytes, digits) in bytes.chunks(3).zip(text.as_chunks_mut::<4>().0) {
        let group = bytes
            .iter()
            .fold(0, |group, byte| group << 8 | u32::from(*byte));
        let group = group << (8 * (3 - bytes.len()));
        for (at, digit) in digits[..=bytes.len()].iter_mut().enumerate() {
            *digit = ALPHABET[(group >> (18 - 6 * at)) as usize & 0x3f];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_is_answered_as_it_says() {
        // RFC 6455 §1.3.
        let key = HandshakeKey::parse(b"dGhlIHNhbXBsZSBub25jZQ==").unwrap();
        assert_eq!(key.accept(), *b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(HandshakeKey::from_random(*b"the sample nonce"), key);
    }

    #[test]
    fn a_key_is_base64_of_16_bytes() {
        for value in [
            &b""[..],
            b"dGhlIHNhbXBsZSBub25jZQ=",
            b"dGhlIHNhbXBsZSBub25jZQ===",
            b"dGhlIHNhbXBsZSBub25jZQAA",
            b"dGhlIHNhbXBsZSBub25jZ===",
            b"dGhlIHNhbXBsZSBub25j-Q==",
            b" GhlIHNhbXBsZSBub25jZQ==",
        ] {
            assert_eq!(HandshakeKey::parse(value), None, "{value:?}");
        }
    }

    #[test]
    fn base64_pads() {
        // RFC 4648 §10.
        assert_eq!(base64(b""), *b"");
        assert_eq!(base64(b"f"), *b"Zg==");
        assert_eq!(base64(b"fo"), *b"Zm8=");
        assert_eq!(base64(b"foo"), *b"Zm9v");
        assert_eq!(base64(b"foob"), *b"Zm9vYg==");
    }
}
