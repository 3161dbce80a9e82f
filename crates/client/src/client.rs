//! The machine: connections one after the other, and all that goes over them.
//!
//! ```text
//!                connect             opened, reply to connect
//!   disconnected ──────▶ connecting ─────────────────────────▶ connected
//!     ▲                   │   ▲                                  │
//!     │ refused for good  │   │ later, after a wait              │ lost
//!     └───────────────────┴───┼──────────────────────────────────┤
//!                             └─────────── waiting ◀─────────────┘
//! ```
//!
//! Where the token has ended that says who one is, the wait is for another.
//!
//! Here is the machine's state, what its owner wants of it, and what it does as
//! time passes. `connections` has what the socket says, and the arrows above;
//! `commands` what the server is asked, `replies` what the server says.

mod commands;
mod connections;
mod replies;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::value::RawValue;

use crate::backoff::Chance;
use crate::channel::{Channel, Following, Given};
use crate::event::{Effect, Event, Position, Problem};
use crate::link::Link;
use crate::outbox::{Outbox, QueueFull, Ticket};
use crate::token::Token;

/// How a client introduces itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Who one is, signed. Where it is empty, the server's own is kept. When
    /// it ends, [`Event::TokenWanted`] asks for another.
    pub token: String,
    /// What is told at each connect; from `{"name":"Léa"}` others see a name.
    pub data: Option<Box<RawValue>>,
    /// What chance begins with. Each client needs another, or they all come
    /// back at the same time.
    pub seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Disconnected,
    Waiting {
        until: Duration,
    },
    /// Another token is to come first.
    Unidentified,
    Connecting,
    Connected {
        since: Duration,
    },
}

/// A client. See the crate's documentation.
#[derive(Debug)]
pub struct Client {
    state: State,
    token: Token,
    /// The command that has shown this token: an answer to one before it tells of
    /// another token.
    shown_by: Option<u32>,
    data: Option<Box<RawValue>>,
    chance: Chance,
    n_failures: u32,
    link: Link,
    channels: BTreeMap<String, Channel>,
    outbox: Outbox,
    effects: VecDeque<Effect>,
    events: VecDeque<Event>,
}

impl Client {
    /// One that does nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            state: State::Disconnected,
            token: Token::new(options.token),
            shown_by: None,
            data: options.data,
            chance: Chance(options.seed),
            n_failures: 0,
            link: Link::new(Duration::ZERO),
            channels: BTreeMap::new(),
            outbox: Outbox::default(),
            effects: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Whether there is a connection, and the server has said yes to it.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected { .. })
    }

    /// Where in a channel we are; none where it is not followed or not kept.
    #[must_use]
    pub fn position(&self, channel: &str) -> Option<&Position> {
        self.channels.get(channel)?.position()
    }

    /// The next thing to be done.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The next thing to be known.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Connects, and stays so. While it waits for its next try: tries now.
    pub fn connect(&mut self, now: Duration) {
        match self.state {
            State::Disconnected => self.n_failures = 0,
            State::Waiting { .. } | State::Unidentified => {}
            State::Connecting | State::Connected { .. } => return,
        }
        self.open(now);
    }

    /// Leaves. What still waits to be published is refused; the channels are
    /// followed on after the next `connect`.
    pub fn disconnect(&mut self) {
        if self.state != State::Disconnected {
            self.stop(&Problem::temporary(Problem::DISCONNECTED, "disconnected"));
        }
    }

    /// Follows a channel. Again, for one that is followed, changes nothing.
    pub fn subscribe(&mut self, now: Duration, channel: &str, following: Following) {
        if !self.channels.contains_key(channel) {
            let followed = Channel::new(channel, following);
            self.channels.insert(channel.into(), followed);
            self.ask_for(now, channel);
            self.send();
        }
    }

    /// Gives the connection another token, as [`Event::TokenWanted`] asks, of
    /// the same user.
    pub fn set_identity(&mut self, now: Duration, token: &str) {
        self.token.set(token);
        self.shown_by = None;
        match self.state {
            State::Connected { .. } => {
                self.show_token(now);
                self.send();
            }
            State::Unidentified => self.open(now),
            // It goes along with the next connect, or after the one on its way.
            State::Disconnected | State::Waiting { .. } | State::Connecting => {}
        }
    }

    /// Gives a channel that is followed another token, as
    /// [`Event::TokenWanted`] asks.
    pub fn set_token(&mut self, now: Duration, channel: &str, token: &str) {
        let Some(followed) = self.channels.get_mut(channel) else {
            return;
        };
        match followed.set_token(token) {
            Given::Refresh => self.refresh(now, channel, token),
            Given::Subscribe => self.ask_for(now, channel),
            Given::Later => {}
        }
        self.send();
    }

    /// Follows a channel no more.
    pub fn unsubscribe(&mut self, now: Duration, channel: &str) {
        if self.channels.remove(channel).is_some() {
            self.ask_to_leave(now, channel);
            self.send();
        }
    }

    /// Publishes. [`Event::Acknowledged`] or [`Event::Refused`] names the
    /// ticket when the server has answered.
    ///
    /// # Errors
    /// Too much waits already.
    pub fn publish(
        &mut self,
        now: Duration,
        channel: &str,
        data: Box<RawValue>,
    ) -> Result<Ticket, QueueFull> {
        let ticket = self.outbox.add(channel, data)?;
        self.flush(now);
        Ok(ticket)
    }

    /// When [`Self::tick`] is to be called, if nothing happens before.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Disconnected | State::Unidentified => None,
            State::Waiting { until } => Some(until),
            State::Connecting => self.link.deadline(),
            State::Connected { .. } => {
                let channels = self.channels.values();
                let due = channels.flat_map(|it| [it.retry_at(), it.renew_at()]);
                let due = due.chain([self.token.renew_at(), self.outbox.next_at()]);
                due.flatten().chain(self.link.deadline()).min()
            }
        }
    }

    /// The time has come that [`Self::deadline`] named, or any other.
    pub fn tick(&mut self, now: Duration) {
        match self.state {
            State::Disconnected | State::Unidentified => {}
            State::Waiting { until } if until <= now => self.open(now),
            State::Waiting { .. } => {}
            _ if is_due(self.link.deadline(), now) => {
                let silence = Problem::temporary(Problem::TIMEOUT, "the server is silent");
                self.lose(now, silence);
            }
            State::Connecting => {}
            State::Connected { .. } => self.do_what_is_due(now),
        }
    }

    fn do_what_is_due(&mut self, now: Duration) {
        if is_due(self.token.renew_at(), now) {
            self.want_token();
        }
        for name in self.names() {
            let Some(channel) = self.channels.get_mut(&name) else {
                continue;
            };
            if is_due(channel.renew_at(), now) {
                channel.want_token(&mut self.events);
            } else if is_due(channel.retry_at(), now) {
                self.ask_for(now, &name);
            }
        }
        self.flush(now);
    }

    fn names(&self) -> Vec<String> {
        self.channels.keys().cloned().collect()
    }
}

fn is_due(at: Option<Duration>, now: Duration) -> bool {
    at.is_some_and(|at| at <= now)
}

#[cfg(test)]
mod tests;
