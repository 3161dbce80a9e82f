//! The floor: an epoll loop that does nothing but send.
//!
//! No checks, no JSON, no limits, no pings; one thread. What a real server
//! costs beyond this is what it does for its users.
//!
//! ```text
//! floor PORT            one send per socket and turn, of all that came in it
//! floor PORT each       one send per message and socket
//! floor PORT ring       as the first, its sends by io_uring, 256 in a submission
//! floor PORT echo       to its sender alone, one send per read
//! ```

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use peers::ring::Ring;
use slab::Slab;
use websocket::HandshakeKey;

const LISTENER: Token = Token(usize::MAX);

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Coalesced,
    Each,
    Ring,
    Echo,
}

struct Connection {
    socket: TcpStream,
    upgraded: bool,
    /// What came of an incomplete frame, or head.
    received: Vec<u8>,
    /// What the socket did not take.
    unsent: Vec<u8>,
}

/// What came in a turn, as frames to send.
#[derive(Default)]
struct Turn {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

fn main() -> anyhow::Result<()> {
    let mode = match std::env::args().nth(2).as_deref() {
        Some("each") => Mode::Each,
        Some("ring") => Mode::Ring,
        Some("echo") => Mode::Echo,
        _ => Mode::Coalesced,
    };
    let mut listener = TcpListener::bind(peers::address())?;
    peers::announce(listener.local_addr()?);
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut connections: Slab<Connection> = Slab::new();
    let mut buffer = vec![0; 64 << 10];
    let mut turn = Turn::default();
    let mut ring = (mode == Mode::Ring).then(Ring::new).transpose()?;
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut connections)?;
                continue;
            }
            let number = event.token().0;
            let Some(connection) = connections.get_mut(number) else {
                continue;
            };
            if event.is_writable() {
                connection.flush();
            }
            let open = connection.read(&mut buffer, &mut turn);
            if mode == Mode::Echo {
                connection.send(&turn.bytes);
                turn.clear();
            }
            if !open {
                connections.remove(number);
            }
        }
        if turn.bytes.is_empty() {
            continue;
        }
        if let Some(ring) = &mut ring {
            send_by(ring, &turn.bytes, &mut connections);
            turn.clear();
            continue;
        }
        for (_, connection) in connections.iter_mut().filter(|(_, it)| it.upgraded) {
            match mode {
                Mode::Each => {
                    let mut start = 0;
                    for &end in &turn.ends {
                        connection.send(&turn.bytes[start..end]);
                        start = end;
                    }
                }
                _ => connection.send(&turn.bytes),
            }
        }
        turn.clear();
    }
}

/// One send to each, by the ring.
fn send_by(ring: &mut Ring, bytes: &[u8], connections: &mut Slab<Connection>) {
    let is_ready = |it: &&Connection| it.upgraded && it.unsent.is_empty();
    let ready = connections.iter().map(|(_, it)| it).filter(is_ready);
    let sockets: Vec<_> = ready.map(|it| it.socket.as_fd()).collect();
    let mut taken = ring.send_to_all(&sockets, bytes).iter();
    for (_, connection) in connections.iter_mut().filter(|(_, it)| it.upgraded) {
        let n_taken = match connection.unsent.is_empty() {
            true => *taken.next().expect("one for each"),
            false => 0,
        };
        connection.unsent.extend_from_slice(&bytes[n_taken..]);
    }
}

fn accept(
    listener: &TcpListener,
    poll: &Poll,
    connections: &mut Slab<Connection>,
) -> anyhow::Result<()> {
    while let Ok((mut socket, _)) = listener.accept() {
        socket.set_nodelay(true)?;
        let entry = connections.vacant_entry();
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry()
            .register(&mut socket, Token(entry.key()), both)?;
        entry.insert(Connection {
            socket,
            upgraded: false,
            received: Vec::new(),
            unsent: Vec::new(),
        });
    }
    Ok(())
}

impl Connection {
    /// Reads all there is; whether the connection stays.
    fn read(&mut self, buffer: &mut [u8], turn: &mut Turn) -> bool {
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return false,
                Ok(n) => {
                    if !self.take(&mut buffer[..n], turn) {
                        return false;
                    }
                }
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
    }

    fn take(&mut self, bytes: &mut [u8], turn: &mut Turn) -> bool {
        if self.received.is_empty() && self.upgraded {
            let Some(n) = turn.take(bytes) else {
                return false;
            };
            self.received.extend_from_slice(&bytes[n..]);
            return true;
        }
        self.received.extend_from_slice(bytes);
        if !self.upgraded {
            let Some(end) = self.received.windows(4).position(|it| it == b"\r\n\r\n") else {
                return true;
            };
            let head: Vec<u8> = self.received.drain(..end + 4).collect();
            self.upgrade(&head);
        }
        let mut received = std::mem::take(&mut self.received);
        let Some(n) = turn.take(&mut received) else {
            return false;
        };
        self.received.extend_from_slice(&received[n..]);
        true
    }

    fn upgrade(&mut self, head: &[u8]) {
        let head = String::from_utf8_lossy(head);
        let key = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
            .and_then(|(_, key)| HandshakeKey::parse(key.as_bytes()));
        let Some(key) = key else {
            return;
        };
        let accept = key.accept();
        let accept = String::from_utf8_lossy(&accept);
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        self.upgraded = true;
        self.send(answer.as_bytes());
    }

    fn send(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut sent = 0;
        if self.unsent.is_empty() {
            sent = self.socket.write(bytes).unwrap_or(0);
        }
        self.unsent.extend_from_slice(&bytes[sent..]);
    }

    fn flush(&mut self) {
        if !self.unsent.is_empty() {
            let unsent = std::mem::take(&mut self.unsent);
            self.send(&unsent);
        }
    }
}

impl Turn {
    /// Takes the frames at the front, and makes of each one to send. Returns
    /// how many bytes they were; `None` when the other side closes.
    fn take(&mut self, bytes: &mut [u8]) -> Option<usize> {
        let mut at = 0;
        while let [first, second, rest @ ..] = &mut bytes[at..] {
            let (len, n_length) = match (*second & 0x7f, &rest) {
                (126, [a, b, ..]) => (usize::from(u16::from_be_bytes([*a, *b])), 2),
                (len @ 0..126, _) => (usize::from(len), 0),
                _ => break,
            };
            let Some((key, payload)) = rest
                .get_mut(n_length..)
                .and_then(|it| it.split_first_chunk_mut::<4>())
            else {
                break;
            };
            if payload.len() < len {
                break;
            }
            if *first & 0x0f == 8 {
                return None;
            }
            let payload = &mut payload[..len];
            for (index, byte) in payload.iter_mut().enumerate() {
                *byte ^= key[index % 4];
            }
            self.bytes.push(*first);
            match len {
                0..126 => self.bytes.push(len as u8),
                _ => {
                    self.bytes.push(126);
                    self.bytes.extend((len as u16).to_be_bytes());
                }
            }
            self.bytes.extend_from_slice(payload);
            self.ends.push(self.bytes.len());
            at += 2 + n_length + 4 + len;
        }
        Some(at)
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}
