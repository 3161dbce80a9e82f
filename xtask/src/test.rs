//! `cargo xtask test`: every test there is, with what they need installed.
//!
//! ```text
//! build ─▶ rust tests          one build serves all: libraries, tests, examples, the binary
//!   ├────────────▶ models          the engine's threads in many orders; the engine built anew
//!   └────────────▶ browser tests   the binary, driven by Chromium
//! page tests                       pure modules under Node; nothing to build
//! ```
//!
//! All of it is built in the `dev` profile, which optimises the dependencies in full and the
//! house's own crates a little: what the lints have built before is used again, and the assertions
//! for debugging are on. The last line counts the tests of all runners.

use std::env;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;
use xshell::cmd;

use crate::steps::{Outcome, Steps};
use crate::{page, workspace};

/// Which tests to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave the browser tests out.
    #[arg(long, conflicts_with = "only")]
    no_browser: bool,
    /// Run these alone.
    #[arg(long, value_enum)]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// `cargo test` of the whole workspace.
    Rust,
    /// The page's modules, under Node.
    Page,
    /// The binary and its page, in Chromium.
    Browser,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        match self.only {
            Some(only) => only == part,
            None => part != Part::Browser || !self.no_browser,
        }
    }
}

/// Takes every step that is wanted; the closing line counts the tests.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let sh = &workspace::shell()?;
    let mut steps = Steps::default();
    let mut built = Outcome::Failed;
    if options.wants(Part::Rust) || options.wants(Part::Browser) {
        // `--all-targets` asks for the features that the tests need, so that nothing is built
        // twice.
        let build = cmd!(sh, "cargo build --workspace --all-targets --locked");
        built = steps.take("build", |_| Ok(build.run()?));
    }
    if options.wants(Part::Rust) && built == Outcome::Done {
        let test = cmd!(sh, "cargo test --workspace --locked --no-fail-fast");
        steps.take("rust tests", |tally| tally.run(test));
        let models = cmd!(
            sh,
            "cargo test --package engine --features model --test model --locked"
        );
        steps.take("models", |tally| tally.run(models));
    }
    if options.wants(Part::Page) {
        steps.take("page tests", |tally| {
            page::install(sh)?;
            tally.run(page::npm(sh, "test"))
        });
    }
    if options.wants(Part::Browser) && built == Outcome::Done {
        steps.take("browser tests", |tally| {
            page::install(sh)?;
            let browser = page::browser(sh)?;
            let tests = page::npm(sh, "e2e")
                .env("CHROMIUM", browser)
                .env("PALABRE", binary()?);
            tally.run(tests)
        });
    }
    let finished = steps.finish();
    println!("{}", steps.tally());
    finished
}

/// The binary, built beside this one.
fn binary() -> anyhow::Result<PathBuf> {
    let this = env::current_exe().context("this program does not know where it lies")?;
    Ok(this.with_file_name(format!("palabre{}", env::consts::EXE_SUFFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_chosen() {
        let all = Options {
            no_browser: false,
            only: None,
        };
        let quick = Options {
            no_browser: true,
            only: None,
        };
        let page = Options {
            no_browser: false,
            only: Some(Part::Page),
        };
        let wanted = |options: &Options| {
            [Part::Rust, Part::Page, Part::Browser].map(|part| options.wants(part))
        };
        assert_eq!(wanted(&all), [true, true, true]);
        assert_eq!(wanted(&quick), [true, true, false]);
        assert_eq!(wanted(&page), [false, true, false]);
    }
}
