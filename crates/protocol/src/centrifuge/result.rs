//! What the results of commands carry.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::{Fields, Json, Object, write_object};
use super::publication::Publication;
use super::read;

/// The result of `connect`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConnectResult<'a> {
    /// The connection's id, which others see.
    #[serde(borrow, deserialize_with = "read::text")]
    pub client: Cow<'a, str>,
    /// The server's version; some client libraries require one.
    #[serde(borrow, deserialize_with = "read::text")]
    pub version: Cow<'a, str>,
    /// Whether the client must refresh the connection.
    #[serde(deserialize_with = "read::nullable")]
    pub expires: bool,
    /// Within how many seconds.
    #[serde(deserialize_with = "read::nullable")]
    pub ttl: u32,
    /// Something of the application's.
    #[serde(borrow, deserialize_with = "read::payload")]
    pub data: Option<Json<'a>>,
    /// The subscriptions that the server made, by channel.
    #[serde(borrow, deserialize_with = "read::objects")]
    pub subs: Vec<(Cow<'a, str>, SubscribeResult<'a>)>,
    /// Seconds between the server's pings; 0 for none.
    #[serde(deserialize_with = "read::nullable")]
    pub ping: u32,
    /// Whether the client is to answer them.
    #[serde(deserialize_with = "read::nullable")]
    pub pong: bool,
    /// The secret under which commands come in, where not by this socket.
    #[serde(borrow, deserialize_with = "read::text")]
    pub session: Cow<'a, str>,
    /// The server that such commands are for.
    #[serde(borrow, deserialize_with = "read::text")]
    pub node: Cow<'a, str>,
    /// Milliseconds since 1970 by the server's clock, where it is told.
    #[serde(deserialize_with = "read::nullable")]
    pub time: u64,
}

/// The result of `subscribe`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SubscribeResult<'a> {
    /// Whether the client must refresh the subscription.
    #[serde(deserialize_with = "read::nullable")]
    pub expires: bool,
    /// Within how many seconds.
    #[serde(deserialize_with = "read::nullable")]
    pub ttl: u32,
    /// Whether the client may recover what it misses.
    #[serde(deserialize_with = "read::nullable")]
    pub recoverable: bool,
    /// The channel's epoch.
    #[serde(borrow, deserialize_with = "read::text")]
    pub epoch: Cow<'a, str>,
    /// What the client missed, oldest first.
    #[serde(borrow, deserialize_with = "read::nullable")]
    pub publications: Vec<Publication<'a>>,
    /// Whether that is all it missed.
    #[serde(deserialize_with = "read::nullable")]
    pub recovered: bool,
    /// The place after which `publications` go on: the request's own where
    /// they were recovered, else the channel's top.
    #[serde(deserialize_with = "read::nullable")]
    pub offset: u64,
    /// Whether the client is told if it loses its place.
    #[serde(deserialize_with = "read::nullable")]
    pub positioned: bool,
    /// Something of the application's.
    #[serde(borrow, deserialize_with = "read::payload")]
    pub data: Option<Json<'a>>,
    /// Whether a recovery was tried.
    #[serde(deserialize_with = "read::nullable")]
    pub was_recovering: bool,
    /// Whether publications may come as Fossil deltas.
    #[serde(deserialize_with = "read::nullable")]
    pub delta: bool,
}

/// The result of `presence`: the connections in a channel.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Presence<'a> {
    /// Each by its id, with its [`ClientInfo`](super::ClientInfo) as written.
    #[serde(borrow, deserialize_with = "read::entries")]
    pub presence: Vec<(Cow<'a, str>, Json<'a>)>,
}

/// The result of `presence_stats`: how many are in a channel.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PresenceStats {
    /// Connections.
    #[serde(deserialize_with = "read::nullable")]
    pub num_clients: u32,
    /// Users behind them.
    #[serde(deserialize_with = "read::nullable")]
    pub num_users: u32,
}

/// The result of `history`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HistoryResult<'a> {
    /// What was asked for, in the order that was asked for.
    #[serde(borrow, deserialize_with = "read::nullable")]
    pub publications: Vec<Publication<'a>>,
    /// The channel's epoch.
    #[serde(borrow, deserialize_with = "read::text")]
    pub epoch: Cow<'a, str>,
    /// The channel's last offset, whatever was asked for.
    #[serde(deserialize_with = "read::nullable")]
    pub offset: u64,
}

/// The result of `refresh`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RefreshResult<'a> {
    /// The connection's id, which `centrifuge-js` copies from here.
    #[serde(borrow, deserialize_with = "read::text")]
    pub client: Cow<'a, str>,
    /// The server's version.
    #[serde(borrow, deserialize_with = "read::text")]
    pub version: Cow<'a, str>,
    /// Whether the client must refresh again.
    #[serde(deserialize_with = "read::nullable")]
    pub expires: bool,
    /// Within how many seconds.
    #[serde(deserialize_with = "read::nullable")]
    pub ttl: u32,
}

/// For how long something lasts: the result of `sub_refresh`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Expiry {
    /// Whether it ends unless the client refreshes it.
    #[serde(deserialize_with = "read::nullable")]
    pub expires: bool,
    /// Within how many seconds.
    #[serde(deserialize_with = "read::nullable")]
    pub ttl: u32,
}

impl Fields for ConnectResult<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("client", &*self.client);
        object.field("version", &*self.version);
        object.field("expires", self.expires);
        object.field("ttl", self.ttl);
        object.json("data", self.data);
        if !self.subs.is_empty() {
            object.map("subs", &self.subs, write_object);
        }
        object.field("ping", self.ping);
        object.field("pong", self.pong);
        object.field("session", &*self.session);
        object.field("node", &*self.node);
        object.field("time", self.time);
    }
}

impl Fields for SubscribeResult<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("expires", self.expires);
        object.field("ttl", self.ttl);
        object.field("recoverable", self.recoverable);
        object.field("epoch", &*self.epoch);
        if !self.publications.is_empty() {
            object.list("publications", &self.publications);
        }
        object.field("recovered", self.recovered);
        object.field("offset", self.offset);
        object.field("positioned", self.positioned);
        object.json("data", self.data);
        object.field("was_recovering", self.was_recovering);
        object.field("delta", self.delta);
    }
}

impl Fields for Presence<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.map("presence", &self.presence, |out, info| info.write(out));
    }
}

impl Fields for PresenceStats {
    fn fields(&self, object: &mut Object<'_>) {
        object.always("num_clients", self.num_clients);
        object.always("num_users", self.num_users);
    }
}

impl Fields for HistoryResult<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.list("publications", &self.publications);
        object.always("epoch", &*self.epoch);
        object.always("offset", self.offset);
    }
}

impl Fields for RefreshResult<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("client", &*self.client);
        object.field("version", &*self.version);
        object.field("expires", self.expires);
        object.field("ttl", self.ttl);
    }
}

impl Fields for Expiry {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("expires", self.expires);
        object.field("ttl", self.ttl);
    }
}
