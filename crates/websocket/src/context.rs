//! What the connections of one thread share while they decode.

use crate::inflate::Inflater;

/// How much a connection may make the other side store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The payload of a message as it travels, in bytes; 64 KiB by default.
    /// More closes the connection with 1009, before any of the frame that
    /// exceeds it is stored.
    pub message_bytes_max: usize,
    /// A compressed message once inflated, in bytes; 64 KiB by default.
    /// More closes the connection with 1009, and no more is inflated.
    pub inflated_bytes_max: usize,
    /// The frames of one message; 1,024 by default. More closes the connection
    /// with 1009. Empty frames would else never reach a limit.
    pub fragments_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: 64 << 10,
            inflated_bytes_max: 64 << 10,
            fragments_max: 1024,
        }
    }
}

/// The limits, the inflater and the buffers of messages being handed out: one
/// per thread, shared by all its [`Decoder`](crate::Decoder)s.
///
/// Owns nothing until a compressed message comes; from then on some 46 KiB
/// and at most [`Limits::inflated_bytes_max`].
#[derive(Debug)]
pub struct DecodeContext {
    pub(crate) limits: Limits,
    pub(crate) inflater: Option<Inflater>,
    /// The payload of the message last handed out, when it came in pieces.
    pub(crate) assembled: Vec<u8>,
}

impl DecodeContext {
    /// A context in which every connection has these limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            inflater: None,
            assembled: Vec::new(),
        }
    }

    /// The limits.
    pub fn limits(&self) -> Limits {
        self.limits
    }
}
