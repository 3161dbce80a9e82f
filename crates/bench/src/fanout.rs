//! One publishes, many receive.
//!
//! ```text
//!  connect ─▶ try: each receiver gets a trial ─▶ warm up ─▶ measure ─▶ close
//! ```
//!
//! The trial shows that what is published arrives, whatever the protocol, and
//! that every receiver has joined before anything is counted.

use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::fleet::Fleet;
use crate::ledger::{Figures, Ledger, PATIENCE};
use crate::mark::{Mark, Tag, Template};
use crate::options::Fanout;
use crate::plan::Plan;
use crate::report::{Measured, Meter, Report};

/// Between two trials.
const TRIAL_PAUSE: Duration = Duration::from_millis(250);

/// How long nothing may come before what is under way is taken for delivered.
const QUIET: Duration = Duration::from_millis(200);

/// The longest sleep while there is something to wait for.
const NAP: Duration = Duration::from_millis(100);

struct Run<'a> {
    fleet: Fleet<'a>,
    options: &'a Fanout,
    ledger: Ledger,
    tag: Tag,
    template: Template,
    /// The message last composed, kept for its memory.
    text: Vec<u8>,
    n_closed: usize,
    why_closed: Option<String>,
}

pub(crate) fn run(options: &Fanout) -> anyhow::Result<Report> {
    let words = &options.words;
    let template = Template::parse(&words.template, words.size as usize)?;
    let mut plan = Plan::new(&options.common)?;
    let (url, server) = (plan.url.clone(), plan.server);
    let mut run = Run {
        fleet: Fleet::new(&mut plan)?,
        options,
        ledger: Ledger::new(options.connections as usize, options.publishers as usize),
        tag: Tag::new(),
        template,
        text: Vec::new(),
        n_closed: 0,
        why_closed: None,
    };
    run.fleet
        .open((options.connections + options.publishers) as usize)?;
    run.try_out()?;
    if words.warmup > 0 {
        run.publish(Duration::from_secs(words.warmup.into()), None)?;
        run.ledger.take_figures();
    }
    let meter = Meter::start(server)?;
    let ended = run.publish(Duration::from_secs(words.seconds.into()), words.count)?;
    let spent = meter.stop(ended)?;
    let figures = run.ledger.take_figures();
    run.fleet.close()?;
    Ok(report(
        url,
        options,
        figures,
        spent,
        &run.why_closed,
        run.n_closed,
    ))
}

impl Run<'_> {
    fn n_receivers(&self) -> usize {
        self.options.connections as usize
    }

    /// Publishes trials until every receiver has got one, and waits until no
    /// more are under way.
    fn try_out(&mut self) -> anyhow::Result<()> {
        let trial = Mark {
            sender: 0,
            number: 0,
        };
        let deadline = Instant::now() + PATIENCE;
        let mut next = Instant::now();
        let mut quiet_since = Instant::now();
        while self.ledger.n_tried() < self.n_receivers() || quiet_since.elapsed() < QUIET {
            let now = Instant::now();
            ensure!(
                now < deadline,
                "{} of {} connections receive what is published{}; look at --url, --template, \
                 --hello and --ready",
                self.ledger.n_tried(),
                self.n_receivers(),
                self.why_closed
                    .as_ref()
                    .map_or(String::new(), |why| format!(" ({why})"))
            );
            if now >= next && self.ledger.n_tried() < self.n_receivers() {
                self.say(trial);
                next = now + TRIAL_PAUSE;
            }
            if self.turn(Duration::from_millis(20))? > 0 {
                quiet_since = Instant::now();
            }
        }
        Ok(())
    }

    /// Publishes for so long, or so many, and waits until all has come.
    /// Returns when the last of it came.
    fn publish(&mut self, span: Duration, count: Option<u32>) -> anyhow::Result<Instant> {
        let start = Instant::now();
        let count = count.map_or(u64::MAX, u64::from);
        let mut last_came = start;
        let mut n_sent = 0;
        loop {
            let now = Instant::now();
            let mut timeout = NAP;
            let is_over = n_sent >= count || now >= start + span;
            if !is_over {
                timeout = self.publish_due(start, now, &mut n_sent, count);
            } else if self.ledger.n_due == 0 || last_came.max(start + span).elapsed() > PATIENCE {
                break;
            }
            if self.turn(timeout)? > 0 {
                last_came = Instant::now();
            }
        }
        self.ledger.settle();
        Ok(last_came)
    }

    /// Publishes what is to be published by now; returns how long to wait for
    /// the next.
    fn publish_due(
        &mut self,
        start: Instant,
        now: Instant,
        n_sent: &mut u64,
        count: u64,
    ) -> Duration {
        let Some(rate) = self.options.rate else {
            let room = u64::from(self.options.window) * self.ledger.n_listening() as u64;
            while *n_sent < count && self.ledger.n_due < room {
                self.say_next(*n_sent, now);
                *n_sent += 1;
            }
            return NAP;
        };
        loop {
            let due = start + Duration::from_secs_f64(*n_sent as f64 / f64::from(rate));
            if *n_sent >= count || due > now {
                return whole_milliseconds(due.saturating_duration_since(now)).min(NAP);
            }
            self.say_next(*n_sent, due);
            *n_sent += 1;
        }
    }

    fn say_next(&mut self, turn: u64, due: Instant) {
        let sender = (turn % u64::from(self.options.publishers)) as usize;
        let mark = self.ledger.send(sender, due);
        self.say(mark);
    }

    fn say(&mut self, mark: Mark) {
        let connection = self.n_receivers() + mark.sender;
        self.template
            .fill(&self.tag, mark, connection, &mut self.text);
        self.fleet.send(connection, &self.text);
    }

    /// Takes what comes; returns how many deliveries that were.
    fn turn(&mut self, timeout: Duration) -> anyhow::Result<u64> {
        let mut n = 0;
        let (tag, ledger) = (&self.tag, &mut self.ledger);
        self.fleet.turn(timeout, |connection, now, message| {
            ledger.figures.n_bytes += message.len() as u64;
            for mark in tag.marks(message) {
                ledger.note(connection, mark, now);
                n += 1;
            }
        })?;
        for (connection, why) in self.fleet.take_lost() {
            self.ledger.give_up(connection);
            self.n_closed += 1;
            self.why_closed.get_or_insert(why);
            ensure!(
                connection < self.n_receivers(),
                "a publisher lost its connection: {}",
                self.why_closed.as_deref().unwrap_or_default()
            );
        }
        Ok(n)
    }
}

/// The poll sleeps whole milliseconds, and rather too long: the rest is spent
/// awake.
fn whole_milliseconds(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

fn report(
    url: String,
    options: &Fanout,
    figures: Figures,
    spent: Measured,
    why_closed: &Option<String>,
    n_closed: usize,
) -> Report {
    let mut report = Report::new("fanout", url, spent);
    report.connections = options.connections as usize;
    report.publishers = Some(options.publishers as usize);
    report.rate = options.rate;
    report.window = options.rate.is_none().then_some(options.window);
    report.closed = n_closed;
    report.why_closed.clone_from(why_closed);
    report.add(options.words.size, &figures);
    report
}
