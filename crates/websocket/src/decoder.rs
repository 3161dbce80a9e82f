//! The decoder: bytes in, messages out.
//!
//! ```text
//!              ┌─ a whole frame that is a whole message: handed out in place
//! input bytes ─┤
//!              └─ anything less ─▶ Partial ──last byte of the message──▶ context ─▶ handed out
//!                                  on the heap, one per connection       one per thread
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

use crate::context::{DecodeContext, Limits};
use crate::header::{CONTROL_BYTES_MAX, HEADER_BYTES_MAX, Header};
use crate::inflate::Inflater;
use crate::{Close, DecodeError, Message, Opcode, mask};

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

    /// Whether a Close or an error has come, and all further input is
    /// discarded.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Heap that the connection owns, in bytes: that of an incomplete frame or
    /// message, at most [`Limits::message_bytes_max`] and some 200 bytes.
    pub fn heap_bytes(&self) -> usize {
        self.partial
            .as_ref()
            .map_or(0, |partial| partial.heap_bytes())
    }

    fn assemble<'i>(
        &mut self,
        input: &mut &'i mut [u8],
        limits: Limits,
    ) -> Result<Option<Assembled<'i>>, DecodeError> {
        loop {
            if self
                .partial
                .as_ref()
                .is_none_or(|partial| partial.frame.is_none())
            {
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
        if self
            .partial
            .as_ref()
            .is_none_or(|partial| partial.n_header == 0)
        {
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
        let &Header {
            rsv1,
            opcode,
            mask,
            len,
            ..
        } = header;
        match (self.role, mask) {
            (Role::Server, None) => return Err(DecodeError::Unmasked),
            (Role::Client, Some(_)) => return Err(DecodeError::Masked),
            _ => {}
        }
        let begins_message = matches!(opcode, Opcode::Text | Opcode::Binary);
        if rsv1 && !(begins_message && self.compression == Compression::Deflate) {
            return Err(DecodeError::ReservedBits {
                bits: 0b100,
                opcode,
            });
        }
        if opcode.is_control() {
            return Ok(());
        }
        let message = self
            .partial
            .as_ref()
            .and_then(|partial| partial.message.as_ref());
        let (n_bytes, n_fragments) = match message {
            Some(_) if begins_message => return Err(DecodeError::ExpectedContinuation { opcode }),
            None if !begins_message => return Err(DecodeError::UnexpectedContinuation),
            Some(message) => (message.payload.len(), message.n_fragments),
            None => (0, 0),
        };
        if n_fragments >= limits.fragments_max {
            return Err(DecodeError::TooManyFragments {
                max: limits.fragments_max,
            });
        }
        // No overflow: a length has 63 bits, and so has a buffer's.
        let len = n_bytes as u64 + len;
        if len > limits.message_bytes_max as u64 {
            return Err(DecodeError::MessageTooLarge {
                len,
                max: limits.message_bytes_max,
            });
        }
        Ok(())
    }

    fn release_if_idle(&mut self) {
        if self
            .partial
            .as_ref()
            .is_some_and(|partial| partial.is_idle())
        {
            self.partial = None;
        }
    }
}

impl Header {
    /// Whether the frame needs no other to be handed out.
    fn is_whole_message(&self) -> bool {
        self.fin && self.opcode != Opcode::Continuation
    }
}

/// What a connection keeps while a frame or a message is incomplete.
///
/// A control frame may stand between the frames of a message, and be cut
/// itself; so there are two payloads.
#[derive(Debug, Default)]
struct Partial {
    /// The first `n_header` bytes of a header cut by the end of the input.
    header: [u8; HEADER_BYTES_MAX],
    n_header: u8,
    /// The frame whose payload is incomplete, and how much of that came.
    frame: Option<(Header, u64)>,
    /// The payload of a control frame so far.
    control: Vec<u8>,
    /// The data message that is incomplete.
    message: Option<Fragments>,
}

/// The frames of a data message so far.
#[derive(Debug)]
struct Fragments {
    opcode: Opcode,
    deflated: bool,
    n_fragments: u32,
    payload: Vec<u8>,
    /// How much of `payload` is known to be UTF-8: all of it but the up to
    /// three bytes of a character cut off; 0 when it need not be.
    n_utf8: usize,
}

impl Partial {
    fn take_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, DecodeError> {
        while let [byte] = *take(input, 1) {
            self.header[usize::from(self.n_header)] = byte;
            self.n_header += 1;
            if let Some((header, _)) = Header::parse(&self.header[..usize::from(self.n_header)])? {
                self.n_header = 0;
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    fn begin_frame(&mut self, header: Header) {
        self.frame = Some((header, 0));
        if !header.opcode.is_control() {
            let message = self.message.get_or_insert_with(|| Fragments {
                opcode: header.opcode,
                deflated: header.rsv1,
                n_fragments: 0,
                payload: Vec::new(),
                n_utf8: 0,
            });
            message.n_fragments += 1;
        }
    }

    /// Takes payload of the current frame; whether it is now complete.
    fn take_payload(
        &mut self,
        input: &mut &mut [u8],
        message_bytes_max: usize,
    ) -> Result<bool, DecodeError> {
        let Some((header, n_taken)) = &mut self.frame else {
            return Ok(true);
        };
        // Within the limits, which were checked in the header.
        let left = (header.len - *n_taken) as usize;
        let bytes = take(input, left);
        if let Some(key) = header.mask {
            mask::apply(bytes, key, *n_taken);
        }
        *n_taken += bytes.len() as u64;
        match &mut self.message {
            Some(message) if !header.opcode.is_control() => {
                let bytes_max = match header.fin {
                    true => message.payload.len() + left,
                    false => message_bytes_max,
                };
                append(&mut message.payload, bytes, bytes_max);
                message.check_utf8()?;
            }
            _ => append(&mut self.control, bytes, CONTROL_BYTES_MAX),
        }
        Ok(bytes.len() == left)
    }

    /// Ends the current frame; what it completes, if anything.
    fn end_frame(&mut self) -> Result<Option<Assembled<'static>>, DecodeError> {
        let Some((header, _)) = self.frame.take() else {
            return Ok(None);
        };
        if header.opcode.is_control() {
            let payload = Payload::Owned(std::mem::take(&mut self.control));
            return Ok(Some(Assembled {
                opcode: header.opcode,
                deflated: false,
                payload,
            }));
        }
        if !header.fin {
            return Ok(None);
        }
        let Some(message) = self.message.take() else {
            return Ok(None);
        };
        if message.is_text() && message.n_utf8 < message.payload.len() {
            return Err(DecodeError::InvalidUtf8 {
                offset: message.n_utf8,
            });
        }
        let Fragments {
            opcode,
            deflated,
            payload,
            ..
        } = message;
        Ok(Some(Assembled {
            opcode,
            deflated,
            payload: Payload::Owned(payload),
        }))
    }

    fn is_idle(&self) -> bool {
        self.n_header == 0 && self.frame.is_none() && self.message.is_none()
    }

    fn heap_bytes(&self) -> usize {
        let message = self
            .message
            .as_ref()
            .map_or(0, |message| message.payload.capacity());
        size_of::<Self>() + self.control.capacity() + message
    }
}

impl Fragments {
    /// Whether the payload is text as it stands.
    fn is_text(&self) -> bool {
        self.opcode == Opcode::Text && !self.deflated
    }

    /// Checks what came since the last time.
    fn check_utf8(&mut self) -> Result<(), DecodeError> {
        if !self.is_text() {
            return Ok(());
        }
        match simdutf8::compat::from_utf8(&self.payload[self.n_utf8..]) {
            Ok(_) => self.n_utf8 = self.payload.len(),
            Err(error) => {
                self.n_utf8 += error.valid_up_to();
                // Without a length, the fault is only that the end is missing.
                if error.error_len().is_some() {
                    return Err(DecodeError::InvalidUtf8 {
                        offset: self.n_utf8,
                    });
                }
            }
        }
        Ok(())
    }
}

/// All the bytes of a message or control frame, not yet interpreted.
struct Assembled<'i> {
    opcode: Opcode,
    deflated: bool,
    payload: Payload<'i>,
}

enum Payload<'i> {
    Borrowed(&'i [u8]),
    Owned(Vec<u8>),
}

impl<'i> Assembled<'i> {
    /// Takes a payload that lies whole at the front of `input`.
    fn in_place(header: &Header, input: &mut &'i mut [u8]) -> Self {
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

    fn into_message<'m>(self, context: &'m mut DecodeContext) -> Result<Message<'m>, DecodeError>
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
fn take<'i>(input: &mut &'i mut [u8], n: usize) -> &'i mut [u8] {
    let n = n.min(input.len());
    let (front, rest) = std::mem::take(input).split_at_mut(n);
    *input = rest;
    front
}

/// Appends `bytes` to a payload of at most `bytes_max`. Grows by doubling: a
/// length announced costs nothing before its bytes arrive, and many small
/// fragments cost no more than one large one.
fn append(payload: &mut Vec<u8>, bytes: &[u8], bytes_max: usize) {
    let needed = payload.len() + bytes.len();
    if needed > payload.capacity() {
        let capacity = needed.max((2 * payload.capacity()).min(bytes_max));
        payload.reserve_exact(capacity - payload.len());
    }
    payload.extend_from_slice(bytes);
}
