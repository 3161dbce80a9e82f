//! Decompression of what is received (RFC 7692 §7.2.2).
//!
//! ```text
//! payload of all frames  +  00 00 ff ff   ──inflate──▶  message
//!                           the tail that the sender cut off
//! ```
//!
//! Each message stands for itself (no context takeover), so one inflater
//! serves all the connections of a thread. It sees a message only when all of
//! its frames are there.

use flate2::{Decompress, FlushDecompress, Status};

use crate::DecodeError;
use crate::deflate::WindowBits;

/// The tail that the sender cut off, then an empty final block: the data is
/// whole exactly when this ends it. A message cut inside a block is so
/// noticed, not passed on shortened.
const END: [u8; 6] = [0x00, 0x00, 0xff, 0xff, 0x03, 0x00];

/// Output room to begin with, in bytes.
const OUTPUT_BYTES_MIN: usize = 1024;

/// Inflates messages one by one. Owns some 46 KiB, and its output buffer.
#[derive(Debug)]
pub(crate) struct Inflater {
    stream: Decompress,
    output: Vec<u8>,
}

/// Where the input ended.
#[derive(PartialEq, Eq)]
enum Fed {
    /// Behind a final block.
    AtEnd,
    /// Anywhere else.
    Midway,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self {
            stream: Decompress::new(false),
            output: Vec::new(),
        }
    }

    /// Inflates a whole message of at most `max` bytes.
    pub(crate) fn inflate(&mut self, payload: &[u8], max: usize) -> Result<&[u8], DecodeError> {
        self.stream.reset(false);
        self.output.clear();
        if self.feed(payload, max)? == Fed::Midway && self.feed(&END, max)? == Fed::Midway {
            return Err(DecodeError::InvalidDeflate);
        }
        Ok(&self.output)
    }

    fn feed(&mut self, mut input: &[u8], max: usize) -> Result<Fed, DecodeError> {
        loop {
            self.reserve(input.len(), max);
            let before = self.stream.total_in();
            let status = self
                .stream
                .decompress_vec(input, &mut self.output, FlushDecompress::None)
                .map_err(|_| DecodeError::InvalidDeflate)?;
            input = &input[(self.stream.total_in() - before) as usize..];
            if self.output.len() > max {
                return Err(DecodeError::InflatedTooLarge { max });
            }
            let exhausted = input.is_empty() && self.output.len() < self.output.capacity();
            match status {
                Status::StreamEnd if input.is_empty() => return Ok(Fed::AtEnd),
                Status::StreamEnd => self.resume_after_final_block()?,
                Status::Ok | Status::BufError if exhausted => return Ok(Fed::Midway),
                Status::Ok | Status::BufError => {}
            }
        }
    }

    /// Makes room when the output is full, up to one byte more than `max`:
    /// that byte tells a message that is too large from one that just fits.
    fn reserve(&mut self, n_input: usize, max: usize) {
        let capacity = self.output.capacity();
        if self.output.len() == capacity {
            let wanted = (2 * capacity).max(4 * n_input).max(OUTPUT_BYTES_MIN);
            let wanted = wanted.min(max.saturating_add(1));
            self.output
                .reserve_exact(wanted.saturating_sub(self.output.len()).max(1));
        }
    }

    /// A sender may end any block as a final one, and go on (RFC 7692
    /// §7.2.3.4). To the inflater that is a new stream, which may refer back
    /// to the one before.
    fn resume_after_final_block(&mut self) -> Result<(), DecodeError> {
        self.stream.reset(false);
        let window = 1 << WindowBits::MAX.bits();
        let start = self.output.len().saturating_sub(window);
        match self.stream.set_dictionary(&self.output[start..]) {
            Ok(_) => Ok(()),
            Err(_) => Err(DecodeError::InvalidDeflate),
        }
    }
}
