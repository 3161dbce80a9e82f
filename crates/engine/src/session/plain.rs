//! One connection's conversation in the plain dialect: a member of one channel
//! that says and hears objects.
//!
//! What is said is echoed to its sender when it is on disk, so the echo is the
//! acknowledgement. A repeat of an id is answered with what is stored under
//! it, to its sender alone.

use std::sync::Arc;

use bytes::Bytes;
use protocol::Language;
use protocol::plain::{self, Refusal};

use super::{Answer, Effect, LogError, Moved, Node, PATIENCE, Record, send};
use crate::commit::{Origin, Outcome};
use crate::format::{Dialect, Format};
use crate::guests::Guest;
use crate::hub::{CatchUp, Seat};
use crate::log::Range;
use crate::name::ChannelName;
use crate::node::{PAGE_PUBLICATIONS_MAX, Read, Speaker, UNANSWERED_MAX};
use crate::publication::Data;
use crate::rate::Bucket;

/// The conversation with one client.
#[derive(Debug)]
pub struct PlainSession {
    origin: Origin,
    seat: Seat,
    /// Its name in the list of who is here: that of its URL, else the one under
    /// which it spoke last.
    guest: Guest,
    is_named_by_url: bool,
    language: Language,
    bucket: Bucket,
    /// What is left of our patience with messages beyond the rate.
    patience: Bucket,
    /// Publications that are on their way to the log.
    n_unanswered: u32,
    is_behind: bool,
    /// The channel's top when a page was asked for: of an empty one it says
    /// what is gone. What came since is not.
    top_asked: u64,
}

/// The code of a WebSocket that is closed for this (RFC 6455 §7.4.1).
const POLICY_VIOLATION: u16 = 1008;

/// The code of a WebSocket whose server has failed (RFC 6455 §7.4.1).
const INTERNAL_ERROR: u16 = 1011;

/// Why a message is too many.
enum Excess {
    /// It comes too soon.
    Refused(Refusal),
    /// Its sender has been told so often enough.
    Hopeless,
}

/// From where on a client hears a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// From now on.
    Now,
    /// From so many messages ago.
    Last(u64),
    /// After an offset.
    After(u64),
}

impl PlainSession {
    /// Joins a channel.
    ///
    /// # Errors
    /// If the log cannot say how far the channel has come.
    pub fn join(
        channel: &ChannelName,
        origin: Origin,
        format: Format,
        node: &mut Node,
    ) -> Result<Self, LogError> {
        let seat = node
            .hub
            .join(&node.engine, channel, origin.connection, format)?;
        let channel = Arc::clone(node.hub.channel(seat));
        let (guest, news) = channel.enter_guest(None);
        node.hub.heard(&channel, news);
        Ok(Self {
            origin,
            seat,
            guest,
            is_named_by_url: false,
            language: Language::default(),
            bucket: Bucket::default(),
            patience: Bucket::default(),
            n_unanswered: 0,
            is_behind: false,
            top_asked: 0,
        })
    }

    /// Says how its client is called and which language it reads.
    #[must_use]
    pub fn of(mut self, name: Option<&str>, language: Language, node: &mut Node) -> Self {
        if let Some(name) = name {
            self.rename(name, node);
            self.is_named_by_url = true;
        }
        self.language = language;
        self
    }

    fn rename(&mut self, name: &str, node: &mut Node) {
        let channel = Arc::clone(node.hub.channel(self.seat));
        let news = channel.rename_guest(&mut self.guest, name);
        node.hub.heard(&channel, news);
    }

    /// Goes back to where its client wants to begin.
    pub fn start(&mut self, start: Start, node: &mut Node, effects: &mut Vec<Effect>) {
        let top_offset = node.hub.member_mut(self.seat).position;
        let after = match start {
            Start::Now => return,
            Start::Last(n) => top_offset.saturating_sub(n),
            Start::After(offset) => offset.min(top_offset),
        };
        node.hub.put_back(self.seat, after);
        self.is_behind = true;
        self.catch_up(node, effects);
    }

    pub(super) fn is_busy(&self) -> bool {
        self.n_unanswered as usize >= UNANSWERED_MAX
    }

    pub(super) fn text(&mut self, text: &str, node: &mut Node, effects: &mut Vec<Effect>) {
        if let Err(excess) = self.spend(node) {
            return self.object(&excess, plain::id_of(text).as_deref(), effects);
        }
        if let Err(refusal) = self.say(text, node) {
            self.refuse(&refusal, plain::id_of(text).as_deref(), effects);
        }
    }

    fn say(&mut self, text: &str, node: &mut Node) -> Result<(), Refusal> {
        let channel = Arc::clone(node.hub.channel(self.seat));
        let name = self.guest.as_deref();
        let speaker = Speaker {
            dialect: Dialect::Plain,
            name: name.filter(|_| self.is_named_by_url),
            verified_name: None,
            last_name: name.filter(|_| !self.is_named_by_url),
        };
        let draft = node.rules.admit(channel.name(), &speaker, text, node.now)?;
        if let Some(name) = &draft.new_name {
            self.rename(name, node);
        }
        self.n_unanswered += 1;
        node.publish(&channel, draft, None, self.origin);
        Ok(())
    }

    pub(super) fn binary(&mut self, bytes: &[u8], node: &mut Node, effects: &mut Vec<Effect>) {
        if let Err(excess) = self.spend(node) {
            return self.object(&excess, None, effects);
        }
        let data = Data::Binary {
            bytes: Bytes::copy_from_slice(bytes),
            from: (self.origin.shard, self.origin.connection),
        };
        node.pass_on(node.hub.channel(self.seat), data);
    }

    /// Counts a message, and says whether it is one too many.
    fn spend(&mut self, node: &Node) -> Result<(), Excess> {
        let limit = node.limits.message_rate;
        if self.bucket.take(node.now.steady_us, limit) {
            return Ok(());
        }
        if !self
            .patience
            .take(node.now.steady_us, limit.times(PATIENCE))
        {
            return Err(Excess::Hopeless);
        }
        Err(Excess::Refused(Refusal::RateLimited {
            per_second: limit.per_second,
        }))
    }

    fn object(&self, excess: &Excess, id: Option<&str>, effects: &mut Vec<Effect>) {
        match excess {
            Excess::Refused(refusal) => self.refuse(refusal, id, effects),
            Excess::Hopeless => effects.push(Effect::Close {
                code: POLICY_VIOLATION,
                reason: "too many messages, in spite of errors",
            }),
        }
    }

    pub(super) fn answer(&mut self, answer: Answer, node: &mut Node, effects: &mut Vec<Effect>) {
        self.n_unanswered -= 1;
        match answer.outcome {
            // The echo says it.
            Outcome::Passed | Outcome::Stored { .. } => {}
            // Who is behind is still to hear it, in its place: said before, it
            // would be taken for a jump.
            Outcome::Repeated(record)
                if record.offset > node.hub.member_mut(self.seat).position => {}
            Outcome::Repeated(record) => {
                let object = plain::with_offset(&record.data, record.offset);
                effects.push(Effect::Send(object));
            }
            Outcome::Refused { id, refusal } => self.refuse(&refusal, Some(&id), effects),
            Outcome::Failed { id, full } => {
                self.refuse(&Refusal::NotStored { full }, Some(&id), effects);
            }
        }
    }

    fn refuse(&self, refusal: &Refusal, id: Option<&str>, effects: &mut Vec<Effect>) {
        effects.push(Effect::Refused(refusal.code().into()));
        let object = refusal.to_json(self.language, id);
        effects.push(Effect::Send(object.into_bytes()));
    }

    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }

    pub(super) fn catch_up(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        self.is_behind = false;
        match node.hub.catch_up(self.seat) {
            CatchUp::Rest(rest) => {
                for publication in rest {
                    send(&publication, Dialect::Plain, effects);
                }
            }
            CatchUp::Read { channel, after } => {
                self.top_asked = channel.top_offset();
                effects.push(Effect::Read(Read {
                    origin: self.origin,
                    channel,
                    range: Range::After(after),
                    limit: PAGE_PUBLICATIONS_MAX,
                }));
            }
        }
    }

    pub(super) fn read(
        &mut self,
        records: Result<Vec<Record>, LogError>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        let Ok(records) = records else {
            // What cannot be read now is not lost: its client may come again.
            return effects.push(Effect::Close {
                code: INTERNAL_ERROR,
                reason: "what was said before cannot be read",
            });
        };
        let channel = Arc::clone(node.hub.channel(self.seat));
        let position = node.hub.member_mut(self.seat).position;
        let first = match records.first() {
            Some(first) => first.offset,
            // The log has nothing of it any more.
            None => self.top_asked + 1,
        };
        if first > position + 1 {
            let gap = plain::gap(self.language, position + 1, first - 1);
            effects.push(Effect::Send(gap.into_bytes()));
            node.hub.member_mut(self.seat).position = first - 1;
        }
        for record in records {
            node.hub.member_mut(self.seat).position = record.offset;
            send(&channel.publication(record), Dialect::Plain, effects);
        }
        self.is_behind = true;
    }

    pub(super) fn moved(&mut self, moved: Moved) {
        if self.seat == moved.from {
            self.seat = moved.to;
        }
    }

    pub(super) fn end(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        let channel = Arc::clone(node.hub.channel(self.seat));
        let news = channel.exit_guest(&self.guest);
        node.hub.heard(&channel, news);
        let moved = node.hub.leave(&node.engine, self.seat);
        effects.extend(moved.map(Effect::Moved));
    }

    /// The channel of which its client is a member.
    #[must_use]
    pub fn channel<'a>(&self, node: &'a Node) -> &'a ChannelName {
        node.hub.channel(self.seat).name()
    }
}
