//! The server under proof: the real binary, on a data directory of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use xshell::cmd;

use crate::workspace;

/// A running server; killed when dropped.
pub(super) struct Server {
    binary: PathBuf,
    data: PathBuf,
    address: SocketAddr,
    process: Child,
}

impl Server {
    /// Builds the server and starts it with an empty log, on a free port.
    pub(super) fn start(proof: &str, release: bool) -> anyhow::Result<Self> {
        let binary = build(release)?;
        let data = workspace::target_dir().join("proof").join(proof);
        if data.exists() {
            fs::remove_dir_all(&data).context("cannot remove the data of the last run")?;
        }
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let (process, address) = spawn(&binary, &data, anywhere)?;
        Ok(Self {
            binary,
            data,
            address,
            process,
        })
    }

    /// Where it listens, over all restarts.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it as a power cut would, and starts it again.
    pub(super) fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        (self.process, self.address) = spawn(&self.binary, &self.data, self.address)?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which its members have noticed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn build(release: bool) -> anyhow::Result<PathBuf> {
    let shell = workspace::shell()?;
    let profile = release.then_some("--release");
    cmd!(shell, "cargo build --quiet --package palabre {profile...}").run()?;
    let folder = if release { "release" } else { "debug" };
    Ok(workspace::target_dir().join(folder).join("palabre"))
}

/// Starts the server, and waits until it says where it listens.
fn spawn(binary: &Path, data: &Path, address: SocketAddr) -> anyhow::Result<(Child, SocketAddr)> {
    let mut process = Command::new(binary)
        .arg(format!("--listen={address}"))
        .arg(format!("--data={}", data.display()))
        .args(["--message-rate=0", "--log=error"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", binary.display()))?;
    let stdout = process.stdout.take().context("the server has no output")?;
    let told = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| listening_at(&line));
    let Some(port) = told else {
        // It has said why on standard error.
        let _ = process.kill();
        let _ = process.wait();
        anyhow::bail!("the server does not start");
    };
    Ok((process, SocketAddr::from(([127, 0, 0, 1], port))))
}

/// The port in a line of the banner that names an address.
fn listening_at(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("http://")?;
    let authority = rest.split(['/', ' ']).next()?;
    authority.rsplit(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_tells_the_port() {
        assert_eq!(listening_at("  chat   http://localhost:4711/"), Some(4711));
        assert_eq!(listening_at("Palabre is listening."), None);
    }
}
