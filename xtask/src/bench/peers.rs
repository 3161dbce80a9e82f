//! The peers in `bench/peers`: what they are made with, and how each is built
//! and started.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use xshell::{Shell, cmd};

use crate::{apt, workspace};

/// What a peer is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tools {
    Rust,
    Node,
    Python,
    Go,
}

/// How tables name it; its version comes behind.
pub(super) const GO_LIBRARY: &str = "Centrifuge's Go library";

/// The package that has the library.
const GO_LIBRARY_PACKAGE: &str = "golang-github-centrifugal-centrifuge-dev";

/// All that it takes to build with it: it does not ask for all that it imports.
const GO_PACKAGES: &[&str] = &[
    "golang-go",
    GO_LIBRARY_PACKAGE,
    "golang-github-centrifugal-protocol-dev",
    "golang-github-fzambia-eagle-dev",
    "golang-github-igm-sockjs-go-dev",
    "golang-github-mna-redisc-dev",
];

/// Where Debian's packages of Go have their sources.
const GO_SOURCES: &str = "/usr/share/gocode";

impl Tools {
    pub(super) const ALL: &[Self] = &[Self::Rust, Self::Node, Self::Python, Self::Go];

    /// What is left out without them.
    pub(super) fn peers(self) -> &'static str {
        match self {
            Self::Rust => "the peers in Rust",
            Self::Node => "the peers on Node",
            Self::Python => "uWebSockets, by way of Python",
            Self::Go => GO_LIBRARY,
        }
    }

    /// Builds these peers, with what that needs.
    pub(super) fn build(self, sh: &Shell, home: &Path) -> anyhow::Result<()> {
        match self {
            Self::Rust => build_rust(sh, home),
            Self::Node => install_node(sh),
            Self::Python => install_python(sh, home),
            Self::Go => build_go(sh, home),
        }
    }

    /// Starts the peer of this name; the port comes behind it.
    pub(super) fn command(self, home: &Path, name: &str) -> Command {
        let interpret = |program: PathBuf, folder: &str| {
            let mut command = Command::new(program);
            command.arg(sources(folder).join(name));
            command
        };
        match self {
            Self::Rust => Command::new(rust_target(home).join("release").join(name)),
            Self::Node => interpret("node".into(), "node"),
            Self::Python => interpret(python(home), "python"),
            Self::Go => Command::new(go_program(home)),
        }
    }
}

/// The version of Centrifuge's Go library that is packaged here.
pub(super) fn go_library(sh: &Shell) -> Option<String> {
    apt::version(sh, GO_LIBRARY_PACKAGE)
}

/// The text, with the library's version wherever it is named: it is older than
/// what one would use today, and nobody is to overlook it.
pub(super) fn with_version(text: &str, go_library: Option<&str>) -> String {
    let Some(package) = go_library else {
        return text.to_owned();
    };
    let version = package.split(['+', '-']).next().unwrap_or(package);
    text.replace(GO_LIBRARY, &format!("{GO_LIBRARY} {version}"))
}

fn sources(folder: &str) -> PathBuf {
    workspace::root().join("bench/peers").join(folder)
}

fn rust_target(home: &Path) -> PathBuf {
    home.join("peers-target")
}

fn python(home: &Path) -> PathBuf {
    home.join("python/bin/python")
}

fn go_program(home: &Path) -> PathBuf {
    home.join("centrifuge-go")
}

fn build_rust(sh: &Shell, home: &Path) -> anyhow::Result<()> {
    let manifest = sources("Cargo.toml");
    let options = ["--quiet", "--release", "--locked"];
    let build = cmd!(sh, "cargo build {options...} --manifest-path {manifest}");
    Ok(build.env("CARGO_TARGET_DIR", rust_target(home)).run()?)
}

fn install_node(sh: &Shell) -> anyhow::Result<()> {
    let folder = sources("node");
    let options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    Ok(cmd!(sh, "npm ci --prefix {folder} {options...}")
        .quiet()
        .run()?)
}

fn install_python(sh: &Shell, home: &Path) -> anyhow::Result<()> {
    let (folder, python) = (home.join("python"), python(home));
    if !python.exists() {
        cmd!(sh, "python3 -m venv {folder}").quiet().run()?;
    }
    let requirements = sources("python/requirements.txt");
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

fn build_go(sh: &Shell, home: &Path) -> anyhow::Result<()> {
    apt::install(sh, GO_PACKAGES)
        .with_context(|| format!("on Debian it needs `{}`", apt::command(GO_PACKAGES)))?;
    let (program, source) = (go_program(home), sources("go/main.go"));
    // Debian's way: sources of one version each in one place, no modules.
    let build = cmd!(sh, "go build -o {program} {source}").env("GO111MODULE", "off");
    Ok(build.env("GOPATH", GO_SOURCES).quiet().run()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_named_with_the_version_of_its_package() {
        let text = "beside Centrifuge's Go library";
        for (package, shown) in [
            (
                Some("0.15.0+git20210306.f435ba2-2"),
                "beside Centrifuge's Go library 0.15.0",
            ),
            (Some("1.2-3"), "beside Centrifuge's Go library 1.2"),
            (None, text),
        ] {
            assert_eq!(with_version(text, package), shown);
        }
    }
}
