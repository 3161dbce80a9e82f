//! How a connection ends, and what is told of it.

use std::fmt;

use websocket::{Close, CloseCode, Frame};

use super::{Connection, Phase};
use crate::metrics::{Rare, ShardCounts};
use crate::shard::desk::Desk;

/// How a connection ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// The peer closed it.
    Peer(Option<(CloseCode, Box<str>)>),
    /// The server closed it.
    Server(CloseCode, Box<str>),
    /// The stream ended without a close.
    Lost,
    /// It did not answer a ping.
    Silent,
}

impl Connection {
    /// Answers the peer's close, or takes it as the answer to ours.
    pub(super) fn on_close(&mut self, close: Option<Close<'_>>, desk: &mut Desk) {
        let is_first = self.phase == Phase::Open;
        if is_first {
            let answer = match close {
                Some(close) => Frame::close(close.code, ""),
                None => Frame::close_without_code(),
            };
            self.send_control(answer, desk);
            let said = close.map(|close| (close.code, close.reason.into()));
            self.end_with(End::Peer(said));
        }
        self.phase = Phase::Leaving;
        self.flush(desk);
        // Mostly the answer is out by now, and there is nothing to wait for:
        // thousands who leave together need no thousands of deadlines.
        if is_first && self.is_blocked {
            self.start_deadline(desk);
        }
    }

    /// Says goodbye; the peer has until the deadline to answer.
    pub(in crate::shard) fn close(&mut self, code: CloseCode, reason: &str, desk: &mut Desk) {
        if self.phase != Phase::Open {
            return;
        }
        self.send_control(Frame::close(code, reason), desk);
        self.phase = Phase::Closing;
        self.start_deadline(desk);
        self.end_with(End::Server(code, reason.into()));
    }

    /// Drops the connection without a further word.
    pub(in crate::shard) fn give_up(&mut self, desk: &mut Desk) {
        self.leave_behind(End::Lost, desk);
    }

    pub(super) fn leave_behind(&mut self, end: End, desk: &mut Desk) {
        self.end_with(end);
        desk.gone.push(self.slot);
    }

    /// The first reason to end is the one that is told.
    fn end_with(&mut self, end: End) {
        self.end.get_or_insert_with(|| Box::new(end));
    }

    fn start_deadline(&self, desk: &mut Desk) {
        let at = desk.now().steady() + desk.shared.limits.close_timeout;
        desk.deadlines.push(at, self.slot, self.serial);
    }

    /// Gives up a connection that has not answered a ping.
    pub(in crate::shard) fn drop_silent(&mut self, desk: &mut Desk) {
        self.leave_behind(End::Silent, desk);
    }

    /// Counts its end.
    pub(in crate::shard) fn count_end(&self, counts: &ShardCounts) {
        self.of_dialect(&counts.gone).add(1);
        let code = match self.end.as_deref() {
            Some(End::Server(code, _)) => code.to_string(),
            // Which code a peer chooses is a stranger's word.
            Some(End::Peer(_)) => "peer".into(),
            Some(End::Silent) => "silent".into(),
            Some(End::Lost) | None => "lost".into(),
        };
        counts.count(Rare::Closed, code);
    }

    /// How it ended, for the log.
    pub(in crate::shard) fn end(&self) -> impl fmt::Display {
        self.end.as_deref().cloned().unwrap_or(End::Lost)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(Some((code, reason))) => write!(f, "closed by the peer: {code} {reason:?}"),
            Self::Peer(None) => f.write_str("closed by the peer"),
            Self::Server(code, reason) => write!(f, "closed by the server: {code} {reason:?}"),
            Self::Lost => f.write_str("lost"),
            Self::Silent => f.write_str("silent"),
        }
    }
}
