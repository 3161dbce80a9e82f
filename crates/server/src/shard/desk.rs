//! What a shard's connections share while they work: never with another
//! shard, so nothing here is locked but what [`Shared`] says.

use std::sync::Arc;

use chat::{Chat, MessageIds};
use engine::{Effect, Engine, Fanout, Hub, Identities, Moved, Node, Now, SessionLimits, ShardId};
use storage::Index;
use websocket::{DeflateOptions, Deflater};

use super::time::Deadlines;
use crate::clock::Clock;
use crate::keeper::{Calls, Reads};
use crate::limits::Limits;
use crate::mailbox::{Mailbox, Mailboxes};
use crate::metrics::{Metrics, ShardCounts};

/// What all shards share.
pub(crate) struct Shared {
    pub(crate) engine: Arc<Engine>,
    /// What a search looks into; none where nothing is on disk.
    pub(crate) index: Option<Arc<Index>>,
    pub(crate) mailboxes: Arc<Mailboxes>,
    pub(crate) identities: Arc<dyn Identities + Send + Sync>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Clock,
}

impl Shared {
    /// Whether so much waits for a shard or for the log that nobody should
    /// say more.
    pub(crate) fn is_full(&self) -> bool {
        self.mailboxes.are_full() || self.engine.commits().are_full()
    }

    /// Wakes whoever sleeps and has got something to do: shards, the writer.
    pub(crate) fn wake(&self) {
        self.mailboxes.wake();
        self.engine.commits().wake();
    }
}

/// The tools of one shard, and the lists in which its connections ask for
/// what they need: to be read, to be flushed, to be removed.
pub(crate) struct Desk {
    pub(crate) shared: Arc<Shared>,
    pub(crate) node: Node,
    pub(crate) reads: Reads,
    pub(crate) calls: Calls,
    pub(crate) deflater: Deflater,
    /// Connections that may have something to read.
    pub(crate) unread: Vec<u32>,
    /// Connections for which something waits to be written.
    pub(crate) to_flush: Vec<u32>,
    /// When connections that are closing are dropped.
    pub(crate) deadlines: Deadlines,
    /// Until when those who just came have to say who they are.
    pub(crate) introductions: Deadlines,
    /// Connections that are over, to be removed at the end of the turn.
    pub(crate) gone: Vec<u32>,
    /// Members that have a new seat and do not know it yet.
    pub(crate) moved: Vec<Moved>,
    /// What a session asked for; empty between its steps.
    pub(crate) effects: Vec<Effect>,
}

impl Desk {
    pub(crate) fn new(shard: ShardId, shared: Arc<Shared>, reads: Reads, calls: Calls) -> Self {
        let now = shared.clock.now();
        // Ids need not be secret, only different: the time and the shard do.
        let seed = (now.unix_ms << 8) ^ u64::from(shard.0) ^ (u64::from(std::process::id()) << 48);
        let fanout = Arc::clone(&shared.mailboxes) as Arc<dyn Fanout + Send + Sync>;
        let node = Node {
            shard,
            engine: Arc::clone(&shared.engine),
            fanout,
            hub: Hub::new(shard),
            rules: Box::new(Chat::new(MessageIds::new(seed))),
            identities: Arc::clone(&shared.identities),
            limits: SessionLimits {
                message_rate: shared.limits.message_rate,
                command_rate: shared.limits.command_rate,
                // Beside it there is room for a page, and for what is said now.
                unread_bytes_max: shared.limits.queue_bytes_max / 4,
                channels_max: shared.limits.channels_max,
                ping_interval_s: shared.limits.ping_interval.as_secs() as u32,
            },
            now,
        };
        Self {
            shared,
            node,
            reads,
            calls,
            deflater: Deflater::new(DeflateOptions::default()),
            unread: Vec::new(),
            to_flush: Vec::new(),
            deadlines: Deadlines::default(),
            introductions: Deadlines::default(),
            gone: Vec::new(),
            moved: Vec::new(),
            effects: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> Now {
        self.node.now
    }

    pub(crate) fn look_at_the_clock(&mut self) {
        self.node.now = self.shared.clock.now();
    }

    /// What this shard counts.
    pub(crate) fn counts(&self) -> &ShardCounts {
        self.shared.metrics.shard(self.node.shard)
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        self.shared.mailboxes.of(self.node.shard)
    }
}
