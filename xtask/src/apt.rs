//! Debian's packages, for what cargo cannot bring: installed where we may, else named.

use std::env;
use std::path::PathBuf;

use anyhow::Context as _;
use xshell::{Cmd, Shell, cmd};

/// Installs these packages, unless all of them are here.
pub(crate) fn install(sh: &Shell, packages: &[&str]) -> anyhow::Result<()> {
    if packages
        .iter()
        .all(|package| version(sh, package).is_some())
    {
        return Ok(());
    }
    let apt_get = || apt_get(sh).context("there is no apt-get here that we may use");
    apt_get()?.arg("update").run()?;
    let install = ["install", "--yes", "--no-install-recommends"];
    Ok(apt_get()?.args(install).args(packages).run()?)
}

/// How somebody installs them who may.
pub(crate) fn command(packages: &[&str]) -> String {
    format!("sudo apt-get install {}", packages.join(" "))
}

/// The version of a package, if it is installed.
pub(crate) fn version(sh: &Shell, package: &str) -> Option<String> {
    // The version of one that was removed is still known.
    let format = "${db:Status-Status} ${Version}";
    let told = cmd!(sh, "dpkg-query --show --showformat={format} {package}");
    let told = told.quiet().ignore_stderr().read().ok()?;
    Some(told.strip_prefix("installed ")?.to_owned())
}

/// `apt-get`, where we may use it: as root, or by a sudo that does not ask.
fn apt_get(sh: &Shell) -> Option<Cmd<'_>> {
    program(&["apt-get"])?;
    let user = cmd!(sh, "id -u").quiet().ignore_stderr().read().ok()?;
    let env = if user == "0" {
        cmd!(sh, "env")
    } else {
        program(&["sudo"])?;
        let silent = cmd!(sh, "sudo -n true").quiet().ignore_stderr();
        silent.run().ok()?;
        cmd!(sh, "sudo -n env")
    };
    let quiet = ["DEBIAN_FRONTEND=noninteractive", "apt-get"];
    Some(env.args(quiet).args(["-o", "Acquire::Retries=3"]))
}

/// The first of these programs that is in the path.
pub(crate) fn program(names: &[&str]) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&folders).collect();
    let mut places = names
        .iter()
        .flat_map(|name| folders.iter().map(move |f| f.join(name)));
    places.find(|place| place.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_the_path() {
        assert!(program(&["no-such-program-here", "cargo"]).is_some());
        assert_eq!(program(&["no-such-program-here"]), None);
    }
}
