//! What can be wrong with what the other side sent.

use crate::{CloseCode, Opcode};

/// Why the bytes of the other side cannot be taken.
///
/// The connection is beyond repair: answer with a Close frame that carries
/// [`close_code`](Self::close_code), then close the socket. The decoder that
/// gave the error discards all further input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A client must mask its frames (RFC 6455 §5.1).
    #[error("frame from a client is not masked")]
    Unmasked,
    /// A server must not mask its frames (RFC 6455 §5.1).
    #[error("frame from a server is masked")]
    Masked,
    /// A reserved bit is set that no agreed extension defines for this frame
    /// (RFC 6455 §5.2, RFC 7692 §6). RSV1 is `0b100`, RSV2 `0b010`, RSV3
    /// `0b001`.
    #[error("reserved bits {bits:#05b} are set on a {opcode} frame")]
    ReservedBits {
        /// The bits that should be zero.
        bits: u8,
        /// The kind of the frame.
        opcode: Opcode,
    },
    /// Opcodes 3 to 7 and 11 to 15 have no meaning (RFC 6455 §5.2).
    #[error("opcode {opcode:#x} is reserved")]
    ReservedOpcode {
        /// The opcode received.
        opcode: u8,
    },
    /// The length would fit into a shorter form (RFC 6455 §5.2).
    #[error("payload length {len} is written in {bytes} bytes where fewer would do")]
    NonMinimalLength {
        /// The payload length.
        len: u64,
        /// The bytes used after the first two of the header: 2 or 8.
        bytes: u8,
    },
    /// The highest bit of a length must be zero (RFC 6455 §5.2).
    #[error("payload length {len} exceeds 63 bits")]
    LengthOutOfRange {
        /// The payload length.
        len: u64,
    },
    /// A Ping, Pong or Close must be one frame (RFC 6455 §5.5).
    #[error("{opcode} frame is fragmented")]
    FragmentedControl {
        /// The kind of the frame.
        opcode: Opcode,
    },
    /// A Ping, Pong or Close is at most 125 bytes long (RFC 6455 §5.5).
    #[error("{opcode} frame is longer than 125 bytes")]
    ControlTooLong {
        /// The kind of the frame.
        opcode: Opcode,
    },
    /// A continuation frame came with no message to continue (RFC 6455 §5.4).
    #[error("continuation frame without a message to continue")]
    UnexpectedContinuation,
    /// A message began before the one before it was complete (RFC 6455 §5.4).
    #[error("{opcode} frame inside an unfinished message")]
    ExpectedContinuation {
        /// The kind of the frame.
        opcode: Opcode,
    },
    /// A Close frame with a payload of one byte (RFC 6455 §5.5.1).
    #[error("close code is cut off")]
    TruncatedCloseCode,
    /// A close code that must not be sent (RFC 6455 §7.4).
    #[error("close code {code} must not be sent")]
    InvalidCloseCode {
        /// The code received.
        code: CloseCode,
    },
    /// The reason of a Close frame is not UTF-8 (RFC 6455 §5.5.1).
    #[error("close reason is not UTF-8 from byte {offset} on")]
    InvalidCloseReason {
        /// Where the valid part of the reason ends.
        offset: usize,
    },
    /// A text message is not UTF-8 (RFC 6455 §8.1).
    #[error("text message is not UTF-8 from byte {offset} on")]
    InvalidUtf8 {
        /// Where the valid part of the message ends.
        offset: usize,
    },
    /// A compressed message is not whole, valid DEFLATE data (RFC 7692 §7.2.2).
    #[error("compressed message is corrupt")]
    InvalidDeflate,
    /// A message is longer than [`Limits::message_bytes_max`](crate::Limits).
    /// Found in the header: nothing of the frame was stored.
    #[error("message is at least {len} bytes, limit is {max}")]
    MessageTooLarge {
        /// The bytes of all frames announced so far.
        len: u64,
        /// The limit.
        max: usize,
    },
    /// A compressed message is longer than
    /// [`Limits::inflated_bytes_max`](crate::Limits) once inflated.
    #[error("inflated message is larger than the limit of {max} bytes")]
    InflatedTooLarge {
        /// The limit.
        max: usize,
    },
    /// A message has more frames than [`Limits::fragments_max`](crate::Limits).
    #[error("message has more than {max} fragments")]
    TooManyFragments {
        /// The limit.
        max: u32,
    },
}

impl DecodeError {
    /// The code to close the connection with: 1002 (protocol error), 1007
    /// (invalid payload) or 1009 (too big).
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::InvalidUtf8 { .. } | Self::InvalidCloseReason { .. } | Self::InvalidDeflate => {
                CloseCode::INVALID_PAYLOAD
            }
            Self::MessageTooLarge { .. }
            | Self::InflatedTooLarge { .. }
            | Self::TooManyFragments { .. } => CloseCode::MESSAGE_TOO_BIG,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
