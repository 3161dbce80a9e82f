//! One decoder run, written down; and the bodies of the fuzz targets.
//!
//! This file is also a module of the fuzz targets in `fuzz/`, so it uses
//! nothing but the crate and the standard library.

use std::cell::RefCell;

use websocket::{
    CloseCode, Compression, DecodeContext, DecodeError, Decoder, DeflateOptions, Deflater, Frame,
    Limits, Message, Opcode, Role,
};

/// A message or error as the caller of a decoder sees it, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
    Error(DecodeError),
}

impl From<Message<'_>> for Event {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Text(text) => Self::Text(text.to_owned()),
            Message::Binary(payload) => Self::Binary(payload.to_owned()),
            Message::Ping(payload) => Self::Ping(payload.to_owned()),
            Message::Pong(payload) => Self::Pong(payload.to_owned()),
            Message::Close(close) => {
                Self::Close(close.map(|close| (close.code.0, close.reason.to_owned())))
            }
        }
    }
}

/// The receiving side of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    pub(crate) role: Role,
    pub(crate) compression: Compression,
    pub(crate) limits: Limits,
}

impl Side {
    /// What the decoder makes of a stream that arrives in these pieces. Asserts
    /// on the way that it takes all input, keeps within its limits, and owns
    /// nothing once it is done.
    pub(crate) fn receive<'p>(&self, pieces: impl IntoIterator<Item = &'p [u8]>) -> Vec<Event> {
        let mut context = DecodeContext::new(self.limits);
        let mut decoder = Decoder::new(self.role, self.compression);
        let mut events = Vec::new();
        for piece in pieces {
            let mut piece = piece.to_vec();
            let mut input = &mut piece[..];
            loop {
                match decoder.decode(&mut input, &mut context) {
                    Ok(Some(message)) => {
                        assert!(!decoder.is_ended() || matches!(message, Message::Close(_)));
                        events.push(message.into());
                    }
                    Ok(None) => break,
                    Err(error) => {
                        assert!(decoder.is_ended());
                        events.push(Event::Error(error));
                    }
                }
                assert!(decoder.heap_bytes() <= self.heap_bytes_max());
            }
            assert!(input.is_empty(), "input was left");
            assert!(decoder.heap_bytes() <= self.heap_bytes_max());
        }
        assert!(!decoder.is_ended() || decoder.heap_bytes() == 0);
        events
    }

    /// The most that a connection may own: a message, a control frame, and the
    /// state of both.
    fn heap_bytes_max(&self) -> usize {
        self.limits.message_bytes_max + 125 + 200
    }
}

/// Cuts `stream` into pieces, whose lengths `lens` gives in turn.
pub(crate) fn cut<'s>(stream: &'s [u8], lens: &[u8]) -> Vec<&'s [u8]> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    for len in lens.iter().cycle() {
        if rest.is_empty() || lens.iter().all(|len| *len == 0) {
            break;
        }
        let (piece, after) = rest.split_at(rest.len().min(usize::from(*len)));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// Bytes that choose what a generator makes; without end, as zeros follow the
/// last.
pub(crate) struct Script<'s>(pub(crate) &'s [u8]);

impl<'s> Script<'s> {
    pub(crate) fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    /// Up to `n` bytes; fewer at the end.
    pub(crate) fn bytes(&mut self, n: usize) -> &'s [u8] {
        let (bytes, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        bytes
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    fn one_in(&mut self, n: u8) -> bool {
        self.byte().is_multiple_of(n)
    }

    /// A side, with limits low enough to be reached.
    pub(crate) fn side(&mut self) -> Side {
        Side {
            role: self.pick(&[Role::Server, Role::Client]),
            compression: self.pick(&[Compression::Off, Compression::Deflate]),
            limits: Limits {
                message_bytes_max: self.pick(&[70_000, 300, 125]),
                inflated_bytes_max: self.pick(&[70_000, 300, 125]),
                fragments_max: self.pick(&[1000, 3]),
            },
        }
    }

    /// What the other side might send to `side`: mostly valid messages, some
    /// frames in the wrong place, and some bytes that are no frames at all.
    pub(crate) fn stream(&mut self, side: &Side) -> Vec<u8> {
        let mut out = Vec::new();
        while !self.0.is_empty() {
            match self.byte() % 16 {
                0 => out.extend_from_slice(self.bytes(4)),
                1 => self.any_frame(side).encode(&mut out),
                2..=4 => self.control(side, &mut out),
                _ => self.message(side, &mut out),
            }
        }
        out
    }

    fn message(&mut self, side: &Side, out: &mut Vec<u8>) {
        let opcode = self.pick(&[Opcode::Text, Opcode::Binary]);
        let mut payload = self.payload(opcode);
        let mut deflated = false;
        if side.compression == Compression::Deflate
            && self.one_in(2)
            && let Some(smaller) = deflate(&payload)
        {
            (payload, deflated) = (smaller, true);
        }
        let n_fragments = self.pick(&[1, 1, 1, 2, 3, 4]);
        let mut rest = &payload[..];
        for at in 0..n_fragments {
            let last = at + 1 == n_fragments;
            let len = if last {
                rest.len()
            } else {
                usize::from(self.byte()).min(rest.len())
            };
            let (part, after) = rest.split_at(len);
            rest = after;
            let frame = Frame {
                fin: last,
                deflated: deflated && at == 0,
                opcode: if at == 0 {
                    opcode
                } else {
                    Opcode::Continuation
                },
                mask: self.mask(side),
                payload: part.into(),
            };
            frame.encode(out);
            if !last && self.one_in(4) {
                self.control(side, out);
            }
        }
    }

    fn control(&mut self, side: &Side, out: &mut Vec<u8>) {
        let len = self.byte() % 126;
        let payload = self.bytes(len.into());
        let frame = match self.byte() % 16 {
            0 => Frame {
                opcode: Opcode::Close,
                ..Frame::pong(payload)
            },
            1 => Frame::close(CloseCode(3000 + u16::from(len)), "enough"),
            2..=8 => Frame::ping(payload),
            _ => Frame::pong(payload),
        };
        Frame {
            mask: self.mask(side),
            ..frame
        }
        .encode(out);
    }

    fn any_frame(&mut self, side: &Side) -> Frame<'static> {
        let opcode = self.pick(&[
            Opcode::Continuation,
            Opcode::Text,
            Opcode::Binary,
            Opcode::Close,
            Opcode::Ping,
            Opcode::Pong,
        ]);
        Frame {
            fin: self.one_in(2),
            deflated: self.one_in(4),
            opcode,
            mask: if self.one_in(8) {
                None
            } else {
                self.mask(side)
            },
            payload: self.payload(opcode).into(),
        }
    }

    fn mask(&mut self, side: &Side) -> Option<[u8; 4]> {
        match side.role {
            Role::Server => Some([self.byte(), 0x55, 0, 0xff]),
            Role::Client => None,
        }
    }

    fn payload(&mut self, opcode: Opcode) -> Vec<u8> {
        let n_repeats = self.pick(&[1, 1, 1, 1, 30, 300]);
        let len = self.byte() % 64;
        let bytes = self.bytes(len.into());
        if opcode == Opcode::Text && !self.one_in(16) {
            let text: String = bytes
                .iter()
                .map(|byte| ALPHABET[usize::from(*byte) % ALPHABET.len()])
                .collect();
            return text.repeat(n_repeats).into_bytes();
        }
        bytes.repeat(n_repeats)
    }
}

/// Characters of every length in UTF-8.
const ALPHABET: [&str; 8] = ["a", "b", "{", "\"", "é", "ß", "傘", "🌳"];

/// Body of the fuzz target `decoder`: no stream panics, none exceeds a limit,
/// and how it is cut makes no difference.
pub(crate) fn fuzz_decoder(data: &[u8]) {
    let mut script = Script(data);
    let side = script.side();
    let lens = script.bytes(4);
    // Either the data is the stream, or it is the script of one.
    let stream = match script.byte() % 2 {
        0 => script.0.to_vec(),
        _ => script.stream(&side),
    };
    let whole = side.receive([&stream[..]]);
    assert_eq!(side.receive(cut(&stream, lens)), whole);
    for event in &whole {
        check_limits(event, &side.limits);
    }
}

fn check_limits(event: &Event, limits: &Limits) {
    let max = limits.message_bytes_max.max(limits.inflated_bytes_max);
    match event {
        Event::Text(text) => assert!(text.len() <= max),
        Event::Binary(payload) => assert!(payload.len() <= max),
        Event::Ping(payload) | Event::Pong(payload) => assert!(payload.len() <= 125),
        Event::Close(close) => assert!(close.as_ref().is_none_or(|(_, why)| why.len() <= 123)),
        Event::Error(_) => {}
    }
}

/// Body of the fuzz target `inflate`: no compressed payload panics, the limit
/// holds to the byte, and what is deflated is inflated again.
pub(crate) fn fuzz_inflate(data: &[u8]) {
    let inflate = |payload: &[u8], inflated_bytes_max| {
        let limits = Limits {
            inflated_bytes_max,
            message_bytes_max: 1 << 20,
            ..Limits::default()
        };
        let side = Side {
            role: Role::Client,
            compression: Compression::Deflate,
            limits,
        };
        side.receive([&Frame::deflated(Opcode::Binary, payload).to_bytes()[..]])
    };
    if let Some(deflated) = deflate(data) {
        let events = inflate(&deflated, data.len());
        assert_eq!(events, [Event::Binary(data.to_vec())]);
    }
    let events = inflate(data, 1 << 16);
    let [Event::Binary(inflated)] = &events[..] else {
        return;
    };
    assert_eq!(inflate(data, inflated.len()), events);
    if let Some(max) = inflated.len().checked_sub(1) {
        let error = DecodeError::InflatedTooLarge { max };
        assert_eq!(inflate(data, max), [Event::Error(error)]);
    }
    if let Some(deflated) = deflate(inflated) {
        assert_eq!(inflate(&deflated, inflated.len()), events);
    }
}

/// Compresses with the same compressor every time, as a server does: what one
/// message leaves in it must not harm the next.
fn deflate(payload: &[u8]) -> Option<Vec<u8>> {
    thread_local! {
        static DEFLATER: RefCell<Deflater> = RefCell::new(Deflater::new(DeflateOptions {
            payload_bytes_min: 1,
            ..DeflateOptions::default()
        }));
    }
    DEFLATER.with_borrow_mut(|deflater| deflater.deflate(payload).map(<[u8]>::to_vec))
}
