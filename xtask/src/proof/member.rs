//! Somebody in a room who comes back whatever happens, and writes down what
//! was heard.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::json;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Error, Message, WebSocket};

use super::{Curfew, Done, PATIENCE};

type Socket = WebSocket<TcpStream>;

/// Messages that a speaker says before the first of them is echoed.
const WINDOW: usize = 16;

/// Between two tries to connect.
const RETRY: Duration = Duration::from_millis(10);

/// The id of the message after which nobody says anything.
const LAST_WORD: &str = "last word";

/// What somebody heard, and was told.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The ids, in the order in which they came; the first has offset 1.
    pub(super) ids: Vec<String>,
    /// What it said that was acknowledged, with the offsets that it was told.
    pub(super) acknowledged: Vec<(String, u64)>,
    /// Messages that came a second time.
    pub(super) n_twice: usize,
    /// Messages that came before others that had to come first.
    pub(super) n_early: usize,
    /// How often it came back.
    pub(super) n_returns: usize,
}

/// A member of a room.
#[derive(Debug)]
pub(super) struct Member {
    address: SocketAddr,
    room: String,
    name: String,
    heard: Heard,
    voice: Option<Voice>,
    curfew: Arc<Curfew>,
    /// How long it stays connected, in milliseconds, before it cuts its socket.
    cuts: Option<Range<u64>>,
    /// Between two messages that it says.
    pause: Duration,
}

/// What a member has to say.
#[derive(Debug)]
struct Voice {
    n_said: u64,
    unacknowledged: VecDeque<String>,
    done: Option<Done>,
}

/// What a server sends: the fields that count here.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    id: String,
    #[serde(default)]
    offset: u64,
    r#type: Option<String>,
}

/// Why a connection is over.
enum Over {
    /// The last word was heard.
    Heard,
    /// It was cut, or the server is gone.
    Lost,
}

impl Member {
    /// Somebody who listens.
    pub(super) fn new(address: SocketAddr, room: &str, number: usize) -> Self {
        Self {
            address,
            room: room.to_owned(),
            name: format!("m{number}"),
            heard: Heard::default(),
            voice: None,
            curfew: Arc::default(),
            cuts: None,
            pause: Duration::ZERO,
        }
    }

    /// Somebody who also says something until the curfew, and then `done`.
    pub(super) fn speaking(self, done: Done) -> Self {
        let voice = Voice {
            n_said: 0,
            unacknowledged: VecDeque::new(),
            done: Some(done),
        };
        Self {
            voice: Some(voice),
            ..self
        }
    }

    pub(super) fn until(self, curfew: &Arc<Curfew>) -> Self {
        Self {
            curfew: Arc::clone(curfew),
            ..self
        }
    }

    /// Somebody whose socket is cut again and again, until the curfew.
    pub(super) fn cut_after(self, milliseconds: Range<u64>) -> Self {
        Self {
            cuts: Some(milliseconds),
            ..self
        }
    }

    /// Somebody who takes a breath before each message.
    pub(super) fn pausing(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Says the last word, and returns the ids of all that the room's log
    /// holds before it.
    pub(super) fn last_word(mut self) -> anyhow::Result<Vec<String>> {
        let mut socket = self.connect()?;
        let word = json!({ "sender": self.name, "message": LAST_WORD, "id": LAST_WORD });
        socket.send(Message::text(word.to_string()))?;
        match self.listen(&mut socket)? {
            Over::Heard => Ok(self.heard.ids),
            Over::Lost => bail!("the connection was lost though nothing is cut any more"),
        }
    }

    /// Takes part until the last word is heard.
    pub(super) fn run(mut self) -> anyhow::Result<Heard> {
        loop {
            let mut socket = self.connect()?;
            if let Over::Heard = self.listen(&mut socket)? {
                return Ok(self.heard);
            }
            self.heard.n_returns += 1;
        }
    }

    /// Comes back to where it was, and says again what was not echoed.
    fn connect(&self) -> anyhow::Result<Socket> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.try_connect() {
                Ok(socket) => return Ok(socket),
                Err(error) if Instant::now() > deadline => {
                    return Err(error).context("the server does not come back");
                }
                Err(_) => thread::sleep(RETRY),
            }
        }
    }

    fn try_connect(&self) -> anyhow::Result<Socket> {
        let tcp = TcpStream::connect(self.address)?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.set_nodelay(true)?;
        let (address, room, since) = (self.address, &self.room, self.heard.ids.len());
        let url = format!("ws://{address}/rooms/{room}?since={since}");
        let (mut socket, _) = tungstenite::client(url.into_client_request()?, tcp)?;
        for id in self.voice.iter().flat_map(|voice| &voice.unacknowledged) {
            socket.send(self.message(id))?;
        }
        Ok(socket)
    }

    /// Hears and says until the connection is over.
    fn listen(&mut self, socket: &mut Socket) -> anyhow::Result<Over> {
        let cut = self.next_cut();
        loop {
            if self.speak(socket).is_err() {
                return Ok(Over::Lost);
            }
            let Some(wait) = cut.checked_duration_since(Instant::now()) else {
                return Ok(Over::Lost); // Cut, by dropping it.
            };
            socket.get_ref().set_read_timeout(Some(wait.max(RETRY)))?;
            match socket.read() {
                Ok(Message::Text(text)) if self.hear(&text)? => return Ok(Over::Heard),
                Ok(Message::Close(_)) => return Ok(Over::Lost),
                Ok(_) => {}
                Err(Error::Io(error)) if is_timeout(error.kind()) => {
                    anyhow::ensure!(self.cuts.is_some(), "nothing was heard for {PATIENCE:?}");
                }
                Err(_) => return Ok(Over::Lost),
            }
        }
    }

    fn next_cut(&self) -> Instant {
        let wait = match &self.cuts {
            Some(cuts) if !self.curfew.has_rung() => {
                Duration::from_millis(fastrand::u64(cuts.clone()))
            }
            _ => PATIENCE,
        };
        Instant::now() + wait
    }

    /// Fills the window, or says that all is acknowledged.
    fn speak(&mut self, socket: &mut Socket) -> Result<(), Box<Error>> {
        let Some(mut voice) = self.voice.take() else {
            return Ok(());
        };
        let mut outcome = Ok(());
        if self.curfew.has_rung() {
            if voice.unacknowledged.is_empty()
                && let Some(done) = voice.done.take()
            {
                // Whoever does not listen any more has given up on the proof.
                let _ = done.send(());
            }
        } else {
            while voice.unacknowledged.len() < WINDOW && outcome.is_ok() {
                thread::sleep(self.pause);
                voice.n_said += 1;
                let id = format!("{}-{}", self.name, voice.n_said);
                outcome = socket.send(self.message(&id)).map_err(Box::new);
                voice.unacknowledged.push_back(id);
            }
        }
        self.voice = Some(voice);
        outcome
    }

    fn message(&self, id: &str) -> Message {
        let object = json!({ "sender": self.name, "message": "words", "id": id });
        Message::text(object.to_string())
    }

    /// Writes down a message; returns whether it is the last word.
    fn hear(&mut self, text: &str) -> anyhow::Result<bool> {
        let said: Said = serde_json::from_str(text).context("the server sent no JSON")?;
        if let Some(kind) = &said.r#type {
            bail!("the server sent an object of type {kind}: {text}");
        }
        let is_answer = self.acknowledge(&said);
        let next = self.heard.ids.len() as u64 + 1;
        if said.offset == next {
            if said.id == LAST_WORD {
                return Ok(true);
            }
            self.heard.ids.push(said.id);
        } else if !is_answer && said.offset < next {
            self.heard.n_twice += 1;
        } else if !is_answer {
            self.heard.n_early += 1;
        }
        Ok(false)
    }

    /// Ticks off what it said itself. What it said again may be answered once
    /// more than it is published: only what others say tells a repeat.
    fn acknowledge(&mut self, said: &Said) -> bool {
        let Some(voice) = &mut self.voice else {
            return false;
        };
        let (name, _) = said.id.rsplit_once('-').unwrap_or_default();
        if let Some(index) = voice.unacknowledged.iter().position(|id| *id == said.id) {
            voice.unacknowledged.remove(index);
            self.heard.acknowledged.push((said.id.clone(), said.offset));
        }
        name == self.name
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
