//! Replies: what a command led to.

use super::error::Error;
use super::json::{Fields, Json, Object, write_object};
use super::result::{
    ConnectResult, Expiry, HistoryResult, Presence, PresenceStats, RefreshResult, SubscribeResult,
};

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The command's id.
    pub id: u32,
    /// What it led to.
    pub result: Result<Answer<'a>, Error<'a>>,
}

/// What a command led to where it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'a> {
    /// To `connect`.
    Connect(ConnectResult<'a>),
    /// To `subscribe`.
    Subscribe(SubscribeResult<'a>),
    /// To `unsubscribe`.
    Unsubscribe,
    /// To `publish`.
    Publish,
    /// To `presence`: the connections and what is known of them.
    Presence(Presence<'a>),
    /// To `presence_stats`.
    PresenceStats(PresenceStats),
    /// To `history`.
    History(HistoryResult<'a>),
    /// To `rpc`: what the call returned.
    Rpc(Option<Json<'a>>),
    /// To `refresh`.
    Refresh(RefreshResult<'a>),
    /// To `sub_refresh`.
    SubRefresh(Expiry),
}

impl Reply<'_> {
    /// Writes the message to the end of `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        write_object(out, &|object: &mut Object<'_>| {
            object.field("id", self.id);
            match &self.result {
                Ok(answer) => answer.field(object),
                Err(error) => object.object("error", error),
            }
        });
    }
}

impl Answer<'_> {
    fn field(&self, reply: &mut Object<'_>) {
        match self {
            Self::Connect(result) => reply.object("connect", result),
            Self::Subscribe(result) => reply.object("subscribe", result),
            Self::Unsubscribe => reply.object("unsubscribe", &Empty),
            Self::Publish => reply.object("publish", &Empty),
            Self::Presence(result) => reply.object("presence", result),
            Self::PresenceStats(result) => reply.object("presence_stats", result),
            Self::History(result) => reply.object("history", result),
            Self::Rpc(data) => reply.object("rpc", &|object: &mut Object<'_>| {
                object.json("data", *data);
            }),
            Self::Refresh(result) => reply.object("refresh", result),
            Self::SubRefresh(result) => reply.object("sub_refresh", result),
        }
    }
}

/// A result that says no more than that all went well.
struct Empty;

impl Fields for Empty {
    fn fields(&self, _: &mut Object<'_>) {}
}
