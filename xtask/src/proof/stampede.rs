//! `cargo xtask drops --stampede`: a room loses all its sockets at the same
//! moment, and all of it comes back.
//!
//! ```text
//! one thread, one poll ──▶ ten thousand `client::Client`s ──▶ the server
//! cut   all sockets dropped; the server lives, and meets all of them again
//! kill  the server dies with all sockets, and starts with nothing in memory
//! ```
//!
//! What is measured is the time from there until each one is back in the room,
//! and what the server takes for it. In the end everybody has heard all that
//! was said, once, in order.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use client::{Client, Effect, Event, Position};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::value::RawValue;
use websocket::{Compression, DecodeContext, Decoder, Frame, Limits, Message, Role};

use super::{PATIENCE, Server};

const CHANNEL: &str = "room:stampede";

/// Messages said in each phase, by the first who is there.
const N_MESSAGES: u64 = 50;

/// Between two looks at the clock of each client.
const TICK: Duration = Duration::from_millis(10);

/// RFC 6455 §7.4.1: the connection is lost.
const LOST: u16 = 1006;

/// The key that masks: nobody between is to be protected from these frames.
const MASK: [u8; 4] = [1, 2, 3, 4];

/// Brings so many clients into a room, and all of them back, twice.
pub(super) fn run(n_clients: usize, release: bool) -> anyhow::Result<()> {
    let mut server = Server::start("stampede", release)?;
    let mut crowd = Crowd::new(server.address(), n_clients)?;
    let came = crowd.come_back(N_MESSAGES)?;
    report("come", &came, &server)?;

    crowd.lose_all();
    let back = crowd.come_back(2 * N_MESSAGES)?;
    report("cut", &back, &server)?;

    server.kill_and_restart()?;
    let back = crowd.come_back(3 * N_MESSAGES)?;
    report("kill", &back, &server)
}

/// Prints how long it took, and what the server has taken by now.
fn report(phase: &str, took: &[Duration], server: &Server) -> anyhow::Result<()> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64();
    println!(
        "{phase:<5} {} back: half in {:.2} s, 99 % in {:.2} s, all in {:.2} s; server's peak {}",
        took.len(),
        at(0.5),
        at(0.99),
        at(1.0),
        peak.unwrap_or("?").trim(),
    );
    Ok(())
}

/// Many clients over one poll.
struct Crowd {
    address: SocketAddr,
    poll: Poll,
    context: DecodeContext,
    start: Instant,
    visitors: Vec<Visitor>,
}

/// One client, its socket, and what it has heard.
struct Visitor {
    client: Client,
    socket: Option<Socket>,
    is_back: bool,
    n_heard: u64,
}

struct Socket {
    tcp: TcpStream,
    decoder: Decoder,
    /// The head of the answer to the handshake, as far as it has come; `None`
    /// behind it.
    head: Option<Vec<u8>>,
    /// What the kernel has not taken yet.
    unsent: Vec<u8>,
}

impl Crowd {
    fn new(address: SocketAddr, n_clients: usize) -> anyhow::Result<Self> {
        let visitor = |seed: usize| {
            let options = client::Options {
                seed: seed as u64,
                ..client::Options::default()
            };
            let mut client = Client::new(options);
            let first = Position {
                offset: 0,
                epoch: String::new(),
            };
            let following = client::Following {
                since: Some(first),
                ..client::Following::default()
            };
            client.subscribe(Duration::ZERO, CHANNEL, following);
            client.connect(Duration::ZERO);
            Visitor {
                client,
                socket: None,
                is_back: false,
                n_heard: 0,
            }
        };
        Ok(Self {
            address,
            poll: Poll::new()?,
            context: DecodeContext::new(Limits {
                message_bytes_max: 1 << 20,
                ..Limits::default()
            }),
            start: Instant::now(),
            visitors: (0..n_clients).map(visitor).collect(),
        })
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// As when a switch fails: everybody's socket is gone.
    fn lose_all(&mut self) {
        let now = self.now();
        for visitor in &mut self.visitors {
            visitor.socket = None;
            visitor.client.closed(now, LOST, "cut");
        }
    }

    /// Goes on until everybody is in the room and has heard so many messages;
    /// returns how long each one took to be back, in order. The first one to be
    /// back says what is missing.
    fn come_back(&mut self, n_messages: u64) -> anyhow::Result<Vec<Duration>> {
        let since = self.now();
        for visitor in &mut self.visitors {
            visitor.is_back = false;
        }
        let mut took = Vec::with_capacity(self.visitors.len());
        let mut events = Events::with_capacity(4096);
        let mut n_ready = 0;
        while n_ready < self.visitors.len() {
            ensure!(self.now() < since + PATIENCE, "only {n_ready} came back");
            self.poll.poll(&mut events, Some(TICK))?;
            let now = self.now();
            for event in &events {
                let visitor = &mut self.visitors[event.token().0];
                visitor.drive(now, &mut self.context);
            }
            n_ready = 0;
            for number in 0..self.visitors.len() {
                let visitor = &mut self.visitors[number];
                if visitor.client.deadline().is_some_and(|at| at <= now) {
                    visitor.client.tick(now);
                }
                let was_back = visitor.is_back;
                visitor.perform(number, self.address, &self.poll)?;
                visitor.listen()?;
                if visitor.is_back && !was_back {
                    if took.is_empty() {
                        visitor.speak(now, n_messages)?;
                    }
                    took.push(now - since);
                }
                n_ready += usize::from(visitor.is_back && visitor.n_heard == n_messages);
            }
        }
        Ok(took)
    }
}

impl Visitor {
    /// Reads and writes as far as it goes.
    fn drive(&mut self, now: Duration, context: &mut DecodeContext) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        match socket.exchange(context) {
            Ok(heard) => {
                if heard.is_open {
                    self.client.opened(now);
                }
                for text in heard.texts {
                    self.client.received(now, &text);
                }
                if let Some(code) = heard.closed {
                    self.socket = None;
                    self.client.closed(now, code, "");
                }
            }
            Err(_) => {
                self.socket = None;
                self.client.closed(now, LOST, "lost");
            }
        }
    }

    /// Does what the client wants done.
    fn perform(&mut self, number: usize, address: SocketAddr, poll: &Poll) -> anyhow::Result<()> {
        while let Some(effect) = self.client.poll_effect() {
            match effect {
                Effect::Open => {
                    let mut socket = Socket::connect(address)?;
                    let both = Interest::READABLE | Interest::WRITABLE;
                    poll.registry()
                        .register(&mut socket.tcp, Token(number), both)?;
                    self.socket = Some(socket);
                }
                Effect::Send(text) => {
                    if let Some(socket) = &mut self.socket {
                        socket.send(&Frame::text(&text).masked(MASK).to_bytes());
                    }
                }
                Effect::Close => self.socket = None,
            }
        }
        Ok(())
    }

    fn listen(&mut self) -> anyhow::Result<()> {
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Subscribed { .. } => self.is_back = true,
                Event::Connecting { .. } => self.is_back = false,
                Event::Publication { publication, .. } => {
                    self.n_heard += 1;
                    let offset = publication.offset;
                    ensure!(
                        offset == self.n_heard,
                        "heard {offset}, not {}",
                        self.n_heard
                    );
                }
                Event::Gap { .. } | Event::Unsubscribed { .. } | Event::Disconnected(_) => {
                    anyhow::bail!("lost something: {event:?}")
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Says what is missing to so many messages.
    fn speak(&mut self, now: Duration, n_messages: u64) -> anyhow::Result<()> {
        for number in n_messages - N_MESSAGES + 1..=n_messages {
            let data = format!(r#"{{"sender":"m","message":"words","id":"m-{number}"}}"#);
            let data = RawValue::from_string(data)?;
            self.client
                .publish(now, CHANNEL, data)
                .map_err(|_| anyhow::anyhow!("too much waits to be said"))?;
        }
        Ok(())
    }
}

/// What came from a socket.
#[derive(Default)]
struct Heard {
    is_open: bool,
    texts: Vec<String>,
    closed: Option<u16>,
}

impl Socket {
    fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let tcp = TcpStream::connect(address)
            .context("no more sockets; see `ulimit -n` and the local ports")?;
        let unsent = format!(
            "GET /connection/websocket HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n"
        );
        Ok(Self {
            tcp,
            decoder: Decoder::new(Role::Client, Compression::Off),
            head: Some(Vec::new()),
            unsent: unsent.into_bytes(),
        })
    }

    fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
        // What goes wrong is met again where it is read.
        let _ = self.flush();
    }

    fn flush(&mut self) -> std::io::Result<()> {
        while !self.unsent.is_empty() {
            match self.tcp.write(&self.unsent) {
                Ok(n) => drop(self.unsent.drain(..n)),
                Err(error) if is_later(error.kind()) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn exchange(&mut self, context: &mut DecodeContext) -> anyhow::Result<Heard> {
        self.flush()?;
        let mut heard = Heard::default();
        let mut buffer = [0; 64 << 10];
        loop {
            let n = match self.tcp.read(&mut buffer) {
                Ok(0) => {
                    heard.closed.get_or_insert(LOST);
                    return Ok(heard);
                }
                Ok(n) => n,
                Err(error) if is_later(error.kind()) => return Ok(heard),
                Err(error) => return Err(error.into()),
            };
            let mut input = &mut buffer[..n];
            if let Some(head) = &mut self.head {
                head.extend_from_slice(input);
                let end = head.windows(4).position(|four| four == b"\r\n\r\n");
                let Some(end) = end else { continue };
                ensure!(
                    head.starts_with(b"HTTP/1.1 101"),
                    "the handshake is refused"
                );
                // What came behind the head came with this read.
                let behind = head.len() - end - 4;
                input = &mut buffer[n - behind..n];
                self.head = None;
                heard.is_open = true;
            }
            while let Some(message) = self.decoder.decode(&mut input, context)? {
                match message {
                    Message::Text(text) => heard.texts.push(text.to_owned()),
                    Message::Close(close) => {
                        heard.closed = Some(close.map_or(LOST, |close| close.code.0));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Whether a socket is only not ready yet.
fn is_later(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::NotConnected | ErrorKind::Interrupted
    )
}
