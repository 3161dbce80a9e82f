//! One WebSocket connection: its socket, its decoder, what waits for it, and
//! how far it is on its way out.
//!
//! ```text
//!          peer closes: answer it                       all is written
//! Open ───────────────────────────────▶ Leaving ─────────────────────────▶ gone
//!  │ we close                             ▲
//!  ├────────────▶ Closing ────────────────┘ peer answers
//!  │ peer broke the protocol
//!  └────────────▶ Draining ──────────────────▶ gone, at the peer's end of stream
//! ```
//!
//! `Closing` and `Draining` have a deadline. `Draining` reads on and throws
//! away: closing a socket that holds unread bytes would reset it, and the
//! peer might never see why.

mod end;
mod out;

use std::fmt;
use std::io;
use std::net::SocketAddr;

use chat::SenderName;
use engine::log::LogError;
use engine::{CentrifugeSession, Client, Dialect, Format, Origin, PlainSession, Session};
use mio::net::TcpStream;
use uuid::Uuid;
use websocket::{
    Compression, DecodeContext, Decoder, Frame, Limits as DecodeLimits, Message, Role,
};

use self::end::End;
use super::desk::Desk;
use super::time::is_late;
use crate::door::{Arrival, Permit, Target, UNREADABLE, Welcome};
use crate::limits::{Limits, SCRATCH_BYTES};
use crate::metrics::{ByDialect, Count};
use crate::outbox::Outbox;
use crate::transport::Transport;

/// What a shard reads with: one buffer for all its connections.
pub(crate) struct Reader {
    scratch: Box<[u8]>,
    pub(super) context: DecodeContext,
}

impl Reader {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            scratch: vec![0; SCRATCH_BYTES].into(),
            context: DecodeContext::new(DecodeLimits {
                message_bytes_max: limits.message_bytes_max,
                inflated_bytes_max: limits.message_bytes_max,
                ..DecodeLimits::default()
            }),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    Closing,
    Draining,
    Leaving,
}

/// One connection, owned by its shard.
pub(crate) struct Connection {
    transport: Transport,
    decoder: Decoder,
    outbox: Outbox,
    pub(super) session: Session,
    pub(super) phase: Phase,
    /// The kernel takes no more until the poll says so.
    is_blocked: bool,
    /// It is in the shard's list of those to flush.
    is_to_flush: bool,
    /// It is in the shard's list of those to read.
    is_unread: bool,
    /// The peer has said its last, so it is read up to the end: no event will
    /// tell that there is more, as the end is all that there is to come.
    is_ended: bool,
    /// The session is busy: what is read is held.
    pub(super) is_held: bool,
    pub(super) held: Vec<u8>,
    pub(super) awaiting_pong: bool,
    /// It is pinged half an interval after its slot's second.
    pub(super) is_late: bool,
    slot: u32,
    serial: u32,
    peer: SocketAddr,
    end: Option<Box<End>>,
    _permit: Permit,
}

impl Connection {
    /// Seats an arrival; returns also what it sent before it was ours. If the
    /// log cannot say how far the channel has come there is no seat, and the
    /// handshake is answered so.
    pub(super) fn new(
        mut arrival: Arrival,
        slot: u32,
        serial: u32,
        desk: &mut Desk,
    ) -> Option<(Self, Vec<u8>)> {
        let compression = match arrival.welcome.deflated {
            true => Compression::Deflate,
            false => Compression::Off,
        };
        let origin = Origin {
            shard: desk.node.shard,
            connection: slot,
            serial,
            tag: 0,
        };
        let greeting = arrival.welcome.greeting.clone();
        let session = match open_session(arrival.welcome, origin, desk) {
            Ok(session) => session,
            Err(error) => {
                tracing::error!(peer = %arrival.peer, %error, "cannot open a room");
                arrival.transport.write_and_close(UNREADABLE);
                return None;
            }
        };
        let mut connection = Self {
            transport: arrival.transport,
            decoder: Decoder::new(Role::Server, compression),
            outbox: Outbox::default(),
            session,
            phase: Phase::Open,
            is_blocked: false,
            is_to_flush: false,
            is_unread: false,
            is_ended: false,
            is_held: false,
            held: Vec::new(),
            awaiting_pong: false,
            is_late: is_late(slot, desk.now().steady(), desk.shared.limits.ping_interval),
            slot,
            serial,
            peer: arrival.peer,
            end: None,
            _permit: arrival.permit,
        };
        tracing::info!(%connection, channel = connection.channel(desk), "joined");
        connection.of_dialect(&desk.counts().opened).add(1);
        connection.send(greeting, &mut desk.to_flush);
        connection.perform(desk);
        if connection.transport.may_hold_back() {
            connection.mark_unread(desk);
        }
        Some((connection, arrival.early))
    }

    /// Reads once and does what came.
    pub(super) fn read(&mut self, reader: &mut Reader, desk: &mut Desk) {
        self.is_unread = false;
        if self.is_held {
            return;
        }
        let filled = match self.transport.read(&mut reader.scratch) {
            Ok(filled) if filled.len > 0 => filled,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            _ => return self.leave_behind(End::Lost, desk),
        };
        if filled.more || self.is_ended {
            self.mark_unread(desk);
        }
        self.awaiting_pong = false;
        desk.counts().received.bytes.add(filled.len as u64);
        let input = &mut reader.scratch[..filled.len];
        self.take(input, &mut reader.context, desk);
    }

    /// Decodes bytes and does what they say.
    pub(super) fn take(
        &mut self,
        mut input: &mut [u8],
        context: &mut DecodeContext,
        desk: &mut Desk,
    ) {
        loop {
            if self.session.is_busy() {
                return self.hold(input);
            }
            match self.decoder.decode(&mut input, context) {
                Ok(Some(message)) => self.handle(message, desk),
                Ok(None) => return,
                Err(error) => {
                    self.close(error.close_code(), &error.to_string(), desk);
                    self.phase = Phase::Draining;
                    return;
                }
            }
        }
    }

    /// Takes what came together with the upgrade.
    pub(super) fn take_early(&mut self, early: &mut [u8], reader: &mut Reader, desk: &mut Desk) {
        self.take(early, &mut reader.context, desk);
    }

    fn handle(&mut self, message: Message<'_>, desk: &mut Desk) {
        match message {
            Message::Close(close) => self.on_close(close, desk),
            // Whoever is told to close has nothing more to say.
            _ if self.phase != Phase::Open => {}
            Message::Text(text) => {
                desk.counts().received.messages.add(1);
                self.session.text(text, &mut desk.node, &mut desk.effects);
                self.perform(desk);
            }
            Message::Binary(bytes) => {
                desk.counts().received.messages.add(1);
                self.session
                    .binary(bytes, &mut desk.node, &mut desk.effects);
                self.perform(desk);
            }
            Message::Ping(payload) => self.send_control(Frame::pong(payload), desk),
            Message::Pong(_) => {}
        }
    }

    pub(super) fn mark_unread(&mut self, desk: &mut Desk) {
        if !std::mem::replace(&mut self.is_unread, true) {
            desk.unread.push(self.slot);
        }
    }

    /// The peer has said its last.
    pub(super) fn mark_ended(&mut self) {
        self.is_ended = true;
    }

    pub(super) fn socket(&mut self) -> &mut TcpStream {
        self.transport.socket()
    }

    /// Whether its stand-in has been given so many bytes.
    #[cfg(test)]
    pub(super) fn has_been_given(&self, bytes: usize) -> bool {
        matches!(self.transport, Transport::StandIn(n_written) if n_written == bytes)
    }

    /// Tells this connection from others that had its slot.
    pub(super) fn serial(&self) -> u32 {
        self.serial
    }

    /// Whether it is written to with permessage-deflate.
    pub(super) fn is_deflated(&self) -> bool {
        self.decoder.compression() == Compression::Deflate
    }

    fn of_dialect<'a>(&self, counts: &'a ByDialect) -> &'a Count {
        match self.session {
            Session::Plain(_) => &counts.plain,
            Session::Centrifuge(_) => &counts.centrifuge,
        }
    }
}

/// Begins the conversation that the handshake asked for.
fn open_session(welcome: Welcome, origin: Origin, desk: &mut Desk) -> Result<Session, LogError> {
    let deflated = welcome.deflated;
    match welcome.target {
        Target::Plain {
            channel,
            name,
            start,
        } => {
            let format = Format {
                dialect: Dialect::Plain,
                deflated,
            };
            let session = PlainSession::join(&channel, origin, format, &mut desk.node)?;
            let name = name.as_ref().map(SenderName::as_str);
            let mut session = session.of(name, welcome.language, &mut desk.node);
            session.start(start, &mut desk.node, &mut desk.effects);
            Ok(Session::Plain(session))
        }
        Target::Centrifuge => {
            let until = desk.now().steady() + desk.shared.limits.handshake_timeout;
            let (slot, serial) = (origin.connection, origin.serial);
            desk.introductions.push(until, slot, serial);
            let client = Client {
                origin,
                id: Uuid::new_v4(),
            };
            let session = Box::new(CentrifugeSession::new(client, deflated));
            Ok(Session::Centrifuge(session))
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.peer)
    }
}
