//! What the server says: answers to commands, and what it pushes.

use std::time::Duration;

use protocol::centrifuge::{
    Answer, ConnectResult, ErrorCode, Expiry, Incoming, Push, Reply, incoming,
};

use super::{Client, State};
use crate::channel::Next;
use crate::event::{Effect, Event, Problem, Publication, text};
use crate::link::Asked;

impl Client {
    /// A text message came.
    pub fn received(&mut self, now: Duration, text: &str) {
        self.link.heard(now);
        for message in incoming(text) {
            if !self.link.is_open() {
                return; // The message before this one was the end.
            }
            match message {
                Ok(Incoming::Reply(reply)) => self.answered(now, reply),
                Ok(Incoming::Push(push)) => self.pushed(now, &push),
                Ok(Incoming::Ping) => self.link.pong(),
                Err(malformed) => {
                    let why = malformed.to_string();
                    self.lose(now, Problem::temporary(Problem::CONNECTION_LOST, &why));
                }
            }
        }
        self.send();
    }

    fn answered(&mut self, now: Duration, reply: Reply<'_>) {
        let id = reply.id;
        let result = reply.result.map_err(Problem::from);
        let is_of_this_token = self.shown_by == Some(id);
        match (self.link.answered(id), result) {
            (Some(Asked::Connect), Ok(Answer::Connect(result))) => {
                self.connected(now, &result);
                if !is_of_this_token {
                    self.show_token(now);
                }
            }
            (Some(Asked::Connect), Err(problem)) if is_of_this_token => {
                self.not_connected(now, problem);
            }
            // There is another to try.
            (Some(Asked::Connect), Err(problem)) => self.lose(now, problem),
            (Some(Asked::Refresh), _) if !is_of_this_token => {}
            (Some(Asked::Refresh), Ok(Answer::Refresh(result))) => {
                let (expires, ttl) = (result.expires, result.ttl);
                self.token.keep(now, Expiry { expires, ttl });
            }
            (Some(Asked::Refresh), Err(problem)) => {
                if !self.token.not_renewed(now, &problem) {
                    self.stop(&problem);
                }
            }
            (Some(Asked::Subscribe(channel)), result) => self.joined(now, id, &channel, result),
            (Some(Asked::Publish(ticket)), result) => {
                self.outbox.settle(ticket);
                match result {
                    Ok(_) => self.events.push_back(Event::Acknowledged(ticket)),
                    Err(problem) => self.refuse(ticket, problem),
                }
            }
            (Some(Asked::SubRefresh(channel)), result) => self.renewed(now, id, &channel, result),
            (Some(asked @ Asked::Question(..)), Err(problem)) => self.unanswered(asked, &problem),
            (Some(Asked::Question(channel, _)), Ok(answer)) => self.told(channel, &answer),
            (Some(Asked::Connect | Asked::Refresh | Asked::Unsubscribe) | None, _) => {}
        }
    }

    fn not_connected(&mut self, now: Duration, problem: Problem) {
        let is_over = problem.code == ErrorCode::TokenExpired.code() && self.token.end();
        match problem.temporary || is_over {
            true => self.lose(now, problem),
            false => self.stop(&problem),
        }
    }

    fn renewed(&mut self, now: Duration, id: u32, name: &str, result: Result<Answer<'_>, Problem>) {
        let channel = self.channels.get_mut(name);
        let Some(channel) = channel.filter(|channel| channel.refreshed == Some(id)) else {
            return;
        };
        match result {
            Ok(Answer::SubRefresh(expiry)) => channel.expires(now, expiry),
            Ok(_) => {}
            Err(problem) => {
                let next = channel.not_renewed(now, &problem);
                self.go_on(now, name, next, Some(problem));
            }
        }
    }

    fn told(&mut self, channel: String, answer: &Answer<'_>) {
        let event = match answer {
            Answer::History(result) => Event::History {
                channel,
                publications: result.publications.iter().map(Publication::from).collect(),
            },
            Answer::Presence(result) => Event::Presence {
                channel,
                members: result
                    .presence
                    .iter()
                    .map(|(_, info)| text(*info))
                    .collect(),
            },
            Answer::Rpc(Some(guests)) => Event::Guests {
                channel,
                guests: text(*guests),
            },
            _ => return,
        };
        self.events.push_back(event);
    }

    pub(super) fn unanswered(&mut self, asked: Asked, problem: &Problem) {
        if let Asked::Question(channel, question) = asked {
            self.events.push_back(Event::Unanswered {
                channel,
                question,
                problem: problem.clone(),
            });
        }
    }

    fn connected(&mut self, now: Duration, result: &ConnectResult<'_>) {
        self.state = State::Connected { since: now };
        self.link
            .expect_pings(Duration::from_secs(result.ping.into()), result.pong);
        if let Some(token) = issued_token(result) {
            self.token.issued(token);
        }
        let (expires, ttl) = (result.expires, result.ttl);
        self.token.keep(now, Expiry { expires, ttl });
        self.events.push_back(Event::Connected {
            client: result.client.to_string(),
        });
        self.flush(now);
    }

    fn joined(&mut self, now: Duration, id: u32, name: &str, result: Result<Answer<'_>, Problem>) {
        let channel = self.channels.get_mut(name);
        let Some(channel) = channel.filter(|channel| channel.asked == Some(id)) else {
            return;
        };
        match result {
            Ok(Answer::Subscribe(result)) => {
                let next = channel.subscribed(now, &result, &mut self.events);
                self.go_on(now, name, next, None);
            }
            Ok(_) => {}
            Err(problem) => {
                let next = channel.refused(now, &problem, &mut self.chance);
                self.go_on(now, name, next, Some(problem));
            }
        }
    }

    fn pushed(&mut self, now: Duration, push: &Push<'_>) {
        use protocol::centrifuge::Event::{Disconnect, Unsubscribe};
        if let Disconnect(ended) = &push.event {
            let code = u16::try_from(ended.code).unwrap_or(1006);
            self.effects.push_back(Effect::Close);
            self.closed(now, code, &ended.reason);
            return;
        }
        let Some(channel) = self.channels.get_mut(&*push.channel) else {
            return;
        };
        let next = channel.push(&push.event, &mut self.events);
        let problem = match &push.event {
            Unsubscribe(ended) => Some(Problem::lasting(ended.code, &ended.reason)),
            _ => None,
        };
        self.go_on(now, &push.channel, next, problem);
    }

    fn go_on(&mut self, now: Duration, channel: &str, next: Next, problem: Option<Problem>) {
        match next {
            Next::Nothing => {}
            Next::Resubscribe => {
                self.ask_to_leave(now, channel);
                self.ask_for(now, channel);
            }
            Next::Subscribe => self.ask_for(now, channel),
            Next::Leave => {
                self.ask_to_leave(now, channel);
                self.over(channel, problem);
            }
            Next::End => self.over(channel, problem),
        }
    }

    fn over(&mut self, channel: &str, problem: Option<Problem>) {
        self.channels.remove(channel);
        let channel = channel.into();
        let problem = problem.unwrap_or_else(|| Problem::lasting(0, "ended"));
        self.events
            .push_back(Event::Unsubscribed { channel, problem });
    }
}

/// The identity that the server gave to one who had none.
fn issued_token(result: &ConnectResult<'_>) -> Option<String> {
    let data = serde_json::from_slice::<serde_json::Value>(result.data?.as_bytes()).ok()?;
    data["token"].as_str().map(Into::into)
}
