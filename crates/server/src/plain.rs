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
    /// What is left of our patience with messages beyond the rate.
    patience: Bucket,
}

/// What is answered to a message that is not passed on.
#[derive(Debug)]
pub(crate) enum Objection {
    /// This object; the connection stays open.
    Answer(String),
    /// Goodbye, for this reason.
    Close(&'static str),
}

impl Session {
    pub(crate) fn new(seat: Seat, name: Option<SenderName>, language: Language) -> Self {
        Self {
            seat,
            name,
            language,
            bucket: Bucket::default(),
            patience: Bucket::default(),
        }
    }

    /// Takes a text frame, which everyone receives if it is let in.
    pub(crate) fn text(&mut self, text: &str, desk: &mut Desk) -> Result<(), Objection> {
        let outcome = match self.spend(desk)? {
            Some(refusal) => Err(refusal),
            None => self.say(text, desk),
        };
        outcome.map_err(|refusal| self.answer(refusal, plain::id_of(text).as_deref()))
    }

    fn say(&mut self, text: &str, desk: &mut Desk) -> Result<(), Refusal> {
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
    ) -> Result<(), Objection> {
        if let Some(refusal) = self.spend(desk)? {
            return Err(self.answer(refusal, None));
        }
        let bytes = Bytes::copy_from_slice(bytes);
        let from = (desk.shard, slot);
        self.publish(Data::Binary { bytes, from }, desk);
        Ok(())
    }

    /// Counts a message, and says whether it is one too many. Refusals have
    /// the same rate as messages: whoever outruns that too does not listen.
    fn spend(&mut self, desk: &Desk) -> Result<Option<Refusal>, Objection> {
        let limit = desk.shared.limits.message_rate;
        let now_us = desk.now.uptime.as_micros() as u64;
        if self.bucket.take(now_us, limit) {
            return Ok(None);
        }
        if !self.patience.take(now_us, limit) {
            return Err(Objection::Close("too many messages, in spite of errors"));
        }
        Ok(Some(Refusal::RateLimited {
            per_second: limit.per_second,
        }))
    }

    fn answer(&self, refusal: Refusal, id: Option<&str>) -> Objection {
        Objection::Answer(refusal.to_json(self.language, id))
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
