//! What there is to be told to the members of a channel, and where it goes.

use std::sync::Arc;

use bytes::Bytes;

use crate::channel::Channel;
use crate::commit::Answer;
use crate::shards::{ShardId, ShardSet};

/// Something that happened in a channel, on its way to the members.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The channel in which it happened.
    pub channel: Arc<Channel>,
    /// The place in the channel: dense, the first is 1. `None` for what is
    /// passed on without being kept.
    pub offset: Option<u64>,
    /// What happened.
    pub data: Data,
}

/// What there is to be told to members.
#[derive(Debug, Clone)]
pub enum Data {
    /// A JSON value was published.
    Json {
        /// The value.
        json: Bytes,
        /// Who published it, as JSON, where it is known.
        info: Option<Bytes>,
    },
    /// Bytes of any meaning came, for everyone but who sent them.
    Binary {
        /// The bytes, as they came.
        bytes: Bytes,
        /// The shard and the connection they came from.
        from: (ShardId, u32),
    },
    /// Somebody is here now; who, as JSON.
    Join(Bytes),
    /// Somebody is here no more; who, as JSON.
    Leave(Bytes),
    /// Who is here without an id, as JSON.
    Guests(Bytes),
}

impl Publication {
    /// How much memory its data takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.data.bytes()
    }
}

impl Data {
    /// How much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Json { json, info } => json.len() + info.as_ref().map_or(0, Bytes::len),
            Self::Binary { bytes, .. } => bytes.len(),
            Self::Join(json) | Self::Leave(json) | Self::Guests(json) => json.len(),
        }
    }
}

/// Where publications go: the shards' mailboxes, or a test's list.
pub trait Fanout {
    /// Hands a publication to each of `shards`.
    ///
    /// It is called inside the channel's lock, so it must neither block nor
    /// publish.
    fn fan_out(&self, shards: ShardSet, publication: Arc<Publication>);

    /// Tells a publisher what became of its publication; after the fan-out.
    fn answer(&self, answer: Answer);
}
