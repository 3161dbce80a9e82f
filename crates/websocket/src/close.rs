//! Close codes and the payload of a Close frame (RFC 6455 §5.5.1 and §7.4).
//!
//! ```text
//! Close payload:  (nothing)  |  code, 2 bytes big-endian  +  reason, UTF-8, ≤ 123 bytes
//! ```

use std::fmt;

use crate::DecodeError;
use crate::header::CONTROL_BYTES_MAX;

/// The longest reason a Close frame can carry, in bytes.
pub const CLOSE_REASON_BYTES_MAX: usize = CONTROL_BYTES_MAX - 2;

/// Why a connection was closed: the code of a Close frame.
///
/// Any number can be held; [`is_sendable`](Self::is_sendable) says whether it
/// may stand in a frame. The names are those of RFC 6455 §7.4.1 and of the
/// IANA registry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The server stops, or the page was left.
    pub const GOING_AWAY: Self = Self(1001);
    /// The other side broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that this side cannot take, such as binary.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// Stands for a Close frame without a code; never sent.
    pub const NO_STATUS: Self = Self(1005);
    /// Stands for a connection lost without a Close frame; never sent.
    pub const ABNORMAL: Self = Self(1006);
    /// The data contradicts its type, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// A message broke a rule of the application.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// A message is too big.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// A client needs an extension that the server did not agree to.
    pub const EXTENSION_REQUIRED: Self = Self(1010);
    /// The server met an unexpected condition.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The server restarts; come back after a random pause.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// The server is overloaded; come back later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// A gateway got an invalid answer from the server behind it.
    pub const BAD_GATEWAY: Self = Self(1014);

    /// Whether a Close frame may carry this code (RFC 6455 §7.4).
    ///
    /// ```text
    /// 1000–1003, 1007–1014  registered
    /// 3000–3999             registered by libraries and applications
    /// 4000–4999             private use
    /// ```
    /// All others are undefined, or stand for the absence of a code.
    pub const fn is_sendable(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseCode({})", self.0)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a Close frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close<'m> {
    /// Why the other side closes. A received code is always
    /// [sendable](CloseCode::is_sendable), so it can be echoed.
    pub code: CloseCode,
    /// For people and logs, at most [`CLOSE_REASON_BYTES_MAX`] bytes; may be
    /// empty.
    pub reason: &'m str,
}

impl<'m> Close<'m> {
    /// Reads the payload of a Close frame; an empty one says nothing.
    pub(crate) fn parse(payload: &'m [u8]) -> Result<Option<Self>, DecodeError> {
        let (code, reason) = match *payload {
            [] => return Ok(None),
            [_] => return Err(DecodeError::TruncatedCloseCode),
            [high, low, ref reason @ ..] => (CloseCode(u16::from_be_bytes([high, low])), reason),
        };
        if !code.is_sendable() {
            return Err(DecodeError::InvalidCloseCode { code });
        }
        match std::str::from_utf8(reason) {
            Ok(reason) => Ok(Some(Self { code, reason })),
            Err(error) => Err(DecodeError::InvalidCloseReason {
                offset: error.valid_up_to(),
            }),
        }
    }

    /// The payload of a Close frame. A reason too long for it is cut after the
    /// last whole character that fits.
    pub(crate) fn to_payload(self) -> Vec<u8> {
        debug_assert!(self.code.is_sendable(), "{} must not be sent", self.code);
        let fits = self.reason.floor_char_boundary(CLOSE_REASON_BYTES_MAX);
        let mut payload = Vec::with_capacity(2 + fits);
        payload.extend_from_slice(&self.code.0.to_be_bytes());
        payload.extend_from_slice(&self.reason.as_bytes()[..fits]);
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_defined_codes_may_be_sent() {
        let sendable: Vec<u16> = (0..=u16::MAX)
            .filter(|&n| CloseCode(n).is_sendable())
            .collect();
        let expected: Vec<u16> = (1000..=1003)
            .chain(1007..=1014)
            .chain(3000..=4999)
            .collect();
        assert_eq!(sendable, expected);
    }

    #[test]
    fn a_payload_is_read_or_its_fault_named() {
        let code = CloseCode::NORMAL;
        let offset = 1;
        for (payload, expected) in [
            (&b""[..], Ok(None)),
            (b"\x03", Err(DecodeError::TruncatedCloseCode)),
            (b"\x03\xe8", Ok(Some(Close { code, reason: "" }))),
            (
                b"\x03\xe8bye",
                Ok(Some(Close {
                    code,
                    reason: "bye",
                })),
            ),
            (
                b"\x03\xe8b\xff",
                Err(DecodeError::InvalidCloseReason { offset }),
            ),
            (
                b"\x03\xe8b\xc3",
                Err(DecodeError::InvalidCloseReason { offset }),
            ),
            (
                b"\x03\xed",
                Err(DecodeError::InvalidCloseCode {
                    code: CloseCode::NO_STATUS,
                }),
            ),
            (
                b"\0\0",
                Err(DecodeError::InvalidCloseCode { code: CloseCode(0) }),
            ),
        ] {
            assert_eq!(Close::parse(payload), expected, "{payload:?}");
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        for (reason, kept) in [
            ("x".repeat(123), 123),
            ("x".repeat(124), 123),
            ("é".repeat(62), 122),
            (format!("x{}", "é".repeat(62)), 123),
            ("🌳".repeat(40), 120),
        ] {
            let payload = Close {
                code: CloseCode::NORMAL,
                reason: &reason,
            }
            .to_payload();
            assert_eq!(payload.len(), 2 + kept);
            assert!(Close::parse(&payload).is_ok());
        }
    }
}
