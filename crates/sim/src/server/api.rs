//! The HTTP API, as far as it publishes: in feeds at once, in rooms when it is
//! on disk.

use std::collections::BTreeMap;

use chat::{Chat, MessageIds};
use engine::log::{LogError, Position};
use engine::{Dialect, Draft, Namespace, Origin, Outcome, Rules as _, Speaker};

use super::Server;
use crate::application::{Call, Notice};
use crate::channels::name_of;
use crate::event::Event;
use crate::figures::Count;
use crate::net::Net;
use crate::post::NO_SHARD;
use crate::sabotage::Sabotage;

/// What is published for applications.
pub(crate) struct Api {
    rules: Chat,
    /// The calls that wait for the log's writer, with the epoch of their room.
    waiting: BTreeMap<u32, (Call, Box<str>)>,
    made: u32,
}

/// An application: no name vouches for what it says.
const NOBODY: Speaker<'_> = Speaker {
    dialect: Dialect::Centrifuge,
    name: None,
    verified_name: None,
    last_name: None,
};

impl Api {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rules: Chat::new(MessageIds::new(seed)),
            waiting: BTreeMap::new(),
            made: 0,
        }
    }
}

impl Server {
    /// Publishes. The answer comes at once, or once the log has it.
    ///
    /// # Errors
    /// If the log cannot say how far the room has come.
    pub(crate) fn publish(
        &mut self,
        call: Call,
        notice: &Notice,
        net: &mut Net,
    ) -> Result<(), LogError> {
        let (name, now) = (name_of(&notice.channel), net.server_now());
        let admitted = self.api.rules.admit(&name, &NOBODY, &notice.data(), now);
        let mut draft = admitted.expect("what it says is a message");
        if name.namespace() == Namespace::Feed {
            let id = key(notice, net.sabotage);
            draft = Draft { id, ..draft };
        }
        self.api.made += 1;
        let origin = Origin {
            shard: NO_SHARD,
            connection: self.api.made,
            serial: 0,
            tag: 0,
        };
        let (engine, post) = (&self.engine, &*self.post);
        let (channel, outcome) = engine.publish(&name, draft, now, origin, post)?;
        let epoch = channel.epoch().into();
        match outcome {
            Some(outcome) => answer(call, &outcome, epoch, net),
            None => {
                self.api.waiting.insert(origin.connection, (call, epoch));
                self.may_write = true;
            }
        }
        Ok(())
    }

    /// Answers the calls that the log's writer has answered.
    pub(crate) fn answer_calls(&mut self, net: &mut Net) {
        for done in self.post.take_outside() {
            if let Some((call, epoch)) = self.api.waiting.remove(&done.origin.connection) {
                answer(call, &done.outcome, epoch, net);
            }
        }
    }
}

/// What makes a call for the same again recognisable.
fn key(notice: &Notice, sabotage: Option<Sabotage>) -> Box<str> {
    match sabotage {
        Some(Sabotage::ForgetKeys) => "".into(),
        _ => notice.key.clone(),
    }
}

fn answer(call: Call, outcome: &Outcome, epoch: Box<str>, net: &mut Net) {
    let offset = match outcome {
        Outcome::Stored { offset } => Some(*offset),
        Outcome::Repeated(record) => {
            net.figures.count(Count::CallRepeats);
            Some(record.offset)
        }
        _ => None,
    };
    net.note(format_args!("{call:?} comes to {offset:?} of {epoch}"));
    let position = offset.map(|offset| Position { offset, epoch });
    net.send_call(Event::Answered(call, position));
}
