//! The other side: what a client reads.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::Error;
use super::frame::{Malformed, messages};
use super::json::Json;
use super::publication::Publication;
use super::push::{Ended, Event, Push, Subscribed};
use super::read::{self, Strict};
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
        let Strict(line) =
            serde_json::from_str::<Strict<Line<'_>>>(line).map_err(Malformed::NotAMessage)?;
        line.message().ok_or(Malformed::Nothing)
    }
}

/// A message as it is written: each result has a field of its own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(deserialize_with = "read::nullable")]
    id: u32,
    #[serde(borrow, deserialize_with = "read::object")]
    error: Option<Error<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    push: Option<PushLine<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    connect: Option<ConnectResult<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    subscribe: Option<SubscribeResult<'a>>,
    unsubscribe: Option<IgnoredAny>,
    publish: Option<IgnoredAny>,
    #[serde(borrow, deserialize_with = "read::object")]
    presence: Option<Presence<'a>>,
    #[serde(deserialize_with = "read::object")]
    presence_stats: Option<PresenceStats>,
    #[serde(borrow, deserialize_with = "read::object")]
    history: Option<HistoryResult<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    rpc: Option<Data<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    refresh: Option<RefreshResult<'a>>,
    #[serde(deserialize_with = "read::object")]
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
    #[serde(borrow, rename = "pub", deserialize_with = "read::object")]
    publication: Option<Publication<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    join: Option<Info<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    leave: Option<Info<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    unsubscribe: Option<Ended<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    message: Option<Data<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    subscribe: Option<Subscribed<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    disconnect: Option<Ended<'a>>,
    #[serde(deserialize_with = "read::object")]
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
    #[serde(borrow, default, deserialize_with = "read::payload")]
    data: Option<Json<'a>>,
}

/// An object around what is known of a client.
#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow)]
    info: Json<'a>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a frame's messages are, in a word each.
    fn check(frame: &str, expected: &str) {
        let shown = incoming(frame).map(|message| match message {
            Ok(Incoming::Reply(Reply { id, result })) => match result {
                Ok(_) => format!("reply {id}"),
                Err(error) => format!("error {id} {}", error.code),
            },
            Ok(Incoming::Push(push)) => format!("push {}", push.channel),
            Ok(Incoming::Ping) => "ping".into(),
            Err(_) => "bad".into(),
        });
        assert_eq!(shown.collect::<Vec<_>>().join(", "), expected, "{frame}");
    }

    #[test]
    fn an_id_makes_a_reply_and_nothing_makes_a_ping() {
        check(
            "{\"id\":1,\"publish\":{}}\n{\"push\":{\"channel\":\"c\",\"join\":{\"info\":{}}}}\n{}",
            "reply 1, push c, ping",
        );
        check(
            r#"{"id":1,"error":{"code":100},"push":{"channel":"c"}}"#,
            "error 1 100",
        );
        check(r#"{"id":0,"x":1}"#, "ping");
    }

    #[test]
    fn what_is_new_to_us_is_not_taken_for_something_else() {
        check(r#"{"id":1,"new":{}}"#, "bad");
        check(r#"{"push":{"channel":"c","new":{}}}"#, "bad");
        check(r#"{"push":{"channel":"c","pub":{}}}"#, "bad");
        check("", "bad");
        check("[]", "bad");
    }

    #[test]
    fn what_is_new_within_something_is_passed_over() {
        check(r#"{"id":1,"subscribe":{"id":7,"new":{}}}"#, "reply 1");
        check(
            r#"{"push":{"channel":"c","id":7,"pub":{"data":1,"key":"k"}}}"#,
            "push c",
        );
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_it_panic(line in "\\PC*") {
            let _ = Incoming::parse(&line);
        }
    }
}
