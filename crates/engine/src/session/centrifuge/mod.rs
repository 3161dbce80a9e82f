//! One connection's conversation in the Centrifuge dialect.
//!
//! ```text
//! frame ─▶ commands, in order ─▶ handle ─▶ effects: send, close, read
//!             │ wait while the log is asked
//!             ▼
//!           held: the rest of the frame
//! ```
//!
//! Commands are done strictly one after another, and so are their replies.
//! Publications alone may overtake their answers: up to [`UNANSWERED_MAX`] of
//! them are on their way to the log at once, and answered in their order.
//! Whatever has to wait leaves the rest of what came in `held`, and the
//! session says that it [`is_busy`](CentrifugeSession::is_busy): it is to be given
//! nothing more until it is not.

mod catch_up;
mod connect;
mod grant;
mod history;
mod pages;
mod patience;
mod presence;
mod publish;
mod rpc;
mod subscribe;
mod vouch;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use protocol::centrifuge::{
    self, Answer, CloseCode, Command, Error, ErrorCode, Reply, Request, UnsubscribeCode,
};

use crate::channel::Channel;
use crate::commit;
use crate::format::{Dialect, Format};
use crate::hub::{Moved, Seat};
use crate::log::LogError;
use crate::name::ChannelName;
use crate::node::{Client, Effect, Identity, Node, UNANSWERED_MAX};

use self::grant::Granted;
use self::pages::{Page, Waiting};
use self::patience::Spent;

pub use self::patience::ERROR_RATE;

/// The conversation with one client.
#[derive(Debug)]
pub struct CentrifugeSession {
    client: Client,
    deflated: bool,
    state: State,
    identity: Identity,
    /// What others are shown of this connection: a `ClientInfo`, as JSON.
    info: Bytes,
    subscriptions: Vec<Subscription>,
    spent: Spent,
    /// Ids of publications that are on their way to the log, oldest first.
    unanswered: VecDeque<u32>,
    waiting: Option<Waiting>,
    /// Bytes of what it had missed that were sent since it had read all.
    unread_bytes: usize,
    /// A subscription that ends as soon as it is answered.
    ending: Option<(ChannelName, UnsubscribeCode)>,
    /// How many pages were asked for: the next one's number.
    n_pages: u32,
    /// Commands that came while the session was busy.
    held: String,
    awaiting_pong: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has not said who it is.
    New,
    /// It has, and may do something.
    Connected,
    /// It was refused; whatever else it says closes the connection.
    Refused,
}

/// A channel that the client receives.
#[derive(Debug)]
struct Subscription {
    name: ChannelName,
    seat: Seat,
    /// Whether it is behind, and nothing is being read for it.
    is_catching_up: bool,
    /// What a token gave.
    granted: Option<Box<Granted>>,
    /// The page that is being read for it.
    page: Option<Page>,
}

/// Why a command was not done.
enum Failure {
    /// It is answered with an error.
    Error(Error<'static>),
    /// The connection is closed.
    Close(CloseCode),
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::Error(code.into())
    }
}

impl From<CloseCode> for Failure {
    fn from(code: CloseCode) -> Self {
        Self::Close(code)
    }
}

impl From<LogError> for Failure {
    fn from(_: LogError) -> Self {
        Self::Error(ErrorCode::Internal.into())
    }
}

/// What a command comes to: an answer, or nothing to add now.
type Done = Result<Option<Answer<'static>>, Failure>;

impl CentrifugeSession {
    /// A conversation that begins; `deflated` says how the client is to be
    /// written to.
    #[must_use]
    pub fn new(client: Client, deflated: bool) -> Self {
        Self {
            client,
            deflated,
            state: State::New,
            identity: Identity::default(),
            info: Bytes::new(),
            subscriptions: Vec::new(),
            spent: Spent::default(),
            unanswered: VecDeque::new(),
            waiting: None,
            unread_bytes: 0,
            ending: None,
            n_pages: 0,
            held: String::new(),
            awaiting_pong: false,
        }
    }

    /// Whether it is to be given nothing more for now.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.waiting.is_some() || !self.held.is_empty()
    }

    /// Whether the client has said who it is.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state == State::Connected
    }

    /// Takes a text frame.
    pub fn take(&mut self, frame: &str, node: &mut Node, effects: &mut Vec<Effect>) {
        debug_assert!(!self.is_busy());
        for (index, command) in centrifuge::commands(frame).enumerate() {
            let Ok(command) = command else {
                return effects.push(CloseCode::BadRequest.into());
            };
            if self.has_to_wait(&command.request) {
                self.held = from_line(frame, index).to_owned();
                return;
            }
            if !self.handle(command, node, effects) {
                return;
            }
        }
    }

    /// Whether a command has to wait for answers that are to come before its
    /// own.
    fn has_to_wait(&self, request: &Request<'_>) -> bool {
        let unanswered_max = match request {
            Request::Publish(_) => UNANSWERED_MAX - 1,
            Request::Pong => usize::MAX,
            _ => 0,
        };
        self.waiting.is_some() || self.unanswered.len() > unanswered_max
    }

    /// Does a command; returns whether the rest of its frame counts.
    fn handle(&mut self, command: Command<'_>, node: &mut Node, effects: &mut Vec<Effect>) -> bool {
        let done = match (self.state, &command.request) {
            (State::New, Request::Connect(request)) => {
                self.connect(command.id, request, node, effects)
            }
            (State::Connected, request) => self.perform(command.id, request, node, effects),
            _ => Err(CloseCode::BadRequest.into()),
        };
        match done.transpose() {
            None => true,
            Some(Ok(answer)) => {
                self.reply(command.id, Ok(answer), effects);
                true
            }
            Some(Err(Failure::Error(error))) => {
                let is_last = self.is_error_too_many(&error, node.now);
                self.reply(command.id, Err(error), effects);
                if is_last {
                    effects.push(CloseCode::TooManyErrors.into());
                }
                !is_last && self.state != State::Refused
            }
            Some(Err(Failure::Close(code))) => {
                effects.push(code.into());
                false
            }
        }
    }

    fn perform(
        &mut self,
        id: u32,
        request: &Request<'_>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        self.spend(request, node)?;
        match request {
            Request::Subscribe(request) => self.subscribe(id, request, node, effects),
            Request::Unsubscribe(request) => self.unsubscribe(&request.channel, node, effects),
            Request::Publish(request) => self.publish(id, request, node),
            Request::Presence(request) => self.presence(id, &request.channel, node, effects),
            Request::PresenceStats(request) => self.presence_stats(&request.channel, node),
            Request::History(request) => self.history(id, request, node, effects),
            Request::Rpc(request) => self.rpc(id, request, node, effects),
            Request::Send(_) => Err(CloseCode::NotAvailable.into()),
            Request::Refresh(request) => self.refresh(request, node),
            Request::SubRefresh(request) => self.sub_refresh(request, node),
            Request::Pong => self.pong(),
            Request::Connect(_) => Err(CloseCode::BadRequest.into()),
        }
    }

    /// The message that asks whether the client is still there.
    pub fn ping(&mut self) -> Option<&'static [u8]> {
        (self.state == State::Connected).then(|| {
            self.awaiting_pong = true;
            centrifuge::PING
        })
    }

    /// Whether a ping has found no answer.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.awaiting_pong
    }

    fn pong(&mut self) -> Done {
        match std::mem::replace(&mut self.awaiting_pong, false) {
            true => Ok(None),
            false => Err(CloseCode::BadRequest.into()),
        }
    }

    /// Hears what became of a publication of its own.
    pub fn answer(&mut self, answer: &commit::Answer, node: &mut Node, effects: &mut Vec<Effect>) {
        self.answer_publish(answer, effects);
        self.go_on(node, effects);
    }

    /// Does what was held, as far as it need not be held any longer.
    fn go_on(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        if self.waiting.is_none() && !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            self.take(&held, node, effects);
        }
    }

    /// Learns that one of its seats has changed.
    pub fn moved(&mut self, moved: Moved) {
        let seats = self.subscriptions.iter_mut().map(|one| &mut one.seat);
        for seat in seats.filter(|seat| **seat == moved.from) {
            *seat = moved.to;
        }
    }

    /// Ends all that it has in the engine; the client is gone.
    pub fn end(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        while let Some(subscription) = self.subscriptions.pop() {
            self.leave(&subscription, node, effects);
        }
    }

    /// How the client is written to in a channel.
    fn format(&self, joins: bool) -> Format {
        Format {
            dialect: match joins {
                true => Dialect::CentrifugeJoins,
                false => Dialect::Centrifuge,
            },
            deflated: self.deflated,
        }
    }

    /// This form of the dialect is text.
    pub(super) fn refuse_binary() -> Effect {
        CloseCode::BadRequest.into()
    }

    /// A channel of which only its subscribers may ask, and in which only
    /// they may speak.
    fn subscribed_channel(&self, name: &str, node: &Node) -> Result<Arc<Channel>, ErrorCode> {
        let name = node.rules.channel(name)?;
        let index = self.find(name.as_str());
        let index = index.ok_or(ErrorCode::PermissionDenied)?;
        Ok(Arc::clone(node.hub.channel(self.subscriptions[index].seat)))
    }

    fn find(&self, channel: &str) -> Option<usize> {
        let mut names = self.subscriptions.iter().map(|one| one.name.as_str());
        names.position(|name| name == channel)
    }

    fn reply(&self, id: u32, result: Result<Answer<'_>, Error>, effects: &mut Vec<Effect>) {
        if let Err(error) = &result {
            effects.push(Effect::Refused(error.code.to_string().into()));
        }
        let mut message = Vec::new();
        Reply { id, result }.write(&mut message);
        effects.push(Effect::Send(message));
    }
}

/// The lines of a frame from one on.
fn from_line(frame: &str, index: usize) -> &str {
    frame.splitn(index + 1, '\n').last().unwrap_or_default()
}
