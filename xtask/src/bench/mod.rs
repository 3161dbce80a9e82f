//! `cargo xtask bench`: Palabre beside its peers, and beside a floor that does
//! nothing but send.
//!
//! ```text
//! yard: all built ─▶ for each section, for each round, for each contender:
//!                    start it ─▶ palabre bench --json --pid … ─▶ stop it
//!                       │
//!                       ▼
//!      target/bench/runs.jsonl, docs/benchmarks.md: medians, ratios, bars
//! ```
//!
//! Contenders take turns within a round, so that what else the machine does
//! falls on all of them alike.

mod bar;
mod contender;
mod crowd;
mod dialect;
mod document;
mod figures;
mod peers;
mod section;
mod yard;

use std::fs::{self, File};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use xshell::cmd;

use self::bar::{Verdict, bars};
use self::contender::{Contender, Program};
use self::crowd::Crowd;
use self::document::Setting;
use self::figures::{Figures, Results};
use self::section::{Key, SECTIONS, SHARES, Section};
use self::yard::Yard;
use crate::workspace;

/// Rounds of a run, unless it is a quick one.
const ROUNDS: u32 = 3;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// One round, and fewer connections where there are many: some minutes.
    #[arg(long)]
    quick: bool,
    /// Only these sections.
    #[arg(long, value_enum, num_args = 1.., value_delimiter = ',')]
    only: Vec<Key>,
    /// How often each contender is measured; 3 by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Option<u32>,
    /// Compare with Palabre at this revision, too.
    #[arg(long, value_name = "REV")]
    before: Option<String>,
    /// Print the figures, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    dry: bool,
}

struct Run<'a> {
    options: &'a Options,
    yard: Yard,
    raw: File,
    results: Results,
    /// What else the machine did when this began: its load average.
    load: String,
}

/// What one run has beyond its section.
#[derive(Clone, Copy, Default)]
struct Extra<'a> {
    options: &'a [&'a str],
    /// Another room of the server is flooded meanwhile.
    has_crowd: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let sections: Vec<&Section> = SECTIONS
        .iter()
        .filter(|it| options.only.is_empty() || options.only.contains(&it.key))
        .collect();
    let programs: Vec<Program> = sections
        .iter()
        .flat_map(|section| section.contenders())
        .map(|it| it.program)
        .collect();
    let yard = Yard::prepare(&programs, options.before.as_deref())?;
    let mut run = Run {
        options,
        raw: File::create(yard.raw())?,
        yard,
        results: Results::default(),
        load: load_average()?,
    };
    let start = Instant::now();
    for section in sections {
        eprintln!(
            "\n== {} ({:.0} s so far)",
            section.title,
            start.elapsed().as_secs_f64()
        );
        match section.key {
            Key::Latency => run.latency(section)?,
            Key::Durable => {
                run.section(section)?;
                run.log_alone();
            }
            Key::Beside => run.beside(section)?,
            _ => run.section(section)?,
        }
    }
    eprintln!("\nmeasured in {:.0} s", start.elapsed().as_secs_f64());
    run.close()
}

impl Run<'_> {
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
        let crowd = || Crowd::start(&self.yard.palabre(), server.port());
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

    /// Says how it stands with the bars, and writes the document.
    fn close(self) -> anyhow::Result<()> {
        println!();
        for bar in bars() {
            let Some(figure) = bar.figure(&self.results) else {
                continue;
            };
            let verdict = match bar.verdict(&self.results) {
                Verdict::Aim => "aim met".to_owned(),
                Verdict::Missed(factor) => format!("MISSED by {factor:.2}"),
                _ => "met".to_owned(),
            };
            let (figure, what) = (bar.unit.show(figure), self.yard.named(bar.what));
            println!("{figure:>12}  {verdict:<15} {what}");
        }
        if self.options.dry {
            return Ok(());
        }
        let path = workspace::root().join("docs/benchmarks.md");
        let earlier = fs::read_to_string(&path).unwrap_or_default();
        fs::write(
            &path,
            document::document(&self.setting()?, &self.results, &earlier),
        )?;
        println!(
            "\nwritten: {}; raw data: {}",
            path.display(),
            self.yard.raw().display()
        );
        Ok(())
    }

    fn setting(&self) -> anyhow::Result<Setting> {
        let sh = workspace::shell()?;
        let read =
            |program: &str, args: &[&str]| cmd!(sh, "{program} {args...}").quiet().read().ok();
        let mut facts = document::facts(&read);
        facts.push(("load before", format!("{} (of the last minute)", self.load)));
        let args = std::env::args().skip(1);
        Ok(Setting {
            command: std::iter::once("cargo xtask".to_owned())
                .chain(args)
                .collect::<Vec<_>>()
                .join(" "),
            facts,
            quick: self.options.quick,
            missing: self.yard.missing().map(str::to_owned).collect(),
            go_library: self.yard.go_library.clone(),
        })
    }
}

/// That of the last minute.
fn load_average() -> anyhow::Result<String> {
    let loads = fs::read_to_string("/proc/loadavg")?;
    Ok(loads.split(' ').next().unwrap_or_default().to_owned())
}
