//! `docs/benchmarks.md`: what came of a run, with all that is needed to judge
//! and to repeat it.

use std::fmt::Write as _;
use std::fs;

use super::bar::{Verdict, bars};
use super::contender::{FLOOR, GO_LIBRARY};
use super::figures::{Figures, Results};
use super::peers::with_version;
use super::section::{SECTIONS, Section};

/// What people have written about the figures; the tool keeps it.
const NOTES: &str = "\n## Notes\n";

const NO_NOTES: &str = "\nNone.\n";

/// What the document says besides the figures.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) command: String,
    pub(super) quick: bool,
    /// Name and value: machine, versions.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) missing: Vec<String>,
    /// The version of Centrifuge's Go library, where it was measured.
    pub(super) go_library: Option<String>,
}

/// The whole document; `earlier` is the one that it takes the place of.
pub(super) fn document(setting: &Setting, results: &Results, earlier: &str) -> String {
    let mut text = String::from(INTRODUCTION);
    let _ = writeln!(text, "\n```console\n$ {}\n```\n", setting.command);
    let _ = writeln!(text, "| | |\n|---|---|");
    let package = |it: &String| (GO_LIBRARY.name, format!("{it}, Debian's package"));
    let go_library = setting.go_library.as_ref().map(package);
    for (name, value) in setting.facts.iter().chain(&go_library) {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    if !setting.missing.is_empty() || !results.failures.is_empty() {
        let _ = writeln!(text, "\nLeft out:\n");
        for why in setting.missing.iter().chain(&results.failures) {
            let _ = writeln!(text, "- {}", why.lines().next().unwrap_or_default());
        }
    }
    let named = |text: String| with_version(&text, setting.go_library.as_deref());
    text.push_str("\n## The bars\n\n");
    text.push_str(&named(table_of_bars(results)));
    text.push_str(NOTES);
    text.push_str(notes(earlier).unwrap_or(NO_NOTES));
    for section in SECTIONS {
        text.push_str(&named(table(section, setting.quick, results)));
    }
    text.push_str("\n## Every run\n\n");
    text.push_str(&named(every_run(results)));
    text
}

const INTRODUCTION: &str = "\
# Benchmarks

Written by `cargo xtask bench`; what people add stands under [Notes](#notes), and is kept.

Each contender is started anew for each run, they take turns in each round, and the figures are
medians of the rounds. The load generator, `palabre bench`, is one thread on the same machine, so rates
and latencies are those of server and generator together; what compares servers is **server CPU:
seconds of the server's process, user and system, per million deliveries**, which is microseconds for
each. Messages have 100 bytes (in the Centrifuge dialect, and for Socket.IO: the data in them). Latency
counts from when a message should have been sent. *Lost* counts messages that did not come, came twice
or late, and connections that the server closed.

The *floor* is an epoll loop that does nothing but send: no check, no JSON, no limit. In a turn it
sends what came to each socket once, or once for each message; by io_uring it hands 256 sends to the
kernel at once. uWebSockets is the C++ library as the Python package `socketify` contains it; Python is
called for each message published, not for its deliveries. Centrifuge's Go library is what Debian packages, in the version that is named with it:
years older than today's, with the first version of the protocol, in JSON. It has history and recovery
on, and keeps 300 messages in memory; our rooms beside it keep all of them on disk. Beside a flooded
room a second load generator is at work, on the same cores. Sources: `bench/peers`.
";

fn notes(earlier: &str) -> Option<&str> {
    let (_, rest) = earlier.split_once(NOTES)?;
    Some(rest.find("\n## ").map_or(rest, |end| &rest[..end]))
}

fn table_of_bars(results: &Results) -> String {
    let mut text = String::from("| what | measured | bar | aim | |\n|---|---|---|---|---|\n");
    for bar in bars() {
        let unit = bar.unit;
        let show = |value: Option<f64>| {
            value.map_or(String::new(), |it| {
                format!("{} {}", unit.sense(), unit.show(it))
            })
        };
        let measured = bar
            .figure(results)
            .map_or("–".to_owned(), |it| unit.show(it));
        let verdict = match bar.verdict(results) {
            Verdict::Aim => "**met, the aim too**".to_owned(),
            Verdict::First if bar.aim.is_some() => "**met**, the aim not yet".to_owned(),
            Verdict::First => "**met**".to_owned(),
            Verdict::Missed(factor) => format!("missed by a factor of {factor:.2}"),
            Verdict::NotMeasured => "not measured in this run".to_owned(),
        };
        let (what, first, aim) = (bar.what, show(Some(bar.first)), show(bar.aim));
        let _ = writeln!(
            text,
            "| {what} | {measured} | {first} | {aim} | {verdict} |"
        );
    }
    text
}

/// A column: its title, and its figure.
type Column = (&'static str, fn(&Figures) -> Option<String>);

const COLUMNS: &[Column] = &[
    ("CPU, µs each", |it| it.cpu.map(|it| format!("{it:.3}"))),
    ("each second", |it| {
        it.per_second.map(|it| format!("{it:.0}"))
    }),
    ("p50, ms", |it| it.p50_ms.map(milliseconds)),
    ("p99, ms", |it| it.p99_ms.map(milliseconds)),
    ("p99.9, ms", |it| it.p999_ms.map(milliseconds)),
    ("max, ms", |it| it.max_ms.map(milliseconds)),
    ("bytes/connection", |it| {
        it.bytes.map(|it| format!("{it:.0}"))
    }),
    ("CPU of a connect, µs", |it| {
        it.connect_us.map(|it| format!("{it:.1}"))
    }),
    ("growth", |it| it.growth.map(|it| format!("{it:.3}"))),
    ("growth, all left", |it| {
        it.growth_left.map(|it| format!("{it:.3}"))
    }),
    ("lost", |it| Some(it.lost.to_string())),
];

fn milliseconds(ms: f64) -> String {
    format!("{ms:.2}")
}

/// The medians of a section, the cheapest first; nothing if it was not
/// measured.
fn table(section: &Section, quick: bool, results: &Results) -> String {
    let mut rows: Vec<(&str, Figures)> = results
        .of(section.key)
        .filter_map(|(name, _)| Some((name, results.median(section.key, name)?)))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let cost = |it: &Figures| it.cpu.or(it.bytes).unwrap_or(f64::MAX);
    rows.sort_by(|(_, a), (_, b)| cost(a).total_cmp(&cost(b)));
    let floor = results
        .median(section.key, FLOOR.name)
        .and_then(|it| it.cpu);
    let columns: Vec<&Column> = COLUMNS
        .iter()
        .filter(|(_, figure)| rows.iter().any(|(_, it)| figure(it).is_some()))
        .collect();
    let mut text = format!(
        "\n## {}\n\n`palabre bench {}`\n\n|",
        section.title,
        section.measurement(quick).join(" ")
    );
    let titles = columns.iter().map(|(title, _)| *title);
    let beside = floor.map(|_| "× floor");
    for title in std::iter::once("").chain(beside).chain(titles) {
        let _ = write!(text, " {title} |");
    }
    let n_columns = columns.len() + 1 + usize::from(floor.is_some());
    let _ = writeln!(text, "\n|---|{}", "---:|".repeat(n_columns - 1));
    for (name, figures) in &rows {
        let _ = write!(text, "| {name} |");
        if let Some(floor) = floor {
            let times = figures
                .cpu
                .map_or(String::new(), |it| format!("{:.2}", it / floor));
            let _ = write!(text, " {times} |");
        }
        for (_, figure) in &columns {
            let _ = write!(text, " {} |", figure(figures).unwrap_or_default());
        }
        text.push('\n');
    }
    text
}

/// All that was measured, a line for each contender in each section.
fn every_run(results: &Results) -> String {
    let mut text = String::from(
        "Server CPU in µs for each delivery (of idle connections: bytes each), in the order of the \
         rounds.\n\n| section | contender | runs |\n|---|---|---|\n",
    );
    for section in SECTIONS {
        for (name, runs) in results.of(section.key) {
            let runs: Vec<String> = runs
                .iter()
                .map(|it| match (it.cpu, it.bytes) {
                    (Some(cpu), _) => format!("{cpu:.3}"),
                    (None, Some(bytes)) => format!("{bytes:.0}"),
                    (None, None) => "–".to_owned(),
                })
                .collect();
            let _ = writeln!(text, "| {} | {name} | {} |", section.title, runs.join(", "));
        }
    }
    text
}

/// Machine and versions, as far as they can be told.
pub(super) fn facts(read: &dyn Fn(&str, &[&str]) -> Option<String>) -> Vec<(&'static str, String)> {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = field("/proc/cpuinfo", "model name").map(|it| format!("{cores} cores of {it}"));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    [
        ("date", read("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
        (
            "revision",
            read("git", &["describe", "--always", "--dirty"]),
        ),
        ("processor", cpu),
        ("memory", field("/proc/meminfo", "MemTotal")),
        ("kernel", kernel.map(|it| format!("Linux {}", it.trim()))),
        ("Rust", read("rustc", &["--version"])),
        ("Node", read("node", &["--version"])),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::contender::{CENTRIFUGE_ROOM, PALABRE_LIVE};
    use crate::bench::section::Key;

    fn results() -> Results {
        let mut results = Results::default();
        let measured = [
            (&PALABRE_LIVE, 0.6),
            (&FLOOR, 0.5),
            (&CENTRIFUGE_ROOM, 0.7),
            (&GO_LIBRARY, 2.0),
        ];
        for (contender, cpu) in measured {
            let figures = Figures {
                cpu: Some(cpu),
                per_second: Some(1e6),
                ..Figures::default()
            };
            results.add(Key::Saturated1000, contender.name, figures);
        }
        results
    }

    #[test]
    fn the_document_has_the_bars_the_tables_and_every_run() {
        let setting = Setting {
            command: "cargo xtask bench".to_owned(),
            quick: false,
            facts: vec![("Rust", "1.95".to_owned())],
            missing: vec!["nothing\nbut this".to_owned()],
            go_library: Some("0.15.0+git-2".to_owned()),
        };
        let text = document(
            &setting,
            &results(),
            "# Old\n\n## Notes\n\nKept.\n\n## More\n",
        );
        for expected in [
            "$ cargo xtask bench\n",
            "| Rust | 1.95 |\n| Centrifuge's Go library | 0.15.0+git-2, Debian's package |\n",
            "- nothing\n",
            "beside the floor | 1.20 × | ≤ 1.30 × |  | **met** |\n",
            "\n## Notes\n\nKept.\n\n## Saturated broadcast to 1,000\n",
            "|  | × floor | CPU, µs each | each second | lost |\n|---|---:|---:|---:|---:|\n| floor | 1.00 |",
            "| Palabre, live: | 1.20 | 0.600 | 1000000 | 0 |\n",
            "saturated, 1,000: CPU, beside Centrifuge's Go library 0.15.0 | 0.35 × | ≤ 0.50 × | ≤ 0.25 × |",
            "| Centrifuge's Go library 0.15.0 | 4.00 |",
            "| Saturated broadcast to 1,000 | floor | 0.500 |\n",
        ] {
            assert!(text.contains(expected), "{expected}\nin\n{text}");
        }
        assert!(!text.contains("Echo, 50"), "{text}");
        assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");
    }
}
