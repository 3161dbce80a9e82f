//! A shard as the server has it, but for sockets: turns, mail and outboxes.
//!
//! It does what `server::shard` does, in the same order, and nothing of the
//! engine's: sessions, hub and rules are the real ones.

use std::sync::Arc;

use chat::{Chat, MessageIds};
use engine::log::LogError;
use engine::{
    Answer, CentrifugeSession, Client, Dialect, Effect, Engine, Format, Hub, Identities, Identity,
    Member, Moved, Node, Now, Origin, Payload, PlainSession, Publication, RateLimit, Read, Session,
    SessionLimits, ShardId, Start, TokenError,
};
use protocol::centrifuge::CloseCode;
use slab::Slab;

use crate::connection::{Connection, Phase};
use crate::net::{Frame, Net, Target, WireId};
use crate::post::{Mail, Post};
use crate::sabotage::Sabotage;

/// Seconds between two pings, and for which a pong is waited.
const PING_INTERVAL_S: u32 = 8;
const PONG_TIMEOUT_S: u64 = 4;

/// Rates are counted elsewhere.
const UNLIMITED: RateLimit = RateLimit {
    per_second: 0,
    burst: 0,
};

/// One thread's share of the connections.
pub(crate) struct Shard {
    pub(crate) number: usize,
    pub(crate) node: Node,
    pub(crate) inbox: Vec<(WireId, Inbound)>,
    /// What the log is asked for.
    pub(crate) reads: Vec<Read>,
    /// Whether a turn is to come.
    pub(crate) has_turn: bool,
    connections: Slab<Connection>,
    to_flush: Vec<usize>,
    gone: Vec<usize>,
    moved: Vec<Moved>,
    effects: Vec<Effect>,
    made: u32,
    queue_bytes_max: usize,
    sabotage: Option<Sabotage>,
}

/// What comes to the server's end of a wire.
#[derive(Debug)]
pub(crate) enum Inbound {
    Frame(Frame),
    /// The wire takes more downwards.
    Writable,
    Lost,
}

/// Everybody is who they say.
struct Trusting;

impl Identities for Trusting {
    fn verify(&self, token: &str, _: Now) -> Result<Identity, TokenError> {
        Ok(Identity {
            user: token.into(),
            ..Identity::default()
        })
    }

    fn issue(&self, _: Now) -> (Identity, String) {
        (Identity::default(), String::new())
    }
}

impl Shard {
    pub(crate) fn new(
        number: usize,
        engine: Arc<Engine>,
        post: Arc<Post>,
        queue_bytes_max: usize,
        seed: u64,
        sabotage: Option<Sabotage>,
    ) -> Self {
        let shard = ShardId(number as u8);
        let node = Node {
            shard,
            engine,
            fanout: post,
            hub: Hub::new(shard),
            rules: Box::new(Chat::new(MessageIds::new(seed))),
            identities: Arc::new(Trusting),
            limits: SessionLimits {
                message_rate: UNLIMITED,
                command_rate: UNLIMITED,
                channels_max: 16,
                ping_interval_s: PING_INTERVAL_S,
            },
            now: Now::default(),
        };
        Self {
            number,
            node,
            inbox: Vec::new(),
            reads: Vec::new(),
            has_turn: false,
            connections: Slab::new(),
            to_flush: Vec::new(),
            gone: Vec::new(),
            moved: Vec::new(),
            effects: Vec::new(),
            made: 0,
            queue_bytes_max,
            sabotage,
        }
    }

    /// Reads, opens the mail, and writes.
    pub(crate) fn turn(&mut self, mail: Vec<Mail>, net: &mut Net) {
        self.node.now = net.server_now();
        for (wire, inbound) in std::mem::take(&mut self.inbox) {
            self.read(wire, inbound, net);
        }
        self.open(mail, net);
        for slot in std::mem::take(&mut self.to_flush) {
            self.flush(slot, net);
        }
        self.remove_gone(net);
    }

    /// Whether there is something to do though nothing comes.
    pub(crate) fn is_at_work(&self) -> bool {
        !(self.to_flush.is_empty() && self.inbox.is_empty())
    }

    fn read(&mut self, wire: WireId, inbound: Inbound, net: &mut Net) {
        let Some((_, slot)) = net.wire(wire).seat else {
            return;
        };
        let connection = &mut self.connections[slot];
        connection.awaiting_pong = false;
        match inbound {
            Inbound::Frame(Frame::Text(text)) => match connection.session.is_busy() {
                true => connection.held.push_back(text),
                false => self.text(slot, &text),
            },
            Inbound::Frame(Frame::Close(_)) | Inbound::Lost => self.gone.push(slot),
            Inbound::Frame(_) => {}
            Inbound::Writable => self.to_flush.push(slot),
        }
    }

    fn text(&mut self, slot: usize, text: &str) {
        let connection = &mut self.connections[slot];
        if connection.phase == Phase::Open {
            let (node, effects) = (&mut self.node, &mut self.effects);
            connection.session.text(text, node, effects);
            self.perform(slot);
        }
    }

    fn perform(&mut self, slot: usize) {
        let connection = &mut self.connections[slot];
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Send(message) => {
                    let text = String::from_utf8(message).expect("both dialects are text");
                    connection.deliver(Frame::Text(text));
                }
                Effect::Close { code, .. } => connection.close(code, self.node.now),
                Effect::Read(read) => self.reads.push(read),
                Effect::Moved(moved) => self.moved.push(moved),
                // Nobody here calls, and nobody counts.
                Effect::Call(_) | Effect::Refused(_) => {}
            }
        }
        self.to_flush.push(slot);
        self.tell_moved();
    }

    fn tell_moved(&mut self) {
        for moved in self.moved.drain(..) {
            if self.sabotage == Some(Sabotage::ForgetSeats) {
                continue;
            }
            if let Some(connection) = self.connections.get_mut(moved.connection as usize) {
                connection.session.moved(moved);
            }
        }
    }

    fn open(&mut self, mail: Vec<Mail>, net: &mut Net) {
        let deliveries = mail.iter().filter_map(|mail| match mail {
            Mail::Delivery(publication) => Some(Arc::clone(publication)),
            _ => None,
        });
        let mut deliveries: Vec<_> = deliveries.collect();
        if self.sabotage == Some(Sabotage::Swap) && deliveries.len() > 1 {
            deliveries.swap(0, 1);
        }
        deliveries.sort_by_key(|delivery| delivery.channel.number());
        for run in deliveries.chunk_by(|a, b| a.channel.number() == b.channel.number()) {
            self.fan_out(run);
        }
        for mail in mail {
            match mail {
                Mail::Delivery(_) => {}
                Mail::Arrival(wire) => self.welcome(wire, net),
                Mail::Answer(answer) => self.answer(answer),
                Mail::Records { origin, records } => {
                    self.bring(origin, |session, node, effects| {
                        session.read(origin.tag, records, node, effects);
                    });
                }
                Mail::Stop => {
                    let all: Vec<_> = self.connections.iter().map(|(slot, _)| slot).collect();
                    for slot in all {
                        self.close_by(slot, CloseCode::Shutdown, 1001);
                    }
                }
            }
        }
    }

    /// A turn's publications of one channel.
    fn fan_out(&mut self, run: &[Arc<Publication>]) {
        let last_offset = run.iter().filter_map(|one| one.offset).next_back();
        let ignores_positions = self.sabotage == Some(Sabotage::IgnorePositions);
        for member in self.node.hub.members_mut(run[0].channel.number()) {
            if !member.is_live && self.sabotage != Some(Sabotage::LiveTooEarly) {
                continue;
            }
            let slot = member.connection as usize;
            let is_news = |offset: u64| offset > member.position || ignores_positions;
            for publication in run.iter().filter(|one| one.offset.is_none_or(is_news)) {
                if let Some(text) = encode(publication, member) {
                    self.connections[slot].deliver(Frame::Text(text));
                }
            }
            member.position = member.position.max(last_offset.unwrap_or(0));
            self.to_flush.push(slot);
        }
    }

    fn welcome(&mut self, wire: WireId, net: &mut Net) {
        self.made += 1;
        let slot = self.connections.vacant_key();
        let origin = Origin {
            shard: self.node.shard,
            connection: slot as u32,
            serial: self.made,
            tag: 0,
        };
        let target = net.wire(wire).target.clone();
        let Ok(session) = self.session(target, origin, net) else {
            net.note(format_args!("wire {wire} finds its room closed"));
            return net.end_down(wire);
        };
        let connection = Connection::new(wire, self.made, session);
        self.connections.insert(connection);
        net.wire(wire).seat = Some((self.number, slot));
        self.perform(slot);
        if net.wire(wire).is_ended {
            self.gone.push(slot);
        }
    }

    fn session(
        &mut self,
        target: Target,
        origin: Origin,
        net: &mut Net,
    ) -> Result<Session, LogError> {
        let Target::Plain { channel, since } = target else {
            let id = net.chance.uuid();
            let session = CentrifugeSession::new(Client { origin, id }, false);
            return Ok(Session::Centrifuge(Box::new(session)));
        };
        let format = Format {
            dialect: Dialect::Plain,
            deflated: false,
        };
        let mut session = PlainSession::join(&channel, origin, format, &mut self.node)?;
        session.start(Start::After(since), &mut self.node, &mut self.effects);
        Ok(Session::Plain(session))
    }

    fn answer(&mut self, answer: Answer) {
        self.bring(answer.origin, |session, node, effects| {
            session.answer(answer, node, effects);
        });
    }

    /// Brings something to the connection that it is for, if that still is.
    fn bring(
        &mut self,
        origin: Origin,
        work: impl FnOnce(&mut Session, &mut Node, &mut Vec<Effect>),
    ) {
        let slot = origin.connection as usize;
        let connection = self.connections.get_mut(slot);
        let Some(connection) = connection.filter(|one| one.serial == origin.serial) else {
            return;
        };
        work(&mut connection.session, &mut self.node, &mut self.effects);
        self.perform(slot);
        while let connection = &mut self.connections[slot]
            && !connection.session.is_busy()
            && let Some(text) = connection.held.pop_front()
        {
            self.text(slot, &text);
        }
    }

    fn flush(&mut self, slot: usize, net: &mut Net) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        connection.write(net);
        if connection.outbox_bytes > self.queue_bytes_max && connection.phase == Phase::Open {
            net.note(format_args!("wire {} is read too slowly", connection.wire));
            connection.outbox.clear();
            connection.outbox_bytes = 0;
            self.close_by(slot, CloseCode::Slow, 1013);
        }
        let connection = &mut self.connections[slot];
        connection.write(net);
        let is_behind = connection.session.is_behind() && connection.phase == Phase::Open;
        if connection.outbox.is_empty() && is_behind {
            connection
                .session
                .catch_up(&mut self.node, &mut self.effects);
            self.perform(slot);
        }
    }

    /// Says goodbye in the words of the dialect.
    fn close_by(&mut self, slot: usize, centrifuge: CloseCode, plain: u16) {
        let connection = &mut self.connections[slot];
        let code = match connection.session {
            Session::Plain(_) => plain,
            Session::Centrifuge(_) => centrifuge.code(),
        };
        connection.close(code, self.node.now);
        self.to_flush.push(slot);
    }

    /// Pings some and judges others, once a second, and ends who does not
    /// answer a close.
    pub(crate) fn keep_time(&mut self, net: &mut Net) {
        self.node.now = net.server_now();
        let second = net.now.as_secs();
        let interval = u64::from(PING_INTERVAL_S);
        let all: Vec<_> = self.connections.iter().map(|(slot, _)| slot).collect();
        for slot in all {
            let turn = (second + interval - slot as u64 % interval) % interval;
            let connection = &mut self.connections[slot];
            match connection.phase {
                Phase::Closing { until_s } if second >= until_s => self.gone.push(slot),
                Phase::Open if turn == PONG_TIMEOUT_S + 1 => self.judge(slot),
                Phase::Open if turn == 0 => {
                    connection.ping();
                    self.to_flush.push(slot);
                }
                _ => {}
            }
        }
    }

    fn judge(&mut self, slot: usize) {
        let connection = &self.connections[slot];
        match &connection.session {
            Session::Plain(_) if connection.awaiting_pong => self.gone.push(slot),
            Session::Centrifuge(session) if session.is_silent() => {
                self.close_by(slot, CloseCode::NoPong, 0);
            }
            _ => {}
        }
    }

    fn remove_gone(&mut self, net: &mut Net) {
        while let Some(slot) = self.gone.pop() {
            let Some(mut connection) = self.connections.try_remove(slot) else {
                continue;
            };
            let wire = connection.wire;
            net.note(format_args!("the server drops wire {wire}"));
            net.wire(wire).seat = None;
            net.end_down(wire);
            if self.sabotage == Some(Sabotage::StayBehind) {
                continue;
            }
            connection.session.end(&mut self.node, &mut self.effects);
            for effect in self.effects.drain(..) {
                if let Effect::Moved(moved) = effect {
                    self.moved.push(moved);
                }
            }
            self.tell_moved();
        }
    }
}

fn encode(publication: &Publication, member: &Member) -> Option<String> {
    match publication.payload(member.format.dialect)? {
        Payload::Text(text) => Some(String::from_utf8_lossy(&text).into_owned()),
        Payload::Binary(_) => None,
    }
}
