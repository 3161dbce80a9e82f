//! Connections, one after the other: how each begins, how it ends, and what
//! comes of it.
//!
//! A socket that is lost is come back from, after a wait; so is one that is
//! given up because the server is silent or says what cannot be. A close code
//! that is final, a refusal and the owner's wish are the end. Whatever the
//! end, all that had no answer yet is told to have none.

use std::time::Duration;

use protocol::centrifuge::{CloseCode, reconnects};

use super::{Client, State};
use crate::backoff::{self, DELAY_BUSY};
use crate::event::{Effect, Event, Problem};
use crate::link::Link;
use crate::outbox::Ticket;

/// A connection that lasted so long was a good one: the wait begins anew.
const STABLE: Duration = Duration::from_secs(5);
const TOO_BIG: u16 = 1009;
const TRY_LATER: u16 = 1013;

impl Client {
    /// The socket that was asked for is open.
    pub fn opened(&mut self, now: Duration) {
        if self.state != State::Connecting {
            return;
        }
        self.link.open(now);
        self.introduce(now);
        for channel in self.names() {
            self.ask_for(now, &channel);
        }
        self.send();
    }

    /// The socket is closed, or could not be opened: 1006 where no code came.
    pub fn closed(&mut self, now: Duration, code: u16, reason: &str) {
        if !matches!(self.state, State::Connecting | State::Connected { .. }) {
            return;
        }
        let comes_back = match code {
            TOO_BIG => self.refuse_what_was_too_big(),
            code => reconnects(code),
        };
        let problem = Problem::temporary(code.into(), reason);
        match comes_back {
            true => self.wait(now, problem, delay_min(code)),
            false => self.end(&Problem {
                temporary: false,
                ..problem
            }),
        }
    }

    /// What the server does not take must not close the next connection, too.
    /// Returns whether it is known what that was.
    fn refuse_what_was_too_big(&mut self) -> bool {
        let Some(ticket) = self.outbox.blame() else {
            return false;
        };
        let problem = Problem::lasting(Problem::MESSAGE_TOO_BIG, "larger than the server takes");
        self.refuse(ticket, problem);
        true
    }

    pub(super) fn open(&mut self, now: Duration) {
        if self.token.is_over(now) {
            self.state = State::Unidentified;
            return self.want_token();
        }
        self.state = State::Connecting;
        self.link = Link::new(now);
        self.effects.push_back(Effect::Open);
    }

    pub(super) fn want_token(&mut self) {
        self.token.rest();
        self.events.push_back(Event::TokenWanted { channel: None });
    }

    /// Gives up a socket that is there, to come back with another.
    pub(super) fn lose(&mut self, now: Duration, problem: Problem) {
        self.effects.push_back(Effect::Close);
        self.wait(now, problem, Duration::ZERO);
    }

    fn wait(&mut self, now: Duration, problem: Problem, delay_min: Duration) {
        let is_stable = matches!(self.state, State::Connected { since } if now >= since + STABLE);
        self.leave(&problem);
        self.n_failures = if is_stable { 1 } else { self.n_failures + 1 };
        let retry_at = now + delay_min + backoff::delay(self.n_failures, &mut self.chance);
        self.state = State::Waiting { until: retry_at };
        self.events
            .push_back(Event::Connecting { problem, retry_at });
    }

    /// Gives up a socket that may be there, for good.
    pub(super) fn stop(&mut self, problem: &Problem) {
        if matches!(self.state, State::Connecting | State::Connected { .. }) {
            self.effects.push_back(Effect::Close);
        }
        self.end(problem);
    }

    fn end(&mut self, problem: &Problem) {
        self.leave(problem);
        self.state = State::Disconnected;
        for ticket in self.outbox.clear() {
            self.refuse(
                ticket,
                Problem::temporary(Problem::DISCONNECTED, &problem.message),
            );
        }
        self.events.push_back(Event::Disconnected(problem.clone()));
    }

    fn leave(&mut self, problem: &Problem) {
        self.token.rest();
        let link = std::mem::replace(&mut self.link, Link::new(Duration::ZERO));
        for asked in link.into_asked() {
            self.unanswered(asked, problem);
        }
        for channel in self.channels.values_mut() {
            channel.lose();
        }
        for ticket in self.outbox.recall() {
            self.refuse(
                ticket,
                Problem::temporary(Problem::CONNECTION_LOST, &problem.message),
            );
        }
    }

    pub(super) fn refuse(&mut self, ticket: Ticket, problem: Problem) {
        self.events.push_back(Event::Refused { ticket, problem });
    }
}

/// A server that has too much to do is left alone for a while.
fn delay_min(code: u16) -> Duration {
    match code == TRY_LATER || code == CloseCode::TooManyRequests.code() {
        true => DELAY_BUSY,
        false => Duration::ZERO,
    }
}
