//! The server under proof: the real binary, on a data directory of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use xshell::cmd;

use crate::served::Served;
use crate::workspace;

/// A running server; killed when dropped.
pub(super) struct Server {
    binary: PathBuf,
    data: PathBuf,
    address: SocketAddr,
    served: Served,
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
        let served = spawn(&binary, &data, anywhere)?;
        Ok(Self {
            binary,
            data,
            address: SocketAddr::from(([127, 0, 0, 1], served.port())),
            served,
        })
    }

    /// Where it listens, over all restarts.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it as a power cut would, and starts it again.
    pub(super) fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        self.served.kill();
        self.served = spawn(&self.binary, &self.data, self.address)?;
        Ok(())
    }

    /// Where it keeps what outlives it.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// The number of its process, until it is started again.
    pub(super) fn pid(&self) -> u32 {
        self.served.pid()
    }
}

pub(crate) fn build(release: bool) -> anyhow::Result<PathBuf> {
    let shell = workspace::shell()?;
    let profile = release.then_some("--release");
    cmd!(shell, "cargo build --quiet --package palabre {profile...}").run()?;
    let folder = if release { "release" } else { "debug" };
    Ok(workspace::target_dir().join(folder).join("palabre"))
}

fn spawn(binary: &Path, data: &Path, address: SocketAddr) -> anyhow::Result<Served> {
    let mut command = Command::new(binary);
    command
        .arg(format!("--listen={address}"))
        .arg(format!("--data={}", data.display()))
        .args(["--message-rate=0", "--log=error"]);
    Served::start(&mut command)
}
