//! One shard, its log, and everybody who is connected: what a script makes
//! happen, line by line.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use protocol::Language;
use uuid::Uuid;

use super::outside::{AnyJson, Post, Trusting, Worn};
use crate::commit::Origin;
use crate::engine::Engine;
use crate::format::{Dialect, Format};
use crate::hub::Hub;
use crate::log::{LogError, Record};
use crate::name::{ChannelName, Namespace};
use crate::node::{Client, Effect, Node, Now, Read, SessionLimits};
use crate::payload::Payload;
use crate::publication::Publication;
use crate::rate::RateLimit;
use crate::session::{CentrifugeSession, PlainSession, Session, Start};
use crate::shards::ShardId;

const UNLIMITED: RateLimit = RateLimit {
    per_second: 0,
    burst: 0,
};

/// One shard, and everybody who is connected to it.
pub(super) struct Stage {
    pub(super) node: Node,
    pub(super) log: Arc<Worn>,
    mail: Arc<Post>,
    sessions: BTreeMap<u32, Session>,
    names: Vec<String>,
    reads: VecDeque<Read>,
    /// How much was said by `says`.
    n_said: u32,
    pages: VecDeque<(Origin, Result<Vec<Record>, LogError>)>,
    /// What clients were sent, a line each.
    pub(super) sent: Vec<String>,
}

impl Stage {
    pub(super) fn new() -> Self {
        let log = Arc::new(Worn::new());
        let mail = Arc::new(Post::default());
        let node = Node {
            shard: ShardId(0),
            engine: Arc::new(Engine::new(Arc::clone(&log) as _)),
            fanout: Arc::clone(&mail) as _,
            hub: Hub::new(ShardId(0)),
            rules: Box::new(AnyJson),
            identities: Arc::new(Trusting),
            limits: SessionLimits {
                message_rate: UNLIMITED,
                command_rate: UNLIMITED,
                unread_bytes_max: usize::MAX,
                channels_max: 3,
                ping_interval_s: 25,
            },
            now: Now::default(),
        };
        Self {
            node,
            log,
            mail,
            sessions: BTreeMap::new(),
            names: Vec::new(),
            reads: VecDeque::new(),
            n_said: 0,
            pages: VecDeque::new(),
            sent: Vec::new(),
        }
    }

    /// Lets everything happen that is on its way.
    pub(super) fn settle(&mut self) {
        for _ in 0..20 {
            self.commit();
            self.open_mail();
            self.read();
            self.hand_over();
        }
    }

    fn number(&mut self, name: &str) -> u32 {
        let known = self.names.iter().position(|one| one == name);
        let number = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        number as u32
    }

    fn origin(number: u32) -> Origin {
        Origin {
            shard: ShardId(0),
            connection: number,
            serial: 0,
            tag: 0,
        }
    }

    /// A frame from a client, which speaks Centrifuge if it is new.
    pub(super) fn receive(&mut self, name: &str, text: &str) {
        let number = self.number(name);
        self.sessions.entry(number).or_insert_with(|| {
            let client = Client {
                origin: Self::origin(number),
                id: Uuid::from_u128(number.into()),
            };
            Session::Centrifuge(Box::new(CentrifugeSession::new(client, false)))
        });
        self.with(number, |session, node, effects| {
            assert!(!session.is_busy(), "it has to wait");
            session.text(text, node, effects);
        });
    }

    pub(super) fn unshown(&mut self, happen: impl FnOnce(&mut Self)) {
        let n_sent = self.sent.len();
        happen(self);
        self.sent.truncate(n_sent);
    }

    pub(super) fn connect(&mut self, name: &str) {
        let connect = format!(r#"{{"id":1,"connect":{{"token":"{name}"}}}}"#);
        self.receive(name, &connect);
    }

    pub(super) fn follow(&mut self, name: &str) {
        self.connect(name);
        self.receive(name, r#"{"id":2,"subscribe":{"channel":"room:tea"}}"#);
    }

    /// Publishes so many values, one after the other; `3`, or `3 in room:milk`.
    pub(super) fn say(&mut self, name: &str, what: &str) {
        let (n, channel) = what.split_once(" in ").unwrap_or((what, "room:tea"));
        self.receive(
            name,
            &format!(r#"{{"id":2,"subscribe":{{"channel":"{channel}"}}}}"#),
        );
        for _ in 0..n.parse().unwrap() {
            self.n_said += 1;
            let data = format!(r#"{{"n":{}}}"#, self.n_said);
            let publish =
                format!(r#"{{"id":3,"publish":{{"channel":"{channel}","data":{data}}}}}"#);
            self.receive(name, &publish);
            self.settle();
        }
    }

    pub(super) fn join(&mut self, name: &str, start: &str) {
        let number = self.number(name);
        let start = match start.split_once(' ') {
            Some(("history", n)) => Start::Last(n.parse().unwrap()),
            Some(("since", offset)) => Start::After(offset.parse().unwrap()),
            _ => Start::Now,
        };
        let format = Format {
            dialect: Dialect::Plain,
            deflated: false,
        };
        let tea = ChannelName::new(Namespace::Room, "tea").unwrap();
        let session = PlainSession::join(&tea, Self::origin(number), format, &mut self.node);
        let session = session.unwrap().of(None, Language::English, &mut self.node);
        self.sessions.insert(number, Session::Plain(session));
        self.with(number, |session, node, effects| match session {
            Session::Plain(session) => session.start(start, node, effects),
            Session::Centrifuge(_) => unreachable!("it was made so"),
        });
    }

    pub(super) fn ping(&mut self, name: &str) {
        let number = self.number(name);
        if let Some(Session::Centrifuge(session)) = self.sessions.get_mut(&number) {
            let ping = session.ping().unwrap_or_default();
            let ping = String::from_utf8_lossy(ping).into_owned();
            self.send(number, &ping);
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        let number = self.number(name);
        self.with(number, Session::end);
        self.sessions.remove(&number);
    }

    /// Lets a session work, and does what it asks for.
    fn with(&mut self, number: u32, work: impl FnOnce(&mut Session, &mut Node, &mut Vec<Effect>)) {
        let mut effects = Vec::new();
        let Some(session) = self.sessions.get_mut(&number) else {
            return;
        };
        work(session, &mut self.node, &mut effects);
        for effect in effects {
            match effect {
                Effect::Send(message) => self.send(number, &String::from_utf8(message).unwrap()),
                Effect::Close { code, reason } => self.send(number, &format!("{code} {reason}")),
                Effect::Read(read) => self.reads.push_back(read),
                Effect::Call(_) => unreachable!("these rules answer at once"),
                // Counted, and not sent.
                Effect::Refused(_) => {}
                Effect::Moved(moved) => {
                    if let Some(session) = self.sessions.get_mut(&moved.connection) {
                        session.moved(moved);
                    }
                }
            }
        }
    }

    fn send(&mut self, number: u32, message: &str) {
        let version = concat!(r#","version":""#, env!("CARGO_PKG_VERSION"), r#"""#);
        let mut message = message.replace(version, "");
        for (other, name) in self.names.iter().enumerate() {
            let id = Uuid::from_u128(other as u128).to_string();
            message = message.replace(&id, name);
        }
        let name = &self.names[number as usize];
        self.sent.push(format!("{name}< {message}"));
    }

    pub(super) fn commit(&mut self) {
        let batch = self.node.engine.commits().take();
        let _ = self.node.engine.commit(batch, &*self.mail);
    }

    /// A second passes: guests are told of.
    pub(super) fn pass_a_second(&mut self) {
        self.node.now.steady_us += 1_000_000;
        self.node.tell_guests();
        self.settle();
    }

    /// What a shard does with its mail: publications, then answers; and who has
    /// read all that it was sent gets more.
    pub(super) fn open_mail(&mut self) {
        let deliveries = std::mem::take(&mut *self.mail.deliveries.lock().unwrap());
        for publication in deliveries {
            self.deliver(&publication);
        }
        let answers = std::mem::take(&mut *self.mail.answers.lock().unwrap());
        for answer in answers {
            self.with(answer.origin.connection, |session, node, effects| {
                session.answer(answer, node, effects);
            });
        }
        for number in 0..self.names.len() as u32 {
            self.with(number, |session, node, effects| {
                if session.is_behind() {
                    session.catch_up(node, effects);
                }
            });
        }
    }

    fn deliver(&mut self, publication: &Publication) {
        let is_news = |position: u64| publication.offset.is_none_or(|offset| offset > position);
        let members = self.node.hub.members_mut(publication.channel.number());
        let live = members.iter_mut().filter(|one| one.is_live);
        let mut told = Vec::new();
        for member in live.filter(|one| is_news(one.position)) {
            member.position = member.position.max(publication.offset.unwrap_or(0));
            if let Some(Payload::Text(text)) = publication.payload(member.format.dialect) {
                let text = String::from_utf8_lossy(&text).into_owned();
                told.push((member.connection, text));
            }
        }
        for (number, text) in told {
            self.send(number, &text);
        }
    }

    pub(super) fn read(&mut self) {
        if let Some(read) = self.reads.pop_front() {
            let engine = &self.node.engine;
            let records = engine.read(read.channel.name(), read.range, read.limit, self.node.now);
            self.pages.push_back((read.origin, records));
        }
    }

    pub(super) fn hand_over(&mut self) {
        if let Some((origin, records)) = self.pages.pop_front() {
            self.with(origin.connection, |session, node, effects| {
                session.read(origin.tag, records, node, effects);
            });
        }
    }
}
