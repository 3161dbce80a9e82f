//! One connection's side of the plain dialect: what it says is taken apart,
//! let in by the chat's rules and published, or refused.

use bytes::Bytes;
use chat::{SenderName, admit};
use engine::{Bucket, ChannelName, Data, Seat};
use protocol::Language;
use protocol::plain::{self, Refusal};

use crate::shard::Desk;

/// A member of one channel who speaks the plain dialect.
#[derive(Debug)]
pub(crate) struct Session {
    seat: Seat,
    /// Who speaks where a message carries no name.
    name: Option<SenderName>,
    language: Language,
    bucket: Bucket,
}

impl Session {
    pub(crate) fn new(seat: Seat, name: Option<SenderName>, language: Language) -> Self {
        Self {
            seat,
            name,
            language,
            bucket: Bucket::default(),
        }
    }

    /// Takes a text frame; an error is the object with which to answer it.
    pub(crate) fn text(&mut self, text: &str, desk: &mut Desk) -> Result<(), String> {
        self.say(text, desk)
            .map_err(|refusal| refusal.to_json(self.language, plain::id_of(text).as_deref()))
    }

    fn say(&mut self, text: &str, desk: &mut Desk) -> Result<(), Refusal> {
        self.spend(desk)?;
        let incoming = plain::parse(text)?;
        let object = admit(
            &incoming,
            self.name.as_ref(),
            desk.now.unix_ms,
            &mut desk.ids,
        )?;
        self.publish(Data::Json(object.into()), desk);
        Ok(())
    }

    /// Takes a binary frame, which the others receive as it is.
    pub(crate) fn binary(
        &mut self,
        bytes: &[u8],
        slot: u32,
        desk: &mut Desk,
    ) -> Result<(), String> {
        self.spend(desk)
            .map_err(|refusal| refusal.to_json(self.language, None))?;
        let bytes = Bytes::copy_from_slice(bytes);
        let from = (desk.shard, slot);
        self.publish(Data::Binary { bytes, from }, desk);
        Ok(())
    }

    fn spend(&mut self, desk: &Desk) -> Result<(), Refusal> {
        let limit = desk.shared.limits.message_rate;
        let now_us = desk.now.uptime.as_micros() as u64;
        if self.bucket.take(now_us, limit) {
            return Ok(());
        }
        Err(Refusal::RateLimited {
            per_second: limit.per_second,
        })
    }

    fn publish(&self, data: Data, desk: &Desk) {
        let channel = desk.hub.channel(self.seat);
        channel.publish(data, &desk.shared.mailboxes);
    }

    /// The channel in which it speaks.
    pub(crate) fn channel<'a>(&self, desk: &'a Desk) -> &'a ChannelName {
        desk.hub.channel(self.seat).name()
    }

    /// Where it sits in the shard's hub; the hub may move it.
    pub(crate) fn seat(&mut self) -> &mut Seat {
        &mut self.seat
    }
}
