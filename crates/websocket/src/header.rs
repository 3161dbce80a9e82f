//! The frame header (RFC 6455 §5.2).
//!
//! ```text
//!  byte 0           byte 1          then            then
//! ┌─┬─┬─┬─┬──────┐ ┌─┬───────────┐ ┌─────────────┐ ┌───────────┐
//! │F│R│R│R│opcode│ │M│  length   │ │ 0, 2 or 8   │ │ 0 or 4    │ payload …
//! │I│S│S│S│4 bits│ │A│  7 bits   │ │ more bytes  │ │ bytes of  │
//! │N│V│V│V│      │ │S│           │ │ of length   │ │ mask key  │
//! │ │1│2│3│      │ │K│           │ │             │ │           │
//! └─┴─┴─┴─┴──────┘ └─┴───────────┘ └─────────────┘ └───────────┘
//!                     0–125 the length itself
//!                     126   the length follows in 2 bytes, big-endian
//!                     127   the length follows in 8 bytes, big-endian, highest bit 0
//! ```
//!
//! This module checks what one header can get wrong by itself. What depends
//! on the connection or on earlier frames is the [decoder](crate::decoder)'s.

use std::fmt;

use bytes::BufMut;

use crate::DecodeError;

/// The longest header: 2 bytes, 8 of length, 4 of mask key.
pub(crate) const HEADER_BYTES_MAX: usize = 14;

/// The longest payload of a Ping, Pong or Close frame.
pub(crate) const CONTROL_BYTES_MAX: usize = 125;

const FIN: u8 = 0b1000_0000;
const RSV1: u8 = 0b0100_0000;
const RSV2_RSV3: u8 = 0b0011_0000;
const OPCODE: u8 = 0b0000_1111;
const MASK: u8 = 0b1000_0000;
const LENGTH: u8 = 0b0111_1111;
const LENGTH_2_BYTES: u8 = 126;
const LENGTH_8_BYTES: u8 = 127;

/// The kind of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// A further frame of a message.
    Continuation = 0x0,
    /// The first or only frame of a text message.
    Text = 0x1,
    /// The first or only frame of a binary message.
    Binary = 0x2,
    /// The last frame of a connection.
    Close = 0x8,
    /// Asks for a Pong.
    Ping = 0x9,
    /// Answers a Ping, or says that the connection lives.
    Pong = 0xa,
}

impl Opcode {
    /// Whether this is a Close, Ping or Pong, which may stand between the
    /// frames of a message and are never fragmented.
    pub const fn is_control(self) -> bool {
        self as u8 & 0b1000 != 0
    }

    fn parse(bits: u8) -> Result<Self, DecodeError> {
        Ok(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            opcode => return Err(DecodeError::ReservedOpcode { opcode }),
        })
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Continuation => "continuation",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Close => "close",
            Self::Ping => "ping",
            Self::Pong => "pong",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Last frame of its message.
    pub(crate) fin: bool,
    /// First frame of a compressed message.
    pub(crate) rsv1: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: Option<[u8; 4]>,
    /// Bytes of payload.
    pub(crate) len: u64,
}

impl Header {
    /// Reads the header at the start of `bytes` and says how long it is;
    /// `None` while it is incomplete. What is wrong with the first two bytes
    /// is found as soon as both are there.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, DecodeError> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        let opcode = Opcode::parse(first & OPCODE)?;
        let fin = first & FIN != 0;
        if first & RSV2_RSV3 != 0 {
            return Err(DecodeError::ReservedBits {
                bits: (first & RSV2_RSV3) >> 4,
                opcode,
            });
        }
        if opcode.is_control() {
            if !fin {
                return Err(DecodeError::FragmentedControl { opcode });
            }
            if usize::from(second & LENGTH) > CONTROL_BYTES_MAX {
                return Err(DecodeError::ControlTooLong { opcode });
            }
        }
        let Some((len, rest)) = parse_length(second & LENGTH, rest)? else {
            return Ok(None);
        };
        let (mask, rest) = if second & MASK == 0 {
            (None, rest)
        } else {
            let Some((key, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (Some(*key), rest)
        };
        let header = Self {
            fin,
            rsv1: first & RSV1 != 0,
            opcode,
            mask,
            len,
        };
        Ok(Some((header, bytes.len() - rest.len())))
    }

    /// Whether the frame needs no other to be handed out.
    pub(crate) fn is_whole_message(&self) -> bool {
        self.fin && self.opcode != Opcode::Continuation
    }

    pub(crate) fn write(&self, out: &mut impl BufMut) {
        let fin = if self.fin { FIN } else { 0 };
        let rsv1 = if self.rsv1 { RSV1 } else { 0 };
        let mask = if self.mask.is_some() { MASK } else { 0 };
        out.put_u8(fin | rsv1 | self.opcode as u8);
        match self.len {
            0..=125 => out.put_u8(mask | self.len as u8),
            126..=0xffff => {
                out.put_u8(mask | LENGTH_2_BYTES);
                out.put_u16(self.len as u16);
            }
            _ => {
                out.put_u8(mask | LENGTH_8_BYTES);
                out.put_u64(self.len);
            }
        }
        if let Some(key) = self.mask {
            out.put_slice(&key);
        }
    }

    /// Bytes that [`write`](Self::write) writes.
    pub(crate) fn written_len(&self) -> usize {
        let length = match self.len {
            0..=125 => 0,
            126..=0xffff => 2,
            _ => 8,
        };
        2 + length + if self.mask.is_some() { 4 } else { 0 }
    }
}

/// Reads the length that begins with `short`, the 7 bits of the second byte.
fn parse_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, DecodeError> {
    let (len, rest, bytes, len_min) = match short {
        LENGTH_2_BYTES => {
            let Some((len, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from(u16::from_be_bytes(*len)), rest, 2, 126)
        }
        LENGTH_8_BYTES => {
            let Some((len, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from_be_bytes(*len), rest, 8, 0x1_0000)
        }
        _ => return Ok(Some((u64::from(short), rest))),
    };
    if len < len_min {
        return Err(DecodeError::NonMinimalLength { len, bytes });
    }
    if len >> 63 != 0 {
        return Err(DecodeError::LengthOutOfRange { len });
    }
    Ok(Some((len, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Result<Option<(Header, usize)>, DecodeError>) {
        assert_eq!(Header::parse(bytes), expected, "{bytes:02x?}");
    }

    #[test]
    fn every_header_that_is_written_is_read_back() {
        let opcodes = [Opcode::Continuation, Opcode::Text, Opcode::Binary];
        let lens = [0, 1, 125, 126, 127, 0xffff, 0x1_0000, u64::MAX >> 1];
        for opcode in opcodes {
            for len in lens {
                for (fin, rsv1) in [(true, false), (false, true)] {
                    for mask in [None, Some([1, 2, 3, 4])] {
                        let header = Header {
                            fin,
                            rsv1,
                            opcode,
                            mask,
                            len,
                        };
                        let mut bytes = Vec::new();
                        header.write(&mut bytes);
                        assert_eq!(bytes.len(), header.written_len());
                        for cut in 0..bytes.len() {
                            check(&bytes[..cut], Ok(None));
                        }
                        check(&bytes, Ok(Some((header, bytes.len()))));
                        bytes.push(0xff);
                        check(&bytes, Ok(Some((header, bytes.len() - 1))));
                    }
                }
            }
        }
    }

    #[test]
    fn what_a_header_gets_wrong_by_itself_is_named() {
        use DecodeError::*;
        let ping = Opcode::Ping;
        let text = Opcode::Text;
        for (bytes, error) in [
            (&[0x83, 0][..], ReservedOpcode { opcode: 0x3 }),
            (&[0x8f, 0], ReservedOpcode { opcode: 0xf }),
            (
                &[0xa1, 0],
                ReservedBits {
                    bits: 0b010,
                    opcode: text,
                },
            ),
            (
                &[0x99, 0],
                ReservedBits {
                    bits: 0b001,
                    opcode: ping,
                },
            ),
            (
                &[0xb1, 0],
                ReservedBits {
                    bits: 0b011,
                    opcode: text,
                },
            ),
            (&[0x09, 0], FragmentedControl { opcode: ping }),
            (&[0x89, 126], ControlTooLong { opcode: ping }),
            (
                &[0x88, 127],
                ControlTooLong {
                    opcode: Opcode::Close,
                },
            ),
            (
                &[0x81, 126, 0, 125],
                NonMinimalLength { len: 125, bytes: 2 },
            ),
            (
                &[0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
                NonMinimalLength {
                    len: 65535,
                    bytes: 8,
                },
            ),
            (
                &[0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0],
                LengthOutOfRange { len: 1 << 63 },
            ),
        ] {
            check(bytes, Err(error));
        }
        check(
            &[0x89, 125],
            Ok(Some((
                Header {
                    fin: true,
                    rsv1: false,
                    opcode: ping,
                    mask: None,
                    len: 125,
                },
                2,
            ))),
        );
    }
}
