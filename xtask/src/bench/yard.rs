//! What has to be there before anything is measured: all contenders, built.
//!
//! Everything lies below `target/bench`. What this machine cannot build or
//! install is named and left out; the document says so.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use xshell::{Shell, cmd};

use super::contender::Program;
use super::figures::Figures;
use crate::workspace;

pub(super) struct Yard {
    home: PathBuf,
    /// Whether another revision is compared, too.
    has_before: bool,
    /// What is not to be had here, and why.
    missing: Vec<(&'static str, String)>,
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
        };
        let sh = &workspace::shell()?;
        eprintln!("building Palabre");
        cmd!(
            sh,
            "cargo build --quiet --release --locked --package palabre"
        )
        .run()?;
        let any = |is: fn(&Program) -> bool| programs.iter().any(is);
        if any(|it| matches!(it, Program::Rust(..))) {
            yard.attempt("rust", "the peers in Rust", |yard| yard.build_rust(sh));
        }
        if any(|it| matches!(it, Program::Node(_))) {
            yard.attempt("node", "the peers on Node", |yard| yard.install_node(sh));
        }
        if any(|it| matches!(it, Program::Python(_))) {
            yard.attempt("python", "uWebSockets, by way of Python", |yard| {
                yard.install_python(sh)
            });
        }
        if let Some(revision) = before {
            eprintln!("building Palabre at {revision}");
            yard.build_before(sh, revision)?;
        }
        Ok(yard)
    }

    fn attempt(
        &mut self,
        kind: &'static str,
        what: &str,
        build: impl FnOnce(&Self) -> anyhow::Result<()>,
    ) {
        eprintln!("building {what}");
        if let Err(error) = build(self) {
            eprintln!("without {what}: {error:#}");
            self.missing.push((kind, format!("{what}: {error:#}")));
        }
    }

    /// Whether this program could be built; where one is to be.
    pub(super) fn has(&self, program: Program) -> bool {
        let kind = match program {
            Program::Palabre(_) => return true,
            Program::Before => return self.has_before,
            Program::Rust(..) => "rust",
            Program::Node(_) => "node",
            Program::Python(_) => "python",
        };
        !self.missing.iter().any(|(missing, _)| *missing == kind)
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

    pub(super) fn peers(&self) -> PathBuf {
        workspace::root().join("bench/peers")
    }

    pub(super) fn rust_peer(&self, name: &str) -> PathBuf {
        self.home.join("peers-target/release").join(name)
    }

    pub(super) fn python(&self) -> PathBuf {
        self.home.join("python/bin/python")
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

    fn build_rust(&self, sh: &Shell) -> anyhow::Result<()> {
        let target = self.home.join("peers-target");
        let manifest = self.peers().join("Cargo.toml");
        let _target = sh.push_env("CARGO_TARGET_DIR", target);
        Ok(cmd!(
            sh,
            "cargo build --quiet --release --locked --manifest-path {manifest}"
        )
        .run()?)
    }

    fn install_node(&self, sh: &Shell) -> anyhow::Result<()> {
        let folder = self.peers().join("node");
        let options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
        Ok(cmd!(sh, "npm ci --prefix {folder} {options...}")
            .quiet()
            .run()?)
    }

    fn install_python(&self, sh: &Shell) -> anyhow::Result<()> {
        let (folder, python) = (self.home.join("python"), self.python());
        if !python.exists() {
            cmd!(sh, "python3 -m venv {folder}").quiet().run()?;
        }
        let requirements = self.peers().join("python/requirements.txt");
        cmd!(
            sh,
            "{python} -m pip install --quiet --requirement {requirements}"
        )
        .quiet()
        .run()?;
        let import = "import socketify";
        cmd!(sh, "{python} -c {import}")
            .quiet()
            .ignore_stderr()
            .run()
            .context("the package does not load; on Debian it needs `apt-get install libuv1`")
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
