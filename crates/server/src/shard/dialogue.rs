//! Between a connection and its session: what the session asks for is done,
//! and what it waits for is brought to it.
//!
//! A session that waits for the log is busy: nothing is decoded for it and its
//! socket is not read, so that its client feels a slow network. What had been
//! read already is held until the session is free again.

use std::sync::Arc;

use engine::{Answer, Effect, Moved, Session};
use protocol::centrifuge::UnsubscribeCode;
use websocket::{CloseCode, DecodeContext, Frame, Opcode};

use super::connection::{Connection, Phase, Reader};
use super::desk::Desk;
use crate::keeper::{CallAnswer, Records};
use crate::metrics::Rare;
use crate::order::{Action, Order};

impl Connection {
    /// Does what the session has asked for.
    pub(super) fn perform(&mut self, desk: &mut Desk) {
        let mut effects = std::mem::take(&mut desk.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Send(message) => self.send_text(&message, desk),
                Effect::Close { code, reason } => self.close(CloseCode(code), reason, desk),
                Effect::Read(read) => desk.reads.ask(read),
                Effect::Call(call) => desk.calls.ask(call),
                Effect::Moved(moved) => desk.moved.push(moved),
                Effect::Refused(code) => desk.counts().count(Rare::Refused, code),
            }
        }
        desk.effects = effects;
    }

    fn send_text(&mut self, text: &[u8], desk: &mut Desk) {
        let deflated = match self.is_deflated() {
            true => desk.deflater.deflate(text),
            false => None,
        };
        let frame = match deflated {
            Some(deflated) => Frame::deflated(Opcode::Text, deflated).to_bytes(),
            None => Frame::message(Opcode::Text, text).to_bytes(),
        };
        desk.counts().sent.messages.add(1);
        desk.counts().sent.bytes.add(frame.len() as u64);
        self.deliver(frame, &mut desk.to_flush);
    }

    /// Brings what became of a publication.
    pub(super) fn answer(&mut self, answer: Answer, reader: &mut Reader, desk: &mut Desk) {
        self.session
            .answer(answer, &mut desk.node, &mut desk.effects);
        self.perform(desk);
        self.go_on(&mut reader.context, desk);
    }

    /// Brings what was read from the log.
    pub(super) fn records(&mut self, records: Records, reader: &mut Reader, desk: &mut Desk) {
        let Records { origin, records } = records;
        let records = records.map(Arc::unwrap_or_clone);
        self.session
            .read(origin.tag, records, &mut desk.node, &mut desk.effects);
        self.perform(desk);
        self.go_on(&mut reader.context, desk);
    }

    /// Brings the answer to a call.
    pub(super) fn call_answer(&mut self, answer: CallAnswer, reader: &mut Reader, desk: &mut Desk) {
        self.session
            .called(answer.result, &mut desk.node, &mut desk.effects);
        self.perform(desk);
        self.go_on(&mut reader.context, desk);
    }

    /// Takes what was held once the session is free.
    fn go_on(&mut self, context: &mut DecodeContext, desk: &mut Desk) {
        if self.is_held && !self.session.is_busy() {
            self.is_held = false;
            let mut held = std::mem::take(&mut self.held);
            self.take(&mut held, context, desk);
            self.mark_unread(desk);
        }
    }

    /// Keeps what was read behind a message that made the session busy.
    pub(super) fn hold(&mut self, rest: &[u8]) {
        self.is_held = true;
        self.held.extend_from_slice(rest);
    }

    /// Sends more of what the client misses, now that it has read the rest.
    pub(super) fn catch_up(&mut self, desk: &mut Desk) {
        self.session.catch_up(&mut desk.node, &mut desk.effects);
        self.perform(desk);
    }

    /// Asks whether the client is still there.
    pub(super) fn ping(&mut self, desk: &mut Desk) {
        if self.phase != Phase::Open {
            return;
        }
        match &mut self.session {
            // A ping that is still to be answered gets all of its time.
            Session::Plain(_) if self.awaiting_pong => {}
            Session::Plain(_) => {
                self.awaiting_pong = true;
                self.send_control(Frame::ping(&[]), desk);
            }
            Session::Centrifuge(session) => {
                let ping = session.ping();
                if let Some(ping) = ping {
                    self.send_text(ping, desk);
                }
            }
        }
    }

    /// Ends the connection if a ping has found no answer in time.
    pub(super) fn judge_silence(&mut self, desk: &mut Desk) {
        match &self.session {
            Session::Plain(_) if self.awaiting_pong => self.drop_silent(desk),
            Session::Centrifuge(session) if session.is_silent() => {
                self.close_with(protocol::centrifuge::CloseCode::NoPong, desk);
            }
            _ => {}
        }
    }

    /// Ends the connection if its client has not said who it is in time.
    pub(super) fn judge_introduction(&mut self, desk: &mut Desk) {
        if let Session::Centrifuge(session) = &self.session
            && !session.is_connected()
        {
            self.close_with(protocol::centrifuge::CloseCode::Stale, desk);
        }
    }

    /// Ends what tokens gave that have run out: subscriptions, or all of it.
    pub(super) fn judge_tokens(&mut self, desk: &mut Desk) {
        if let Session::Centrifuge(session) = &mut self.session {
            let grace_s = desk.shared.limits.token_grace.as_secs();
            session.expire(grace_s, &mut desk.node, &mut desk.effects);
            self.perform(desk);
        }
    }

    /// Does what an application's server wants done with it, if it is meant.
    pub(super) fn obey(&mut self, order: &Order, desk: &mut Desk) {
        let Session::Centrifuge(session) = &mut self.session else {
            return;
        };
        if !order.is_for(session) {
            return;
        }
        match &order.action {
            Action::Disconnect { code, reason } => self.close(CloseCode(*code), reason, desk),
            Action::Unsubscribe(channel) => {
                let mut channels = session.channels();
                channels.retain(|one| channel.as_ref().is_none_or(|channel| channel == one));
                for name in channels {
                    let code = UnsubscribeCode::Server;
                    session.end_subscription(name, code, &mut desk.node, &mut desk.effects);
                }
                self.perform(desk);
            }
        }
    }

    fn close_with(&mut self, code: protocol::centrifuge::CloseCode, desk: &mut Desk) {
        self.close(CloseCode(code.code()), code.reason(), desk);
    }

    /// Says goodbye because the server stops, in the words of the dialect.
    pub(super) fn close_for_stop(&mut self, desk: &mut Desk) {
        match &self.session {
            Session::Plain(_) => self.close(CloseCode::GOING_AWAY, "the server stops", desk),
            Session::Centrifuge(_) => {
                self.close_with(protocol::centrifuge::CloseCode::Shutdown, desk);
            }
        }
    }

    /// Says goodbye because the client reads too slowly.
    pub(super) fn close_for_slowness(&mut self, desk: &mut Desk) {
        match &self.session {
            Session::Plain(_) => self.close(CloseCode::TRY_AGAIN_LATER, "reads too slowly", desk),
            Session::Centrifuge(_) => self.close_with(protocol::centrifuge::CloseCode::Slow, desk),
        }
    }

    /// Learns that a seat of its has changed.
    pub(super) fn moved(&mut self, moved: Moved) {
        self.session.moved(moved);
    }

    /// The channel that the log names: the one of a plain connection.
    pub(super) fn channel(&self, desk: &Desk) -> String {
        match &self.session {
            Session::Plain(session) => session.channel(&desk.node).to_string(),
            Session::Centrifuge(_) => "-".to_owned(),
        }
    }

    /// Leaves all channels.
    pub(super) fn end_session(&mut self, desk: &mut Desk) {
        self.session.end(&mut desk.node, &mut desk.effects);
        self.perform(desk);
    }
}
