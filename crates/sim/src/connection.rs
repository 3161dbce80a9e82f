//! The server's end of a wire: a session, and what waits to be sent.

use std::collections::VecDeque;

use engine::{Now, Session};

use crate::net::{Frame, Net, WireId};
use crate::tokens::{Holder, Notary};

/// Seconds that the other side has to answer a close.
const CLOSE_TIMEOUT_S: u64 = 5;

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) wire: WireId,
    /// Its shard, and its number among those that were ever there.
    pub(crate) holder: Holder,
    pub(crate) session: Session,
    pub(crate) phase: Phase,
    pub(crate) outbox: VecDeque<Frame>,
    pub(crate) outbox_bytes: usize,
    /// Frames that came while the session was busy.
    pub(crate) held: VecDeque<String>,
    pub(crate) awaiting_pong: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    Closing { until_s: u64 },
}

impl Connection {
    pub(crate) fn new(wire: WireId, holder: Holder, session: Session) -> Self {
        let mut connection = Self {
            wire,
            holder,
            session,
            phase: Phase::Open,
            outbox: VecDeque::new(),
            outbox_bytes: 0,
            held: VecDeque::new(),
            awaiting_pong: false,
        };
        connection.deliver(Frame::Open);
        connection
    }

    /// Sends a message, if its tokens are good for that.
    pub(crate) fn send(&mut self, text: String, notary: &Notary, now: Now) {
        if self.phase == Phase::Open {
            notary.check_sent(self.holder, &text, now);
            self.push(Frame::Text(text));
        }
    }

    pub(crate) fn deliver(&mut self, frame: Frame) {
        if self.phase == Phase::Open {
            self.push(frame);
        }
    }

    pub(crate) fn close(&mut self, code: u16, now: Now) {
        if self.phase == Phase::Open {
            self.push(Frame::Close(code));
            let until_s = now.steady().as_secs() + CLOSE_TIMEOUT_S;
            self.phase = Phase::Closing { until_s };
        }
    }

    pub(crate) fn ping(&mut self) {
        match &mut self.session {
            Session::Plain(_) if self.awaiting_pong => {}
            Session::Plain(_) => {
                self.awaiting_pong = true;
                self.push(Frame::Ping);
            }
            Session::Centrifuge(session) => {
                if let Some(ping) = session.ping() {
                    let text = String::from_utf8_lossy(ping).into_owned();
                    self.push(Frame::Text(text));
                }
            }
        }
    }

    fn push(&mut self, frame: Frame) {
        self.outbox_bytes += frame.bytes();
        self.outbox.push_back(frame);
    }

    pub(crate) fn write(&mut self, net: &mut Net) {
        while net.takes_more(self.wire)
            && let Some(frame) = self.outbox.pop_front()
        {
            self.outbox_bytes -= frame.bytes();
            net.send_down(self.wire, frame);
        }
    }
}
