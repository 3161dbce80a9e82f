//! What the scenarios have in common: an engine, a writer, mailboxes.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use engine::log::{Log, MemoryLog};
use engine::{
    Answer, ChannelName, Dialect, Draft, Engine, Fanout, Format, Hub, Identities, Identity,
    Namespace, Node, Now, Origin, Outcome, Publication, RateLimit, Rules, Seat, SessionLimits,
    ShardId, ShardSet, Speaker, TokenError,
};
use protocol::centrifuge::ErrorCode;
use protocol::plain::Refusal;
use shuttle::sync::{Condvar, Mutex, MutexGuard};
use shuttle::thread::{self, JoinHandle};

/// Wakes one thread, as a poll's waker does.
#[derive(Default)]
pub(crate) struct Bell {
    has_rung: Mutex<bool>,
    rings: Condvar,
}

impl Bell {
    pub(crate) fn ring(&self) {
        *self.has_rung.lock().unwrap() = true;
        self.rings.notify_one();
    }

    pub(crate) fn wait(&self) {
        let mut has_rung = self.has_rung.lock().unwrap();
        while !*has_rung {
            has_rung = self.rings.wait(has_rung).unwrap();
        }
        *has_rung = false;
    }
}

/// All mailboxes in one.
#[derive(Default)]
pub(crate) struct Post(Mutex<Told>);

#[derive(Default)]
pub(crate) struct Told {
    pub(crate) told: Vec<(ShardId, Arc<Publication>)>,
    pub(crate) answers: Vec<Outcome>,
}

impl Post {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fanout for Post {
    fn fan_out(&self, shards: ShardSet, publication: Arc<Publication>) {
        let mut told = self.lock();
        for shard in shards.iter() {
            told.told.push((shard, Arc::clone(&publication)));
        }
    }

    fn answer(&self, answer: Answer) {
        self.lock().answers.push(answer.outcome);
    }
}

pub(crate) fn tea() -> ChannelName {
    ChannelName::new(Namespace::Room, "tea").unwrap()
}

pub(crate) fn origin(connection: u32) -> Origin {
    Origin {
        shard: ShardId(0),
        connection,
        serial: 0,
        tag: 0,
    }
}

pub(crate) const PLAIN: Format = Format {
    dialect: Dialect::Plain,
    deflated: false,
};

pub(crate) fn engine() -> Arc<Engine> {
    Arc::new(Engine::new(Arc::new(MemoryLog::new(1)) as Arc<dyn Log>))
}

pub(crate) fn join(hub: &mut Hub, engine: &Engine) -> Seat {
    hub.join(engine, &tea(), 0, PLAIN).unwrap()
}

/// What the server's writer does.
pub(crate) fn spawn_writer(engine: &Arc<Engine>, post: &Arc<Post>) -> JoinHandle<()> {
    let (engine, post) = (Arc::clone(engine), Arc::clone(post));
    thread::spawn(move || {
        while let Some(batch) = engine.commits().wait() {
            engine.commit(batch, &*post).unwrap();
        }
    })
}

/// Publishes as the application's server does, in a room that may be closed.
pub(crate) fn publish(engine: &Engine, post: &Post, publisher: u32, n: u64) {
    for number in 0..n {
        let draft = Draft {
            id: format!("{publisher}-{number}").into(),
            json: Bytes::from_static(b"{}"),
            ..Draft::default()
        };
        let (now, origin) = (Now::default(), origin(publisher));
        engine.publish(&tea(), draft, now, origin, post).unwrap();
    }
    engine.commits().wake();
}

/// Two who publish so many each, at once.
pub(crate) fn spawn_publishers(
    engine: &Arc<Engine>,
    post: &Arc<Post>,
    n: u64,
) -> [JoinHandle<()>; 2] {
    [0, 1].map(|publisher| {
        let (engine, post) = (Arc::clone(engine), Arc::clone(post));
        thread::spawn(move || publish(&engine, &post, publisher, n))
    })
}

pub(crate) fn node(engine: &Arc<Engine>, post: &Arc<Post>) -> Node {
    const UNLIMITED: RateLimit = RateLimit {
        per_second: 0,
        burst: 0,
    };
    Node {
        shard: ShardId(0),
        engine: Arc::clone(engine),
        fanout: Arc::clone(post) as _,
        hub: Hub::new(ShardId(0)),
        rules: Box::new(OneRoom),
        identities: Arc::new(Anybody),
        limits: SessionLimits {
            unread_bytes_max: usize::MAX,
            message_rate: UNLIMITED,
            command_rate: UNLIMITED,
            channels_max: 1,
            ping_interval_s: 25,
        },
        now: Now::default(),
    }
}

struct OneRoom;

impl Rules for OneRoom {
    fn describe(&self, _: &str) -> Option<Bytes> {
        None
    }

    fn channel(&self, _: &str) -> Result<ChannelName, ErrorCode> {
        Ok(tea())
    }

    fn admit(
        &mut self,
        _: &ChannelName,
        _: &Speaker<'_>,
        _: &str,
        _: Now,
    ) -> Result<Draft, Refusal> {
        Err(Refusal::NotJson)
    }
}

struct Anybody;

impl Identities for Anybody {
    fn verify(&self, _: &str, _: Now) -> Result<Identity, TokenError> {
        Err(TokenError::Invalid)
    }

    fn issue(&self, _: Now) -> (Identity, String) {
        (Identity::default(), String::new())
    }
}
