//! What a run needs to know before it begins.

use anyhow::{Context as _, ensure};
use memchr::memmem;

use crate::mark::fill_number;
use crate::options::Common;
use crate::process::Process;
use crate::target::{Sources, Target};
use crate::transport::Dialer;

/// What a connection says first, and how it is kept.
#[derive(Debug)]
pub(crate) struct Greeting {
    /// Headers of the handshake, besides those that it needs.
    pub(crate) headers: Vec<String>,
    hellos: Vec<String>,
    /// What is in the message that says that all is ready.
    pub(crate) ready: Option<String>,
    /// What the server asks from time to time, and the answer.
    heartbeat: Option<(String, String)>,
}

/// All that the options say about the server.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) url: String,
    pub(crate) dialer: Dialer,
    pub(crate) sources: Sources,
    pub(crate) greeting: Greeting,
    pub(crate) server: Option<Process>,
}

impl Plan {
    /// # Errors
    /// If an option cannot be.
    pub(crate) fn new(common: &Common) -> anyhow::Result<Self> {
        let target = Target::new(&common.url, common.allow_remote)?;
        if !target.is_loopback() {
            eprintln!(
                "palabre: {} is not this machine; be sure that it is yours",
                target.host
            );
        }
        for header in &common.header {
            let (name, _) = header
                .split_once(':')
                .with_context(|| format!("--header {header:?}: expected NAME: VALUE"))?;
            ensure!(
                !name.is_empty() && !header.contains(['\r', '\n']),
                "--header {header:?}: expected NAME: VALUE on one line"
            );
        }
        Ok(Self {
            url: common.url.clone(),
            sources: Sources::new(&common.source, &target),
            dialer: Dialer::new(target)?,
            greeting: Greeting {
                headers: common.header.clone(),
                hellos: common.hello.clone(),
                ready: common.ready.clone(),
                heartbeat: common.heartbeat.as_deref().map(heartbeat),
            },
            server: common.pid.map(Process::new).transpose()?,
        })
    }
}

/// `PING=PONG`, or what is sent back as it came.
fn heartbeat(text: &str) -> (String, String) {
    let (ping, pong) = text.split_once('=').unwrap_or((text, text));
    (ping.to_owned(), pong.to_owned())
}

impl Greeting {
    /// What the connection with this number says first.
    pub(crate) fn hellos(&self, number: usize) -> impl Iterator<Item = String> {
        self.hellos
            .iter()
            .map(move |hello| fill_number(hello, number))
    }

    pub(crate) fn is_ready(&self, message: &[u8]) -> bool {
        let ready = self.ready.as_ref();
        ready.is_none_or(|text| memmem::find(message, text.as_bytes()).is_some())
    }

    /// The answer, if the message is the server's heartbeat.
    pub(crate) fn answer(&self, message: &[u8]) -> Option<&[u8]> {
        let (ping, pong) = self.heartbeat.as_ref()?;
        (message == ping.as_bytes()).then_some(pong.as_bytes())
    }
}
