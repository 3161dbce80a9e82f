//! What each command carries.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Fields, Json, Object, write_object};
use super::read;

/// The request of `connect`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConnectRequest<'a> {
    /// Who the client says it is, signed; may be empty.
    #[serde(borrow, deserialize_with = "read::text")]
    pub token: Cow<'a, str>,
    /// Something of the application's.
    #[serde(borrow, deserialize_with = "read::payload")]
    pub data: Option<&'a RawValue>,
    /// Where the client was in the channels that the server subscribed it to.
    #[serde(borrow, deserialize_with = "read::objects")]
    pub subs: Vec<(Cow<'a, str>, Resume<'a>)>,
    /// The client library, such as `js`.
    #[serde(borrow, deserialize_with = "read::text")]
    pub name: Cow<'a, str>,
    /// The version of the application.
    #[serde(borrow, deserialize_with = "read::text")]
    pub version: Cow<'a, str>,
}

/// Where a client was in a channel that the server had subscribed it to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Resume<'a> {
    /// Whether it wants what it missed since.
    #[serde(deserialize_with = "read::nullable")]
    pub recover: bool,
    /// The last offset that it saw.
    #[serde(deserialize_with = "read::nullable")]
    pub offset: u64,
    /// The epoch of that offset; empty for any.
    #[serde(borrow, deserialize_with = "read::text")]
    pub epoch: Cow<'a, str>,
    /// Whether it understands Fossil deltas.
    #[serde(deserialize_with = "read::delta")]
    pub delta: bool,
}

/// The request of `subscribe`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SubscribeRequest<'a> {
    /// The channel; never empty in a [`Command`](super::Command).
    #[serde(borrow, deserialize_with = "read::text")]
    pub channel: Cow<'a, str>,
    /// The right to subscribe, signed; may be empty.
    #[serde(borrow, deserialize_with = "read::text")]
    pub token: Cow<'a, str>,
    /// Whether the client wants what it missed since `offset`.
    #[serde(deserialize_with = "read::nullable")]
    pub recover: bool,
    /// The epoch of `offset`; empty for any.
    #[serde(borrow, deserialize_with = "read::text")]
    pub epoch: Cow<'a, str>,
    /// The last offset that it saw; 0 is one too.
    #[serde(deserialize_with = "read::nullable")]
    pub offset: u64,
    /// Something of the application's.
    #[serde(borrow, deserialize_with = "read::payload")]
    pub data: Option<&'a RawValue>,
    /// Whether it asks to be told if it loses its place.
    #[serde(deserialize_with = "read::nullable")]
    pub positioned: bool,
    /// Whether it asks to be able to recover.
    #[serde(deserialize_with = "read::nullable")]
    pub recoverable: bool,
    /// Whether it asks to hear who joins and leaves.
    #[serde(deserialize_with = "read::nullable")]
    pub join_leave: bool,
    /// Whether it understands Fossil deltas.
    #[serde(deserialize_with = "read::delta")]
    pub delta: bool,
    /// Whether it asks for a filter by tags.
    #[serde(rename = "tf", deserialize_with = "read::is_given")]
    pub filtered: bool,
    /// What else it understands, in bits.
    #[serde(deserialize_with = "read::nullable")]
    pub flag: i64,
    /// The kind of subscription: 0 is a stream, the only one there is here.
    #[serde(rename = "type", deserialize_with = "read::nullable")]
    pub kind: i32,
}

impl SubscribeRequest<'_> {
    /// The bit of `flag` that [`Self::rejects_unrecovered`] tells.
    pub const REJECT_UNRECOVERED: i64 = 2;

    /// Whether the client wants an error, and no subscription, where what it
    /// missed cannot be recovered.
    #[must_use]
    pub fn rejects_unrecovered(&self) -> bool {
        self.flag & Self::REJECT_UNRECOVERED != 0
    }
}

/// A request that names a channel and nothing else.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChannelRequest<'a> {
    /// The channel; never empty in a [`Command`](super::Command).
    #[serde(borrow, deserialize_with = "read::text")]
    pub channel: Cow<'a, str>,
}

/// The request of `publish`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublishRequest<'a> {
    /// The channel; never empty in a [`Command`](super::Command).
    #[serde(borrow, deserialize_with = "read::text")]
    pub channel: Cow<'a, str>,
    /// What is said. `null` is something, nothing is not.
    #[serde(borrow, deserialize_with = "read::payload")]
    pub data: Option<&'a RawValue>,
}

/// The request of `history`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HistoryRequest<'a> {
    /// The channel; never empty in a [`Command`](super::Command).
    #[serde(borrow, deserialize_with = "read::text")]
    pub channel: Cow<'a, str>,
    /// How many publications at most: 0 for none, -1 for as many as are given.
    #[serde(deserialize_with = "read::nullable")]
    pub limit: i32,
    /// After which place, or before it where reversed.
    #[serde(borrow, deserialize_with = "read::object")]
    pub since: Option<Position<'a>>,
    /// Whether the newest come first.
    #[serde(deserialize_with = "read::nullable")]
    pub reverse: bool,
}

/// A place in a channel.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Position<'a> {
    /// How many publications the channel had.
    #[serde(deserialize_with = "read::nullable")]
    pub offset: u64,
    /// The channel's incarnation; empty for any.
    #[serde(borrow, deserialize_with = "read::text")]
    pub epoch: Cow<'a, str>,
}

/// The request of `rpc`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RpcRequest<'a> {
    /// The name of what is called.
    #[serde(borrow, deserialize_with = "read::text")]
    pub method: Cow<'a, str>,
    /// Its argument.
    #[serde(borrow, deserialize_with = "read::payload")]
    pub data: Option<&'a RawValue>,
}

/// The request of `send`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SendRequest<'a> {
    /// The message.
    #[serde(borrow, deserialize_with = "read::payload")]
    pub data: Option<&'a RawValue>,
}

/// The request of `refresh`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RefreshRequest<'a> {
    /// The new token; an empty one is a bad request.
    #[serde(borrow, deserialize_with = "read::text")]
    pub token: Cow<'a, str>,
}

/// The request of `sub_refresh`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SubRefreshRequest<'a> {
    /// The channel; never empty in a [`Command`](super::Command).
    #[serde(borrow, deserialize_with = "read::text")]
    pub channel: Cow<'a, str>,
    /// The new token; an empty one is an error.
    #[serde(borrow, deserialize_with = "read::text")]
    pub token: Cow<'a, str>,
}

impl Fields for ConnectRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("token", &*self.token);
        object.json("data", self.data.map(Json::from));
        if !self.subs.is_empty() {
            object.map("subs", &self.subs, write_object);
        }
        object.field("name", &*self.name);
        object.field("version", &*self.version);
    }
}

impl Fields for Resume<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("recover", self.recover);
        object.field("offset", self.offset);
        object.field("epoch", &*self.epoch);
        write_delta(object, self.delta);
    }
}

impl Fields for SubscribeRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("channel", &*self.channel);
        object.field("token", &*self.token);
        object.field("recover", self.recover);
        object.field("epoch", &*self.epoch);
        object.field("offset", self.offset);
        object.json("data", self.data.map(Json::from));
        object.field("positioned", self.positioned);
        object.field("recoverable", self.recoverable);
        object.field("join_leave", self.join_leave);
        write_delta(object, self.delta);
        object.field("flag", self.flag);
        object.field("type", self.kind);
    }
}

impl Fields for ChannelRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("channel", &*self.channel);
    }
}

impl Fields for PublishRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("channel", &*self.channel);
        object.json("data", self.data.map(Json::from));
    }
}

impl Fields for HistoryRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("channel", &*self.channel);
        object.field("limit", self.limit);
        if let Some(since) = &self.since {
            object.object("since", since);
        }
        object.field("reverse", self.reverse);
    }
}

impl Fields for Position<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("offset", self.offset);
        object.field("epoch", &*self.epoch);
    }
}

impl Fields for RpcRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("method", &*self.method);
        object.json("data", self.data.map(Json::from));
    }
}

impl Fields for SendRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.json("data", self.data.map(Json::from));
    }
}

impl Fields for RefreshRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("token", &*self.token);
    }
}

impl Fields for SubRefreshRequest<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("channel", &*self.channel);
        object.field("token", &*self.token);
    }
}

fn write_delta(object: &mut Object<'_>, delta: bool) {
    object.field("delta", if delta { "fossil" } else { "" });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribe(json: &str) -> SubscribeRequest<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_filter_is_seen_whatever_it_says() {
        assert!(subscribe(r#"{"tf":{"op":"and","nodes":[]}}"#).filtered);
        assert!(!subscribe(r#"{"tf":null}"#).filtered);
        assert!(!subscribe("{}").filtered);
    }

    #[test]
    fn the_second_bit_rejects_what_is_not_recovered() {
        let rejecting = [0, 1, 2, 3, -1].map(|flag| {
            let flagged = format!(r#"{{"flag":{flag}}}"#);
            subscribe(&flagged).rejects_unrecovered()
        });
        assert_eq!(rejecting, [false, false, true, true, true]);
    }

    #[test]
    fn what_has_no_escapes_is_borrowed() {
        let request = subscribe(r#"{"channel":"room:th\u00e9","token":"t"}"#);
        assert!(matches!(request.channel, Cow::Owned(text) if text == "room:thé"));
        assert!(matches!(request.token, Cow::Borrowed("t")));
    }
}
