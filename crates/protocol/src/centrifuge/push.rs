//! Pushes: what the server says without being asked.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::{Fields, Json, Object, write_object};
use super::publication::Publication;
use super::read;
use super::result::Expiry;

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
    #[serde(borrow)]
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

fn wrapped(name: &str, payload: Json<'_>) -> impl Fields {
    move |object: &mut Object<'_>| object.json(name, Some(payload))
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
