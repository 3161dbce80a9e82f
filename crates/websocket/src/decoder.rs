//! The decoder: bytes in, messages out.
//!
//! ```text
//!              ┌─ a whole frame that is a whole message: handed out in place
//! input bytes ─┤
//!              └─ anything less ─▶ Partial ──its last byte──▶ context ─▶ handed out
//!                                  on the heap,               one per
//!                                  one per connection         thread
//! ```
//!
//! Most frames arrive whole, so most messages are borrowed from the caller's
//! input, unmasked where they lie. Only a frame or message cut by the end of
//! the input is kept, and no longer than until it is complete; an idle
//! decoder is two words.
//!
//! A message is checked as its bytes arrive: header, limits and UTF-8. A fault
//! is found at the first byte that makes the message wrong, however the bytes
//! were cut. Compressed text is the exception: it is checked once whole.

use crate::assembled::{Assembled, take};
use crate::context::{DecodeContext, Limits};
use crate::header::Header;
use crate::partial::Partial;
use crate::{DecodeError, Message, Opcode};

/// Which side of a connection this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes masked frames only.
    Server,
    /// Takes unmasked frames only.
    Client,
}

/// Which messages may come compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// None: no extension was agreed in the handshake.
    Off,
    /// Those marked so: permessage-deflate was agreed, without context
    /// takeover of the sender.
    Deflate,
}

/// Decodes what one connection receives.
///
/// Small, and without heap while no frame or message is incomplete.
#[derive(Debug)]
pub struct Decoder {
    role: Role,
    compression: Compression,
    /// After a Close or an error: all further input is discarded.
    ended: bool,
    partial: Option<Box<Partial>>,
}

impl Decoder {
    /// A decoder for a connection whose handshake is done.
    pub fn new(role: Role, compression: Compression) -> Self {
        Self {
            role,
            compression,
            ended: false,
            partial: None,
        }
    }

    /// Takes bytes from the front of `input` up to the end of the next message
    /// or control frame; `None` when all were taken and no message is
    /// complete. Call it until then: what is left in `input` is not kept.
    ///
    /// The input is unmasked in place, so its bytes are not to be used again.
    /// After a [`Message::Close`] or an error all input is discarded.
    pub fn decode<'m, 'i: 'm>(
        &mut self,
        input: &mut &'i mut [u8],
        context: &'m mut DecodeContext,
    ) -> Result<Option<Message<'m>>, DecodeError> {
        context.assembled = Vec::new();
        if self.ended {
            *input = &mut [];
            return Ok(None);
        }
        let result = match self.assemble(input, context.limits) {
            Ok(None) => return Ok(None),
            Ok(Some(assembled)) => assembled.into_message(context).map(Some),
            Err(error) => Err(error),
        };
        if matches!(result, Ok(Some(Message::Close(_))) | Err(_)) {
            self.ended = true;
            self.partial = None;
        }
        result
    }

    /// Which messages may come compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Whether a Close or an error has come, and all further input is
    /// discarded.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Heap that the connection owns, in bytes: that of an incomplete frame or
    /// message, at most [`Limits::message_bytes_max`] and some 300 more.
    pub fn heap_bytes(&self) -> usize {
        self.partial.as_ref().map_or(0, |it| it.heap_bytes())
    }

    fn assemble<'i>(
        &mut self,
        input: &mut &'i mut [u8],
        limits: Limits,
    ) -> Result<Option<Assembled<'i>>, DecodeError> {
        loop {
            if !self.partial.as_ref().is_some_and(|it| it.is_in_frame()) {
                let Some(header) = self.take_header(input)? else {
                    return Ok(None);
                };
                self.check(&header, limits)?;
                if header.is_whole_message() && header.len <= input.len() as u64 {
                    self.release_if_idle();
                    return Ok(Some(Assembled::in_place(&header, input)));
                }
                self.partial.get_or_insert_default().begin_frame(header);
            }
            let Some(partial) = &mut self.partial else {
                return Ok(None);
            };
            if !partial.take_payload(input, limits.message_bytes_max)? {
                return Ok(None);
            }
            if let Some(assembled) = partial.end_frame()? {
                self.release_if_idle();
                return Ok(Some(assembled));
            }
        }
    }

    /// The next header, if it is complete; else keeps what there is of it.
    fn take_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, DecodeError> {
        if !self.partial.as_ref().is_some_and(|it| it.is_in_header()) {
            if let Some((header, n_bytes)) = Header::parse(input)? {
                take(input, n_bytes);
                return Ok(Some(header));
            }
            if input.is_empty() {
                return Ok(None);
            }
        }
        self.partial.get_or_insert_default().take_header(input)
    }

    /// Checks a header against the connection, the message in progress and
    /// the limits.
    fn check(&self, header: &Header, limits: Limits) -> Result<(), DecodeError> {
        let opcode = header.opcode;
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(DecodeError::Unmasked),
            (Role::Client, Some(_)) => return Err(DecodeError::Masked),
            _ => {}
        }
        let begins_message = matches!(opcode, Opcode::Text | Opcode::Binary);
        if header.rsv1 && !(begins_message && self.compression == Compression::Deflate) {
            let bits = 0b100;
            return Err(DecodeError::ReservedBits { bits, opcode });
        }
        if opcode.is_control() {
            return Ok(());
        }
        let in_progress = self.partial.as_ref().and_then(|it| it.message_so_far());
        let (n_bytes, n_fragments) = match in_progress {
            Some(_) if begins_message => return Err(DecodeError::ExpectedContinuation { opcode }),
            None if !begins_message => return Err(DecodeError::UnexpectedContinuation),
            Some(so_far) => so_far,
            None => (0, 0),
        };
        if n_fragments >= limits.fragments_max {
            let max = limits.fragments_max;
            return Err(DecodeError::TooManyFragments { max });
        }
        // No overflow: a length has 63 bits, and so has a buffer's.
        let len = n_bytes as u64 + header.len;
        let max = limits.message_bytes_max;
        if len > max as u64 {
            return Err(DecodeError::MessageTooLarge { len, max });
        }
        Ok(())
    }

    fn release_if_idle(&mut self) {
        if self.partial.as_ref().is_some_and(|it| it.is_idle()) {
            self.partial = None;
        }
    }
}
