//! A crowd in another room of the same server, flooded while something else is
//! measured: what one room costs another.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// How many are in the room that is flooded.
pub(super) const MEMBERS: u32 = 8_000;

/// How long it is flooded: longer than the head start and what is measured.
const FLOOD: Duration = Duration::from_secs(12);

/// Until all of the crowd are connected, and the flood is on its way.
const HEAD_START: Duration = Duration::from_secs(4);

/// The load generator that floods; ended when dropped.
pub(super) struct Crowd(Child);

impl Crowd {
    /// Floods a room of the server at this port; returns when it is under way.
    pub(super) fn start(palabre: &Path, port: u16) -> anyhow::Result<Self> {
        let child = Command::new(palabre)
            .args(["bench", "fanout"])
            .arg(format!("--url=ws://127.0.0.1:{port}/live/crowd"))
            .arg(format!("--connections={MEMBERS}"))
            .arg(format!("--seconds={}", FLOOD.as_secs()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start the flood")?;
        thread::sleep(HEAD_START);
        Ok(Self(child))
    }

    /// Whether it has flooded all the time, as it must for a figure to count.
    pub(super) fn look(&mut self) -> anyhow::Result<()> {
        ensure!(self.0.try_wait()?.is_none(), "the flood ended too early");
        Ok(())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
