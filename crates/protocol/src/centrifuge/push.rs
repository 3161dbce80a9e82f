//! Pushes: what the server says without being asked.

use std::borrow::Cow;

use serde::Deserialize;

use super::close::CloseCode;
use super::json::{Fields, Json, Object, write_object};
use super::publication::Publication;
use super::read;
use super::result::Expiry;
use super::unsubscribe::UnsubscribeCode;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push<'a> {
    /// The channel that it happened in; empty where it is about the connection.
    pub channel: Cow<'a, str>,
    /// What happened.
    pub event: Event<'a>,
}

/// What a push tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// Somebody said something.
    Publication(Publication<'a>),
    /// Somebody came: a [`ClientInfo`](super::ClientInfo) as it was written.
    Join(Json<'a>),
    /// Somebody left.
    Leave(Json<'a>),
    /// The server ended the subscription.
    Unsubscribe(Ended<'a>),
    /// The server says something to this connection.
    Message(Json<'a>),
    /// The server made a subscription.
    Subscribe(Subscribed<'a>),
    /// The connection ends; where a close frame tells it there is no push.
    Disconnect(Ended<'a>),
    /// The connection lasts for another while.
    Refresh(Expiry),
}

/// How a subscription or a connection ended.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Ended<'a> {
    /// The number, for programs.
    #[serde(deserialize_with = "read::nullable")]
    pub code: u32,
    /// The text, for people.
    #[serde(borrow, deserialize_with = "read::text")]
    pub reason: Cow<'a, str>,
}

/// A subscription that the server made while the connection was open.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Subscribed<'a> {
    /// Whether the client may recover what it misses.
    #[serde(deserialize_with = "read::nullable")]
    pub recoverable: bool,
    /// The channel's epoch.
    #[serde(borrow, deserialize_with = "read::text")]
    pub epoch: Cow<'a, str>,
    /// The last offset before the subscription.
    #[serde(deserialize_with = "read::nullable")]
    pub offset: u64,
    /// Whether the client is told if it loses its place.
    #[serde(deserialize_with = "read::nullable")]
    pub positioned: bool,
    /// Something of the application's.
    #[serde(borrow, deserialize_with = "read::payload")]
    pub data: Option<Json<'a>>,
}

impl Push<'_> {
    /// Writes the message to the end of `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        write(out, &self.channel, &|push: &mut Object<'_>| {
            self.event.field(push);
        });
    }
}

/// Writes the push of a publication to the end of `out`: the message that is
/// written most, so it borrows all that it needs.
pub fn write_publication(out: &mut Vec<u8>, channel: &str, publication: &Publication<'_>) {
    write(out, channel, &|push: &mut Object<'_>| {
        push.object("pub", publication);
    });
}

fn write(out: &mut Vec<u8>, channel: &str, event: &impl Fields) {
    write_object(out, &|message: &mut Object<'_>| {
        message.object("push", &|push: &mut Object<'_>| {
            push.field("channel", channel);
            event.fields(push);
        });
    });
}

impl Event<'_> {
    fn field(&self, push: &mut Object<'_>) {
        match self {
            Self::Publication(publication) => push.object("pub", publication),
            Self::Join(info) => push.object("join", &wrapped("info", *info)),
            Self::Leave(info) => push.object("leave", &wrapped("info", *info)),
            Self::Unsubscribe(ended) => push.object("unsubscribe", ended),
            Self::Message(data) => push.object("message", &wrapped("data", *data)),
            Self::Subscribe(subscribed) => push.object("subscribe", subscribed),
            Self::Disconnect(ended) => push.object("disconnect", ended),
            Self::Refresh(expiry) => push.object("refresh", expiry),
        }
    }
}

fn wrapped(name: &'static str, payload: Json<'_>) -> impl Fields {
    move |object: &mut Object<'_>| object.json(name, Some(payload))
}

impl From<UnsubscribeCode> for Ended<'_> {
    fn from(code: UnsubscribeCode) -> Self {
        Self {
            code: code.code(),
            reason: code.reason().into(),
        }
    }
}

impl From<CloseCode> for Ended<'_> {
    fn from(code: CloseCode) -> Self {
        Self {
            code: code.code().into(),
            reason: code.reason().into(),
        }
    }
}

impl Fields for Ended<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.always("code", self.code);
        object.always("reason", &*self.reason);
    }
}

impl Fields for Subscribed<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("recoverable", self.recoverable);
        object.field("epoch", &*self.epoch);
        object.field("offset", self.offset);
        object.field("positioned", self.positioned);
        object.json("data", self.data);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Incoming;
    use super::*;

    /// What is written, and that a client reads the same.
    fn check(channel: &str, event: Event<'_>, expected: &str) {
        let channel = channel.into();
        let push = Push { channel, event };
        let mut out = Vec::new();
        push.write(&mut out);
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, expected);
        assert_eq!(Incoming::parse(&line).unwrap(), Incoming::Push(push));
    }

    fn info() -> Json<'static> {
        Json::trusted(br#"{"user":"","client":"7a"}"#)
    }

    #[test]
    fn a_publication_carries_what_there_is() {
        let bare = Publication {
            data: Json::trusted(br#"{"message":"Bonsoir"}"#),
            info: None,
            tags: None,
            offset: 0,
            epoch: "".into(),
        };
        check(
            "live:pong",
            Event::Publication(bare.clone()),
            r#"{"push":{"channel":"live:pong","pub":{"data":{"message":"Bonsoir"}}}}"#,
        );
        check(
            "room:thé \"vert\"",
            Event::Publication(Publication {
                info: Some(info()),
                tags: Some(Json::trusted(br#"{"a":"b"}"#)),
                offset: 1,
                epoch: "k3".into(),
                ..bare
            }),
            r#"{"push":{"channel":"room:thé \"vert\"","pub":{"data":{"message":"Bonsoir"},"info":{"user":"","client":"7a"},"tags":{"a":"b"},"offset":1,"epoch":"k3"}}}"#,
        );
    }

    #[test]
    fn who_comes_and_goes_is_told() {
        check(
            "c",
            Event::Join(info()),
            r#"{"push":{"channel":"c","join":{"info":{"user":"","client":"7a"}}}}"#,
        );
        check(
            "c",
            Event::Leave(info()),
            r#"{"push":{"channel":"c","leave":{"info":{"user":"","client":"7a"}}}}"#,
        );
    }

    #[test]
    fn an_end_has_a_code_and_a_reason() {
        check(
            "c",
            Event::Unsubscribe(UnsubscribeCode::InsufficientState.into()),
            r#"{"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"insufficient state"}}}"#,
        );
        check(
            "",
            Event::Disconnect(CloseCode::Shutdown.into()),
            r#"{"push":{"disconnect":{"code":3001,"reason":"shutdown"}}}"#,
        );
        check(
            "c",
            Event::Unsubscribe(Ended::default()),
            r#"{"push":{"channel":"c","unsubscribe":{"code":0,"reason":""}}}"#,
        );
    }

    #[test]
    fn the_server_speaks_to_one_connection() {
        check(
            "",
            Event::Message(Json::trusted(b"null")),
            r#"{"push":{"message":{"data":null}}}"#,
        );
        check(
            "",
            Event::Refresh(Expiry {
                expires: true,
                ttl: 60,
            }),
            r#"{"push":{"refresh":{"expires":true,"ttl":60}}}"#,
        );
        check(
            "c",
            Event::Subscribe(Subscribed {
                recoverable: true,
                epoch: "k3".into(),
                offset: 17,
                positioned: true,
                data: Some(Json::trusted(b"1")),
            }),
            r#"{"push":{"channel":"c","subscribe":{"recoverable":true,"epoch":"k3","offset":17,"positioned":true,"data":1}}}"#,
        );
    }

    proptest! {
        #[test]
        fn a_publication_is_one_line_that_says_the_same(
            channel in ".+",
            text in ".*",
            offset: u64,
            epoch in ".*",
        ) {
            let value = serde_json::json!({"sender": channel, "message": [text, offset]});
            let pretty = serde_json::to_vec_pretty(&value).unwrap();
            let publication = Publication {
                data: Json::trusted(&pretty),
                info: None,
                tags: None,
                offset,
                epoch: (&*epoch).into(),
            };
            let mut out = Vec::new();
            write_publication(&mut out, &channel, &publication);
            prop_assert!(!out.contains(&b'\n'));

            let line = String::from_utf8(out).unwrap();
            let Ok(Incoming::Push(push)) = Incoming::parse(&line) else {
                return Err(TestCaseError::fail(line));
            };
            prop_assert_eq!(push.channel, channel);
            let Event::Publication(read) = push.event else {
                return Err(TestCaseError::fail(line));
            };
            let data: serde_json::Value = serde_json::from_slice(read.data.as_bytes()).unwrap();
            prop_assert_eq!((data, read.offset, &*read.epoch), (value, offset, &*epoch));
        }
    }
}
