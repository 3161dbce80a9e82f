//! Publications: what was said in a channel, and who said it.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::{Fields, Json, Object, write_object};
use super::read;

/// What was published in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Publication<'a> {
    /// What was said.
    #[serde(borrow)]
    pub data: Json<'a>,
    /// Who said it: a [`ClientInfo`] as it was written once for all that this
    /// client says. A server's publications have none.
    #[serde(borrow, default)]
    pub info: Option<Json<'a>>,
    /// The names and values that the server published it with, an object.
    #[serde(borrow, default)]
    pub tags: Option<Json<'a>>,
    /// Its place in the channel; 0 where none is kept.
    #[serde(default, deserialize_with = "read::nullable")]
    pub offset: u64,
    /// The channel's epoch, for the live push of offset 1: it tells those who
    /// subscribed when there was none.
    #[serde(borrow, default, deserialize_with = "read::text")]
    pub epoch: Cow<'a, str>,
}

impl Fields for Publication<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.json("data", Some(self.data));
        object.json("info", self.info);
        object.json("tags", self.tags);
        object.field("offset", self.offset);
        object.field("epoch", &*self.epoch);
    }
}

/// Who is behind a connection, as others see it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClientInfo<'a> {
    /// The user; empty for one without a name.
    #[serde(borrow, deserialize_with = "read::text")]
    pub user: Cow<'a, str>,
    /// The connection.
    #[serde(borrow, deserialize_with = "read::text")]
    pub client: Cow<'a, str>,
    /// What the application says of the connection.
    #[serde(borrow)]
    pub conn_info: Option<Json<'a>>,
    /// What it says of the subscription.
    #[serde(borrow)]
    pub chan_info: Option<Json<'a>>,
}

impl ClientInfo<'_> {
    /// The object, to be kept and written wherever the client shows.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write_object(&mut out, self);
        out
    }
}

impl Fields for ClientInfo<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.always("user", &*self.user);
        object.always("client", &*self.client);
        object.json("conn_info", self.conn_info);
        object.json("chan_info", self.chan_info);
    }
}
