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
mod grant;
mod history;
mod patience;
mod publish;
mod rpc;
mod subscribe;
mod vouch;

use std::sync::Arc;

use bytes::Bytes;
use protocol::centrifuge::{
    self, Answer, ClientInfo, CloseCode, Command, ConnectRequest, ConnectResult, Error, ErrorCode,
    Json, RefreshRequest, RefreshResult, Reply, Request, UnsubscribeCode,
};

use crate::channel::Channel;
use crate::commit::{self, Origin};
use crate::format::{Dialect, Format};
use crate::hub::{Moved, Seat};
use crate::log::{LogError, Range, Record};
use crate::name::ChannelName;
use crate::node::{Client, Effect, Identity, Node, Read, TokenError, UNANSWERED_MAX};

use self::grant::Granted;
use self::history::PendingHistory;
use self::patience::Spent;
use self::subscribe::PendingSubscribe;

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
    unanswered: std::collections::VecDeque<u32>,
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

/// The number of a page that was asked for. The log answers in order, but not
/// to whom: a command and several subscriptions may wait for one each, and who
/// has asked may be gone.
type Page = u32;

/// A command that waits for a page of the log, or for who answers calls.
#[derive(Debug)]
enum Waiting {
    Subscribe(Page, PendingSubscribe),
    History(Page, PendingHistory),
    /// The number of its command.
    Call(u32),
}

impl Waiting {
    fn is_for(&self, asked: Page) -> bool {
        match self {
            Self::Subscribe(page, _) | Self::History(page, _) => *page == asked,
            Self::Call(_) => false,
        }
    }
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
            unanswered: std::collections::VecDeque::new(),
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
        let done = done.transpose();
        match done {
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

    fn connect(
        &mut self,
        id: u32,
        request: &ConnectRequest<'_>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let (mut identity, token) = match &*request.token {
            "" => {
                let (identity, token) = node.identities.issue(node.now);
                (identity, Some(token))
            }
            token => match node.identities.verify(token, node.now) {
                Ok(identity) => (identity, None),
                Err(TokenError::Invalid) => return Err(CloseCode::InvalidToken.into()),
                Err(TokenError::Expired) => {
                    self.state = State::Refused;
                    return Err(ErrorCode::TokenExpired.into());
                }
            },
        };
        if let Some(name) = &identity.name {
            identity.info = Some(vouch::shown(name, identity.info.take()));
        } else if identity.info.is_none() {
            let data = request.data;
            identity.info = data.and_then(|data| node.rules.describe(data.get()));
        }
        self.info = self.client_info(&identity, None);
        self.state = State::Connected;
        let ttl = ttl(identity.expires_s, node);
        let data = connect_data(&identity, token.as_deref());
        self.identity = identity;
        let result = ConnectResult {
            client: self.client.id.to_string().into(),
            version: env!("CARGO_PKG_VERSION").into(),
            expires: ttl.is_some(),
            ttl: ttl.unwrap_or(0),
            data: Some(Json::trusted(data.as_bytes())),
            ping: node.limits.ping_interval_s,
            pong: true,
            ..ConnectResult::default()
        };
        self.reply(id, Ok(Answer::Connect(result)), effects);
        Ok(None)
    }

    fn client_info(&self, identity: &Identity, in_channel: Option<&[u8]>) -> Bytes {
        let client = self.client.id.to_string();
        let info = ClientInfo {
            user: (&*identity.user).into(),
            client: client.into(),
            conn_info: identity.info.as_deref().map(Json::trusted),
            chan_info: in_channel.map(Json::trusted),
        };
        info.to_json().into()
    }

    fn refresh(&mut self, request: &RefreshRequest<'_>, node: &Node) -> Done {
        if request.token.is_empty() {
            return Err(CloseCode::BadRequest.into());
        }
        match node.identities.verify(&request.token, node.now) {
            Ok(identity) if identity.user == self.identity.user => {
                let ttl = ttl(identity.expires_s, node);
                self.identity = identity;
                Ok(Some(Answer::Refresh(RefreshResult {
                    expires: ttl.is_some(),
                    ttl: ttl.unwrap_or(0),
                    client: self.client.id.to_string().into(),
                    version: env!("CARGO_PKG_VERSION").into(),
                })))
            }
            Err(TokenError::Expired) => Err(CloseCode::Expired.into()),
            _ => Err(CloseCode::InvalidToken.into()),
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

    /// Gets a page that it asked the log for. One that nobody waits for any
    /// more is dropped.
    pub fn read(
        &mut self,
        page: u32,
        records: Result<Vec<Record>, LogError>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        match self.waiting.take_if(|waiting| waiting.is_for(page)) {
            Some(Waiting::Subscribe(_, pending)) => self.recovered(pending, records, node, effects),
            Some(Waiting::History(_, pending)) => self.remembered(&pending, records, effects),
            Some(Waiting::Call(_)) | None => self.caught(page, records, node, effects),
        }
        self.end_what_waited(node, effects);
        self.go_on(node, effects);
    }

    /// Asks for a page.
    fn ask(
        &mut self,
        channel: &Arc<Channel>,
        range: Range,
        limit: usize,
        effects: &mut Vec<Effect>,
    ) -> Page {
        self.n_pages = self.n_pages.wrapping_add(1);
        effects.push(Effect::Read(Read {
            origin: Origin {
                tag: self.n_pages,
                ..self.client.origin
            },
            channel: Arc::clone(channel),
            range,
            limit,
        }));
        self.n_pages
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

/// Seconds until a token ends, at most a year; `None` if it does not.
fn ttl(expires_s: Option<u64>, node: &Node) -> Option<u32> {
    const YEAR_S: u64 = 365 * 24 * 3600;
    let ttl = expires_s?.saturating_sub(node.now.unix_ms / 1000);
    Some(ttl.min(YEAR_S) as u32)
}

/// What the client gets to know about itself: its user id, and the token that
/// brings it back.
fn connect_data(identity: &Identity, token: Option<&str>) -> String {
    let mut data = serde_json::Map::new();
    data.insert("user".into(), (&*identity.user).into());
    if let Some(token) = token {
        data.insert("token".into(), token.into());
    }
    serde_json::Value::Object(data).to_string()
}
