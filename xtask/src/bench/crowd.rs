//! A crowd in another room of the same server, flooded while something else is
//! measured: what one room costs another.
//!
//! ```text
//! connect ─▶ trial, warm-up ─▶ flooded ───────────────▶ end
//!          └─ HEAD_START ─▶ what is measured ─▶ look
//! ```
//!
//! A figure counts only if the whole crowd was there before it, and the flood
//! outlasted it; else the run has failed, with what the load generator says.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::served::Served;

/// How many are in the room that is flooded.
pub(super) const MEMBERS: u32 = 8_000;

/// How long it is flooded: longer than the head start and what is measured.
const FLOOD: Duration = Duration::from_secs(12);

/// From when all of the crowd are connected until the flood is on its way: the
/// load generator tries whether each of them hears it, and then warms up.
const HEAD_START: Duration = Duration::from_secs(2);

/// How long it may take until all of the crowd are connected.
const PATIENCE: Duration = Duration::from_secs(30);

/// The load generator that floods; ended when dropped.
pub(super) struct Crowd(Child);

impl Crowd {
    /// Floods a room of this server; returns when it is under way.
    pub(super) fn start(palabre: &Path, server: &Served) -> anyhow::Result<Self> {
        let child = Command::new(palabre)
            .args(["bench", "fanout"])
            .arg(format!("--url=ws://127.0.0.1:{}/live/crowd", server.port()))
            .arg(format!("--connections={MEMBERS}"))
            .arg(format!("--seconds={}", FLOOD.as_secs()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the flood")?;
        let mut crowd = Self(child);
        crowd.wait_until_connected(server)?;
        thread::sleep(HEAD_START);
        Ok(crowd)
    }

    fn wait_until_connected(&mut self, server: &Served) -> anyhow::Result<()> {
        let descriptors = format!("/proc/{}/fd", server.pid());
        let deadline = Instant::now() + PATIENCE;
        while fs::read_dir(&descriptors)?.count() < MEMBERS as usize {
            self.look()?;
            ensure!(Instant::now() < deadline, "the crowd does not come");
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Whether it has flooded all the time, as it must for a figure to count.
    pub(super) fn look(&mut self) -> anyhow::Result<()> {
        if self.0.try_wait()?.is_none() {
            return Ok(());
        }
        let mut why = String::new();
        if let Some(stderr) = &mut self.0.stderr {
            stderr.read_to_string(&mut why)?;
        }
        bail!("the flood ended too early: {}", why.trim());
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
