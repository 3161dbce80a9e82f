//! All connections of a run: one thread, one poll, one buffer.
//!
//! The poll is edge-triggered, and each socket is registered once for both
//! directions. Connections are numbered from 0; a closed one keeps its number.

use std::io;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use mio::event::Event;
use mio::{Events, Interest, Poll, Token};
use websocket::{DecodeContext, Limits};

use crate::connection::{Connection, Desk, Phase};
use crate::ledger::PATIENCE;
use crate::plan::Plan;
use crate::target::Sources;
use crate::transport::Dialer;

/// Handshakes under way at once: fewer than a listener's queue holds.
const OPENING_MAX: usize = 100;

/// What is read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Bytes of one message; batches of a busy server are long.
const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// Descriptors of the process that are no connections.
const DESCRIPTORS_RESERVED: u64 = 32;

pub(crate) struct Fleet<'a> {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    desk: Desk<'a>,
    dialer: &'a Dialer,
    sources: &'a mut Sources,
    buffer: Vec<u8>,
    n_opening: usize,
    /// Connections that were lost since somebody asked, with the reasons.
    lost: Vec<(usize, String)>,
}

impl<'a> Fleet<'a> {
    pub(crate) fn new(plan: &'a mut Plan) -> anyhow::Result<Self> {
        let limits = Limits {
            message_bytes_max: MESSAGE_BYTES_MAX,
            ..Limits::default()
        };
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            connections: Vec::new(),
            desk: Desk {
                dialer: &plan.dialer,
                greeting: &plan.greeting,
                context: DecodeContext::new(limits),
            },
            dialer: &plan.dialer,
            sources: &mut plan.sources,
            buffer: vec![0; BUFFER_BYTES],
            n_opening: 0,
            lost: Vec::new(),
        })
    }

    /// Opens so many connections more, each up to where it is ready.
    ///
    /// # Errors
    /// At the first that cannot be opened: nothing is measured with fewer than
    /// were asked for.
    pub(crate) fn open(&mut self, n: usize) -> anyhow::Result<()> {
        let n_all = self.connections.len() + n;
        raise_descriptor_limit(n_all)?;
        let mut last_progress = Instant::now();
        loop {
            while self.connections.len() < n_all && self.n_opening < OPENING_MAX {
                self.dial()?;
            }
            if self.n_opening == 0 {
                return Ok(());
            }
            let before = self.n_opening;
            self.turn(Duration::from_millis(100), |_, _, _| {})?;
            if let Some((number, why)) = self.lost.first() {
                bail!("connection {} of {n_all}: {why}", number + 1);
            }
            if self.n_opening < before {
                last_progress = Instant::now();
            }
            ensure!(
                last_progress.elapsed() < PATIENCE,
                "{} of {n_all} connections are open, and for {} s there is no other{}",
                self.connections.len() - self.n_opening,
                PATIENCE.as_secs(),
                self.hint()
            );
        }
    }

    fn hint(&self) -> &'static str {
        let greeting = |it: &Connection| *it.phase() == Phase::Greeting;
        match self.connections.iter().any(greeting) {
            true => "; those under way wait for what --ready names",
            false => "",
        }
    }

    fn dial(&mut self) -> anyhow::Result<()> {
        let number = self.connections.len();
        let target = self.dialer.target();
        let mut transport = self
            .dialer
            .dial(self.sources.next())
            .with_context(|| format!("cannot connect to {}", target.authority))?;
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll
            .registry()
            .register(transport.source(), Token(number), both)?;
        self.connections.push(Connection::new(transport));
        self.n_opening += 1;
        Ok(())
    }

    /// Waits for what comes, at most so long, and takes it; `hear` gets each
    /// message with the number of its connection and when it was read.
    pub(crate) fn turn(
        &mut self,
        timeout: Duration,
        mut hear: impl FnMut(usize, Instant, &[u8]),
    ) -> anyhow::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            self.on_event(event, &mut hear);
        }
        self.events = events;
        Ok(())
    }

    fn on_event(&mut self, event: &Event, hear: &mut impl FnMut(usize, Instant, &[u8])) {
        let number = event.token().0;
        let was_opening = self.connections[number].is_opening();
        if let Err(why) = self.serve(event, hear) {
            let connection = &mut self.connections[number];
            if *connection.phase() != Phase::Closing {
                self.lost.push((number, why));
            }
            connection.shut();
        }
        if was_opening && !self.connections[number].is_opening() {
            self.n_opening -= 1;
        }
    }

    fn serve(
        &mut self,
        event: &Event,
        hear: &mut impl FnMut(usize, Instant, &[u8]),
    ) -> Result<(), String> {
        let number = event.token().0;
        let connection = &mut self.connections[number];
        if event.is_writable() {
            connection.on_writable(&self.desk, number)?;
        }
        if !event.is_readable() {
            return Ok(());
        }
        while let Some(n) = connection.read(&mut self.buffer)? {
            let now = Instant::now();
            let bytes = &mut self.buffer[..n];
            connection.take(&mut self.desk, number, bytes, &mut |message| {
                hear(number, now, message);
            })?;
            // A short read has emptied the socket, and what comes later is
            // told anew; but not an end that is known already, nor what TLS
            // has read ahead.
            if n < BUFFER_BYTES && !event.is_read_closed() && connection.is_plain() {
                break;
            }
        }
        Ok(())
    }

    /// Sends a text message on this connection.
    pub(crate) fn send(&mut self, number: usize, text: &[u8]) {
        let connection = &mut self.connections[number];
        if let Err(why) = connection.send(text) {
            connection.shut();
            self.lost.push((number, why));
        }
    }

    /// Connections lost since the last time, with the reasons.
    pub(crate) fn take_lost(&mut self) -> Vec<(usize, String)> {
        std::mem::take(&mut self.lost)
    }

    /// Closes all connections as the protocol wants it, and forgets them.
    pub(crate) fn close(&mut self) -> anyhow::Result<()> {
        for connection in &mut self.connections {
            if connection.close().is_err() {
                connection.shut();
            }
        }
        let deadline = Instant::now() + PATIENCE;
        let is_closed = |it: &Connection| *it.phase() == Phase::Closed;
        while !self.connections.iter().all(is_closed) && Instant::now() < deadline {
            self.turn(Duration::from_millis(100), |_, _, _| {})?;
        }
        self.connections.clear();
        self.lost.clear();
        Ok(())
    }
}

/// Lets the process open as many sockets as it needs.
fn raise_descriptor_limit(n_connections: usize) -> anyhow::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = n_connections as u64 + DESCRIPTORS_RESERVED;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(maximum) = limit.maximum {
        ensure!(
            maximum >= needed,
            "{n_connections} connections need {needed} open files, and this process may have \
             {maximum}; raise it with `ulimit -Hn {needed}`"
        );
    }
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).context("cannot raise the limit of open files")
}
