//! What happens because time has passed: pings, and the ends of connections.

use engine::{Effect, Session};
use protocol::centrifuge::CloseCode;

use super::Shard;
use crate::connection::Phase;
use crate::figures::Count;
use crate::net::Net;
use crate::sabotage::Sabotage;
use crate::tokens::{GRACE_S, pushed};

/// Seconds between two pings, and for which a pong is waited.
pub(crate) const PING_INTERVAL_S: u32 = 8;
const PONG_TIMEOUT_S: u64 = 4;

impl Shard {
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
                    self.judge_tokens(slot, net);
                }
                _ => {}
            }
        }
        self.node.tell_guests();
    }

    /// Ends what tokens gave whose time is over; and if it is not over, that
    /// is a promise broken.
    fn judge_tokens(&mut self, slot: usize, net: &mut Net) {
        let connection = &mut self.connections[slot];
        let holder = connection.holder;
        if let Session::Centrifuge(session) = &mut connection.session
            && self.sabotage != Some(Sabotage::NeverLook)
        {
            session.expire(GRACE_S, &mut self.node, &mut self.effects);
        }
        for effect in &self.effects {
            match effect {
                Effect::Close { .. } => {
                    net.figures.count(Count::EndedConnections);
                    self.notary.check_ended(holder, "", self.node.now);
                }
                Effect::Send(message) => {
                    let text = String::from_utf8_lossy(message);
                    let (channel, _) = pushed(&text).unwrap_or_default();
                    net.figures.count(Count::EndedSubscriptions);
                    self.notary.check_ended(holder, channel, self.node.now);
                }
                _ => {}
            }
        }
        self.perform(slot);
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

    pub(super) fn remove_gone(&mut self, net: &mut Net) {
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
