//! One connection: which commands wait for an answer, and how much silence
//! is too much.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::centrifuge::{Command, Request};

use crate::event::Question;
use crate::outbox::Ticket;

/// A socket that is not open by then will not be.
const OPEN_MAX: Duration = Duration::from_secs(10);
/// A command without an answer for so long, in silence: the network has gone
/// without saying so.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// What is added to the server's interval before a ping counts as missed.
const PING_GRACE: Duration = Duration::from_secs(10);
/// The server takes 64 KiB in a message.
const FRAME_LEN_MAX: usize = 60 << 10;

/// Whose answer it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Connect,
    Refresh,
    Subscribe(String),
    Unsubscribe,
    SubRefresh(String),
    Publish(Ticket),
    Question(String, Question),
}

#[derive(Debug)]
pub(crate) struct Link {
    is_open: bool,
    n_commands: u32,
    asked: BTreeMap<u32, (Duration, Asked)>,
    heard_at: Duration,
    ping: Option<Duration>,
    pong: bool,
    frames: Vec<Vec<u8>>,
}

impl Link {
    pub(crate) fn new(now: Duration) -> Self {
        Self {
            is_open: false,
            n_commands: 0,
            asked: BTreeMap::new(),
            heard_at: now,
            ping: None,
            pong: false,
            frames: Vec::new(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(crate) fn open(&mut self, now: Duration) {
        self.is_open = true;
        self.heard_at = now;
    }

    pub(crate) fn heard(&mut self, now: Duration) {
        self.heard_at = now;
    }

    /// The server will ping every so often.
    pub(crate) fn expect_pings(&mut self, every: Duration, pong: bool) {
        self.ping = (!every.is_zero()).then_some(every);
        self.pong = pong;
    }

    /// Answers a ping where that is wanted.
    pub(crate) fn pong(&mut self) {
        if self.pong {
            self.write(&Command {
                id: 0,
                request: Request::Pong,
            });
        }
    }

    /// Asks the server; the id is the answer's too.
    pub(crate) fn ask(&mut self, now: Duration, asked: Asked, request: Request<'_>) -> u32 {
        self.n_commands += 1;
        let id = self.n_commands;
        self.asked.insert(id, (now, asked));
        self.write(&Command { id, request });
        id
    }

    /// Whose answer this is.
    pub(crate) fn answered(&mut self, id: u32) -> Option<Asked> {
        self.asked.remove(&id).map(|(_, asked)| asked)
    }

    /// What will have no answer any more, in the order it was asked.
    pub(crate) fn into_asked(self) -> impl Iterator<Item = Asked> {
        self.asked.into_values().map(|(_, asked)| asked)
    }

    /// What is to be sent, as few frames as their size allows.
    pub(crate) fn take_frames(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.frames)
    }

    /// When silence will have lasted too long.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        if !self.is_open {
            return Some(self.heard_at + OPEN_MAX);
        }
        let oldest = self
            .asked
            .first_key_value()
            .map(|(_, (sent_at, _))| sent_at);
        let answer = oldest.map(|sent_at| self.heard_at.max(*sent_at) + ANSWER_MAX);
        let ping = self.ping.map(|every| self.heard_at + every + PING_GRACE);
        answer.into_iter().chain(ping).min()
    }

    fn write(&mut self, command: &Command<'_>) {
        let mut line = Vec::new();
        command.write(&mut line);
        match self.frames.last_mut() {
            Some(frame) if frame.len() + line.len() < FRAME_LEN_MAX => {
                protocol::centrifuge::separate(frame);
                frame.extend_from_slice(&line);
            }
            _ => self.frames.push(line),
        }
    }
}
