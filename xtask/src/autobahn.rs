//! `cargo xtask autobahn`: the Autobahn test suite against the `websocket`
//! crate.
//!
//! ```text
//! suite (a fuzzing client, in Python) ──loopback──▶ examples/echo.rs ──▶ crates/websocket
//!   └─▶ target/autobahn/report-*/index.json ──▶ verdict
//! ```
//!
//! The suite is installed below the target folder on the first run, and found
//! there later.

mod suite;
mod verdict;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use xshell::cmd;

use self::suite::{Runner, Suite};
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave out compression: the cases 12 and 13, which take minutes.
    #[arg(long)]
    core: bool,
    /// Leave out compression and load: the cases 9, 12 and 13.
    #[arg(long)]
    fast: bool,
    /// The cases to run, such as `7.*`.
    #[arg(long, num_args = 1.., default_value = "*")]
    cases: Vec<String>,
    /// What runs the suite. By default the suite itself where there is a
    /// Python 2.7, else kosoku.
    #[arg(long, value_enum)]
    runner: Option<Runner>,
}

impl Options {
    fn excluded(&self) -> &'static [&'static str] {
        if self.fast {
            &["9.*", "12.*", "13.*"]
        } else if self.core {
            &["12.*", "13.*"]
        } else {
            &[]
        }
    }
}

/// Fails when any case is neither OK nor informational.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let shell = workspace::shell()?;
    cmd!(
        shell,
        "cargo build --quiet --release --package websocket --example echo"
    )
    .run()?;
    let home = workspace::target_dir().join("autobahn");
    let suite = Suite::install(&shell, &home, options.runner)?;
    let report = home.join(format!("report-{}", suite.runner_name()));
    if report.exists() {
        fs::remove_dir_all(&report).context("cannot remove the last report")?;
    }
    fs::create_dir_all(&report)?;
    let echo = Echo::start()?;
    eprintln!(
        "running the cases against {}; log in {}",
        echo.url,
        report.display()
    );
    let n_expected = suite.run(&echo.url, &report, &options.cases, options.excluded())?;
    verdict::judge(&report, n_expected)
}

/// The server under test, stopped when dropped.
struct Echo {
    process: Child,
    url: String,
}

impl Echo {
    fn start() -> anyhow::Result<Self> {
        let program = workspace::target_dir().join("release/examples/echo");
        let mut process = Command::new(&program)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let stdout = process.stdout.take().context("echo has no output")?;
        let mut address = String::new();
        let read = BufReader::new(stdout).read_line(&mut address);
        let echo = Self {
            process,
            url: format!("ws://{}", address.trim()),
        };
        read.context("echo does not say where it listens")?;
        anyhow::ensure!(!address.is_empty(), "echo stopped at once");
        Ok(echo)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It may have stopped by itself, which the verdict then shows.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
