//! What is checked of frames and messages, rule by rule: a stream of bytes, and
//! in words what a decoder makes of it.

mod frames;
mod memory;
mod messages;

use std::fmt::Write;

use websocket::{Compression, Frame, Limits, Opcode, Role};

use crate::harness::{Event, Side};

const LIMITS: Limits = Limits {
    message_bytes_max: 200,
    inflated_bytes_max: 1000,
    fragments_max: 4,
};
const SERVER: Side = Side {
    role: Role::Server,
    compression: Compression::Off,
    limits: LIMITS,
};
const CLIENT: Side = Side {
    role: Role::Client,
    ..SERVER
};
const DEFLATE: Side = Side {
    compression: Compression::Deflate,
    ..CLIENT
};

/// Whatever way it arrives, `stream` must give `expected`: one event after
/// the other, as [`written`] down.
#[track_caller]
fn check(side: Side, stream: &[u8], expected: &str) {
    let whole = side.receive([stream]);
    assert_eq!(written(&whole), expected, "{}", stream.escape_ascii());
    assert_eq!(side.receive(stream.chunks(1)), whole, "byte by byte");
    for at in 0..stream.len().min(300) {
        let (head, tail) = stream.split_at(at);
        assert_eq!(side.receive([head, tail]), whole, "cut at {at}");
    }
}

fn written(events: &[Event]) -> String {
    let mut line = String::new();
    for event in events {
        match event {
            Event::Text(text) => write!(line, "text {text:?}; "),
            Event::Binary(payload) => write!(line, "binary {}; ", payload.escape_ascii()),
            Event::Ping(payload) => write!(line, "ping {}; ", payload.escape_ascii()),
            Event::Pong(payload) => write!(line, "pong {}; ", payload.escape_ascii()),
            Event::Close(None) => write!(line, "close; "),
            Event::Close(Some((code, reason))) => write!(line, "close {code} {reason:?}; "),
            Event::Error(error) => write!(line, "{}: {error}; ", error.close_code()),
        }
        .expect("a string takes all");
    }
    line.trim_end_matches("; ").to_owned()
}

/// The frames one after the other.
fn stream<const N: usize>(frames: [Frame<'_>; N]) -> Vec<u8> {
    let mut out = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut out));
    out
}

/// A frame that others follow.
fn first<'a>(frame: Frame<'a>) -> Frame<'a> {
    Frame {
        fin: false,
        ..frame
    }
}

/// A frame that continues a message.
fn continuation(payload: &[u8]) -> Frame<'_> {
    Frame {
        opcode: Opcode::Continuation,
        ..Frame::binary(payload)
    }
}
