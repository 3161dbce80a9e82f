//! A task as a row of named steps.
//!
//! Every step is taken, also after one that failed, so that one run tells all that is wrong. Each
//! is timed, and the tests that its runners report are counted from their output while it streams
//! by:
//!
//! ```text
//! == rust tests
//! …
//!   build          81 s
//!   rust tests     12 s
//!   page tests      3 s  FAILED: `npm run unit` exited with 1
//! 212 passed, 1 failed
//! ```

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use xshell::Cmd;

/// The steps taken so far.
#[derive(Default)]
pub(crate) struct Steps(Vec<Step>);

struct Step {
    name: &'static str,
    took: Duration,
    tally: Tally,
    outcome: anyhow::Result<()>,
}

/// Tests, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
}

/// What became of a step; the next one may depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Failed,
}

impl Steps {
    /// Takes a step.
    pub(crate) fn take(
        &mut self,
        name: &'static str,
        step: impl FnOnce(&mut Tally) -> anyhow::Result<()>,
    ) -> Outcome {
        eprintln!("\n== {name}");
        let start = Instant::now();
        let mut tally = Tally::default();
        let outcome = step(&mut tally);
        let became = if outcome.is_ok() {
            Outcome::Done
        } else {
            Outcome::Failed
        };
        if let Err(error) = &outcome {
            eprintln!("== {name}: {error:#}");
        }
        self.0.push(Step {
            name,
            took: start.elapsed(),
            tally,
            outcome,
        });
        became
    }

    /// Says how long each step took, and which failed.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        eprint!("\n{self}");
        let failed: Vec<&str> = self
            .0
            .iter()
            .filter(|step| step.outcome.is_err())
            .map(|step| step.name)
            .collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }

    /// The tests of all steps. A step that failed counts for one at least: where the code does not
    /// compile, no runner is there to say so.
    pub(crate) fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        for step in &self.0 {
            sum.passed += step.tally.passed;
            sum.failed += step.tally.failed.max(u64::from(step.outcome.is_err()));
        }
        sum
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .0
            .iter()
            .map(|step| step.name.len())
            .max()
            .unwrap_or_default();
        for Step {
            name,
            took,
            outcome,
            ..
        } in &self.0
        {
            write!(f, "  {name:width$} {:5.0} s", took.as_secs_f64())?;
            match outcome {
                Ok(()) => writeln!(f)?,
                Err(error) => writeln!(f, "  FAILED: {}", first_line(&format!("{error:#}")))?,
            }
        }
        Ok(())
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Tally {
    /// Runs a test runner: its output goes on as it comes, and what it counts is added.
    pub(crate) fn run(&mut self, command: Cmd<'_>) -> anyhow::Result<()> {
        let shown = command.to_string();
        eprintln!("$ {shown}");
        let mut child = Command::from(command)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run `{shown}`"))?;
        let mut lines = BufReader::new(child.stdout.take().context("its output is piped")?);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            io::stdout().write_all(&line)?;
            self.count(&String::from_utf8_lossy(&line));
            line.clear();
        }
        match child.wait()? {
            status if status.success() => Ok(()),
            status => Err(anyhow!("`{shown}`: {status}")),
        }
    }

    /// Adds what this line of a runner's output sums up, if it does.
    fn count(&mut self, line: &str) {
        let line = without_colour(line);
        let line = line.trim();
        if let Some(counts) = line.strip_prefix("test result: ") {
            // cargo: `test result: ok. 3 passed; 0 failed; 0 ignored; …`
            for count in counts.split(['.', ';']) {
                self.add(count.split_whitespace().rev());
            }
        } else if let Some(count) = line.strip_prefix("# ").or(line.strip_prefix("ℹ ")) {
            // node: `# pass 3`, or `ℹ pass 3` with its other reporter.
            self.add(count.split_whitespace());
        }
    }

    /// Adds a count that comes as two words, what first.
    fn add<'a>(&mut self, mut words: impl Iterator<Item = &'a str>) {
        let (Some(what), Some(count), None) = (words.next(), words.next(), words.next()) else {
            return;
        };
        let Ok(count) = count.parse::<u64>() else {
            return;
        };
        match what {
            "passed" | "pass" => self.passed += count,
            // A test that node cancelled did not say what it was to say.
            "failed" | "fail" | "cancelled" => self.failed += count,
            _ => {}
        }
    }
}

/// The line without its ANSI colours.
fn without_colour(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.count(line));
        tally
    }

    #[test]
    fn runners_are_counted() {
        let cargo = [
            "running 3 tests\n",
            "test origin::tests::who_is_not ... ok\n",
            "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.02s\n",
            "test result: \u{1b}[31mFAILED\u{1b}[0m. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n",
        ];
        assert_eq!(
            tally(&cargo),
            Tally {
                passed: 5,
                failed: 2
            }
        );
        let tap = [
            "ok 1 - a\n",
            "# tests 4\n",
            "# pass 3\n",
            "# fail 1\n",
            "# cancelled 1\n",
        ];
        assert_eq!(
            tally(&tap),
            Tally {
                passed: 3,
                failed: 2
            }
        );
        let spec = [
            "\u{1b}[34mℹ pass 7\u{1b}[39m\n",
            "\u{1b}[34mℹ fail 0\u{1b}[39m\n",
        ];
        assert_eq!(
            tally(&spec),
            Tally {
                passed: 7,
                failed: 0
            }
        );
        let talk = [
            "# pass the salt\n",
            "3 passed\n",
            "pass 3\n",
            "# pass\n",
            "test result: ok\n",
        ];
        assert_eq!(tally(&talk), Tally::default());
    }

    #[test]
    fn a_step_that_fails_without_a_count_is_one_failure() {
        let mut steps = Steps::default();
        let done = steps.take("one", |tally| {
            tally.count("# pass 3");
            Ok(())
        });
        let failed = steps.take("two", |_| bail!("it does not compile\nindeed"));
        assert_eq!((done, failed), (Outcome::Done, Outcome::Failed));
        assert_eq!(steps.tally().to_string(), "3 passed, 1 failed");
        assert_eq!(steps.finish().unwrap_err().to_string(), "failed: two");
        let summary = steps.to_string();
        assert_eq!(
            summary,
            "  one     0 s\n  two     0 s  FAILED: it does not compile\n"
        );
    }
}
