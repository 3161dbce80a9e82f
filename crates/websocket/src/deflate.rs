//! Compression of what is sent (RFC 7692 §7.2.1).
//!
//! Without context takeover a compressed message depends on no other, so one
//! compressor serves all the connections of a thread, and one compressed
//! frame all its receivers. A compressor with a window per connection would
//! cost each of them some 0.3 MiB.

use flate2::{Compress, Compression, FlushCompress, Status};

/// What every flushed message ends with, and no message carries (RFC 7692
/// §7.2.1): the receiver adds it again.
pub(crate) const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// How far back compressed data may refer: 2 to the power of 9 to 15 bytes.
///
/// RFC 7692 also knows 8, a window of 256 bytes, which DEFLATE encoders of
/// the zlib family cannot keep to. An offer that asks for it is declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// The smallest window, 512 bytes.
    pub const MIN: Self = Self(9);
    /// The largest window, 32 KiB, and the default.
    pub const MAX: Self = Self(15);

    /// A window of 2 to the power of `bits`; `None` outside 9 to 15.
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            9..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The exponent, 9 to 15.
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// How a [`Deflater`] compresses.
#[derive(Debug, Clone, Copy)]
pub struct DeflateOptions {
    /// 1 (fastest) to 9 (smallest); values outside are moved to the nearest.
    /// The default is 1: more costs much time and wins little on short JSON.
    pub level: u8,
    /// The window, at most the one agreed with the receiver
    /// ([`DeflateAgreement::window_bits`](crate::DeflateAgreement::window_bits)).
    pub window_bits: WindowBits,
    /// Shorter payloads are not tried. The default is 256 bytes: a message of
    /// 131 bytes was measured not to shrink, and to cost as much as a `send`.
    pub payload_bytes_min: usize,
}

impl Default for DeflateOptions {
    fn default() -> Self {
        Self {
            level: 1,
            window_bits: WindowBits::MAX,
            payload_bytes_min: 256,
        }
    }
}

/// Compresses messages one by one; one per thread and window size.
///
/// Owns 0.25 to 0.4 MiB, and a buffer for its longest output.
#[derive(Debug)]
pub struct Deflater {
    options: DeflateOptions,
    stream: Compress,
    output: Vec<u8>,
}

impl Deflater {
    /// A compressor.
    pub fn new(options: DeflateOptions) -> Self {
        Self {
            options,
            stream: options.stream(),
            output: Vec::new(),
        }
    }

    /// Compresses the payload of one message, for
    /// [`Frame::deflated`](crate::Frame::deflated). `None` when that does not
    /// pay: the payload is too short, or would not shrink.
    pub fn deflate(&mut self, payload: &[u8]) -> Option<&[u8]> {
        if payload.len() < self.options.payload_bytes_min {
            return None;
        }
        self.output.clear();
        self.output.reserve(deflated_bytes_max(payload.len()));
        let status = self
            .stream
            .compress_vec(payload, &mut self.output, FlushCompress::Sync);
        if !matches!(status, Ok(Status::Ok)) || !self.output.ends_with(&TAIL) {
            // Not to be reset: with output pending, zlib-rs 0.6.8 would lose
            // that much of its buffer for good (`Pending::reset_keep` leaves
            // `out` where it is), and panic once too little is left.
            self.stream = self.options.stream();
            return None;
        }
        self.stream.reset();
        let deflated = &self.output[..self.output.len() - TAIL.len()];
        (deflated.len() < payload.len()).then_some(deflated)
    }
}

impl DeflateOptions {
    fn stream(&self) -> Compress {
        let level = Compression::new(u32::from(self.level.clamp(1, 9)));
        Compress::new_with_window_bits(level, false, self.window_bits.bits())
    }
}

/// More than any payload of this length can become. Its bytes take 9 bits at
/// most, in the fixed code of level 1; blocks and the flush add a few bytes.
fn deflated_bytes_max(len: usize) -> usize {
    len + len / 7 + 64
}
