//! The shards' mailboxes: where the engine's publications go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::log::{LogError, Record};
use engine::{Answer, Fanout, Origin, Publication, ShardId, ShardSet};

use crate::net::WireId;
use crate::sabotage::Sabotage;

/// What a shard is told from outside.
#[derive(Debug)]
pub(crate) enum Mail {
    Arrival(WireId),
    Delivery(Arc<Publication>),
    Answer(Answer),
    Records {
        origin: Origin,
        records: Result<Vec<Record>, LogError>,
    },
    Stop,
}

/// All mailboxes of a server.
#[derive(Debug)]
pub(crate) struct Post {
    boxes: Vec<Mutex<Vec<Mail>>>,
    sabotage: Option<Sabotage>,
}

impl Post {
    pub(crate) fn new(n_shards: usize, sabotage: Option<Sabotage>) -> Self {
        Self {
            boxes: (0..n_shards).map(|_| Mutex::default()).collect(),
            sabotage,
        }
    }

    pub(crate) fn put(&self, shard: usize, mail: Mail) {
        self.lock(shard).push(mail);
    }

    pub(crate) fn take(&self, shard: usize) -> Vec<Mail> {
        std::mem::take(&mut *self.lock(shard))
    }

    pub(crate) fn is_empty(&self, shard: usize) -> bool {
        self.lock(shard).is_empty()
    }

    /// Whether the sabotage strikes: now and then.
    fn strikes(&self, sabotage: Sabotage, offset: Option<u64>) -> bool {
        self.sabotage == Some(sabotage) && offset.is_some_and(|offset| offset % 8 == 7)
    }

    fn lock(&self, shard: usize) -> MutexGuard<'_, Vec<Mail>> {
        self.boxes[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fanout for Post {
    fn fan_out(&self, shards: ShardSet, publication: Arc<Publication>) {
        let mut shards: Vec<ShardId> = shards.iter().collect();
        if self.strikes(Sabotage::SkipShard, publication.offset) {
            shards.pop();
        }
        for shard in shards {
            self.put(shard.0.into(), Mail::Delivery(Arc::clone(&publication)));
        }
    }

    fn answer(&self, answer: Answer) {
        if self.sabotage != Some(Sabotage::LoseAnswers) {
            self.put(answer.origin.shard.0.into(), Mail::Answer(answer));
        }
    }
}
