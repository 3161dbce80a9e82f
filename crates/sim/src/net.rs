//! What lies between the machines: time, and wires with delay.
//!
//! ```text
//! member ──up──▶ server      in order in each direction, each frame later
//! member ◀─down── server     than it was sent; a wire that is cut carries
//!                            nothing more, and its ends learn that when
//!                            the weather wants it
//! ```
//!
//! A wire takes only so many bytes downwards that its member has not read yet:
//! that is what makes a slow reader.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use engine::{ChannelName, Now};

use crate::chance::Chance;
use crate::event::Event;
use crate::figures::Figures;
use crate::sabotage::Sabotage;
use crate::trace::Trace;

pub(crate) type WireId = u32;
pub(crate) type MemberId = usize;

/// Bytes that may be on their way to a member.
const WINDOW_BYTES: usize = 2 << 10;

/// When a world begins, in milliseconds since 1970.
const BEGINNING_MS: u64 = 1_800_000_000_000;

/// What a wire carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The handshake is answered.
    Open,
    Text(String),
    Close(u16),
    Ping,
    Pong,
}

/// What a handshake asks for.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Centrifuge,
    Plain { channel: ChannelName, since: u64 },
}

/// A connection between a member and a server.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) member: MemberId,
    pub(crate) target: Target,
    /// The shard and the connection at the server's end, while there is one.
    pub(crate) seat: Option<(usize, usize)>,
    /// The server that has accepted it.
    pub(crate) server: Option<u32>,
    /// It was over before it was welcomed.
    pub(crate) is_ended: bool,
    /// Whether the member still has its end.
    pub(crate) is_held: bool,
    /// Nothing arrives any more.
    pub(crate) is_cut: bool,
    up_at: Duration,
    down_at: Duration,
    bytes_down: usize,
}

/// All wires, and the order of everything.
#[derive(Debug)]
pub(crate) struct Net {
    pub(crate) now: Duration,
    pub(crate) chance: Chance,
    pub(crate) trace: Trace,
    pub(crate) figures: Figures,
    /// What is broken on purpose.
    pub(crate) sabotage: Option<Sabotage>,
    pub(crate) wires: BTreeMap<WireId, Wire>,
    /// How long a frame takes at most, in milliseconds.
    pub(crate) latency_ms: u64,
    queue: BTreeMap<(Duration, u64), Event>,
    n_events: u64,
    n_wires: WireId,
    /// Members that read slowly.
    pub(crate) slow: Vec<bool>,
    /// Whether calls and their answers get lost.
    pub(crate) loses_calls: bool,
}

impl Net {
    pub(crate) fn new(
        chance: Chance,
        trace: Trace,
        latency_ms: u64,
        sabotage: Option<Sabotage>,
    ) -> Self {
        Self {
            now: Duration::ZERO,
            chance,
            trace,
            figures: Figures::default(),
            sabotage,
            wires: BTreeMap::new(),
            latency_ms,
            queue: BTreeMap::new(),
            n_events: 0,
            n_wires: 0,
            slow: Vec::new(),
            loses_calls: true,
        }
    }

    /// The time, as the server is told it.
    pub(crate) fn server_now(&self) -> Now {
        Now {
            steady_us: self.now.as_micros() as u64,
            unix_ms: BEGINNING_MS + self.now.as_millis() as u64,
        }
    }

    pub(crate) fn at(&mut self, at: Duration, event: Event) {
        self.n_events += 1;
        self.queue.insert((at, self.n_events), event);
    }

    pub(crate) fn after(&mut self, wait: Duration, event: Event) {
        self.at(self.now + wait, event);
    }

    /// Somewhat later, between two numbers of milliseconds.
    pub(crate) fn within(&mut self, from_ms: u64, to_ms: u64, event: Event) {
        let wait = self.chance.ms(from_ms, to_ms);
        self.after(wait, event);
    }

    /// The next that happens; its time is now.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let ((at, _), event) = self.queue.pop_first()?;
        self.now = at;
        Some(event)
    }

    /// When the next happens.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// A member opens a connection.
    pub(crate) fn open(&mut self, member: MemberId, target: Target) -> WireId {
        self.n_wires += 1;
        let id = self.n_wires;
        let wire = Wire {
            member,
            target,
            seat: None,
            server: None,
            is_ended: false,
            is_held: true,
            is_cut: false,
            up_at: self.now,
            down_at: self.now,
            bytes_down: 0,
        };
        self.wires.insert(id, wire);
        let wait = self.latency();
        self.note(format_args!("member {member} opens wire {id}"));
        let at = self.now + wait;
        self.wire(id).up_at = at;
        self.at(at, Event::Reach(id));
        id
    }

    pub(crate) fn send_up(&mut self, id: WireId, frame: Frame) {
        let latency = self.latency();
        let at = (self.now + latency).max(self.wire(id).up_at);
        self.wire(id).up_at = at;
        self.at(at, Event::Up(id, frame));
    }

    /// Whether the wire takes more downwards.
    pub(crate) fn takes_more(&self, id: WireId) -> bool {
        self.wires[&id].bytes_down < WINDOW_BYTES
    }

    pub(crate) fn send_down(&mut self, id: WireId, frame: Frame) {
        let latency = self.latency();
        let is_slow = self.slow[self.wires[&id].member];
        let pace = match is_slow {
            true => self.chance.ms(50, 400),
            false => Duration::ZERO,
        };
        let now = self.now;
        let wire = self.wire(id);
        let at = (now + latency).max(wire.down_at) + pace;
        wire.down_at = at;
        wire.bytes_down += frame.bytes();
        self.at(at, Event::Down(id, frame));
    }

    /// Sends a call of an application, or the answer; it may be lost.
    pub(crate) fn send_call(&mut self, event: Event) {
        let latency = self.latency();
        if !(self.loses_calls && self.chance.one_in(5)) {
            self.after(latency, event);
        }
    }

    /// A frame was read; says whether the wire takes more again.
    pub(crate) fn read_down(&mut self, id: WireId, frame: &Frame) -> bool {
        let wire = self.wire(id);
        let was_full = wire.bytes_down >= WINDOW_BYTES;
        wire.bytes_down -= frame.bytes();
        was_full && wire.bytes_down < WINDOW_BYTES
    }

    /// Behind all that is on its way down, the end of the stream.
    pub(crate) fn end_down(&mut self, id: WireId) {
        let latency = self.latency();
        let at = (self.now + latency).max(self.wire(id).down_at);
        self.at(at, Event::LostDown(id));
    }

    /// Behind all that is on its way up, the end of the stream.
    pub(crate) fn end_up(&mut self, id: WireId) {
        let latency = self.latency();
        let at = (self.now + latency).max(self.wire(id).up_at);
        self.at(at, Event::LostUp(id));
    }

    pub(crate) fn wire(&mut self, id: WireId) -> &mut Wire {
        self.wires.get_mut(&id).expect("wires are never removed")
    }

    pub(crate) fn note(&mut self, line: fmt::Arguments<'_>) {
        self.trace.note(self.now, line);
    }

    fn latency(&mut self) -> Duration {
        let to_ms = self.latency_ms;
        self.chance.ms(1, to_ms)
    }
}

impl Frame {
    /// Whether it says anything but that somebody is there.
    pub(crate) fn says_something(&self) -> bool {
        !matches!(self, Self::Ping | Self::Pong) && *self != Self::Text("{}".into())
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + 4,
            _ => 4,
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 160;
        match self {
            Self::Text(text) if text.len() > SHOWN => {
                let shown: String = text.chars().take(SHOWN).collect();
                write!(f, "{shown}… ({} bytes)", text.len())
            }
            Self::Text(text) => f.write_str(text),
            other => write!(f, "{other:?}"),
        }
    }
}
