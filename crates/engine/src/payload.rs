//! How a publication is written in each dialect.

use std::borrow::Cow;

use protocol::centrifuge::{Event, Json, Publication as Published, Push};
use protocol::plain;

use crate::format::Dialect;
use crate::publication::{Data, Publication};

/// What one message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload<'a> {
    /// A text message.
    Text(Cow<'a, [u8]>),
    /// A binary message.
    Binary(&'a [u8]),
}

impl Publication {
    /// The message for members of a dialect; `None` where it has no words for
    /// what happened.
    #[must_use]
    pub fn payload(&self, dialect: Dialect) -> Option<Payload<'_>> {
        match dialect {
            Dialect::Plain => self.plain(),
            // This form of the dialect is text and cannot carry bytes.
            Dialect::Centrifuge => Some(Payload::Text(self.push(false)?.into())),
            Dialect::CentrifugeJoins => Some(Payload::Text(self.push(true)?.into())),
        }
    }

    fn plain(&self) -> Option<Payload<'_>> {
        match (&self.data, self.offset) {
            (Data::Json { json, .. }, Some(offset)) => {
                Some(Payload::Text(plain::with_offset(json, offset).into()))
            }
            (Data::Json { json, .. }, None) => Some(Payload::Text((&**json).into())),
            (Data::Binary { bytes, .. }, _) => Some(Payload::Binary(bytes)),
            (Data::Join(_) | Data::Leave(_) | Data::Guests(_), _) => None,
        }
    }

    fn push(&self, joins: bool) -> Option<Vec<u8>> {
        let offset = self.offset.unwrap_or(0);
        let event = match &self.data {
            Data::Json { json, info } => Event::Publication(Published {
                data: Json::trusted(json),
                info: info.as_deref().map(Json::trusted),
                tags: None,
                offset,
                // Who was there before the first learns the epoch with it.
                epoch: match offset {
                    1 => self.channel.epoch().into(),
                    _ => "".into(),
                },
            }),
            Data::Join(info) if joins => Event::Join(Json::trusted(info)),
            Data::Leave(info) if joins => Event::Leave(Json::trusted(info)),
            Data::Guests(list) if joins => Event::Message(Json::trusted(list)),
            Data::Binary { .. } | Data::Join(_) | Data::Leave(_) | Data::Guests(_) => return None,
        };
        let mut payload = Vec::with_capacity(128 + self.bytes());
        Push {
            channel: self.channel.name().as_str().into(),
            event,
        }
        .write(&mut payload);
        Some(payload)
    }
}
