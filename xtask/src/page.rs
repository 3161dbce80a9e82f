//! What checking and testing the page needs: Node, its packages, and a browser.
//!
//! What can be installed here is installed; where it cannot, one message says which command does
//! it.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use xshell::{Cmd, Shell, cmd};

use crate::apt;

/// The oldest Node that runs the page's tests, as in `engines` of `web/package.json`.
const NODE_MAJOR_MIN: u32 = 20;

/// What a Chromium is called here and there.
const BROWSERS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The browser, and the font without which its emoji are boxes.
const PACKAGES: &[&str] = &["chromium", "fonts-noto-color-emoji"];

/// Installs the page's packages, unless the lock file has not changed since.
pub(crate) fn install(sh: &Shell) -> anyhow::Result<()> {
    node(sh)?;
    let _web = sh.push_dir("web");
    let wanted = sh.read_file("package-lock.json")?;
    // `npm ci` empties the folder first, so that the copy is there only when it came to its end.
    let installed = "node_modules/.installed-from.json";
    if sh
        .read_file(installed)
        .is_ok_and(|installed| installed == wanted)
    {
        return Ok(());
    }
    // No package that we name needs a script to be installed; so none gets to run one.
    cmd!(sh, "npm ci --ignore-scripts --no-audit --no-fund").run()?;
    Ok(sh.write_file(installed, wanted)?)
}

/// A script of `web/package.json`, ready to run.
pub(crate) fn npm<'a>(sh: &'a Shell, script: &str) -> Cmd<'a> {
    cmd!(sh, "npm --prefix web run {script}")
}

fn node(sh: &Shell) -> anyhow::Result<()> {
    let version = cmd!(sh, "node --version")
        .quiet()
        .ignore_stderr()
        .read()
        .ok();
    let found = match &version {
        Some(version) if major(version).is_some_and(|major| major >= NODE_MAJOR_MIN) => {
            return Ok(());
        }
        Some(version) => format!("this one is {version}"),
        None => "there is none here".to_owned(),
    };
    bail!(
        "the page's checks and tests need Node.js {NODE_MAJOR_MIN} or later, with npm, and {found}; \
         install it, or leave them out: cargo xtask test --only rust"
    );
}

/// `v20.20.2` is 20.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// The browser for the tests: `$CHROMIUM`, or the one that is installed, or the one that we
/// install.
pub(crate) fn browser(sh: &Shell) -> anyhow::Result<PathBuf> {
    if let Some(given) = env::var_os("CHROMIUM").filter(|given| !given.is_empty()) {
        let given = PathBuf::from(given);
        if !given.is_file() {
            bail!(
                "there is no browser at {}, which CHROMIUM names",
                given.display()
            );
        }
        return Ok(given);
    }
    if let Some(found) = apt::program(BROWSERS) {
        return Ok(found);
    }
    apt::install(sh, PACKAGES).with_context(how_to_get_a_browser)?;
    apt::program(BROWSERS).with_context(how_to_get_a_browser)
}

fn how_to_get_a_browser() -> String {
    format!(
        "the browser tests need Chromium: install it (on Debian: {}), \
         set CHROMIUM to the path of one, or leave them out with --no-browser",
        apt::command(PACKAGES)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_says_its_version() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v8.1.0"), Some(8));
        assert_eq!(major("20.1.0"), None);
        assert_eq!(major("vnext"), None);
    }

    #[test]
    fn the_message_names_the_command() {
        let message = how_to_get_a_browser();
        assert!(
            message.contains("apt-get install chromium fonts-noto-color-emoji"),
            "{message}"
        );
    }
}
