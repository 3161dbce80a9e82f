//! A shard as the server has it, but for sockets: turns, mail and outboxes.
//!
//! It does what `server::shard` does, in the same order, and nothing of the
//! engine's: sessions, hub and rules are the real ones.

mod arrival;
mod dialogue;
mod fan_out;
mod feint;
mod time;

use std::sync::Arc;

use chat::{Chat, MessageIds};
use engine::{
    Effect, Engine, Hub, Moved, Node, Now, RateLimit, Read, Session, SessionLimits, ShardId,
};
use protocol::centrifuge::CloseCode;
use slab::Slab;

use crate::connection::{Connection, Phase};
use crate::net::{Frame, Net, WireId};
use crate::post::{Mail, Post};
use crate::sabotage::Sabotage;
use crate::server::Build;
use crate::tokens::Notary;

pub(crate) use self::time::PING_INTERVAL_S;

/// Commands but publications are not what it is about.
const UNLIMITED: RateLimit = RateLimit {
    per_second: 0,
    burst: 0,
};

/// One thread's share of the connections.
pub(crate) struct Shard {
    pub(crate) number: usize,
    pub(crate) node: Node,
    notary: Arc<Notary>,
    post: Arc<Post>,
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

impl Shard {
    pub(crate) fn new(
        number: usize,
        engine: Arc<Engine>,
        post: Arc<Post>,
        notary: Arc<Notary>,
        build: Build,
        seed: u64,
    ) -> Self {
        let message_rate = match build.sabotage {
            Some(Sabotage::IgnoreRate) => UNLIMITED,
            _ => build.message_rate,
        };
        let shard = ShardId(number as u8);
        let fanout = Arc::clone(&post) as Arc<_>;
        let node = Node {
            shard,
            engine,
            fanout,
            hub: Hub::new(shard),
            rules: Box::new(Chat::new(MessageIds::new(seed))),
            identities: Arc::clone(&notary) as Arc<_>,
            limits: SessionLimits {
                message_rate,
                command_rate: UNLIMITED,
                unread_bytes_max: build.queue_bytes_max / 4,
                channels_max: 16,
                ping_interval_s: PING_INTERVAL_S,
            },
            now: Now::default(),
        };
        Self {
            number,
            node,
            notary,
            post,
            inbox: Vec::new(),
            reads: Vec::new(),
            has_turn: false,
            connections: Slab::new(),
            to_flush: Vec::new(),
            gone: Vec::new(),
            moved: Vec::new(),
            effects: Vec::new(),
            made: 0,
            queue_bytes_max: build.queue_bytes_max,
            sabotage: build.sabotage,
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
}
