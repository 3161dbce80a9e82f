//! What a connection and its session say to each other.

use engine::{Answer, Effect, Node, Origin, Session};

use super::feint::without_epochs;
use super::{Inbound, Shard};
use crate::connection::Phase;
use crate::net::{Frame, Net, WireId};
use crate::sabotage::Sabotage;

impl Shard {
    pub(super) fn read(&mut self, wire: WireId, inbound: Inbound, net: &mut Net) {
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
        if self.sabotage == Some(Sabotage::OpenFeeds) && self.feigns(slot, text) {
            return;
        }
        let without;
        let text = match self.sabotage {
            Some(Sabotage::ForgetEpochs) => {
                without = without_epochs(text);
                &*without
            }
            _ => text,
        };
        let connection = &mut self.connections[slot];
        if connection.phase == Phase::Open {
            self.notary.attend(connection.holder);
            let (node, effects) = (&mut self.node, &mut self.effects);
            connection.session.text(text, node, effects);
            self.perform(slot);
        }
    }

    pub(super) fn perform(&mut self, slot: usize) {
        let connection = &mut self.connections[slot];
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Send(message) => {
                    let text = String::from_utf8(message).expect("both dialects are text");
                    connection.send(text, &self.notary, self.node.now);
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

    pub(super) fn tell_moved(&mut self) {
        for moved in self.moved.drain(..) {
            if self.sabotage == Some(Sabotage::ForgetSeats) {
                continue;
            }
            if let Some(connection) = self.connections.get_mut(moved.connection as usize) {
                connection.session.moved(moved);
            }
        }
    }

    pub(super) fn answer(&mut self, answer: Answer) {
        self.bring(answer.origin, |session, node, effects| {
            session.answer(answer, node, effects);
        });
    }

    /// Brings something to the connection that it is for, if that still is.
    pub(super) fn bring(
        &mut self,
        origin: Origin,
        work: impl FnOnce(&mut Session, &mut Node, &mut Vec<Effect>),
    ) {
        let slot = origin.connection as usize;
        let connection = self.connections.get_mut(slot);
        let Some(connection) = connection.filter(|one| one.holder.1 == origin.serial) else {
            return;
        };
        self.notary.attend(connection.holder);
        work(&mut connection.session, &mut self.node, &mut self.effects);
        self.perform(slot);
        while let connection = &mut self.connections[slot]
            && !connection.session.is_busy()
            && let Some(text) = connection.held.pop_front()
        {
            self.text(slot, &text);
        }
    }
}
