//! The suite: how it is installed and run.
//!
//! The suite itself, `autobahntestsuite`, wants Python 2.7. Where there is none,
//! kosoku, a runner of the same cases, does with any Python 3.10 or later.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::ValueEnum;
use xshell::{Shell, cmd};

const AUTOBAHN_VERSION: &str = "25.10.1";
const KOSOKU_VERSION: &str = "0.1.0";
/// The last one that can make an environment of Python 2.7.
const VIRTUALENV_VERSION: &str = "20.21.1";
/// What the suite needs and does not pin itself.
const CONSTRAINTS: &str = include_str!("constraints.txt");

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Runner {
    /// The suite itself, under Python 2.7.
    Classic,
    /// The same cases, run by kosoku under Python 3.
    Kosoku,
}

/// An installed suite.
pub(super) struct Suite {
    runner: Runner,
    program: PathBuf,
}

impl Suite {
    /// Installs the suite below `home`, unless it is there.
    pub(super) fn install(
        shell: &Shell,
        home: &Path,
        runner: Option<Runner>,
    ) -> anyhow::Result<Self> {
        let python2 = find_python2();
        let runner = match (runner, &python2) {
            (Some(runner), _) => runner,
            (None, Some(_)) => Runner::Classic,
            (None, None) => Runner::Kosoku,
        };
        let program = match runner {
            Runner::Classic => install_classic(shell, home, python2)?,
            Runner::Kosoku => install_kosoku(shell, home)?,
        };
        Ok(Self { runner, program })
    }

    pub(super) fn runner_name(&self) -> &'static str {
        match self.runner {
            Runner::Classic => "classic",
            Runner::Kosoku => "kosoku",
        }
    }

    /// Runs the cases against `url`, which fills `report`; how many there
    /// should be, where the runner says so.
    pub(super) fn run(
        &self,
        url: &str,
        report: &Path,
        cases: &[String],
        excluded: &[&str],
    ) -> anyhow::Result<Option<usize>> {
        let mut command = Command::new(&self.program);
        command.args(["-m", "fuzzingclient"]);
        match self.runner {
            Runner::Classic => {
                let spec = serde_json::json!({
                    "outdir": report,
                    "servers": [{ "agent": "palabre", "url": url }],
                    "cases": cases,
                    "exclude-cases": excluded,
                    "exclude-agent-cases": {},
                });
                let path = report.join("spec.json");
                fs::write(&path, spec.to_string())?;
                command.arg("-s").arg(path);
            }
            Runner::Kosoku => {
                for pattern in cases.iter().filter(|pattern| *pattern != "*") {
                    command.args(["-i", pattern]);
                }
                for pattern in excluded {
                    command.args(["-x", pattern]);
                }
                command.arg("-o").arg(report).arg(url);
            }
        }
        let log = report.join("run.log");
        let output = File::create(&log)?;
        command.stdout(output.try_clone()?).stderr(output);
        // Its exit status says nothing that the report does not.
        command
            .status()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        Ok(n_announced(&fs::read_to_string(log).unwrap_or_default()))
    }
}

/// "… will run 517 test cases …"
fn n_announced(log: &str) -> Option<usize> {
    let (before, _) = log.split_once(" test cases")?;
    before.rsplit(' ').next()?.parse().ok()
}

fn install_classic(
    shell: &Shell,
    home: &Path,
    python2: Option<PathBuf>,
) -> anyhow::Result<PathBuf> {
    let environment = home.join(format!("classic-{AUTOBAHN_VERSION}"));
    let program = environment.join("bin/wstest");
    if program.exists() {
        return Ok(program);
    }
    let Some(python2) = python2 else {
        bail!("there is no Python 2.7; pass --runner kosoku")
    };
    let tools = home.join("tools");
    let constraints = home.join("constraints.txt");
    shell.write_file(&constraints, CONSTRAINTS)?;
    cmd!(shell, "python3 -m venv {tools}").run()?;
    cmd!(
        shell,
        "{tools}/bin/pip install --quiet virtualenv=={VIRTUALENV_VERSION}"
    )
    .run()?;
    cmd!(
        shell,
        "{tools}/bin/virtualenv --quiet -p {python2} {environment}"
    )
    .run()?;
    let suite = format!("autobahntestsuite=={AUTOBAHN_VERSION}");
    cmd!(
        shell,
        "{environment}/bin/pip install --quiet -c {constraints} {suite}"
    )
    .run()?;
    Ok(program)
}

fn install_kosoku(shell: &Shell, home: &Path) -> anyhow::Result<PathBuf> {
    let environment = home.join(format!("kosoku-{KOSOKU_VERSION}"));
    let program = environment.join("bin/kosoku");
    if !program.exists() {
        cmd!(shell, "python3 -m venv {environment}").run()?;
        cmd!(
            shell,
            "{environment}/bin/pip install --quiet kosoku=={KOSOKU_VERSION}"
        )
        .run()?;
    }
    Ok(program)
}

/// A Python 2.7 on the path, or among those of pyenv.
fn find_python2() -> Option<PathBuf> {
    let on_path = ["python2.7", "python2"].map(PathBuf::from);
    on_path.into_iter().chain(pyenv_python2()).find(|python| {
        Command::new(python)
            .args([
                "-c",
                "import sys, ssl, zlib; sys.exit(sys.version_info[:2] != (2, 7))",
            ])
            .output()
            .is_ok_and(|output| output.status.success())
    })
}

fn pyenv_python2() -> Vec<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let Some(root) = root.or_else(|| Some(std::env::home_dir()?.join(".pyenv"))) else {
        return Vec::new();
    };
    let versions = fs::read_dir(root.join("versions"))
        .into_iter()
        .flatten()
        .flatten();
    versions
        .filter(|version| version.file_name().to_string_lossy().starts_with("2.7."))
        .map(|version| version.path().join("bin/python2.7"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::n_announced;

    #[test]
    fn the_number_of_cases_is_read_from_the_log() {
        assert_eq!(
            n_announced("Echo will run 517 test cases against 1"),
            Some(517)
        );
        assert_eq!(n_announced("no such thing"), None);
    }
}
