//! What is measured of each contender, in rounds.
//!
//! Most sections are one measurement; some measure a contender at several
//! rates, or with a crowd beside it. A run that fails is named in the document,
//! and the others go on.

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::Options;
use super::contender::Contender;
use super::crowd::{self, Crowd};
use super::figures::{Figures, Results};
use super::section::{Key, SHARES, Section};
use super::yard::Yard;

/// Rounds of a run, unless it is a quick one.
const ROUNDS: u32 = 3;

/// All that one call of the command measures.
pub(super) struct Run<'a> {
    pub(super) options: &'a Options,
    pub(super) yard: Yard,
    pub(super) raw: File,
    pub(super) results: Results,
    /// What else the machine did when this began: its load average.
    pub(super) load: String,
}

/// What one run has beyond its section.
#[derive(Clone, Copy, Default)]
struct Extra<'a> {
    options: &'a [&'a str],
    /// Another room of the server is flooded meanwhile.
    has_crowd: bool,
}

impl Run<'_> {
    /// Measures a section, and adds what came of it to the results.
    pub(super) fn measure_all(&mut self, section: &Section) -> anyhow::Result<()> {
        match section.key {
            Key::Latency => self.latency(section),
            Key::Beside => self.beside(section),
            Key::Durable => {
                self.section(section)?;
                self.log_alone();
                Ok(())
            }
            _ => self.section(section),
        }
    }

    fn section(&mut self, section: &Section) -> anyhow::Result<()> {
        for _ in 0..self.rounds(section) {
            for contender in section.contenders() {
                self.measure(section, contender, contender.name, Extra::default())?;
            }
        }
        Ok(())
    }

    /// Each contender alone, and with a crowd in another room.
    fn beside(&mut self, section: &Section) -> anyhow::Result<()> {
        for _ in 0..self.rounds(section) {
            for contender in section.contenders() {
                let alone = format!("{}, alone", contender.name);
                self.measure(section, contender, &alone, Extra::default())?;
                let beside = format!(
                    "{}, beside {} in a flooded one",
                    contender.name,
                    crowd::MEMBERS
                );
                let extra = Extra {
                    has_crowd: true,
                    ..Extra::default()
                };
                self.measure(section, contender, &beside, extra)?;
            }
        }
        Ok(())
    }

    /// At shares of what each contender can do at most.
    fn latency(&mut self, section: &Section) -> anyhow::Result<()> {
        for contender in section.contenders() {
            let name = contender.name;
            if self.results.median(Key::Saturated1000, name).is_none() {
                let saturated = Section::keyed(Key::Saturated1000);
                self.measure(saturated, contender, name, Extra::default())?;
            }
            let most = self.results.median(Key::Saturated1000, name);
            let Some(most) = most.and_then(|it| it.per_second) else {
                continue;
            };
            for share in SHARES {
                let rate = (most / 1000.0 * f64::from(*share) / 100.0).max(1.0);
                let rate = format!("--rate={rate:.0}");
                let shown = format!("{name} at {share} %");
                let extra = Extra {
                    options: &[&rate],
                    ..Extra::default()
                };
                self.measure(section, contender, &shown, extra)?;
            }
        }
        Ok(())
    }

    /// The log without a server around it, in batches of several sizes: that
    /// of 1 is a sync for each message.
    fn log_alone(&mut self) {
        let told = self.yard.append().unwrap_or_else(|error| {
            eprintln!("  without the log alone: {error:#}");
            self.results
                .failures
                .push(format!("the log alone: {error:#}"));
            Vec::new()
        });
        for (n, figures) in told {
            let name = match n {
                1 => "the log alone, a sync for each".to_owned(),
                n => format!("the log alone, {n} in a sync"),
            };
            eprintln!("  {name:<40} {}", figures.summary());
            self.results.add(Key::Durable, &name, figures);
        }
    }

    fn rounds(&self, section: &Section) -> u32 {
        match self.options.rounds {
            _ if section.once => 1,
            Some(rounds) => rounds,
            None if self.options.quick => 1,
            None => ROUNDS,
        }
    }

    /// One run of one contender. One that fails is named, and left out.
    fn measure(
        &mut self,
        section: &Section,
        contender: &Contender,
        name: &str,
        extra: Extra<'_>,
    ) -> anyhow::Result<()> {
        if !self.yard.has(contender.program) {
            return Ok(());
        }
        let shown = self.yard.named(name);
        match self.load(section, contender, extra) {
            Ok(json) => {
                let mut figures =
                    Figures::parse(&json).with_context(|| format!("palabre bench says {json}"))?;
                if extra.has_crowd {
                    // That of the crowd is in it.
                    figures.cpu = None;
                }
                eprintln!("  {shown:<40} {}", figures.summary());
                let key = serde_json::to_string(&format!("{:?}", section.key))?;
                let shown = serde_json::to_string(&shown)?;
                let report = json.trim();
                writeln!(
                    self.raw,
                    r#"{{"section":{key},"contender":{shown},"report":{report}}}"#
                )?;
                self.results.add(section.key, name, figures);
            }
            Err(error) => {
                eprintln!("  {shown:<40} {error:#}");
                let failure = format!("{}: {shown}: {error:#}", section.title);
                self.results.failures.push(failure);
            }
        }
        Ok(())
    }

    /// Starts the contender, has it measured, and stops it.
    fn load(
        &self,
        section: &Section,
        contender: &Contender,
        extra: Extra<'_>,
    ) -> anyhow::Result<String> {
        let server = contender.start(&self.yard)?;
        let crowd = || Crowd::start(&self.yard.palabre(), &server);
        let mut crowd = extra.has_crowd.then(crowd).transpose()?;
        let mut command = Command::new(self.yard.palabre());
        let measurement = section.measurement(self.options.quick);
        command
            .arg("bench")
            .args(measurement)
            .args(contender.dialect.greeting())
            .arg(format!("--url={}", contender.url(server.port())))
            .arg(format!("--pid={}", server.pid()))
            .args(extra.options)
            .arg("--json")
            .stdin(Stdio::null());
        if measurement.first() != Some(&"idle") {
            command.args(contender.dialect.words());
        }
        let output = command.output()?;
        crowd.as_mut().map_or(Ok(()), Crowd::look)?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8(output.stdout)?)
    }
}
