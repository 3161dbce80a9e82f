//! What a connection keeps of a frame or message cut by the end of the input.

use crate::assembled::{Assembled, Payload, take};
use crate::header::{CONTROL_BYTES_MAX, HEADER_BYTES_MAX, Header};
use crate::{DecodeError, Opcode, mask};

/// What a connection keeps while a frame or a message is incomplete.
///
/// A control frame may stand between the frames of a message, and be cut
/// itself; so there are two payloads.
#[derive(Debug, Default)]
pub(crate) struct Partial {
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
    /// Whether the next bytes belong to a header already begun.
    pub(crate) fn is_in_header(&self) -> bool {
        self.n_header > 0
    }

    /// Whether the next bytes are payload.
    pub(crate) fn is_in_frame(&self) -> bool {
        self.frame.is_some()
    }

    /// Bytes and frames of the message in progress, if there is one.
    pub(crate) fn message_so_far(&self) -> Option<(usize, u32)> {
        let message = self.message.as_ref()?;
        Some((message.payload.len(), message.n_fragments))
    }

    /// Whether nothing is incomplete.
    pub(crate) fn is_idle(&self) -> bool {
        !self.is_in_header() && !self.is_in_frame() && self.message.is_none()
    }

    /// Takes bytes of a header until it is complete.
    pub(crate) fn take_header(
        &mut self,
        input: &mut &mut [u8],
    ) -> Result<Option<Header>, DecodeError> {
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

    /// Begins a frame whose header was found in order.
    pub(crate) fn begin_frame(&mut self, header: Header) {
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
    pub(crate) fn take_payload(
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
                let bytes_max = if header.fin {
                    message.payload.len() + left
                } else {
                    message_bytes_max
                };
                append(&mut message.payload, bytes, bytes_max);
                message.check_utf8()?;
            }
            _ => append(&mut self.control, bytes, CONTROL_BYTES_MAX),
        }
        Ok(bytes.len() == left)
    }

    /// Ends the current frame; what it completes, if anything.
    pub(crate) fn end_frame(&mut self) -> Result<Option<Assembled<'static>>, DecodeError> {
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

    pub(crate) fn heap_bytes(&self) -> usize {
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
