//! From the bytes of a message to the message.

use crate::context::DecodeContext;
use crate::header::Header;
use crate::inflate::Inflater;
use crate::{Close, DecodeError, Message, Opcode, mask};

/// All the bytes of a message or control frame, not yet interpreted.
pub(crate) struct Assembled<'i> {
    pub(crate) opcode: Opcode,
    pub(crate) deflated: bool,
    pub(crate) payload: Payload<'i>,
}

/// Where the bytes are: in the caller's input, or put together from pieces.
pub(crate) enum Payload<'i> {
    Borrowed(&'i [u8]),
    Owned(Vec<u8>),
}

impl<'i> Assembled<'i> {
    /// Takes a payload that lies whole at the front of `input`.
    pub(crate) fn in_place(header: &Header, input: &mut &'i mut [u8]) -> Self {
        let payload = take(input, header.len as usize);
        if let Some(key) = header.mask {
            mask::apply(payload, key, 0);
        }
        let payload = Payload::Borrowed(payload);
        Self {
            opcode: header.opcode,
            deflated: header.rsv1,
            payload,
        }
    }

    /// Inflates and checks the payload. What is not in the input ends up in
    /// `context`.
    pub(crate) fn into_message<'m>(
        self,
        context: &'m mut DecodeContext,
    ) -> Result<Message<'m>, DecodeError>
    where
        'i: 'm,
    {
        let mut payload = match self.payload {
            Payload::Borrowed(payload) => payload,
            Payload::Owned(payload) => {
                context.assembled = payload;
                &context.assembled
            }
        };
        if self.deflated {
            let inflater = context.inflater.get_or_insert_with(Inflater::new);
            payload = inflater.inflate(payload, context.limits.inflated_bytes_max)?;
        }
        Ok(match self.opcode {
            Opcode::Text => Message::Text(parse_text(payload)?),
            // Assembled messages have the opcode of their first frame.
            Opcode::Binary | Opcode::Continuation => Message::Binary(payload),
            Opcode::Ping => Message::Ping(payload),
            Opcode::Pong => Message::Pong(payload),
            Opcode::Close => Message::Close(Close::parse(payload)?),
        })
    }
}

fn parse_text(payload: &[u8]) -> Result<&str, DecodeError> {
    // The basic flavour is the fastest for valid text, but names no offset.
    simdutf8::basic::from_utf8(payload).map_err(|_| {
        let valid = simdutf8::compat::from_utf8(payload).map_err(|error| error.valid_up_to());
        DecodeError::InvalidUtf8 {
            offset: valid.err().unwrap_or_default(),
        }
    })
}

/// Takes up to `n` bytes from the front of `input`.
pub(crate) fn take<'i>(input: &mut &'i mut [u8], n: usize) -> &'i mut [u8] {
    let n = n.min(input.len());
    let (front, rest) = std::mem::take(input).split_at_mut(n);
    *input = rest;
    front
}
