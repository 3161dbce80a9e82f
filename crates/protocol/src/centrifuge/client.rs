//! The other side: what a client reads.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::Error;
use super::frame::{Malformed, messages};
use super::json::Json;
use super::publication::Publication;
use super::push::{Ended, Event, Push, Subscribed};
use super::read;
use super::reply::{Answer, Reply};
use super::result::{
    ConnectResult, Expiry, HistoryResult, Presence, PresenceStats, RefreshResult, SubscribeResult,
};

/// A message from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// The answer to a command.
    Reply(Reply<'a>),
    /// Something that happened.
    Push(Push<'a>),
    /// A question whether anybody is there; [`PING`](super::PING) answers it.
    Ping,
}

/// Takes a server's frame apart, one message at a time and in their order.
///
/// After an error there is no more.
pub fn incoming(frame: &str) -> impl Iterator<Item = Result<Incoming<'_>, Malformed>> {
    messages(frame, Incoming::parse)
}

impl<'a> Incoming<'a> {
    /// Takes one line of a server's frame apart. An id makes it a reply;
    /// without one it is a push if it holds one, and else a ping.
    ///
    /// # Errors
    /// The line is no message, or one of a kind that we do not know.
    pub fn parse(line: &'a str) -> Result<Self, Malformed> {
        let line: Line<'a> = serde_json::from_str(line).map_err(Malformed::NotAMessage)?;
        line.message().ok_or(Malformed::Nothing)
    }
}

/// A message as it is written: each result has a field of its own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(deserialize_with = "read::nullable")]
    id: u32,
    #[serde(borrow)]
    error: Option<Error<'a>>,
    #[serde(borrow)]
    push: Option<PushLine<'a>>,
    #[serde(borrow)]
    connect: Option<ConnectResult<'a>>,
    #[serde(borrow)]
    subscribe: Option<SubscribeResult<'a>>,
    unsubscribe: Option<IgnoredAny>,
    publish: Option<IgnoredAny>,
    #[serde(borrow)]
    presence: Option<Presence<'a>>,
    presence_stats: Option<PresenceStats>,
    #[serde(borrow)]
    history: Option<HistoryResult<'a>>,
    #[serde(borrow)]
    rpc: Option<Data<'a>>,
    #[serde(borrow)]
    refresh: Option<RefreshResult<'a>>,
    sub_refresh: Option<Expiry>,
}

impl<'a> Line<'a> {
    fn message(self) -> Option<Incoming<'a>> {
        if self.id > 0 {
            self.reply().map(Incoming::Reply)
        } else if let Some(push) = self.push {
            push.push().map(Incoming::Push)
        } else {
            Some(Incoming::Ping)
        }
    }

    fn reply(self) -> Option<Reply<'a>> {
        let id = self.id;
        let result = match self.error {
            Some(error) => Err(error),
            None => Ok(self.answer()?),
        };
        Some(Reply { id, result })
    }

    fn answer(self) -> Option<Answer<'a>> {
        None.or(self.connect.map(Answer::Connect))
            .or(self.subscribe.map(Answer::Subscribe))
            .or(self.unsubscribe.map(|_| Answer::Unsubscribe))
            .or(self.publish.map(|_| Answer::Publish))
            .or(self.presence.map(Answer::Presence))
            .or(self.presence_stats.map(Answer::PresenceStats))
            .or(self.history.map(Answer::History))
            .or(self.rpc.map(|rpc| Answer::Rpc(rpc.data)))
            .or(self.refresh.map(Answer::Refresh))
            .or(self.sub_refresh.map(Answer::SubRefresh))
    }
}

/// A push as it is written: each kind of event has a field of its own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PushLine<'a> {
    #[serde(borrow, deserialize_with = "read::text")]
    channel: Cow<'a, str>,
    #[serde(borrow, rename = "pub")]
    publication: Option<Publication<'a>>,
    #[serde(borrow)]
    join: Option<Info<'a>>,
    #[serde(borrow)]
    leave: Option<Info<'a>>,
    #[serde(borrow)]
    unsubscribe: Option<Ended<'a>>,
    #[serde(borrow)]
    message: Option<Data<'a>>,
    #[serde(borrow)]
    subscribe: Option<Subscribed<'a>>,
    #[serde(borrow)]
    disconnect: Option<Ended<'a>>,
    refresh: Option<Expiry>,
}

impl<'a> PushLine<'a> {
    fn push(self) -> Option<Push<'a>> {
        let event = None
            .or(self.publication.map(Event::Publication))
            .or(self.join.map(|join| Event::Join(join.info)))
            .or(self.leave.map(|leave| Event::Leave(leave.info)))
            .or(self.unsubscribe.map(Event::Unsubscribe))
            .or(self
                .message
                .and_then(|message| message.data)
                .map(Event::Message))
            .or(self.subscribe.map(Event::Subscribe))
            .or(self.disconnect.map(Event::Disconnect))
            .or(self.refresh.map(Event::Refresh))?;
        Some(Push {
            channel: self.channel,
            event,
        })
    }
}

/// An object around a payload.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    data: Option<Json<'a>>,
}

/// An object around what is known of a client.
#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow)]
    info: Json<'a>,
}
