//! A member with an application's client: the real one, `crates/client`.

use std::collections::BTreeMap;
use std::time::Duration;

use client::{
    Client, Effect, Event as Told, Following, Options, Position, Publication, Question, Ticket,
};
use engine::RateLimit;
use protocol::centrifuge::{Event as Pushed, Incoming, incoming};
use serde_json::value::RawValue;

use super::voice::State;
use super::{Heard, Style, Voice, let_go, name};
use crate::event::Event;
use crate::ledger::{Broken, Kept, Ledger, broken};
use crate::net::{Frame, MemberId, Net, Target, WireId};
use crate::view::View;

/// The server's error for what its log could not do.
const INTERNAL: u32 = 100;
/// What it says to who is not subscribed, for now.
const PERMISSION_DENIED: u32 = 103;
/// What it says to who says too much.
const TOO_MANY_REQUESTS: u32 = 111;
/// The first of the chat's own errors: they are about amendments, and final.
const CHATS_OWN: u32 = 400;

/// Somebody with a client.
pub(crate) struct App {
    member: MemberId,
    client: Client,
    wire: Option<WireId>,
    tick_at: Option<Duration>,
    tickets: BTreeMap<Ticket, usize>,
    has_left: bool,
    /// Where the subscription that was answered last begins.
    joined_at: u64,
    pub(crate) voice: Voice,
    pub(crate) views: Vec<View>,
}

impl App {
    /// Follows channels from their beginning.
    pub(crate) fn new(
        member: MemberId,
        style: Style,
        limit: RateLimit,
        channels: &[Box<str>],
        writes_down: bool,
        net: &mut Net,
    ) -> Self {
        let mut client = Client::new(Options {
            token: name(member),
            data: None,
            seed: net.chance.seed(),
        });
        let joins = net.chance.one_in(2);
        for channel in channels {
            let beginning = Position {
                offset: 0,
                epoch: String::new(),
            };
            let following = Following {
                since: Some(beginning),
                joins,
                ..Following::default()
            };
            client.subscribe(net.now, channel, following);
        }
        let views = channels.iter().map(|name| View::new(name, writes_down));
        let voice = Voice::new(member, style, limit);
        voice.plan(net);
        net.within(0, 1000, Event::Tick(member));
        Self {
            member,
            client,
            wire: None,
            tick_at: None,
            tickets: BTreeMap::new(),
            has_left: false,
            joined_at: 0,
            voice,
            views: views.collect(),
        }
    }

    pub(crate) fn frame(
        &mut self,
        wire: WireId,
        frame: &Frame,
        net: &mut Net,
        ledger: &mut Ledger,
    ) -> Kept {
        if self.wire != Some(wire) {
            return Ok(());
        }
        match frame {
            Frame::Open => {
                self.voice.allowance.renew(net.now);
                self.client.opened(net.now);
            }
            Frame::Text(text) => {
                self.check_news(text)?;
                self.client.received(net.now, text);
            }
            Frame::Close(code) => {
                self.wire = None;
                let_go(wire, net);
                self.client.closed(net.now, *code, "");
            }
            Frame::Ping | Frame::Pong => {}
        }
        self.pump(net, ledger)
    }

    /// The client passes over what it has; the server is not to send it.
    fn check_news(&self, text: &str) -> Kept {
        let Some(Ok(Incoming::Push(push))) = incoming(text).next() else {
            return Ok(());
        };
        let (channel, member) = (&*push.channel, self.member);
        match (push.event, self.client.position(channel)) {
            (Pushed::Publication(news), Some(at)) if news.offset <= at.offset => {
                let (offset, at) = (news.offset, at.offset);
                broken!("member {member}: {offset} of {channel} was sent again behind {at}")
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn lost(&mut self, wire: WireId, net: &mut Net, ledger: &mut Ledger) -> Kept {
        if self.wire == Some(wire) {
            self.wire = None;
            self.client.closed(net.now, 1006, "");
        }
        self.pump(net, ledger)
    }

    pub(crate) fn tick(&mut self, net: &mut Net, ledger: &mut Ledger) -> Kept {
        if self.tick_at.is_none() && !self.has_left {
            self.client.connect(net.now);
        }
        self.tick_at = None;
        self.client.tick(net.now);
        self.pump(net, ledger)
    }

    pub(crate) fn say(&mut self, net: &mut Net, ledger: &mut Ledger) -> Kept {
        self.wonder(net);
        let channels: Vec<_> = self.views.iter().map(|view| &*view.channel).collect();
        match self.voice.say(&channels, net) {
            Some(index) => self.again(index, net, ledger),
            None => Ok(()),
        }
    }

    /// Asks something, now and then.
    fn wonder(&mut self, net: &mut Net) {
        let question = match net.chance.below(12) {
            0 => Question::Presence,
            1 | 2 => Question::Newest { limit: 10 },
            _ => return,
        };
        if let Some(view) = net.chance.pick(&self.views) {
            self.client.ask(net.now, &view.channel, question);
        }
    }

    pub(crate) fn again(&mut self, index: usize, net: &mut Net, ledger: &mut Ledger) -> Kept {
        let said = &mut self.voice.said[index];
        said.state = State::Waiting;
        let data = RawValue::from_string(said.data.clone()).expect("it is JSON");
        match self.client.publish(net.now, &said.channel, data) {
            Ok(ticket) => {
                self.tickets.insert(ticket, index);
            }
            Err(_) => self.voice.retry(index, net),
        }
        self.pump(net, ledger)
    }

    pub(crate) fn leave(&mut self, net: &mut Net, ledger: &mut Ledger) -> Kept {
        self.has_left = true;
        self.client.disconnect();
        self.pump(net, ledger)
    }

    /// Does what the client wants, and hears what it tells.
    fn pump(&mut self, net: &mut Net, ledger: &mut Ledger) -> Kept {
        while let Some(effect) = self.client.poll_effect() {
            match effect {
                Effect::Open => self.wire = Some(net.open(self.member, Target::Centrifuge)),
                Effect::Send(text) => {
                    if let Some(wire) = self.wire {
                        net.send_up(wire, Frame::Text(text));
                    }
                }
                Effect::Close => {
                    if let Some(wire) = self.wire.take() {
                        let_go(wire, net);
                    }
                }
            }
        }
        while let Some(told) = self.client.poll_event() {
            self.hear(told, net, ledger)
                .map_err(|Broken(why)| Broken(format!("member {}: {why}", self.member)))?;
        }
        self.set_alarm(net);
        Ok(())
    }

    fn set_alarm(&mut self, net: &mut Net) {
        if let Some(deadline) = self.client.deadline() {
            let deadline = deadline.max(net.now);
            if self.tick_at.is_none_or(|at| at > deadline || at <= net.now) {
                self.tick_at = Some(deadline);
                net.at(deadline, Event::Tick(self.member));
            }
        }
    }

    fn hear(&mut self, told: Told, net: &mut Net, ledger: &mut Ledger) -> Kept {
        match told {
            Told::Publication {
                channel,
                publication,
            } => {
                let heard: Heard<'_> = serde_json::from_str(&publication.data)
                    .map_err(|error| Broken(format!("it was sent no publication: {error}")))?;
                let offset = publication.offset;
                self.voice.heard_own(&channel, heard.id, offset);
                let view = self.view(&channel)?;
                view.hear(offset, heard.id, &publication.data, ledger)
            }
            Told::Gap { channel, n_missing } => {
                let joined_at = self.joined_at;
                let view = self.view(&channel)?;
                // Who has never learnt the epoch is not told how much it is.
                let to = n_missing.map_or(joined_at, |n_missing| view.at + n_missing);
                view.skip(to, ledger)
            }
            Told::Subscribed { position, .. } => {
                self.joined_at = position.map_or(0, |position| position.offset);
                Ok(())
            }
            Told::Acknowledged(ticket) => {
                let index = self.tickets[&ticket];
                let said = &mut self.voice.said[index];
                said.state = State::Answered;
                ledger.acknowledge(&said.channel, &said.id)?;
                self.voice.allowance.take(net.now)
            }
            Told::Refused { ticket, problem } => {
                let index = self.tickets[&ticket];
                let said = &mut self.voice.said[index];
                match problem.code {
                    _ if self.has_left => {}
                    CHATS_OWN.. if said.is_amendment => said.state = State::Answered,
                    TOO_MANY_REQUESTS => self.voice.too_many(index, net),
                    INTERNAL | PERMISSION_DENIED => self.voice.retry(index, net),
                    _ => return broken!("{} was refused: {problem:?}", said.id),
                }
                Ok(())
            }
            Told::Disconnected(_) if self.has_left => Ok(()),
            Told::Disconnected(problem) => broken!("it was sent away: {problem:?}"),
            Told::Unsubscribed { channel, problem } => {
                broken!("it was unsubscribed from {channel}: {problem:?}")
            }
            Told::TokenWanted { channel } => {
                broken!("{channel:?} is for everybody, and wants a token")
            }
            Told::Connecting { problem, .. } => {
                let (member, code) = (self.member, problem.code);
                net.note(format_args!("member {member} is on its own: {code}"));
                Ok(())
            }
            Told::History {
                channel,
                publications,
            } => check_history(&channel, &publications, ledger),
            Told::Connected { .. }
            | Told::Join { .. }
            | Told::Leave { .. }
            | Told::Presence { .. }
            | Told::Unanswered { .. } => Ok(()),
        }
    }

    fn view(&mut self, channel: &str) -> Result<&mut View, Broken> {
        let mut views = self.views.iter_mut();
        views
            .find(|view| *view.channel == *channel)
            .ok_or_else(|| Broken(format!("it does not follow {channel}")))
    }
}

/// What was said last, newest first, is as it is on disk.
fn check_history(channel: &str, newest_first: &[Publication], ledger: &Ledger) -> Kept {
    for publication in newest_first {
        let heard: Heard<'_> = serde_json::from_str(&publication.data)
            .map_err(|error| Broken(format!("history holds no publication: {error}")))?;
        ledger.check_heard(channel, publication.offset, heard.id)?;
    }
    let offsets = newest_first.iter().map(|publication| publication.offset);
    match offsets
        .clone()
        .zip(offsets.skip(1))
        .all(|(one, next)| next + 1 == one)
    {
        true => Ok(()),
        false => broken!("the history of {channel} has a hole"),
    }
}
