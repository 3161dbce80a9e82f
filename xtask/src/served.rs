//! A server in a process of its own, which says where it listens.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::Context;

/// A running server; killed when dropped.
pub(crate) struct Served {
    process: Child,
    port: u16,
}

impl Served {
    /// Starts the server, and waits until it says where it listens.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let program = command.get_program().to_owned();
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let stdout = process.stdout.take().context("the server has no output")?;
        let mut stdout = BufReader::new(stdout);
        let lines = stdout.by_ref().lines().map_while(Result::ok);
        let told = lines.into_iter().find_map(|line| listening_at(&line));
        let Some(port) = told else {
            // It has said why on standard error.
            let _ = process.kill();
            let _ = process.wait();
            anyhow::bail!("{} does not start", program.display());
        };
        // It may say more, and must not wait for a reader.
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        Ok(Self { process, port })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself, which those who use it have noticed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The port in a line that names an address.
fn listening_at(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("http://").or(line.split_once("https://"))?;
    let authority = rest.split(['/', ' ']).next()?;
    authority.rsplit(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_tells_the_port() {
        assert_eq!(listening_at("  chat   http://localhost:4711/"), Some(4711));
        assert_eq!(listening_at("  Chat   https://127.0.0.1:443/"), Some(443));
        assert_eq!(listening_at("Palabre is listening."), None);
    }
}
