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
mod run;
mod section;
mod yard;

use std::fs::{self, File};
use std::time::Instant;

use xshell::cmd;

use self::bar::{Verdict, bars};
use self::contender::Program;
use self::document::Setting;
use self::figures::Results;
use self::run::Run;
use self::section::{Key, SECTIONS, Section};
use self::yard::Yard;
use crate::workspace;

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
        run.measure_all(section)?;
    }
    eprintln!("\nmeasured in {:.0} s", start.elapsed().as_secs_f64());
    run.close()
}

impl Run<'_> {
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
