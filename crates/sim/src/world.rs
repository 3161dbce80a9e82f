//! One run: a server, its members, and what goes wrong between them.
//!
//! ```text
//! storm: 30 s of talk and faults ─▶ calm: everybody gets everything
//!   ─▶ newcomers hear all of it anew ─▶ all leave: nothing is left behind
//! ```
//!
//! The next event of the queue is taken and done, and then the promises are
//! looked at: that is a step.

use std::sync::Arc;
use std::time::Duration;

use engine::RateLimit;

use crate::application::{Application, Call, Notice};
use crate::chance::Chance;
use crate::channels::Channels;
use crate::disk::Disk;
use crate::event::{Event, Job};
use crate::figures::{Count, Figures};
use crate::ledger::{Broken, Kept, Ledger};
use crate::member::Member;
use crate::net::{Frame, Net, WireId};
use crate::sabotage::Sabotage;
use crate::server::{Build, Server};
use crate::shard::Inbound;
use crate::trace::Trace;
use crate::weather::Weather;

/// How long things go wrong.
pub(crate) const STORM: Duration = Duration::from_secs(30);
/// As much as one likes.
const UNLIMITED: RateLimit = RateLimit {
    per_second: 0,
    burst: 0,
};
/// How long they talk on.
const TALK: Duration = Duration::from_secs(5);

/// Everything there is.
pub(crate) struct World {
    pub(crate) net: Net,
    pub(crate) disk: Arc<Disk>,
    pub(crate) ledger: Ledger,
    pub(crate) server: Option<Server>,
    n_servers: u32,
    pub(crate) build: Build,
    pub(crate) weather: Weather,
    /// Whether tokens end, and some channels want one.
    pub(crate) has_tokens: bool,
    pub(crate) channels: Channels,
    pub(crate) applications: Vec<Application>,
    pub(crate) members: Vec<Member>,
}

impl World {
    pub(crate) fn new(seed: u64, trace: Trace, sabotage: Option<Sabotage>) -> Self {
        let mut chance = Chance::new(seed);
        let weather = Weather::draw(&mut chance);
        let has_tokens = chance.one_in(2);
        let channels = Channels::draw(has_tokens, &mut chance);
        let latency_ms = [3, 30, 300][chance.below(3) as usize];
        let is_heavy = chance.one_in(8);
        let build = Build {
            n_shards: 1 + chance.below(3) as usize,
            queue_bytes_max: if is_heavy { 128 << 10 } else { 4 << 10 },
            tails_bytes_max: [2 << 10, 10 << 10, 1 << 20][chance.below(3) as usize],
            feeds_bytes_max: [4 << 10, 1 << 20][chance.below(2) as usize],
            message_rate: message_rate(&mut chance),
            sabotage,
        };
        let refuses_nothing = build.message_rate == UNLIMITED && !has_tokens;
        let is_ordered = weather.refuses_nothing() && refuses_nothing;
        let disk = Disk::new(seed, sabotage);
        let ledger = Ledger::new(&channels, disk.epoch(), is_ordered);
        let mut world = Self {
            net: Net::new(chance, trace, latency_ms, sabotage),
            disk: Arc::new(disk),
            ledger,
            server: None,
            n_servers: 0,
            build,
            weather,
            has_tokens,
            channels,
            applications: Vec::new(),
            members: Vec::new(),
        };
        world.populate(is_heavy);
        world.net.within(0, 100, Event::Start);
        let pause_ms = world.weather.pause_ms;
        world.net.within(0, pause_ms, Event::Weather);
        world
    }

    /// Runs to the end.
    pub(crate) fn run(&mut self) -> Result<Figures, Broken> {
        self.run_until(STORM)?;
        self.calm_down();
        self.run_until(STORM + TALK)?;
        self.run_until_settled()?;
        self.check_said()?;
        self.welcome_newcomers();
        self.run_until_settled()?;
        self.check_newcomers()?;
        self.see_off()?;
        let views = self.members.iter().flat_map(Member::views);
        let n_heard = views.map(|view| view.n_heard).sum::<u64>();
        let lives = self.members.iter().flat_map(Member::lives);
        let n_live = lives.map(|view| view.n_heard).sum::<u64>();
        let figures = &mut self.net.figures;
        figures.add(Count::Publications, self.ledger.n_publications() as u64);
        figures.add(Count::Deliveries, n_heard + n_live);
        figures.add(Count::LiveDeliveries, n_live);
        Ok(*figures)
    }

    pub(crate) fn run_until(&mut self, end: Duration) -> Kept {
        while self.net.next_at().is_some_and(|at| at <= end) {
            self.step()?;
        }
        self.net.now = end;
        Ok(())
    }

    fn step(&mut self) -> Kept {
        let Some(event) = self.net.next() else {
            return Ok(());
        };
        self.net.figures.count(Count::Steps);
        self.happen(event)?;
        self.ledger.learn(&self.disk)?;
        if let Some(server) = &mut self.server {
            self.ledger.learn_passed(server.post.take_passed())?;
            server.notary.check_kept()?;
            server.answer_calls(&mut self.net);
            server.arrange(&mut self.net);
        }
        Ok(())
    }

    fn happen(&mut self, event: Event) -> Kept {
        match event {
            Event::Reach(wire) => self.reach(wire),
            Event::Up(wire, frame) => self.up(wire, frame),
            Event::LostUp(wire) => self.receive(wire, Inbound::Lost),
            Event::Down(wire, frame) => return self.down(wire, &frame),
            Event::LostDown(wire) => return self.lost_down(wire),
            Event::Server(number, job) => self.work(number, job),
            Event::Start => self.start(),
            Event::Tick(id) => return self.members[id].tick(&mut self.net, &mut self.ledger),
            // Some talk on when it is calm, and then they have said enough.
            Event::Say(_) | Event::Publish(_) if self.net.now > STORM + TALK => {}
            Event::Say(id) => return self.members[id].say(&mut self.net, &mut self.ledger),
            Event::Again(id, index) => {
                return self.members[id].again(index, &mut self.net, &mut self.ledger);
            }
            Event::Renew(id, channel) => {
                return self.members[id].renew(&channel, &mut self.net, &mut self.ledger);
            }
            Event::Publish(number) => self.applications[number].publish(&mut self.net),
            Event::Call(call, notice) => return self.call(call, &notice),
            Event::Answered(call, position) => {
                let application = &mut self.applications[call.application];
                return application.answered(call, position, &mut self.net, &mut self.ledger);
            }
            Event::Unanswered(call) => {
                self.applications[call.application].unanswered(call, &mut self.net);
            }
            Event::Weather => return self.storm(),
            Event::Clear(clearing) => self.clear(clearing),
        }
        Ok(())
    }

    // The wires.

    fn reach(&mut self, wire: WireId) {
        match &mut self.server {
            Some(server) => server.accept(wire, &mut self.net),
            None => self.net.end_down(wire),
        }
    }

    fn up(&mut self, wire: WireId, frame: Frame) {
        if !self.net.wire(wire).is_cut {
            if frame.says_something() {
                self.net.note(format_args!("server ◀ {wire}: {frame}"));
            }
            self.receive(wire, Inbound::Frame(frame));
        }
    }

    fn receive(&mut self, wire: WireId, inbound: Inbound) {
        if let Some(server) = &mut self.server
            && self.net.wire(wire).server == Some(server.number)
        {
            server.receive(wire, inbound, &mut self.net);
        }
    }

    fn down(&mut self, wire: WireId, frame: &Frame) -> Kept {
        if self.net.wire(wire).is_cut {
            return Ok(());
        }
        if self.net.read_down(wire, frame) {
            self.receive(wire, Inbound::Writable);
        }
        let member = self.net.wire(wire).member;
        if !self.net.wire(wire).is_held {
            return Ok(());
        }
        if frame.says_something() {
            self.net
                .note(format_args!("member {member} ◀ {wire}: {frame}"));
        }
        self.members[member].frame(wire, frame, &mut self.net, &mut self.ledger)
    }

    fn lost_down(&mut self, wire: WireId) -> Kept {
        if !std::mem::replace(&mut self.net.wire(wire).is_held, false) {
            return Ok(());
        }
        let member = self.net.wire(wire).member;
        self.net
            .note(format_args!("member {member} loses wire {wire}"));
        self.members[member].lost(wire, &mut self.net, &mut self.ledger)
    }

    // The server.

    /// An application calls; a server that stops hears of it no more.
    fn call(&mut self, call: Call, notice: &Notice) -> Kept {
        let Some(server) = self.server.as_mut().filter(|one| !one.is_stopping) else {
            return Ok(());
        };
        if let Err(error) = server.publish(call, notice, &mut self.net) {
            self.net.note(format_args!("{call:?} fails: {error}"));
            self.net.send_call(Event::Answered(call, None));
        }
        let (engine, now) = (&server.engine, self.net.server_now());
        self.ledger.learn_feeds(engine, now)
    }

    fn start(&mut self) {
        if self.server.is_none() {
            self.n_servers += 1;
            self.net.figures.count(Count::Servers);
            self.net
                .note(format_args!("server {} starts", self.n_servers));
            let server = Server::start(self.n_servers, self.build, &self.disk, &mut self.net);
            self.server = Some(server);
        }
    }

    fn work(&mut self, number: u32, job: Job) {
        let Some(server) = self.server.as_mut().filter(|one| one.number == number) else {
            return;
        };
        if job == Job::Stopped {
            server.finish(&mut self.net);
            return self.bury(false);
        }
        server.work(job, &mut self.net);
    }

    /// The process is gone, and its connections with it.
    pub(crate) fn bury(&mut self, forgets_sent: bool) {
        let Some(server) = self.server.take() else {
            return;
        };
        let wires = self.net.wires.iter();
        let of_server = wires.filter(|(_, wire)| wire.server == Some(server.number));
        for id in of_server.map(|(id, _)| *id).collect::<Vec<_>>() {
            let wire = self.net.wire(id);
            wire.seat = None;
            wire.server = None;
            if !wire.is_cut {
                wire.is_cut = forgets_sent;
                self.net.end_down(id);
            }
        }
        self.net.within(1, 3000, Event::Start);
    }
}

/// In some worlds one may not say so much at once.
fn message_rate(chance: &mut Chance) -> RateLimit {
    match chance.one_in(3) {
        true => RateLimit {
            per_second: 2 + chance.below(4) as u32,
            burst: 4 + chance.below(8) as u32,
        },
        false => UNLIMITED,
    }
}
