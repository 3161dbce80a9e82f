//! `cargo xtask check`: everything that is to be right before a test runs.
//!
//! Clippy looks at all targets of the whole workspace, as the tests build them, so that what the
//! dependencies' build scripts made for the one serves the other.

use xshell::{Shell, cmd};

use crate::steps::Steps;
use crate::{page, tidy, workspace};

/// Takes every step, and fails with the names of those that failed.
pub(crate) fn run() -> anyhow::Result<()> {
    let sh = &workspace::shell()?;
    let mut steps = Steps::default();
    steps.take("format", |_| Ok(cmd!(sh, "cargo fmt --all --check").run()?));
    steps.take("house rules", |_| tidy::run(sh));
    steps.take("lints", |_| {
        let lints = cmd!(
            sh,
            "cargo clippy --workspace --all-targets --locked -- -D warnings"
        );
        lints.run()?;
        let models = "--package engine --features model --test model".split(' ');
        Ok(cmd!(sh, "cargo clippy --locked {models...} -- -D warnings").run()?)
    });
    steps.take("documentation", |_| documentation(sh));
    steps.take("page types", |_| {
        page::install(sh)?;
        Ok(page::npm(sh, "check").run()?)
    });
    steps.finish()
}

/// Builds the documentation, private items too: it is for those who work on the house.
fn documentation(sh: &Shell) -> anyhow::Result<()> {
    let _strict = sh.push_env("RUSTDOCFLAGS", "-D warnings");
    let items = "--document-private-items";
    Ok(cmd!(sh, "cargo doc --workspace --no-deps --locked {items}").run()?)
}
