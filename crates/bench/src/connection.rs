//! One connection, from the first packet to the last.
//!
//! ```text
//!  Connecting ─writable─▶ Upgrading ─101─▶ Greeting ─ready─▶ Open ─close─▶ Closing ─▶ Closed
//!             request sent          hello sent         (at once where nothing is to come)
//! ```
//!
//! While nothing is under way it owns no heap.

use std::io::{self, ErrorKind, Read as _, Write as _};

use websocket::{CloseCode, Compression, DecodeContext, Decoder, Frame, Message, Role};

use crate::handshake;
use crate::plan::Greeting;
use crate::transport::{Dialer, Transport};

/// What a socket that takes nothing may make us keep.
const UNSENT_BYTES_MAX: usize = 16 << 20;

#[derive(Debug)]
pub(crate) struct Connection {
    transport: Option<Transport>,
    decoder: Decoder,
    phase: Phase,
    /// What the socket has not taken yet.
    unsent: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Connecting,
    /// With what has come of the answer's head.
    Upgrading(Vec<u8>),
    Greeting,
    Open,
    Closing,
    Closed,
}

/// What the connections of a run have in common while they work.
pub(crate) struct Desk<'a> {
    pub(crate) dialer: &'a Dialer,
    pub(crate) greeting: &'a Greeting,
    pub(crate) context: DecodeContext,
}

impl Connection {
    pub(crate) fn new(transport: Transport) -> Self {
        Self {
            transport: Some(transport),
            decoder: Decoder::new(Role::Client, Compression::Off),
            phase: Phase::Connecting,
            unsent: Vec::new(),
        }
    }

    pub(crate) fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Whether it is still on its way to be open.
    pub(crate) fn is_opening(&self) -> bool {
        matches!(
            self.phase,
            Phase::Connecting | Phase::Upgrading(_) | Phase::Greeting
        )
    }

    /// Whether what is read comes from the socket itself.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.transport, Some(Transport::Plain(_)))
    }

    /// The socket can be written.
    pub(crate) fn on_writable(&mut self, desk: &Desk<'_>, number: usize) -> Result<(), String> {
        if self.phase == Phase::Connecting {
            if let Some(error) = self.transport.as_mut().and_then(Transport::failure) {
                return Err(error.to_string());
            }
            self.phase = Phase::Upgrading(Vec::new());
            let target = desk.dialer.target();
            let request = handshake::request(target, &desk.greeting.headers, number);
            return self.write(&request);
        }
        if self.unsent.is_empty() {
            return Ok(());
        }
        let unsent = std::mem::take(&mut self.unsent);
        self.write(&unsent)
    }

    /// Reads once into the buffer: how many bytes came; `None` if there are
    /// none now.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, String> {
        let Some(transport) = &mut self.transport else {
            return Ok(None);
        };
        loop {
            match transport.read(buffer) {
                Ok(0) => {
                    return Err("the server has ended the connection without a Close".to_owned());
                }
                Ok(n) => return Ok(Some(n)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Takes what was read; `hear` gets each message that is for the user.
    pub(crate) fn take(
        &mut self,
        desk: &mut Desk<'_>,
        number: usize,
        bytes: &mut [u8],
        hear: &mut impl FnMut(&[u8]),
    ) -> Result<(), String> {
        let Phase::Upgrading(head) = &mut self.phase else {
            return self.decode(desk, bytes, hear);
        };
        head.extend_from_slice(bytes);
        let mut head = std::mem::take(head);
        match handshake::response(&head, number)? {
            None => self.phase = Phase::Upgrading(head),
            Some(n_bytes) => {
                self.phase = Phase::Greeting;
                for hello in desk.greeting.hellos(number) {
                    self.send(hello.as_bytes())?;
                }
                if desk.greeting.ready.is_none() {
                    self.phase = Phase::Open;
                }
                self.decode(desk, &mut head[n_bytes..], hear)?;
            }
        }
        Ok(())
    }

    fn decode(
        &mut self,
        desk: &mut Desk<'_>,
        mut input: &mut [u8],
        hear: &mut impl FnMut(&[u8]),
    ) -> Result<(), String> {
        let Desk {
            greeting, context, ..
        } = desk;
        loop {
            let message = match self.decoder.decode(&mut input, context) {
                Ok(Some(message)) => message,
                Ok(None) => return Ok(()),
                Err(error) => return Err(format!("the server breaks the protocol: {error}")),
            };
            let payload = match message {
                Message::Text(text) => text.as_bytes(),
                Message::Binary(payload) => payload,
                Message::Ping(payload) => {
                    let pong = Frame::pong(payload).masked(mask()).to_bytes();
                    self.write(&pong)?;
                    continue;
                }
                Message::Pong(_) => continue,
                Message::Close(close) => {
                    let said = close.map_or("no code".to_owned(), |it| {
                        format!("{} {}", it.code, it.reason)
                    });
                    return self.on_close(&said);
                }
            };
            if let Some(answer) = greeting.answer(payload) {
                self.send(answer)?;
                continue;
            }
            if self.phase == Phase::Greeting && greeting.is_ready(payload) {
                self.phase = Phase::Open;
            }
            hear(payload);
        }
    }

    /// The server closes: because we asked it to, or by itself.
    fn on_close(&mut self, said: &str) -> Result<(), String> {
        if self.phase == Phase::Closing {
            self.shut();
            return Ok(());
        }
        Err(format!("the server closes with {}", said.trim_end()))
    }

    /// Sends a text message.
    pub(crate) fn send(&mut self, text: &[u8]) -> Result<(), String> {
        let frame = Frame::message(websocket::Opcode::Text, text).masked(mask());
        let mut bytes = Vec::with_capacity(frame.encoded_len());
        frame.encode(&mut bytes);
        self.write(&bytes)
    }

    /// Says goodbye; the server's answer ends the connection.
    pub(crate) fn close(&mut self) -> Result<(), String> {
        if self.phase != Phase::Open {
            self.shut();
            return Ok(());
        }
        self.phase = Phase::Closing;
        let close = Frame::close(CloseCode::NORMAL, "")
            .masked(mask())
            .to_bytes();
        self.write(&close)
    }

    /// Drops the socket, and all that was kept for it.
    pub(crate) fn shut(&mut self) {
        self.transport = None;
        self.unsent = Vec::new();
        self.decoder = Decoder::new(Role::Client, Compression::Off);
        self.phase = Phase::Closed;
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Some(transport) = &mut self.transport else {
            return Ok(());
        };
        let mut rest = bytes;
        if self.unsent.is_empty() {
            rest = write_some(transport, bytes).map_err(|error| error.to_string())?;
        }
        if !rest.is_empty() {
            if self.unsent.len() + rest.len() > UNSENT_BYTES_MAX {
                return Err("the server takes no more of what is sent".to_owned());
            }
            self.unsent.extend_from_slice(rest);
        }
        Ok(())
    }
}

/// Writes what the socket takes; the rest is returned.
fn write_some<'b>(transport: &mut Transport, mut bytes: &'b [u8]) -> io::Result<&'b [u8]> {
    while !bytes.is_empty() {
        match transport.write(bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    match transport.flush() {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(bytes),
        flushed => flushed.map(|()| bytes),
    }
}

fn mask() -> [u8; 4] {
    fastrand::u32(..).to_ne_bytes()
}
