//! What somebody says, and what became of it.

use engine::{Dialect, Namespace, RateLimit};

use super::allowance::Allowance;
use super::name;
use crate::channels::name_of;
use crate::event::Event;
use crate::figures::Count;
use crate::net::{MemberId, Net};
use crate::sabotage::Sabotage;

/// How somebody talks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Style {
    /// How many messages it will say.
    pub(crate) n_messages: u64,
    /// Milliseconds between two of them, at most.
    pub(crate) pause_ms: u64,
    /// How many bytes some of them carry.
    pub(crate) padding: usize,
    /// Whether it edits, deletes and reacts.
    pub(crate) amends: bool,
}

/// Something that was said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) channel: Box<str>,
    pub(crate) id: Box<str>,
    pub(crate) data: String,
    pub(crate) is_amendment: bool,
    pub(crate) state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It has no answer yet.
    Waiting,
    /// It was refused for now, and will be said again.
    Refused,
    /// It is kept, or never will be.
    Answered,
}

/// All that one member says.
#[derive(Debug)]
pub(crate) struct Voice {
    member: MemberId,
    dialect: Dialect,
    style: Style,
    pub(crate) said: Vec<Said>,
    pub(crate) allowance: Allowance,
    /// Messages of its own that it has heard: where they can be amended.
    own: Vec<(Box<str>, u64)>,
}

impl Voice {
    pub(crate) fn new(member: MemberId, dialect: Dialect, style: Style, limit: RateLimit) -> Self {
        Self {
            member,
            dialect,
            style,
            said: Vec::new(),
            allowance: Allowance::new(limit),
            own: Vec::new(),
        }
    }

    /// Finds words, and plans the next ones; returns their index.
    pub(crate) fn say(&mut self, channels: &[&str], net: &mut Net) -> Option<usize> {
        let number = self.said.len() as u64 + 1;
        if number > self.style.n_messages {
            return None;
        }
        self.plan(net);
        let channel: Box<str> = (*net.chance.pick(channels)?).into();
        let is_live = name_of(&channel).namespace() == Namespace::Live;
        let id = format!("{}-{number}", name(self.member)).into_boxed_str();
        let padding = match net.chance.one_in(3) {
            true => "x".repeat(self.style.padding),
            false => String::new(),
        };
        let mut is_amendment = false;
        let target = match self.style.amends && !is_live && net.chance.one_in(4) {
            true => net.chance.pick(&self.own).cloned(),
            false => None,
        };
        let (channel, change) = match target {
            None => (channel, String::new()),
            Some((channel, target)) => {
                is_amendment = true;
                let kind = ["edit", "delete", "reaction"][net.chance.below(3) as usize];
                (channel, format!(r#","type":"{kind}","target":{target}"#))
            }
        };
        let sender = name(self.member);
        let data = match is_live && self.dialect != Dialect::Plain {
            // Without an id the client says it once: it is of no use later.
            true => format!(r#"{{"live":"{id}","pad":"{padding}"}}"#),
            false => format!(
                r#"{{"sender":"{sender}","message":"w{number}","id":"{id}","pad":"{padding}"{change}}}"#
            ),
        };
        self.said.push(Said {
            channel,
            id,
            data,
            is_amendment,
            state: State::Waiting,
        });
        Some(self.said.len() - 1)
    }

    /// Will say something, unless all is said.
    pub(crate) fn plan(&self, net: &mut Net) {
        if (self.said.len() as u64) < self.style.n_messages {
            net.within(1, self.style.pause_ms, Event::Say(self.member));
        }
    }

    /// What was said in a live channel may be lost, or not: it is let be.
    pub(crate) fn let_be(&mut self) {
        for said in &mut self.said {
            if name_of(&said.channel).namespace() == Namespace::Live {
                said.state = State::Answered;
            }
        }
    }

    /// The same again, somewhat later.
    pub(crate) fn retry(&mut self, index: usize, net: &mut Net) {
        self.said[index].state = State::Refused;
        net.within(200, 2000, Event::Again(self.member, index));
    }

    /// The same again, when one may: the server does not hear many such errors.
    pub(crate) fn retry_late(&mut self, index: usize, net: &mut Net) {
        self.said[index].state = State::Refused;
        net.within(3000, 12_000, Event::Again(self.member, index));
    }

    /// It was refused as one too many: it is kept, and said again.
    pub(crate) fn too_many(&mut self, index: usize, net: &mut Net) {
        net.figures.count(Count::TooMany);
        match net.sabotage {
            Some(Sabotage::GiveUp) => self.said[index].state = State::Answered,
            _ => self.retry(index, net),
        }
    }

    /// One's own message was heard.
    pub(crate) fn heard_own(&mut self, channel: &str, id: &str, offset: u64) {
        let is_message = self
            .find(id)
            .is_some_and(|index| !self.said[index].is_amendment);
        if is_message {
            self.own.push((channel.into(), offset));
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        let number: usize = id
            .strip_prefix(&name(self.member))?
            .strip_prefix('-')?
            .parse()
            .ok()?;
        Some(number - 1)
    }

    pub(crate) fn unanswered(&self) -> impl Iterator<Item = &Said> {
        self.said
            .iter()
            .filter(|said| said.state != State::Answered)
    }
}
