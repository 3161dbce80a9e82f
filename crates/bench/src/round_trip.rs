//! Each connection hears itself, and speaks again: one message on its way for
//! `echo`, many for `durable`.
//!
//! The time of a round trip is the server's answer: of an echo server its
//! echo, of a durable one the acknowledgement, which in a room is the echo
//! too.

use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::fleet::Fleet;
use crate::ledger::{Figures, PATIENCE};
use crate::mark::{Tag, Template};
use crate::options::{Common, Durable, Echo, Words};
use crate::plan::Plan;
use crate::report::{Meter, Report};
use crate::trips::Trips;

/// The longest sleep while there is something to wait for.
const NAP: Duration = Duration::from_millis(100);

struct Run<'a> {
    fleet: Fleet<'a>,
    trips: Trips,
    tag: Tag,
    template: Template,
    /// The message last composed, kept for its memory.
    text: Vec<u8>,
    /// Who may speak again.
    heard: Vec<usize>,
    n_connections: usize,
    n_closed: usize,
    why_closed: Option<String>,
}

pub(crate) fn echo(options: &Echo) -> anyhow::Result<Report> {
    run(
        "echo",
        options.connections,
        1,
        &options.words,
        &options.common,
    )
}

pub(crate) fn durable(options: &Durable) -> anyhow::Result<Report> {
    let (n, window) = (options.publishers, options.window);
    run("durable", n, window, &options.words, &options.common)
}

fn run(
    bench: &'static str,
    n_connections: u32,
    window: u32,
    words: &Words,
    common: &Common,
) -> anyhow::Result<Report> {
    let template = Template::parse(&words.template, words.size as usize)?;
    let mut plan = Plan::new(common)?;
    let (url, server) = (plan.url.clone(), plan.server);
    let n = n_connections as usize;
    let mut run = Run {
        fleet: Fleet::new(&mut plan)?,
        trips: Trips::new(n),
        tag: Tag::new(),
        template,
        text: Vec::new(),
        heard: Vec::new(),
        n_connections: n,
        n_closed: 0,
        why_closed: None,
    };
    run.fleet.open(n)?;
    if words.warmup > 0 {
        run.speak(window, Duration::from_secs(words.warmup.into()), None)?;
        run.trips.figures = Figures::default();
    }
    let meter = Meter::start(server)?;
    let ended = run.speak(
        window,
        Duration::from_secs(words.seconds.into()),
        words.count,
    )?;
    let spent = meter.stop(ended)?;
    let figures = std::mem::take(&mut run.trips.figures);
    run.fleet.close()?;
    let mut report = Report::new(bench, url, spent);
    report.connections = n;
    report.window = Some(window);
    report.closed = run.n_closed;
    report.why_closed = run.why_closed;
    report.add(words.size, &figures);
    Ok(report)
}

impl Run<'_> {
    /// Has all connections speak for so long, or so many messages, and waits
    /// until all is heard. Returns when the last of it was.
    fn speak(
        &mut self,
        window: u32,
        span: Duration,
        count: Option<u32>,
    ) -> anyhow::Result<Instant> {
        let start = Instant::now();
        let mut left = count.map_or(u64::MAX, u64::from);
        self.heard.clear();
        for _ in 0..window {
            self.heard.extend(0..self.n_connections);
        }
        let mut last_came = start;
        loop {
            let now = Instant::now();
            if left > 0 && now < start + span {
                self.answer(now, &mut left);
            } else if self.trips.n_due == 0 {
                break;
            }
            if last_came.elapsed() > PATIENCE {
                ensure!(
                    self.trips.figures.n_deliveries > 0,
                    "nobody hears itself; look at --url, --template, --hello and --ready{}",
                    self.why_closed
                        .as_ref()
                        .map_or(String::new(), |why| format!(" ({why})"))
                );
                break;
            }
            let n_before = self.trips.figures.n_deliveries;
            self.turn()?;
            if self.trips.figures.n_deliveries > n_before {
                last_came = Instant::now();
            }
        }
        self.trips.settle();
        Ok(last_came)
    }

    /// Lets those speak again who have heard themselves.
    fn answer(&mut self, now: Instant, left: &mut u64) {
        for number in std::mem::take(&mut self.heard) {
            if *left == 0 {
                break;
            }
            if !self.trips.is_there(number) {
                continue;
            }
            *left -= 1;
            let mark = self.trips.send(number, now);
            self.template.fill(&self.tag, mark, number, &mut self.text);
            self.fleet.send(number, &self.text);
        }
    }

    fn turn(&mut self) -> anyhow::Result<()> {
        let (tag, trips, heard) = (&self.tag, &mut self.trips, &mut self.heard);
        self.fleet.turn(NAP, |connection, now, message| {
            trips.figures.n_bytes += message.len() as u64;
            for mark in tag.marks(message) {
                if trips.note(connection, mark, now) {
                    heard.push(connection);
                }
            }
        })?;
        for (connection, why) in self.fleet.take_lost() {
            self.trips.give_up(connection);
            self.n_closed += 1;
            self.why_closed.get_or_insert(why);
        }
        Ok(())
    }
}
