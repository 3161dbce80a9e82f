//! A publication on its way to sockets: encoded once for each wire format,
//! however many receive it and on however many shards.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use engine::{Format, Payload, Publication};
use websocket::{Deflater, Frame, Opcode};

/// A publication, with the frames that were made of it so far.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) publication: Arc<Publication>,
    frames: [OnceLock<Bytes>; Format::COUNT],
}

impl Delivery {
    pub(crate) fn new(publication: Arc<Publication>) -> Self {
        Self {
            publication,
            frames: Default::default(),
        }
    }

    /// How much of a mailbox it fills.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.publication.bytes()
    }

    /// The publication as a frame, made by whoever asks first; empty where the
    /// dialect has no words for it.
    pub(crate) fn frame(&self, format: Format, deflater: &mut Deflater) -> &Bytes {
        self.frames[format.index()].get_or_init(|| self.encode(format, deflater))
    }

    fn encode(&self, format: Format, deflater: &mut Deflater) -> Bytes {
        let Some(payload) = self.publication.payload(format.dialect) else {
            return Bytes::new();
        };
        let (opcode, payload) = match &payload {
            Payload::Text(text) => (Opcode::Text, &**text),
            Payload::Binary(bytes) => (Opcode::Binary, *bytes),
        };
        if !format.deflated {
            return Frame::message(opcode, payload).to_bytes();
        }
        let raw = Format {
            deflated: false,
            ..format
        };
        match deflater.deflate(payload) {
            Some(deflated) => Frame::deflated(opcode, deflated).to_bytes(),
            None => self.frame(raw, deflater).clone(),
        }
    }
}
