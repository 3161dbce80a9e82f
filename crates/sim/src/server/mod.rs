//! A server process: an engine, its shards, and those who wait for the disk.
//!
//! ```text
//! Commits ─▶ Write: takes a batch … Written: into the log, fan out, answer
//! reads ───▶ Read: a page … HandOver: into the mailbox
//! ```

mod api;

use std::collections::VecDeque;
use std::sync::Arc;

use chat::Amendments;
use engine::log::{Log, LogError, Record, cut_page};
use engine::{Engine, Feeds, RateLimit, Read, Submission};

use self::api::Api;
use crate::disk::{Disk, Doom};
use crate::event::{Event, Job};
use crate::net::{Net, WireId};
use crate::post::{Mail, Post};
use crate::sabotage::Sabotage;
use crate::shard::{Inbound, Shard};
use crate::tokens::Notary;

/// How a server is built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build {
    pub(crate) n_shards: usize,
    pub(crate) queue_bytes_max: usize,
    pub(crate) tails_bytes_max: usize,
    pub(crate) feeds_bytes_max: usize,
    pub(crate) message_rate: RateLimit,
    pub(crate) sabotage: Option<Sabotage>,
}

/// A process, as long as it lives.
pub(crate) struct Server {
    pub(crate) number: u32,
    pub(crate) engine: Arc<Engine>,
    pub(crate) is_stopping: bool,
    build: Build,
    pub(crate) post: Arc<Post>,
    pub(crate) notary: Arc<Notary>,
    api: Api,
    shards: Vec<Shard>,
    writing: Option<Vec<Submission>>,
    has_write: bool,
    may_write: bool,
    reads: VecDeque<Read>,
    reading: Option<(Read, Result<Vec<Record>, LogError>)>,
    has_read: bool,
    next_shard: usize,
}

impl Server {
    pub(crate) fn start(number: u32, build: Build, disk: &Arc<Disk>, net: &mut Net) -> Self {
        let log = Arc::clone(disk) as Arc<dyn Log>;
        let engine = Engine::new(log)
            .amended_by(Arc::new(Amendments))
            .with_feeds(feeds(number, build))
            .with_tails_bytes_max(build.tails_bytes_max);
        let engine = Arc::new(engine);
        let post = Arc::new(Post::new(build.n_shards, build.sabotage));
        let notary = Arc::new(Notary::new(build.sabotage));
        let mut shard = |number| {
            let (engine, post) = (Arc::clone(&engine), Arc::clone(&post));
            let notary = Arc::clone(&notary);
            Shard::new(number, engine, post, notary, build, net.chance.seed())
        };
        let shards = (0..build.n_shards).map(&mut shard).collect();
        net.within(1, 1000, Event::Server(number, Job::Second));
        Self {
            number,
            engine,
            is_stopping: false,
            build,
            post,
            notary,
            api: Api::new(net.chance.seed()),
            shards,
            writing: None,
            has_write: false,
            may_write: false,
            reads: VecDeque::new(),
            reading: None,
            has_read: false,
            next_shard: 0,
        }
    }

    /// Somebody connects.
    pub(crate) fn accept(&mut self, wire: WireId, net: &mut Net) {
        if self.is_stopping {
            return net.end_down(wire);
        }
        self.next_shard = (self.next_shard + 1) % self.shards.len();
        net.wire(wire).server = Some(self.number);
        self.post.put(self.next_shard, Mail::Arrival(wire));
    }

    /// Something comes to a connection of ours.
    pub(crate) fn receive(&mut self, wire: WireId, inbound: Inbound, net: &mut Net) {
        match (net.wire(wire).seat, &inbound) {
            (Some((shard, _)), _) => self.shards[shard].inbox.push((wire, inbound)),
            // It has not been welcomed yet.
            (None, Inbound::Lost) => net.wire(wire).is_ended = true,
            (None, _) => {}
        }
    }

    /// Says goodbye to everybody.
    pub(crate) fn stop(&mut self) {
        self.is_stopping = true;
        for shard in 0..self.shards.len() {
            self.post.put(shard, Mail::Stop);
        }
    }

    /// Does a job whose time has come.
    pub(crate) fn work(&mut self, job: Job, net: &mut Net) {
        match job {
            Job::Turn(number) => {
                let shard = &mut self.shards[number];
                shard.has_turn = false;
                shard.turn(self.post.take(number), net);
                self.reads.extend(shard.reads.drain(..));
                self.may_write = true;
            }
            Job::Write => {
                let batch = self.engine.commits().take();
                if batch.is_empty() {
                    self.has_write = false;
                    return;
                }
                net.note(format_args!("the writer takes {} entries", batch.len()));
                self.writing = Some(batch);
                let slow_ms = if net.chance.one_in(20) { 800 } else { 20 };
                net.within(1, slow_ms, Event::Server(self.number, Job::Written));
            }
            Job::Written => {
                self.has_write = false;
                self.may_write = true;
                self.commit(net);
            }
            Job::Read => self.read(net),
            Job::HandOver => {
                self.has_read = false;
                self.hand_over();
            }
            Job::Second => {
                for shard in &mut self.shards {
                    shard.keep_time(net);
                }
                let second = std::time::Duration::from_secs(1);
                net.after(second, Event::Server(self.number, Job::Second));
            }
            // The world sees to it, as there is no server then.
            Job::Stopped => {}
        }
    }

    fn commit(&mut self, net: &mut Net) {
        if let Some(batch) = self.writing.take()
            && let Err(error) = self.engine.commit(batch, &*self.post)
        {
            net.note(format_args!("the log: {error}"));
        }
    }

    fn read(&mut self, net: &mut Net) {
        let Some(read) = self.reads.pop_front() else {
            return;
        };
        let now = net.server_now();
        let mut records = self
            .engine
            .read(read.channel.name(), read.range, read.limit, now);
        if let Ok(records) = &mut records {
            cut_page(records, self.build.queue_bytes_max / 2);
            if self.build.sabotage == Some(Sabotage::CutPage) && records.len() > 1 {
                records.remove(0);
            }
        }
        let channel = read.channel.name();
        match &records {
            Ok(records) => net.note(format_args!("read {} of {channel}", records.len())),
            Err(error) => net.note(format_args!("cannot read {channel}: {error}")),
        }
        self.reading = Some((read, records));
        net.within(0, 60, Event::Server(self.number, Job::HandOver));
    }

    fn hand_over(&mut self) {
        if let Some((read, records)) = self.reading.take() {
            let mail = Mail::Records {
                origin: read.origin,
                records,
            };
            self.post.put(read.origin.shard.0.into(), mail);
        }
    }

    /// Sees to it that whoever has something to do has a turn.
    pub(crate) fn arrange(&mut self, net: &mut Net) {
        for shard in &mut self.shards {
            let number = shard.number;
            if !shard.has_turn && (shard.is_at_work() || !self.post.is_empty(number)) {
                shard.has_turn = true;
                let slow_ms = if net.chance.one_in(50) { 500 } else { 3 };
                net.within(0, slow_ms, Event::Server(self.number, Job::Turn(number)));
            }
        }
        if self.may_write && !self.has_write {
            self.may_write = false;
            self.has_write = true;
            net.within(0, 5, Event::Server(self.number, Job::Write));
        }
        if !self.has_read && !self.reads.is_empty() {
            self.has_read = true;
            net.within(0, 40, Event::Server(self.number, Job::Read));
        }
    }

    /// Writes what is queued, as the last thing before the end.
    pub(crate) fn finish(&mut self, net: &mut Net) {
        self.commit(net);
        loop {
            let batch = self.engine.commits().take();
            if batch.is_empty() {
                return;
            }
            self.writing = Some(batch);
            self.commit(net);
        }
    }

    /// Dies, perhaps in the midst of an append.
    pub(crate) fn die(&mut self, doom: Option<Doom>, disk: &Disk, net: &mut Net) {
        if let Some(doom) = doom.filter(|_| self.writing.is_some()) {
            net.note(format_args!("in the midst of an append: {doom:?}"));
            disk.doom(doom);
            self.commit(net);
        }
    }
}

/// The memory of a server's feeds, which no other server has.
fn feeds(number: u32, build: Build) -> Feeds {
    let incarnation = match build.sabotage {
        Some(Sabotage::OneIncarnation) => "s".into(),
        _ => format!("s{number}"),
    };
    Feeds::new(&incarnation, build.feeds_bytes_max)
}
