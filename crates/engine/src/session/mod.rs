//! A connection's conversation with the engine, in one dialect or the other.
//!
//! A session is a machine that is fed with what comes from its client, from
//! the log and from the clock, and that asks for what it cannot do itself by
//! [`Effect`]s. It knows no socket: a server drives it, or a simulation.

mod centrifuge;
mod plain;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use protocol::centrifuge::Error;

use crate::commit::Answer;
use crate::format::Dialect;
use crate::hub::Moved;
use crate::log::{LogError, Record};
use crate::node::{Effect, Node};
use crate::payload::Payload;
use crate::publication::Publication;

pub use self::centrifuge::{CentrifugeSession, ERROR_RATE};
pub use self::plain::{PlainSession, Start};

/// How many times the rate of what is let in that of errors is: whoever
/// outruns it does not listen.
const PATIENCE: u32 = 10;

/// A conversation.
#[derive(Debug)]
pub enum Session {
    /// In the plain dialect, in one channel.
    Plain(PlainSession),
    /// In the Centrifuge dialect, in many; boxed, since the other is small.
    Centrifuge(Box<CentrifugeSession>),
}

impl Session {
    /// Takes a text message.
    pub fn text(&mut self, text: &str, node: &mut Node, effects: &mut Vec<Effect>) {
        match self {
            Self::Plain(session) => session.text(text, node, effects),
            Self::Centrifuge(session) => session.take(text, node, effects),
        }
    }

    /// Takes a binary message.
    pub fn binary(&mut self, bytes: &[u8], node: &mut Node, effects: &mut Vec<Effect>) {
        match self {
            Self::Plain(session) => session.binary(bytes, node, effects),
            Self::Centrifuge(_) => effects.push(CentrifugeSession::refuse_binary()),
        }
    }

    /// Whether it is to be given nothing more for now.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Plain(session) => session.is_busy(),
            Self::Centrifuge(session) => session.is_busy(),
        }
    }

    /// Hears what became of a publication of its own.
    pub fn answer(&mut self, answer: Answer, node: &mut Node, effects: &mut Vec<Effect>) {
        match self {
            Self::Plain(session) => session.answer(answer, node, effects),
            Self::Centrifuge(session) => session.answer(&answer, node, effects),
        }
    }

    /// Gets what it asked the log for; `tag` is the one of its [`Read`].
    ///
    /// [`Read`]: crate::Read
    pub fn read(
        &mut self,
        tag: u32,
        records: Result<Vec<Record>, LogError>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        match self {
            Self::Plain(session) => session.read(records, node, effects),
            Self::Centrifuge(session) => session.read(tag, records, node, effects),
        }
    }

    /// Gets the answer to a call that it could not answer itself.
    pub fn called(
        &mut self,
        result: Result<Bytes, Error<'static>>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        match self {
            // In this dialect there are no calls.
            Self::Plain(_) => {}
            Self::Centrifuge(session) => session.called(result, node, effects),
        }
    }

    /// Whether it misses something and can be sent more of it.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        match self {
            Self::Plain(session) => session.is_behind(),
            Self::Centrifuge(session) => session.is_behind(),
        }
    }

    /// Sends more of what it misses; to be called while
    /// [`is_behind`](Self::is_behind), when the client has read what it got.
    pub fn catch_up(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        match self {
            Self::Plain(session) => session.catch_up(node, effects),
            Self::Centrifuge(session) => session.catch_up_all(node, effects),
        }
    }

    /// Learns that a seat of its has changed.
    pub fn moved(&mut self, moved: Moved) {
        match self {
            Self::Plain(session) => session.moved(moved),
            Self::Centrifuge(session) => session.moved(moved),
        }
    }

    /// Ends all that it has in the engine; the client is gone.
    pub fn end(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        match self {
            Self::Plain(session) => session.end(node, effects),
            Self::Centrifuge(session) => session.end(node, effects),
        }
    }
}

/// Sends a publication that a client has missed.
fn send(publication: &Publication, dialect: Dialect, effects: &mut Vec<Effect>) {
    if let Some(Payload::Text(text)) = publication.payload(dialect) {
        effects.push(Effect::Send(text.into_owned()));
    }
}
