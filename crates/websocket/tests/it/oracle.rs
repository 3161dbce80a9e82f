//! The same verdicts as another implementation: tungstenite, on streams
//! without compression.
//!
//! It differs on purpose in a few places, and they are listed here rather than
//! kept out of the streams:
//!
//! - it accepts lengths that are not minimal (RFC 6455 §5.2 forbids them);
//! - it hands out a Close whose code must not be sent as one of 1002, and does
//!   not know the code 1014;
//! - it finds a fault only once the frame is complete, so a stream that ends
//!   inside a faulty frame just ends;
//! - it knows no limit on the number of fragments.

use std::io::{self, Cursor, Read, Write};

use proptest::collection::vec;
use proptest::prelude::*;
use tungstenite::protocol::{Role as TheirRole, WebSocket, WebSocketConfig};
use tungstenite::{Error, Message};
use websocket::{Compression, DecodeError, Limits, Role};

use crate::harness::{Event, Script, Side};

proptest! {
    #![proptest_config(crate::seeded(1000))]

    #[test]
    fn tungstenite_gives_the_same(script in vec(any::<u8>(), 0..400)) {
        let mut script = Script(&script);
        let side = Side { compression: Compression::Off, ..script.side() };
        let limits = Limits { fragments_max: u32::MAX, ..side.limits };
        let side = Side { limits, ..side };
        let stream = script.stream(&side);
        let mut ours = side.receive([&stream[..]]);
        let fault = ours.pop_if(|event| matches!(event, Event::Error(_)));
        let (mut theirs, end) = oracle(&side, &stream);
        match fault {
            Some(Event::Error(DecodeError::NonMinimalLength { .. })) => theirs.truncate(ours.len()),
            Some(Event::Error(DecodeError::InvalidCloseCode { .. })) if end == End::Closed => {
                theirs.truncate(ours.len());
            }
            Some(fault) => prop_assert!(end != End::Closed, "{fault:?}"),
            None if matches!(ours.last(), Some(Event::Close(_))) => {
                prop_assert_eq!(end, End::Closed);
            }
            None => prop_assert_eq!(end, End::Exhausted),
        }
        prop_assert_eq!(ours, theirs);
    }
}

/// How a run of the oracle ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Closed,
    Exhausted,
    Fault,
}

fn oracle(side: &Side, stream: &[u8]) -> (Vec<Event>, End) {
    let role = match side.role {
        Role::Server => TheirRole::Server,
        Role::Client => TheirRole::Client,
    };
    let max = Some(side.limits.message_bytes_max);
    let config = WebSocketConfig::default()
        .max_message_size(max)
        .max_frame_size(max);
    let mut socket = WebSocket::from_raw_socket(Socket(Cursor::new(stream)), role, Some(config));
    let mut events = Vec::new();
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => events.push(Event::Text(text.to_string())),
            Ok(Message::Binary(payload)) => events.push(Event::Binary(payload.into())),
            Ok(Message::Ping(payload)) => events.push(Event::Ping(payload.into())),
            Ok(Message::Pong(payload)) => events.push(Event::Pong(payload.into())),
            Ok(Message::Close(close)) => {
                let close = close.map(|close| (close.code.into(), close.reason.to_string()));
                events.push(Event::Close(close));
                return (events, End::Closed);
            }
            Ok(Message::Frame(_)) => unreachable!("frames are not read raw"),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return (events, End::Exhausted);
            }
            Err(_) => return (events, End::Fault),
        }
    }
}

/// A socket that has received `0`, and sends into the void.
struct Socket<'s>(Cursor<&'s [u8]>);

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            n => Ok(n),
        }
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
