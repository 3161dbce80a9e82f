//! A publication on its way to sockets: encoded once for each wire format,
//! however many receive it and on however many shards.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use engine::{Data, Dialect, Format, Publication};
use protocol::centrifuge::{Event, Json, Publication as Published, Push};
use protocol::plain;
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
        if format.deflated {
            let raw = Format {
                deflated: false,
                ..format
            };
            return match self.payload(format.dialect) {
                Some((opcode, payload)) => match deflater.deflate(&payload) {
                    Some(deflated) => Frame::deflated(opcode, deflated).to_bytes(),
                    None => self.frame(raw, deflater).clone(),
                },
                None => Bytes::new(),
            };
        }
        match self.payload(format.dialect) {
            Some((opcode, payload)) => Frame::message(opcode, &payload).to_bytes(),
            None => Bytes::new(),
        }
    }

    fn payload(&self, dialect: Dialect) -> Option<(Opcode, Cow<'_, [u8]>)> {
        match dialect {
            Dialect::Plain => self.plain(),
            // This form of the dialect is text and cannot carry bytes.
            Dialect::Centrifuge => Some((Opcode::Text, self.push(false)?.into())),
            Dialect::CentrifugeJoins => Some((Opcode::Text, self.push(true)?.into())),
        }
    }

    fn plain(&self) -> Option<(Opcode, Cow<'_, [u8]>)> {
        match (&self.publication.data, self.publication.offset) {
            (Data::Json { json, .. }, Some(offset)) => {
                Some((Opcode::Text, plain::with_offset(json, offset).into()))
            }
            (Data::Json { json, .. }, None) => Some((Opcode::Text, (&**json).into())),
            (Data::Binary { bytes, .. }, _) => Some((Opcode::Binary, (&**bytes).into())),
            (Data::Join(_) | Data::Leave(_), _) => None,
        }
    }

    fn push(&self, joins: bool) -> Option<Vec<u8>> {
        let publication = &*self.publication;
        let offset = publication.offset.unwrap_or(0);
        let event = match &publication.data {
            Data::Json { json, info } => Event::Publication(Published {
                data: Json::trusted(json),
                info: info.as_deref().map(Json::trusted),
                tags: None,
                offset,
                // Who was there before the first learns the epoch with it.
                epoch: match offset {
                    1 => publication.channel.epoch().into(),
                    _ => "".into(),
                },
            }),
            Data::Join(info) if joins => Event::Join(Json::trusted(info)),
            Data::Leave(info) if joins => Event::Leave(Json::trusted(info)),
            Data::Binary { .. } | Data::Join(_) | Data::Leave(_) => return None,
        };
        let mut payload = Vec::with_capacity(128 + publication.bytes());
        Push {
            channel: publication.channel.name().as_str().into(),
            event,
        }
        .write(&mut payload);
        Some(payload)
    }
}
