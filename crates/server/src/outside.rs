//! Those who publish without a connection of a shard: calls of the HTTP API.
//!
//! The writer answers whoever published by its shard and number. A call has a
//! number here, and a shard that is none.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::{Answer, Origin, ShardId};
use tokio::sync::oneshot;

/// The shard of who has none; the real ones are counted from 0.
const NO_SHARD: ShardId = ShardId(u8::MAX);

/// The calls that wait to hear what became of a publication.
#[derive(Debug, Default)]
pub(crate) struct Outside(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    calls: HashMap<u32, oneshot::Sender<Answer>>,
    made: u32,
}

impl Outside {
    /// Where a publication comes from, and where its answer will be.
    pub(crate) fn expect(&self) -> (Origin, oneshot::Receiver<Answer>) {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.lock();
        waiting.made = waiting.made.wrapping_add(1);
        let connection = waiting.made;
        waiting.calls.insert(connection, sender);
        let origin = Origin {
            shard: NO_SHARD,
            connection,
            serial: 0,
            tag: 0,
        };
        (origin, receiver)
    }

    /// Nothing will come for this origin.
    pub(crate) fn forget(&self, origin: Origin) {
        self.lock().calls.remove(&origin.connection);
    }

    /// Hands on an answer; gives it back where it is for a shard.
    pub(crate) fn take(&self, answer: Answer) -> Option<Answer> {
        if answer.origin.shard != NO_SHARD {
            return Some(answer);
        }
        if let Some(call) = self.lock().calls.remove(&answer.origin.connection) {
            // Whoever called may have gone.
            let _ = call.send(answer);
        }
        None
    }

    /// Every change under the lock is whole, so a poisoned lock is sound.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
