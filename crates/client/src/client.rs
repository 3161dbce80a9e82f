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

mod replies;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use protocol::centrifuge::{
    ChannelRequest, CloseCode, ConnectRequest, HistoryRequest, Incoming, PublishRequest,
    RefreshRequest, Request, RpcRequest, SubRefreshRequest, incoming, reconnects,
};
use serde_json::value::{RawValue, to_raw_value};

use crate::backoff::{self, Chance, DELAY_BUSY};
use crate::channel::{Channel, Following, Given};
use crate::event::{Effect, Event, Position, Problem, Question};
use crate::link::{Asked, Link};
use crate::outbox::{Outbox, QueueFull, Ticket};
use crate::token::Token;

/// A connection that lasted so long was a good one: the wait begins anew.
const STABLE: Duration = Duration::from_secs(5);
const TOO_BIG: u16 = 1009;
const TRY_LATER: u16 = 1013;

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

    // What the owner wants.

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

    /// Asks something about a channel that is followed. [`Event::History`],
    /// [`Event::Presence`], [`Event::Guests`] or, as also when the connection is lost meanwhile,
    /// [`Event::Unanswered`] comes of it.
    pub fn ask(&mut self, now: Duration, channel: &str, question: Question) {
        let asked = Asked::Question(channel.into(), question);
        if !self.is_connected() {
            let problem = Problem::temporary(Problem::CONNECTION_LOST, "there is no connection");
            return self.unanswered(asked, &problem);
        }
        let name = channel.into();
        let about = to_raw_value(&BTreeMap::from([("channel", channel)])).ok();
        let request = match question {
            Question::Presence => Request::Presence(ChannelRequest { channel: name }),
            Question::Guests => Request::Rpc(RpcRequest {
                method: "guests".into(),
                data: about.as_deref(),
            }),
            Question::Newest { limit } => Request::History(HistoryRequest {
                channel: name,
                limit: i32::try_from(limit).unwrap_or(i32::MAX),
                since: None,
                reverse: true,
            }),
        };
        self.link.ask(now, asked, request);
        self.send();
    }

    // What the socket and the clock say.

    /// The socket that was asked for is open.
    pub fn opened(&mut self, now: Duration) {
        if self.state != State::Connecting {
            return;
        }
        self.link.open(now);
        let token = self.token.as_str().into();
        let name = "rust".into();
        let connect = ConnectRequest {
            token,
            data: self.data.as_deref(),
            name,
            ..ConnectRequest::default()
        };
        let request = Request::Connect(connect);
        self.shown_by = Some(self.link.ask(now, Asked::Connect, request));
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
        let blamed = if code == TOO_BIG {
            self.outbox.blame()
        } else {
            None
        };
        if let Some(ticket) = blamed {
            let problem =
                Problem::lasting(Problem::MESSAGE_TOO_BIG, "larger than the server takes");
            self.refuse(ticket, problem);
        }
        let problem = Problem::temporary(code.into(), reason);
        let is_final = code == TOO_BIG || !reconnects(code);
        if is_final && blamed.is_none() {
            self.end(&Problem {
                temporary: false,
                ..problem
            });
        } else {
            let is_busy = code == TRY_LATER || code == CloseCode::TooManyRequests.code();
            self.wait(
                now,
                problem,
                if is_busy { DELAY_BUSY } else { Duration::ZERO },
            );
        }
    }

    /// A text message came.
    pub fn received(&mut self, now: Duration, text: &str) {
        self.link.heard(now);
        for message in incoming(text) {
            if !self.link.is_open() {
                return; // The message before this one was the end.
            }
            match message {
                Ok(Incoming::Reply(reply)) => self.answered(now, reply),
                Ok(Incoming::Push(push)) => self.pushed(now, &push),
                Ok(Incoming::Ping) => self.link.pong(),
                Err(malformed) => {
                    let problem =
                        Problem::temporary(Problem::CONNECTION_LOST, &malformed.to_string());
                    self.lose(now, problem);
                }
            }
        }
        self.send();
    }

    /// The time has come that [`Self::deadline`] named, or any other.
    pub fn tick(&mut self, now: Duration) {
        match self.state {
            State::Waiting { until } if until <= now => self.open(now),
            State::Disconnected | State::Waiting { .. } | State::Unidentified => {}
            _ if self.link.deadline().is_some_and(|deadline| deadline <= now) => {
                self.lose(
                    now,
                    Problem::temporary(Problem::TIMEOUT, "the server is silent"),
                );
            }
            State::Connecting => {}
            State::Connected { .. } => {
                let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
                if is_due(self.token.renew_at()) {
                    self.want_token();
                }
                for name in self.names() {
                    let channel = self.channels.get_mut(&name);
                    if let Some(channel) = channel.filter(|it| is_due(it.renew_at())) {
                        channel.want_token(&mut self.events);
                    } else if is_due(self.channels.get(&name).and_then(Channel::retry_at)) {
                        self.ask_for(now, &name);
                    }
                }
                self.flush(now);
            }
        }
    }

    // Commands.

    fn ask_for(&mut self, now: Duration, name: &str) {
        if let Some(channel) = self.channels.get_mut(name).filter(|_| self.link.is_open()) {
            if channel.wants_token(now) {
                return channel.want_token(&mut self.events);
            }
            let request = Request::Subscribe(channel.request());
            channel.asked = Some(self.link.ask(now, Asked::Subscribe(name.into()), request));
        }
    }

    fn show_token(&mut self, now: Duration) {
        let token = self.token.as_str().into();
        let request = Request::Refresh(RefreshRequest { token });
        self.shown_by = Some(self.link.ask(now, Asked::Refresh, request));
    }

    fn refresh(&mut self, now: Duration, name: &str, token: &str) {
        let request = Request::SubRefresh(SubRefreshRequest {
            channel: name.into(),
            token: token.into(),
        });
        let id = self.link.ask(now, Asked::SubRefresh(name.into()), request);
        if let Some(channel) = self.channels.get_mut(name) {
            channel.refreshed = Some(id);
        }
    }

    fn ask_to_leave(&mut self, now: Duration, name: &str) {
        if self.link.is_open() {
            let request = Request::Unsubscribe(ChannelRequest {
                channel: name.into(),
            });
            self.link.ask(now, Asked::Unsubscribe, request);
        }
    }

    /// Sends what waits to be published, as fast as the outbox allows.
    fn flush(&mut self, now: Duration) {
        if self.is_connected() {
            while let Some(entry) = self.outbox.take(now) {
                let channel = entry.channel.as_str().into();
                let data = Some(&*entry.data);
                let request = Request::Publish(PublishRequest { channel, data });
                self.link.ask(now, Asked::Publish(entry.ticket), request);
            }
        }
        self.send();
    }

    fn send(&mut self) {
        let frames = self.link.take_frames().into_iter();
        let texts = frames.filter_map(|frame| String::from_utf8(frame).ok());
        self.effects.extend(texts.map(Effect::Send));
    }

    // Connections, one after the other.

    fn open(&mut self, now: Duration) {
        if self.token.is_over(now) {
            self.state = State::Unidentified;
            return self.want_token();
        }
        self.state = State::Connecting;
        self.link = Link::new(now);
        self.effects.push_back(Effect::Open);
    }

    fn want_token(&mut self) {
        self.token.rest();
        self.events.push_back(Event::TokenWanted { channel: None });
    }

    /// Gives up a socket that is there, to come back with another.
    fn lose(&mut self, now: Duration, problem: Problem) {
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
    fn stop(&mut self, problem: &Problem) {
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

    fn refuse(&mut self, ticket: Ticket, problem: Problem) {
        self.events.push_back(Event::Refused { ticket, problem });
    }

    fn names(&self) -> Vec<String> {
        self.channels.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
