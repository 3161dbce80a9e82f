//! A member with an application's client: the real one, `crates/client`.

mod hear;

use std::collections::BTreeMap;
use std::time::Duration;

use client::{Client, Effect, Following, Options, Position, Question, Ticket};
use engine::{Dialect, Namespace, RateLimit};
use protocol::centrifuge::{Event as Pushed, Incoming, incoming};
use serde_json::value::RawValue;

use super::voice::State;
use super::{Papers, Style, Voice, let_go};
use crate::channels::name_of;
use crate::event::Event;
use crate::ledger::{Broken, Kept, Ledger, broken};
use crate::live::LiveView;
use crate::net::{Frame, MemberId, Net, Target, WireId};
use crate::view::View;

/// Somebody with a client.
pub(crate) struct App {
    member: MemberId,
    client: Client,
    pub(crate) papers: Papers,
    /// Whether it wants to hear of who comes and goes.
    joins: bool,
    wire: Option<WireId>,
    tick_at: Option<Duration>,
    tickets: BTreeMap<Ticket, Published>,
    has_left: bool,
    /// How others know the connection.
    id: Box<str>,
    /// Where the subscription that was answered last begins.
    joined_at: Option<Position>,
    pub(crate) voice: Voice,
    pub(crate) views: Vec<View>,
    pub(crate) lives: Vec<LiveView>,
}

/// What a ticket is for.
#[derive(Debug, Clone, Copy)]
enum Published {
    /// Something that was said, by its index.
    Said(usize),
    /// Something that a feed is not to take from a member.
    Trespass,
}

impl App {
    /// Follows channels from their beginning.
    pub(crate) fn new(
        member: MemberId,
        style: Style,
        limit: RateLimit,
        channels: &[Box<str>],
        writes_down: bool,
        mut papers: Papers,
        net: &mut Net,
    ) -> Self {
        let client = Client::new(Options {
            token: papers.token("", net),
            data: None,
            seed: net.chance.seed(),
        });
        let (lives, kept): (Vec<_>, Vec<_>) = channels
            .iter()
            .partition(|channel| name_of(channel).namespace() == Namespace::Live);
        let views = kept
            .into_iter()
            .map(|name| View::new(name, "", writes_down));
        let lives = lives.into_iter().map(|name| LiveView::new(name));
        let voice = Voice::new(member, Dialect::Centrifuge, style, limit);
        voice.plan(net);
        net.within(0, 1000, Event::Tick(member));
        let joins = net.chance.one_in(2);
        let mut app = Self {
            member,
            client,
            papers,
            joins,
            wire: None,
            tick_at: None,
            tickets: BTreeMap::new(),
            has_left: false,
            id: "".into(),
            joined_at: None,
            voice,
            views: views.collect(),
            lives: lives.collect(),
        };
        for channel in channels {
            app.follow(channel, net);
        }
        app
    }

    /// Follows a channel, from where it is in it.
    fn follow(&mut self, channel: &str, net: &mut Net) {
        let view = self.views.iter().find(|view| *view.channel == *channel);
        let following = Following {
            since: view.map(|view| Position {
                offset: view.at,
                epoch: view.epoch.to_string(),
            }),
            joins: self.joins,
            token: self.papers.pass(channel, net),
        };
        self.client.subscribe(net.now, channel, following);
    }

    /// Is given a token, which the client has asked for.
    pub(crate) fn renew(&mut self, channel: &str, net: &mut Net, ledger: &mut Ledger) -> Kept {
        self.show_token(channel, net);
        self.pump(net, ledger)
    }

    fn show_token(&mut self, channel: &str, net: &mut Net) {
        let token = self.papers.token(channel, net);
        match channel {
            "" => self.client.set_identity(net.now, &token),
            _ => self.client.set_token(net.now, channel, &token),
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
        self.trespass(net);
        let rooms = self.views.iter().map(|view| &*view.channel);
        let rooms = rooms.filter(|name| name_of(name).namespace() == Namespace::Room);
        let lives = self.lives.iter().map(|view| &*view.channel);
        // What it cannot say any more one day would have no answer.
        let lasting = |channel: &&str| !self.papers.may_end(channel);
        let channels: Vec<_> = rooms.chain(lives).filter(lasting).collect();
        match self.voice.say(&channels, net) {
            Some(index) => self.again(index, net, ledger),
            None => self.pump(net, ledger),
        }
    }

    /// Tries to publish in a feed, now and then.
    fn trespass(&mut self, net: &mut Net) {
        let feeds = self.views.iter().map(|view| &*view.channel);
        let mut feeds = feeds.filter(|name| name_of(name).namespace() == Namespace::Feed);
        if let Some(feed) = feeds.next()
            && net.chance.one_in(12)
        {
            let data = RawValue::from_string(r#"{"id":"trespass"}"#.into());
            let data = data.expect("it is JSON");
            if let Ok(ticket) = self.client.publish(net.now, feed, data) {
                self.tickets.insert(ticket, Published::Trespass);
            }
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
                self.tickets.insert(ticket, Published::Said(index));
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
        loop {
            self.perform(net);
            let Some(told) = self.client.poll_event() else {
                break;
            };
            self.hear(told, net, ledger)
                .map_err(|Broken(why)| Broken(format!("member {}: {why}", self.member)))?;
        }
        self.set_alarm(net);
        Ok(())
    }

    fn perform(&mut self, net: &mut Net) {
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
}
