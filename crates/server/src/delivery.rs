//! A publication on its way to sockets: encoded once for each wire format,
//! however many receive it and on however many shards.

use std::sync::OnceLock;

use bytes::Bytes;
use engine::{Data, Publication};
use protocol::plain;
use websocket::{Deflater, Frame, Opcode};

/// How a connection wants its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// The plain dialect.
    Plain,
    /// The plain dialect, with permessage-deflate agreed.
    PlainDeflated,
}

impl Format {
    pub(crate) const COUNT: usize = 2;
}

/// A publication, with the frames that were made of it so far.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) publication: Publication,
    frames: [OnceLock<Bytes>; Format::COUNT],
}

impl Delivery {
    pub(crate) fn new(publication: Publication) -> Self {
        Self {
            publication,
            frames: Default::default(),
        }
    }

    /// How much of a mailbox it fills.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.data().len()
    }

    /// The publication as a frame, made by whoever asks first.
    pub(crate) fn frame(&self, format: Format, deflater: &mut Deflater) -> &Bytes {
        self.frames[format as usize].get_or_init(|| self.encode(format, deflater))
    }

    fn encode(&self, format: Format, deflater: &mut Deflater) -> Bytes {
        let (opcode, payload) = self.payload();
        if format == Format::PlainDeflated {
            if let Some(deflated) = deflater.deflate(&payload) {
                return Frame::deflated(opcode, deflated).to_bytes();
            }
            return self.frame(Format::Plain, deflater).clone();
        }
        Frame {
            opcode,
            ..Frame::binary(&payload)
        }
        .to_bytes()
    }

    fn payload(&self) -> (Opcode, std::borrow::Cow<'_, [u8]>) {
        match (&self.publication.data, self.publication.offset) {
            (Data::Json(json), Some(offset)) => {
                (Opcode::Text, plain::with_offset(json, offset).into())
            }
            (Data::Json(json), None) => (Opcode::Text, (&**json).into()),
            (Data::Binary { bytes, .. }, _) => (Opcode::Binary, (&**bytes).into()),
        }
    }

    fn data(&self) -> &Bytes {
        match &self.publication.data {
            Data::Json(bytes) | Data::Binary { bytes, .. } => bytes,
        }
    }
}
