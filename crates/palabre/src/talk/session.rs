//! One's place in a room: the machine of `client`, over sockets as they come
//! and go, and what one has to say.
//!
//! What is said leaves one message at a time, the next when the one before is
//! on the server's disk. So the order is kept, also where the server is busy
//! and one has to be said again; and whoever pipes a long file in goes at the
//! pace that the server takes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use client::{Client, Effect, Event, Following, Options, Problem, Question, Ticket};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use uuid::Uuid;

use super::dial::{DialError, Dialed, dial};
use super::place::Place;
use super::socket::{Received, Socket};

/// What the server refused for now is said again after this.
const RETRY: Duration = Duration::from_millis(500);

/// How a connection is closed whose token the server did not sign.
const INVALID_TOKEN: u32 = 3500;

/// What a session tells.
#[derive(Debug)]
pub(super) enum Told {
    /// What the machine tells, but for what became of one's own messages.
    Event(Event),
    /// The oldest that was said is on the server's disk.
    Kept,
    /// The oldest that was said cannot be.
    Refused(Problem),
}

pub(super) struct Session {
    place: Place,
    channel: String,
    tls: TlsConnector,
    name: String,
    client: Client,
    began: Instant,
    socket: Option<Socket>,
    dialing: Option<JoinHandle<Result<Dialed, DialError>>>,
    voice: Voice,
    /// Whether the server has made up who one is.
    has_identity: bool,
}

/// What is to be said, the oldest first.
#[derive(Default)]
struct Voice {
    messages: VecDeque<Message>,
    in_flight: Option<Ticket>,
    not_before: Duration,
}

struct Message {
    id: String,
    text: String,
}

impl Session {
    /// One that connects, and says what it is given.
    pub(super) fn new(place: Place, tls: TlsConnector, name: &str) -> Self {
        let seed = Uuid::new_v4().as_u64_pair().0;
        let mut client = Client::new(Options {
            data: to_raw_value(&json!({ "name": name })).ok(),
            seed,
            ..Options::default()
        });
        client.connect(Duration::ZERO);
        Self {
            channel: place.channel(),
            place,
            tls,
            name: name.to_owned(),
            client,
            began: Instant::now(),
            socket: None,
            dialing: None,
            voice: Voice::default(),
            has_identity: false,
        }
    }

    /// Follows the room, and hears who comes and goes.
    pub(super) fn follow(&mut self) {
        let now = self.began.elapsed();
        let following = Following {
            joins: true,
            ..Following::default()
        };
        self.client.subscribe(now, &self.channel, following);
    }

    /// Asks something about the room, which is followed.
    pub(super) fn ask(&mut self, question: Question) {
        let now = self.began.elapsed();
        self.client.ask(now, &self.channel, question);
    }

    /// Says it, when all before it is said.
    pub(super) fn say(&mut self, text: String) {
        let id = Uuid::new_v4().to_string();
        self.voice.messages.push_back(Message { id, text });
    }

    /// The server's address, for people.
    pub(super) fn server(&self) -> String {
        self.place.server()
    }

    /// Whether this publication is the message that is on its way.
    pub(super) fn is_saying(&self, data: &str) -> bool {
        let data: Value = serde_json::from_str(data).unwrap_or_default();
        let next = self.voice.messages.front();
        next.is_some_and(|message| data["id"] == *message.id)
    }

    /// How many messages are not on the server's disk yet.
    pub(super) fn n_unsaid(&self) -> usize {
        self.voice.messages.len()
    }

    /// What happens next. Giving up waiting for it loses nothing.
    ///
    /// # Errors
    /// The server cannot be reached, and trying again would not change that.
    pub(super) async fn next(&mut self) -> anyhow::Result<Told> {
        loop {
            if let Some(event) = self.client.poll_event() {
                match self.sort(event) {
                    Some(told) => return Ok(told),
                    None => continue,
                }
            }
            self.speak();
            while let Some(effect) = self.client.poll_effect() {
                self.perform(effect);
            }
            self.wait().await?;
        }
    }

    /// Leaves, with a goodbye.
    pub(super) async fn leave(mut self) {
        if let Some(socket) = self.socket.take() {
            socket.close().await;
        }
    }

    /// Keeps what is about one's own messages, and names it.
    fn sort(&mut self, event: Event) -> Option<Told> {
        if self.is_forgotten(&event) {
            self.come_as_somebody_new();
            return None;
        }
        let voice = &mut self.voice;
        match event {
            Event::Acknowledged(ticket) if voice.in_flight == Some(ticket) => {
                voice.in_flight = None;
                voice.messages.pop_front();
                Some(Told::Kept)
            }
            Event::Refused { ticket, problem } if voice.in_flight == Some(ticket) => {
                voice.in_flight = None;
                if problem.temporary {
                    voice.not_before = self.began.elapsed() + RETRY;
                    return None;
                }
                voice.messages.pop_front();
                Some(Told::Refused(problem))
            }
            Event::Acknowledged(_) | Event::Refused { .. } => None,
            event => Some(Told::Event(event)),
        }
    }

    /// Whether the server knows no more who it said one is: it has begun with an
    /// empty data directory. Asked once for each identity.
    fn is_forgotten(&mut self, event: &Event) -> bool {
        match event {
            Event::Connected { .. } => {
                self.has_identity = true;
                false
            }
            Event::Disconnected(problem) if problem.code == INVALID_TOKEN => {
                std::mem::take(&mut self.has_identity)
            }
            _ => false,
        }
    }

    fn come_as_somebody_new(&mut self) {
        let now = self.began.elapsed();
        self.client.set_identity(now, "");
        self.client.connect(now);
    }

    /// Hands the oldest message to the machine, which sends it again with the
    /// same id where a connection is lost.
    fn speak(&mut self) {
        let now = self.began.elapsed();
        let voice = &mut self.voice;
        if voice.in_flight.is_some() || now < voice.not_before {
            return;
        }
        let Some(Message { id, text }) = voice.messages.front() else {
            return;
        };
        let data = json!({ "id": id, "sender": self.name, "message": text });
        let data = to_raw_value(&data).expect("texts are JSON");
        // One at a time never fills the machine's queue.
        voice.in_flight = self.client.publish(now, &self.channel, data).ok();
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Open => {
                let (place, tls) = (self.place.clone(), self.tls.clone());
                self.dialing = Some(tokio::spawn(async move { dial(&place, &tls).await }));
            }
            Effect::Send(text) => {
                if let Some(socket) = &self.socket {
                    socket.send(&text);
                }
            }
            Effect::Close => {
                self.socket = None;
                if let Some(dialing) = self.dialing.take() {
                    dialing.abort();
                }
            }
        }
    }

    /// Waits for the socket, the way to one, or the time.
    async fn wait(&mut self) -> anyhow::Result<()> {
        let retry_at = (self.voice.in_flight.is_none() && !self.voice.messages.is_empty())
            .then_some(self.voice.not_before);
        let deadline = self.client.deadline().into_iter().chain(retry_at).min();
        let wake_at = deadline.map(|deadline| self.began + deadline);
        tokio::select! {
            received = next_of(&mut self.socket) => self.received(received),
            dialed = end_of(&mut self.dialing) => self.dialed(dialed)?,
            () = sleep_until(wake_at) => self.client.tick(self.began.elapsed()),
        }
        Ok(())
    }

    fn received(&mut self, received: Received) {
        let now = self.began.elapsed();
        match received {
            Received::Text(text) => self.client.received(now, &text),
            Received::Closed(code, reason) => {
                self.socket = None;
                self.client.closed(now, code, &reason);
            }
        }
    }

    fn dialed(&mut self, dialed: Result<Dialed, DialError>) -> anyhow::Result<()> {
        self.dialing = None;
        let now = self.began.elapsed();
        match dialed {
            Ok(dialed) => {
                self.socket = Some(Socket::new(dialed));
                self.client.opened(now);
            }
            Err(DialError { error, is_final }) => {
                let error = error.context(format!("cannot reach {}", self.place.server()));
                if is_final {
                    return Err(error);
                }
                self.client.closed(now, 1006, &format!("{error:#}"));
            }
        }
        Ok(())
    }
}

async fn next_of(socket: &mut Option<Socket>) -> Received {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

async fn end_of(
    dialing: &mut Option<JoinHandle<Result<Dialed, DialError>>>,
) -> Result<Dialed, DialError> {
    match dialing {
        Some(dialing) => dialing.await.unwrap_or_else(|error| Err(error.into())),
        None => std::future::pending().await,
    }
}

async fn sleep_until(wake_at: Option<Instant>) {
    match wake_at {
        Some(wake_at) => tokio::time::sleep_until(wake_at.into()).await,
        None => std::future::pending().await,
    }
}
