//! Conversations as text: what comes in, and what goes out.
//!
//! A script has a line for each thing that happens; `check` compares what all
//! clients are sent with what is expected, a line for each message:
//!
//! ```text
//! ann> {"id":1,"connect":{}}     ann sends this; `|` begins another line of it
//! ann+                           ann connects and follows room:tea, unshown
//! ann: history 2                 ann connects in the plain dialect
//! ann.                           ann's connection is gone
//! ~bob> …                        the same, and nothing else happens yet
//! commit, mail, read, page       … until it is said: the log's writer has its
//!                                turn, the shard takes its mail, the log's
//!                                reader reads, or hands over what it has read
//! drop 3                         the log keeps nothing up to here any more
//! full, unreadable, well         what the log can do from now on
//! short                          pages hold a record each from now on
//! narrow                         one page of what was missed is enough at once
//! ping ann                       ann is asked whether it is there
//! ```
//!
//! Names stand for ids, and what is always the same is left out.

mod centrifuge;
mod plain;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use protocol::Language;
use protocol::centrifuge::ErrorCode;
use protocol::plain::Refusal;
use uuid::Uuid;

use super::{CentrifugeSession, PlainSession, Session, Start};
use crate::channel::{Fanout, Publication};
use crate::commit::{Answer, Origin};
use crate::engine::Engine;
use crate::format::{Dialect, Format};
use crate::guests::GuestList;
use crate::hub::Hub;
use crate::log::{Amends, Appended, Entry, Log, LogError, MemoryLog, Position, Range, Record};
use crate::name::{ChannelName, Namespace};
use crate::node::{
    Client, Draft, Effect, Identities, Identity, Node, Now, Read, Rules, SessionLimits, Speaker,
    TokenError,
};
use crate::payload::Payload;
use crate::rate::RateLimit;
use crate::shards::{ShardId, ShardSet};

const UNLIMITED: RateLimit = RateLimit {
    per_second: 0,
    burst: 0,
};

/// Plays a script, and compares what was sent.
#[track_caller]
pub(super) fn check(script: &str, expected: &str) {
    let mut stage = Stage::new();
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        stage.play(line);
    }
    let expected: Vec<_> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let (sent, expected) = (stage.sent.join("\n"), expected.join("\n"));
    assert!(sent == expected, "sent:\n{sent}\n\nexpected:\n{expected}");
}

/// One shard, and everybody who is connected to it.
struct Stage {
    node: Node,
    log: Arc<Worn>,
    mail: Arc<Post>,
    sessions: BTreeMap<u32, Session>,
    names: Vec<String>,
    reads: VecDeque<Read>,
    pages: VecDeque<(Origin, Result<Vec<Record>, LogError>)>,
    sent: Vec<String>,
}

/// What waits for the shard.
#[derive(Debug, Default)]
struct Post {
    deliveries: Mutex<Vec<Arc<Publication>>>,
    answers: Mutex<Vec<Answer>>,
}

impl Fanout for Post {
    fn fan_out(&self, _: ShardSet, publication: Arc<Publication>) {
        self.deliveries.lock().unwrap().push(publication);
    }

    fn answer(&self, answer: Answer) {
        self.answers.lock().unwrap().push(answer);
    }
}

/// A log that may have lost its oldest records, or not be able to read.
struct Worn {
    inner: MemoryLog,
    dropped: AtomicU64,
    page_max: AtomicUsize,
    is_unreadable: AtomicBool,
}

impl Worn {
    fn new() -> Self {
        Self {
            inner: MemoryLog::new(0xe),
            dropped: AtomicU64::new(0),
            page_max: AtomicUsize::new(usize::MAX),
            is_unreadable: AtomicBool::new(false),
        }
    }
}

impl Log for Worn {
    fn position(&self, channel: &str) -> Result<Position, LogError> {
        self.inner.position(channel)
    }

    fn read(&self, channel: &str, range: Range, limit: usize) -> Result<Vec<Record>, LogError> {
        if self.is_unreadable.load(Ordering::Relaxed) {
            return Err(LogError::Unusable("it is said so".into()));
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        let range = match range {
            Range::After(offset) => Range::After(offset.max(dropped)),
            Range::Before(offset) => Range::Before(offset),
        };
        let limit = limit.min(self.page_max.load(Ordering::Relaxed));
        let mut records = self.inner.read(channel, range, limit)?;
        records.retain(|record| record.offset > dropped);
        Ok(records)
    }

    fn append_by(&self, batch: &[Entry], amends: &dyn Amends) -> Result<Vec<Appended>, LogError> {
        self.inner.append_by(batch, amends)
    }
}

/// Any JSON goes but `"no"`, and is its own id.
struct AnyJson;

impl Rules for AnyJson {
    fn describe(&self, data: &str) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(data.as_bytes()))
    }

    fn guests(&self, _: &ChannelName, list: &GuestList) -> Bytes {
        list.n_nameless.to_string().into()
    }

    fn channel(&self, name: &str) -> Result<ChannelName, ErrorCode> {
        let (namespace, name) = name.split_once(':').ok_or(ErrorCode::UnknownChannel)?;
        let mut all = Namespace::ALL.into_iter();
        let namespace = all.find(|one| one.as_str() == namespace);
        ChannelName::new(namespace.ok_or(ErrorCode::UnknownChannel)?, name)
            .map_err(|_| ErrorCode::BadRequest)
    }

    fn admit(
        &mut self,
        _: &ChannelName,
        _: &Speaker<'_>,
        json: &str,
        _: Now,
    ) -> Result<Draft, Refusal> {
        if json == r#""no""# {
            return Err(Refusal::MessageEmpty);
        }
        Ok(Draft {
            id: json.into(),
            json: Bytes::copy_from_slice(json.as_bytes()),
            ..Draft::default()
        })
    }
}

/// A token is the name of its user.
struct Trusting;

impl Identities for Trusting {
    fn verify(&self, token: &str, _: Now) -> Result<Identity, TokenError> {
        match token {
            "expired" => Err(TokenError::Expired),
            "forged" => Err(TokenError::Invalid),
            user => Ok(Identity {
                user: user.into(),
                ..Identity::default()
            }),
        }
    }

    fn issue(&self, _: Now) -> (Identity, String) {
        (Identity::default(), "token".into())
    }
}

impl Stage {
    fn new() -> Self {
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
            pages: VecDeque::new(),
            sent: Vec::new(),
        }
    }

    fn play(&mut self, line: &str) {
        let (line, settles) = match line.strip_prefix('~') {
            Some(line) => (line, false),
            None => (line, true),
        };
        match line {
            "commit" => self.commit(),
            "mail" => self.open_mail(),
            "read" => self.read(),
            "page" => self.hand_over(),
            "full" => self.log.inner.fill(),
            "narrow" => self.node.limits.unread_bytes_max = 1,
            "short" => self.log.page_max.store(1, Ordering::Relaxed),
            "second" => {
                self.node.now.steady_us += 1_000_000;
                self.node.tell_guests();
                self.settle();
            }
            "unreadable" => self.log.is_unreadable.store(true, Ordering::Relaxed),
            "well" => {
                self.log.inner.make_room();
                self.log.is_unreadable.store(false, Ordering::Relaxed);
            }
            _ => {
                if let Some(name) = line.strip_prefix("ping ") {
                    self.ping(name);
                } else if let Some(offset) = line.strip_prefix("drop ") {
                    let offset = offset.parse().unwrap();
                    self.log.dropped.store(offset, Ordering::Relaxed);
                } else if let Some((name, text)) = line.split_once("> ") {
                    self.receive(name, &text.replace('|', "\n"));
                } else if let Some(name) = line.strip_suffix('+') {
                    self.follow(name);
                } else if let Some((name, start)) = line.split_once(": ") {
                    self.join(name, start);
                } else {
                    self.end(line.trim_end_matches('.'));
                }
                if settles {
                    self.settle();
                }
            }
        }
    }

    /// Lets everything happen that is on its way.
    fn settle(&mut self) {
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
    fn receive(&mut self, name: &str, text: &str) {
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

    fn follow(&mut self, name: &str) {
        let n_sent = self.sent.len();
        let connect = format!(r#"{{"id":1,"connect":{{"token":"{name}"}}}}"#);
        let subscribe = r#"{"id":2,"subscribe":{"channel":"room:tea"}}"#;
        self.receive(name, &format!("{connect}\n{subscribe}"));
        self.sent.truncate(n_sent);
    }

    fn join(&mut self, name: &str, start: &str) {
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

    fn ping(&mut self, name: &str) {
        let number = self.number(name);
        if let Some(Session::Centrifuge(session)) = self.sessions.get_mut(&number) {
            let ping = session.ping().unwrap_or_default();
            let ping = String::from_utf8_lossy(ping).into_owned();
            self.send(number, &ping);
        }
    }

    fn end(&mut self, name: &str) {
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

    fn commit(&mut self) {
        let batch = self.node.engine.commits().take();
        let _ = self.node.engine.commit(batch, &*self.mail);
    }

    /// What a shard does with its mail: publications, then answers; and who has
    /// read all that it was sent gets more.
    fn open_mail(&mut self) {
        let deliveries = std::mem::take(&mut *self.mail.deliveries.lock().unwrap());
        for publication in deliveries {
            let members = self.node.hub.members_mut(publication.channel.number());
            let is_news = |position: u64| publication.offset.is_none_or(|offset| offset > position);
            let mut told = Vec::new();
            for member in members
                .iter_mut()
                .filter(|one| one.is_live && is_news(one.position))
            {
                member.position = member.position.max(publication.offset.unwrap_or(0));
                if let Some(Payload::Text(text)) = publication.payload(member.format.dialect) {
                    told.push((
                        member.connection,
                        String::from_utf8_lossy(&text).into_owned(),
                    ));
                }
            }
            for (number, text) in told {
                self.send(number, &text);
            }
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

    fn read(&mut self) {
        if let Some(read) = self.reads.pop_front() {
            let engine = &self.node.engine;
            let records = engine.read(read.channel.name(), read.range, read.limit, self.node.now);
            self.pages.push_back((read.origin, records));
        }
    }

    fn hand_over(&mut self) {
        if let Some((origin, records)) = self.pages.pop_front() {
            self.with(origin.connection, |session, node, effects| {
                session.read(origin.tag, records, node, effects);
            });
        }
    }
}
