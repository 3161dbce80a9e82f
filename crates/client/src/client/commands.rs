//! What is asked of the server, as commands over the connection that there is.
//!
//! A command that waits for the answer is known to the link by its number; the
//! answers are in `replies`. Commands gather in the link, and leave together
//! with [`Client::send`].

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::centrifuge::{
    ChannelRequest, ConnectRequest, HistoryRequest, PublishRequest, RefreshRequest, Request,
    RpcRequest, SubRefreshRequest,
};
use serde_json::value::to_raw_value;

use super::Client;
use crate::event::{Effect, Problem, Question};
use crate::link::Asked;

impl Client {
    /// Says who one is: the first command of each connection.
    pub(super) fn introduce(&mut self, now: Duration) {
        let request = Request::Connect(ConnectRequest {
            token: self.token.as_str().into(),
            data: self.data.as_deref(),
            name: "rust".into(),
            ..ConnectRequest::default()
        });
        self.shown_by = Some(self.link.ask(now, Asked::Connect, request));
    }

    pub(super) fn ask_for(&mut self, now: Duration, name: &str) {
        if let Some(channel) = self.channels.get_mut(name).filter(|_| self.link.is_open()) {
            if channel.wants_token(now) {
                return channel.want_token(&mut self.events);
            }
            let request = Request::Subscribe(channel.request());
            channel.asked = Some(self.link.ask(now, Asked::Subscribe(name.into()), request));
        }
    }

    pub(super) fn show_token(&mut self, now: Duration) {
        let token = self.token.as_str().into();
        let request = Request::Refresh(RefreshRequest { token });
        self.shown_by = Some(self.link.ask(now, Asked::Refresh, request));
    }

    pub(super) fn refresh(&mut self, now: Duration, name: &str, token: &str) {
        let request = Request::SubRefresh(SubRefreshRequest {
            channel: name.into(),
            token: token.into(),
        });
        let id = self.link.ask(now, Asked::SubRefresh(name.into()), request);
        if let Some(channel) = self.channels.get_mut(name) {
            channel.refreshed = Some(id);
        }
    }

    pub(super) fn ask_to_leave(&mut self, now: Duration, name: &str) {
        if self.link.is_open() {
            let request = Request::Unsubscribe(ChannelRequest {
                channel: name.into(),
            });
            self.link.ask(now, Asked::Unsubscribe, request);
        }
    }

    /// Sends what waits to be published, as fast as the outbox allows.
    pub(super) fn flush(&mut self, now: Duration) {
        if self.is_connected() {
            while let Some(entry) = self.outbox.take(now) {
                let channel = entry.channel.as_str().into();
                let data = Some(&*entry.data);
                let request = Request::Publish(PublishRequest { channel, data });
                self.link.ask(now, Asked::Publish(entry.ticket), request);
            }
        }
        self.send();
    }

    pub(super) fn send(&mut self) {
        let frames = self.link.take_frames().into_iter();
        let texts = frames.filter_map(|frame| String::from_utf8(frame).ok());
        self.effects.extend(texts.map(Effect::Send));
    }

    /// Asks something about a channel that is followed. An answer comes of it,
    /// such as [`Event::History`](crate::Event::History), or
    /// [`Event::Unanswered`](crate::Event::Unanswered), also when the connection
    /// is lost meanwhile.
    pub fn ask(&mut self, now: Duration, channel: &str, question: Question) {
        let asked = Asked::Question(channel.into(), question);
        if !self.is_connected() {
            let problem = Problem::temporary(Problem::CONNECTION_LOST, "there is no connection");
            return self.unanswered(asked, &problem);
        }
        let name = channel.into();
        let about = to_raw_value(&BTreeMap::from([("channel", channel)])).ok();
        let request = match question {
            Question::Presence => Request::Presence(ChannelRequest { channel: name }),
            Question::Guests => Request::Rpc(RpcRequest {
                method: "guests".into(),
                data: about.as_deref(),
            }),
            Question::Newest { limit } => Request::History(HistoryRequest {
                channel: name,
                limit: i32::try_from(limit).unwrap_or(i32::MAX),
                since: None,
                reverse: true,
            }),
        };
        self.link.ask(now, asked, request);
        self.send();
    }
}
