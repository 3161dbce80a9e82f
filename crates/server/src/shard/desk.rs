//! What a shard's connections share while they work: never with another
//! shard, so nothing here is locked but what [`Shared`] says.

use std::sync::Arc;

use chat::MessageIds;
use engine::{Engine, Hub, ShardId};
use websocket::{DeflateOptions, Deflater};

use super::time::Deadlines;
use crate::clock::{Clock, Now};
use crate::delivery::Format;
use crate::limits::Limits;
use crate::mailbox::{Mailbox, Mailboxes};

/// What all shards share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
}

/// The tools of one shard, and the lists in which its connections ask for
/// what they need: to be read, to be flushed, to be removed.
pub(crate) struct Desk {
    pub(crate) shard: ShardId,
    pub(crate) shared: Arc<Shared>,
    pub(crate) hub: Hub<Format>,
    pub(crate) deflater: Deflater,
    pub(crate) ids: MessageIds,
    /// The time at which this turn began.
    pub(crate) now: Now,
    /// Connections that may have something to read.
    pub(crate) unread: Vec<u32>,
    /// Connections for which something waits to be written.
    pub(crate) to_flush: Vec<u32>,
    /// When connections that are closing are dropped.
    pub(crate) deadlines: Deadlines,
    /// Connections that are over, to be removed at the end of the turn.
    pub(crate) gone: Vec<u32>,
}

impl Desk {
    pub(crate) fn new(shard: ShardId, shared: Arc<Shared>) -> Self {
        let now = shared.clock.now();
        // Ids need not be secret, only different: the time and the shard do.
        let seed = (now.unix_ms << 8) ^ u64::from(shard.0) ^ (u64::from(std::process::id()) << 48);
        Self {
            shard,
            hub: Hub::new(shard),
            deflater: Deflater::new(DeflateOptions::default()),
            ids: MessageIds::new(seed),
            now,
            unread: Vec::new(),
            to_flush: Vec::new(),
            deadlines: Deadlines::default(),
            gone: Vec::new(),
            shared,
        }
    }

    pub(crate) fn look_at_the_clock(&mut self) {
        self.now = self.shared.clock.now();
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        self.shared.mailboxes.of(self.shard)
    }
}
