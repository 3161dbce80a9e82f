//! Somebody who comes: a connection, with its session.

use engine::log::LogError;
use engine::{CentrifugeSession, Client, Dialect, Format, Origin, PlainSession, Session, Start};

use super::Shard;
use crate::connection::Connection;
use crate::net::{Net, Target, WireId};

impl Shard {
    pub(super) fn welcome(&mut self, wire: WireId, net: &mut Net) {
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
        if let Session::Plain(session) = &session {
            self.post
                .joined(session.channel(&self.node), format!("wire {wire}"));
        }
        let connection = Connection::new(wire, (self.number, self.made), session);
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
}
