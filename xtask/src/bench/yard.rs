//! What has to be there before anything is measured: all contenders, built.
//!
//! Everything lies below `target/bench`. What this machine cannot build or
//! install is named and left out; the document says so.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use xshell::{Shell, cmd};

use super::contender::Program;
use super::figures::Figures;
use super::peers::{Tools, go_library, with_version};
use crate::workspace;

pub(super) struct Yard {
    home: PathBuf,
    /// Whether another revision is compared, too.
    has_before: bool,
    /// What is not to be had here, and why.
    missing: Vec<(Tools, String)>,
    /// The version of Centrifuge's Go library, where it was built.
    pub(super) go_library: Option<String>,
}

impl Yard {
    /// Builds what these programs need.
    pub(super) fn prepare(programs: &[Program], before: Option<&str>) -> anyhow::Result<Self> {
        let home = workspace::target_dir().join("bench");
        fs::create_dir_all(&home)?;
        let mut yard = Self {
            home,
            has_before: before.is_some(),
            missing: Vec::new(),
            go_library: None,
        };
        let sh = &workspace::shell()?;
        eprintln!("building Palabre");
        cmd!(
            sh,
            "cargo build --quiet --release --locked --package palabre"
        )
        .run()?;
        let is_needed = |tools: &&Tools| {
            let needs = |it: &Program| matches!(it, Program::Peer(with, ..) if with == *tools);
            programs.iter().any(needs)
        };
        for tools in Tools::ALL.iter().filter(is_needed) {
            yard.attempt(sh, *tools);
        }
        if let Some(revision) = before {
            eprintln!("building Palabre at {revision}");
            yard.build_before(sh, revision)?;
        }
        Ok(yard)
    }

    fn attempt(&mut self, sh: &Shell, tools: Tools) {
        let peers = tools.peers();
        eprintln!("building {peers}");
        match tools.build(sh, &self.home) {
            Ok(()) if tools == Tools::Go => self.go_library = go_library(sh),
            Ok(()) => {}
            Err(error) => {
                eprintln!("without {peers}: {error:#}");
                self.missing.push((tools, format!("{peers}: {error:#}")));
            }
        }
    }

    /// Whether this program could be built; where one is to be.
    pub(super) fn has(&self, program: Program) -> bool {
        match program {
            Program::Palabre(_) => true,
            Program::Before => self.has_before,
            Program::Peer(tools, ..) => !self.missing.iter().any(|(missing, _)| *missing == tools),
        }
    }

    /// The text, with the version of what it names.
    pub(super) fn named(&self, text: &str) -> String {
        with_version(text, self.go_library.as_deref())
    }

    /// What is left out, as sentences.
    pub(super) fn missing(&self) -> impl Iterator<Item = &str> {
        self.missing.iter().map(|(_, why)| why.as_str())
    }

    pub(super) fn palabre(&self) -> PathBuf {
        workspace::target_dir().join("release/palabre")
    }

    pub(super) fn before(&self) -> PathBuf {
        self.home.join("before-target/release/palabre")
    }

    /// The folder that everything lies in.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Where raw data goes.
    pub(super) fn raw(&self) -> PathBuf {
        self.home.join("runs.jsonl")
    }

    /// A data directory with nothing in it.
    pub(super) fn empty_data(&self) -> anyhow::Result<PathBuf> {
        let data = self.home.join("data");
        if data.exists() {
            fs::remove_dir_all(&data).context("cannot remove the data of the last run")?;
        }
        Ok(data)
    }

    /// What the log takes by itself: messages in a batch, and the figures.
    pub(super) fn append(&self) -> anyhow::Result<Vec<(u32, Figures)>> {
        let sh = workspace::shell()?;
        let options = ["--quiet", "--release", "--locked"];
        cmd!(
            sh,
            "cargo build {options...} --package storage --example append"
        )
        .run()?;
        let program = workspace::target_dir().join("release/examples/append");
        sh.change_dir(&self.home);
        let told = cmd!(sh, "{program} 1000 1").quiet().read()?;
        Ok(told.lines().filter_map(appended).collect())
    }

    fn build_before(&self, sh: &Shell, revision: &str) -> anyhow::Result<()> {
        let tree = self.home.join("before");
        if tree.exists() {
            cmd!(sh, "git worktree remove --force {tree}")
                .quiet()
                .run()?;
        }
        cmd!(sh, "git worktree add --quiet --detach {tree} {revision}")
            .quiet()
            .run()?;
        let target = self.home.join("before-target");
        let manifest = tree.join("Cargo.toml");
        let built = {
            let _target = sh.push_env("CARGO_TARGET_DIR", target);
            let options = ["--quiet", "--release", "--locked", "--package", "palabre"];
            cmd!(sh, "cargo build {options...} --manifest-path {manifest}").run()
        };
        cmd!(sh, "git worktree remove --force {tree}")
            .quiet()
            .run()?;
        Ok(built?)
    }
}

/// A line of the example's table, if it is one:
/// `batch, entries/s, p50 ms, p99 ms, max ms`.
fn appended(line: &str) -> Option<(u32, Figures)> {
    let mut words = line.split_whitespace().filter(|word| *word != "ms");
    let size = words.next()?.parse().ok()?;
    let mut next = || words.next()?.parse().ok();
    let per_second = next()?;
    let (p50_ms, p99_ms, max_ms) = (next()?, next()?, next()?);
    let figures = Figures {
        per_second: Some(per_second),
        p50_ms: Some(p50_ms),
        p99_ms: Some(p99_ms),
        max_ms: Some(max_ms),
        ..Figures::default()
    };
    Some((size, figures))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_log_is_read() {
        let line = "      1        1234      0.71 ms   1.5 ms   9.0 ms (sync each)";
        let (size, figures) = appended(line).unwrap();
        assert_eq!(
            (size, figures.per_second, figures.max_ms),
            (1, Some(1234.0), Some(9.0))
        );
        for other in [
            "  batch   entries/s   commit p50",
            "",
            "the last 50 of a channel: 9 us",
        ] {
            assert!(appended(other).is_none(), "{other}");
        }
    }
}
