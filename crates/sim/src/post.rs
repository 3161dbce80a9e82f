//! The shards' mailboxes: where the engine's publications go.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::log::{LogError, Record};
use engine::{
    Answer, ChannelName, Data, Fanout, Namespace, Origin, Publication, ShardId, ShardSet,
};
use protocol::centrifuge::ClientInfo;

use crate::ledger::{Broken, Passed, broken, id_of};
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

/// The shard of who has none: of calls of the HTTP API.
pub(crate) const NO_SHARD: ShardId = ShardId(u8::MAX);

/// All mailboxes of a server.
#[derive(Debug)]
pub(crate) struct Post {
    boxes: Vec<Mutex<Vec<Mail>>>,
    /// Answers to calls of the HTTP API.
    outside: Mutex<Vec<Answer>>,
    /// What was told in live channels, and to whom.
    passed: Mutex<Vec<Passed>>,
    n_passed: AtomicU64,
    sabotage: Option<Sabotage>,
}

impl Post {
    pub(crate) fn new(n_shards: usize, sabotage: Option<Sabotage>) -> Self {
        Self {
            boxes: (0..n_shards).map(|_| Mutex::default()).collect(),
            outside: Mutex::default(),
            passed: Mutex::default(),
            n_passed: AtomicU64::new(0),
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

    /// The answers to calls since it was asked last.
    pub(crate) fn take_outside(&self) -> Vec<Answer> {
        let mut outside = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *outside)
    }

    /// What was told in live channels since it was asked last.
    pub(crate) fn take_passed(&self) -> Vec<Passed> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *passed)
    }

    /// Somebody is a member by a plain WebSocket, which is told to nobody.
    pub(crate) fn joined(&self, channel: &ChannelName, client: String) {
        if channel.namespace() == Namespace::Live {
            let (channel, client) = (channel.as_str().into(), client.into());
            self.note(Passed::Joined { channel, client });
        }
    }

    fn pass(&self, publication: &Publication) {
        let channel = publication.channel.name();
        if channel.namespace() != Namespace::Live {
            return;
        }
        let channel = channel.as_str().into();
        let passed = match &publication.data {
            Data::Json { json, .. } => id_of(json).map(|id| Passed::Said { channel, id }),
            Data::Join(info) => client_of(info).map(|client| Passed::Joined { channel, client }),
            Data::Leave(_) | Data::Guests(_) | Data::Binary { .. } => return,
        };
        self.note(passed.expect("members say what has an id, and have one"));
    }

    fn note(&self, passed: Passed) {
        let mut all = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(passed);
    }

    /// Whether the sabotage strikes: now and then.
    fn strikes(&self, sabotage: Sabotage, number: Option<u64>) -> bool {
        self.sabotage == Some(sabotage) && number.is_some_and(|number| number % 8 == 7)
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
        self.pass(&publication);
        let is_live = matches!(publication.data, Data::Json { .. }) && publication.offset.is_none();
        let number = is_live.then(|| self.n_passed.fetch_add(1, Ordering::Relaxed));
        if self.strikes(Sabotage::SkipShard, publication.offset)
            || self.strikes(Sabotage::SkipLive, number)
        {
            shards.pop();
        }
        if self.strikes(Sabotage::RepeatLive, number) {
            shards.extend(shards.clone());
        }
        for shard in shards {
            self.put(shard.0.into(), Mail::Delivery(Arc::clone(&publication)));
        }
    }

    fn answer(&self, answer: Answer) {
        if self.sabotage == Some(Sabotage::LoseAnswers) {
            return;
        }
        if answer.origin.shard == NO_SHARD {
            let mut outside = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
            outside.push(answer);
        } else {
            self.put(answer.origin.shard.0.into(), Mail::Answer(answer));
        }
    }
}

/// The client that an info is about.
fn client_of(info: &[u8]) -> Result<Box<str>, Broken> {
    match serde_json::from_slice::<ClientInfo<'_>>(info) {
        Ok(info) => Ok((&*info.client).into()),
        Err(error) => broken!("this is nobody: {error}"),
    }
}
