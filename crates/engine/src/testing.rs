//! What the tests of this crate share.

use std::sync::{Arc, Mutex};

use crate::commit::{Answer, Origin, Outcome};
use crate::engine::Engine;
use crate::publication::{Fanout, Publication};
use crate::shards::{ShardId, ShardSet};

/// Writes down who was told what.
#[derive(Debug, Default)]
pub(crate) struct Told {
    publications: Mutex<Vec<(Vec<ShardId>, Option<u64>)>>,
    outcomes: Mutex<Vec<Outcome>>,
}

impl Told {
    /// The shards and the offset of each publication.
    pub(crate) fn publications(&self) -> Vec<(Vec<ShardId>, Option<u64>)> {
        self.publications.lock().unwrap().clone()
    }

    /// What publishers were told.
    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        self.outcomes.lock().unwrap().clone()
    }
}

impl Fanout for Told {
    fn fan_out(&self, shards: ShardSet, publication: Arc<Publication>) {
        let told = (shards.iter().collect(), publication.offset);
        self.publications.lock().unwrap().push(told);
    }

    fn answer(&self, answer: Answer) {
        self.outcomes.lock().unwrap().push(answer.outcome);
    }
}

/// Where a publication comes from, by its tag.
pub(crate) fn origin(tag: u32) -> Origin {
    Origin {
        shard: ShardId(0),
        connection: 0,
        serial: 0,
        tag,
    }
}

/// Does what the log's writer does until nothing waits.
pub(crate) fn commit_all(engine: &Engine, told: &Told) {
    loop {
        let batch = engine.commits().take();
        if batch.is_empty() {
            return;
        }
        let _ = engine.commit(batch, told);
    }
}
