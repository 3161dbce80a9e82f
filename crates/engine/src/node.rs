//! What the sessions of one shard work with.
//!
//! A session is told what came from its client and when; what is to be done
//! with sockets, threads and files it asks for as [`Effect`]s. So a simulation
//! can drive it as well as a server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::centrifuge::{CloseCode, ErrorCode};
use protocol::plain::Refusal;
use uuid::Uuid;

use crate::channel::Channel;
use crate::commit::{Answer, Origin};
use crate::engine::Engine;
use crate::format::Dialect;
use crate::guests::GuestList;
use crate::hub::{Hub, Moved};
use crate::log::{Entry, Range};
use crate::name::{ChannelName, Kept};
use crate::publication::{Data, Fanout};
use crate::rate::RateLimit;
use crate::shards::ShardId;

/// One shard's place in the engine.
pub struct Node {
    /// Which shard it is.
    pub shard: ShardId,
    /// What all shards share.
    pub engine: Arc<Engine>,
    /// Where publications go.
    pub fanout: Arc<dyn Fanout + Send + Sync>,
    /// The shard's own members.
    pub hub: Hub,
    /// What may be said, and by whom.
    pub rules: Box<dyn Rules + Send>,
    /// Who somebody is.
    pub identities: Arc<dyn Identities + Send + Sync>,
    /// What one session may take.
    pub limits: SessionLimits,
    /// The time at which this turn began.
    pub now: Now,
}

impl Node {
    /// Publishes a draft. Its origin hears what became of it after the
    /// members have heard of it. Whoever drives the node wakes the log's
    /// writer, once for all that came together ([`Commits::wake`]).
    ///
    /// [`Commits::wake`]: crate::Commits::wake
    pub fn publish(
        &self,
        channel: &Arc<Channel>,
        draft: Draft,
        info: Option<Bytes>,
        origin: Origin,
    ) {
        let namespace = channel.name().namespace();
        if namespace.kept() == Kept::Durably {
            let entry = draft.entry(channel.name(), info, self.now);
            return self.engine.commits().submit(channel, entry, origin);
        }
        let outcome = self
            .engine
            .tell(channel, draft, info, self.now, &*self.fanout);
        self.fanout.answer(Answer {
            origin,
            channel: Arc::clone(channel),
            outcome,
        });
    }
}

impl Now {
    /// How long since the moment that never changes.
    #[must_use]
    pub fn steady(self) -> Duration {
        Duration::from_micros(self.steady_us)
    }
}

impl Node {
    /// Tells the members of a channel what has no place in it, though not
    /// before what was published earlier.
    pub fn pass_on(&self, channel: &Arc<Channel>, data: Data) {
        match channel.has_uncommitted() {
            true => self.engine.commits().pass_on(channel, data),
            false => channel.pass_on(data, &*self.fanout),
        }
    }

    /// Tells members how the guests of their channels have changed, where this
    /// shard has promised it. To be called once a second.
    pub fn tell_guests(&mut self) {
        let (rules, fanout, now) = (&self.rules, &*self.fanout, self.now);
        self.hub.keep_promises(|channel| {
            let say = |list: &GuestList| rules.guests(channel.name(), list);
            channel.tell_guests(now, say, fanout)
        });
    }
}

/// A moment, by two clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Now {
    /// Microseconds since some moment; never goes back.
    pub steady_us: u64,
    /// Milliseconds since 1970; may be set by people.
    pub unix_ms: u64,
}

/// How much one session may take.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Messages that it may publish, and calls that it may make.
    pub message_rate: RateLimit,
    /// Other commands of the Centrifuge dialect that it may give.
    pub command_rate: RateLimit,
    /// Bytes of what it has missed that it is sent in one go. The rest, of all
    /// its channels, follows when it has read that.
    pub unread_bytes_max: usize,
    /// Channels that it may be subscribed to at once.
    pub channels_max: usize,
    /// Seconds between pings, as its client is told.
    pub ping_interval_s: u32,
}

/// Publications in one answer, be it history or a recovery. What is missed
/// beyond that follows as ordinary publications.
pub const PAGE_PUBLICATIONS_MAX: usize = 300;

/// Publications of one session that may be on their way to the log; its next
/// command waits until one is answered.
pub const UNANSWERED_MAX: usize = 64;

/// The rules of the application that the engine serves.
pub trait Rules {
    /// What others are shown of somebody who says this when it connects; as
    /// JSON.
    fn describe(&self, data: &str) -> Option<Bytes>;

    /// Answers a call of the application's own, with JSON. It may look at the
    /// engine, and must not take long, since the shard waits: for what does
    /// there is [`Called::Slow`].
    ///
    /// # Errors
    /// If there is no such call, or its argument is not one.
    fn rpc(
        &mut self,
        method: &str,
        data: Option<&str>,
        engine: &Engine,
        now: Now,
    ) -> Result<Called, ErrorCode> {
        let _ = (method, data, engine, now);
        Err(ErrorCode::NotAvailable)
    }

    /// How members are told who is in a channel without an id; as JSON.
    fn guests(&self, channel: &ChannelName, list: &GuestList) -> Bytes {
        let _ = (channel, list);
        "null".into()
    }

    /// The channel that a client means by a name.
    ///
    /// # Errors
    /// If there is no such namespace, or the name is not one of it.
    fn channel(&self, name: &str) -> Result<ChannelName, ErrorCode>;

    /// Lets a publication in.
    ///
    /// # Errors
    /// If it is not what the channel takes.
    fn admit(
        &mut self,
        channel: &ChannelName,
        speaker: &Speaker<'_>,
        json: &str,
        now: Now,
    ) -> Result<Draft, Refusal>;
}

/// What the rules make of a call.
#[derive(Debug)]
pub enum Called {
    /// This is the answer.
    Answer(Bytes),
    /// It takes longer than a shard may wait: see [`Effect::Call`].
    Slow,
}

/// Who wants to say something.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// The dialect in which it is said.
    pub dialect: Dialect,
    /// Who speaks where what is said carries no name.
    pub name: Option<&'a str>,
    /// The name that a token vouches for, if one does; no other counts.
    pub verified_name: Option<&'a str>,
    /// The name under which it spoke last, where nothing else names it.
    pub last_name: Option<&'a str>,
}

/// What is to be published.
#[derive(Debug, Default)]
pub struct Draft {
    /// What makes a repeat recognisable.
    pub id: Box<str>,
    /// The JSON that everyone receives.
    pub json: Bytes,
    /// The offset of what it amends, if it amends something.
    pub target: Option<u64>,
    /// The name under which it is said, where it is of a plain client that
    /// nothing else names, and whose last name was another.
    pub new_name: Option<Box<str>>,
}

impl Draft {
    /// What is kept of it in a channel.
    #[must_use]
    pub fn entry(self, channel: &ChannelName, info: Option<Bytes>, now: Now) -> Entry {
        Entry {
            channel: channel.as_str().into(),
            id: self.id,
            time_ms: now.unix_ms,
            data: self.json,
            info,
            target: self.target,
        }
    }
}

/// Tells who somebody is by a token, and gives a token to who has none.
pub trait Identities {
    /// Reads a token.
    ///
    /// # Errors
    /// If it is not valid, or no more.
    fn verify(&self, token: &str, now: Now) -> Result<Identity, TokenError>;

    /// Reads a token for a subscription. Where nobody signs any, none is
    /// valid.
    ///
    /// # Errors
    /// If it is not valid, or no more.
    fn verify_subscription(&self, token: &str, now: Now) -> Result<Grant, TokenError> {
        let _ = (token, now);
        Err(TokenError::Invalid)
    }

    /// An identity for somebody new, with the token that brings it back.
    fn issue(&self, now: Now) -> (Identity, String);
}

/// Who somebody is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The user id; the same on all connections of one user.
    pub user: Box<str>,
    /// A name that the token vouches for.
    pub name: Option<Box<str>>,
    /// What others are shown, as JSON.
    pub info: Option<Bytes>,
    /// When the token ends, in seconds since 1970.
    pub expires_s: Option<u64>,
}

/// What the token of a subscription says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// The id of the user who may subscribe.
    pub user: Box<str>,
    /// The channel, as the application names it.
    pub channel: Box<str>,
    /// What others are shown of the user there, as JSON.
    pub info: Option<Bytes>,
    /// When it ends, in seconds since 1970.
    pub expires_s: Option<u64>,
}

/// Why a token says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It is not signed by who we trust, or is no token.
    #[error("the token is not valid")]
    Invalid,
}

/// What a session asks of whoever drives it.
#[derive(Debug)]
pub enum Effect {
    /// Send this message to the client.
    Send(Vec<u8>),
    /// Close the connection once what was sent before is out.
    Close {
        /// The code of the close frame.
        code: u16,
        /// Its reason.
        reason: &'static str,
    },
    /// Read from the log, and hand the records to the session.
    Read(Read),
    /// Answer a call where waiting is no matter, and hand the answer to the
    /// session.
    Call(Call),
    /// Tell another connection that its seat has changed.
    Moved(Moved),
    /// Something was refused, and the client has been told this code: to be
    /// counted, or not.
    Refused(Box<str>),
}

impl From<CloseCode> for Effect {
    fn from(code: CloseCode) -> Self {
        Self::Close {
            code: code.code(),
            reason: code.reason(),
        }
    }
}

/// Something to be read from the log.
#[derive(Debug, Clone)]
pub struct Read {
    /// Who asks.
    pub origin: Origin,
    /// Of which channel.
    pub channel: Arc<Channel>,
    /// Which records.
    pub range: Range,
    /// How many at most.
    pub limit: usize,
}

/// A call that takes its time.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who asks.
    pub origin: Origin,
    /// The channels that the client is subscribed to: it may learn of no
    /// others.
    pub channels: Vec<ChannelName>,
    /// Which call it is.
    pub method: Box<str>,
    /// Its argument, as JSON.
    pub data: Option<Box<str>>,
}

/// What one connection is called in the channels.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// Where it is connected; the tag is free.
    pub origin: Origin,
    /// How others know it.
    pub id: Uuid,
}
