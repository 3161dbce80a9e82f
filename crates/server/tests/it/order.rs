use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::Value;
use websocket::{Compression, DecodeContext, Decoder, Frame, Limits, Message, Role};

use crate::client::Client;
use crate::raw::{MASK, Raw};
use crate::server::{PATIENCE, TestServer};

const N_SOCKETS: usize = 1000;
const N_PUBLISHERS: usize = 8;
const N_MESSAGES: usize = 10_000;

/// Messages on their way at once, so that the test needs little memory.
const WINDOW: usize = 500;

#[test]
fn a_thousand_sockets_hear_ten_thousand_messages_once_in_one_order() {
    let server = TestServer::start_with(|options| {
        options.limits.message_rate.per_second = 0;
        options.limits.queue_bytes_max = 64 << 20;
        // Listeners only listen: they answer no ping, for an hour.
        options.limits.ping_interval = Duration::from_secs(3601);
        options.limits.pong_timeout = Duration::from_secs(3600);
    });
    let mut crowd = Crowd::join(&server);
    let mut n_sent = 0;
    while n_sent < N_MESSAGES {
        while n_sent < N_MESSAGES && n_sent - crowd.n_heard() < WINDOW {
            crowd.say(n_sent % N_PUBLISHERS, &(n_sent / N_PUBLISHERS).to_string());
            n_sent += 1;
        }
        crowd.listen();
    }
    crowd.listen_until(N_MESSAGES);
    // A message that came twice would stand before this one.
    crowd.say(0, "end");
    crowd.listen_until(N_MESSAGES + 1);

    let first = &crowd.listeners[0];
    for listener in &crowd.listeners {
        assert_eq!(listener.n_heard, N_MESSAGES + 1);
        assert_eq!(listener.digest.finish(), first.digest.finish());
    }
    crowd.witness.check();
}

#[test]
fn what_fills_several_turns_is_told_in_order_and_before_it_is_answered() {
    const N_FLOOD: usize = 60;
    // A turn takes a quarter of the queue: some twenty of these messages.
    let server = TestServer::limited(|limits| limits.queue_bytes_max = 64 << 10);
    let mut publisher = Raw::upgrade(&server, "/connection/websocket");
    let mut listener = Client::join(&server, "/rooms/flood");
    let ask = |command: &str| Frame::text(command).masked(MASK).to_bytes();
    publisher.send(ask(r#"{"id":1,"connect":{}}"#));
    publisher.send(ask(r#"{"id":2,"subscribe":{"channel":"room:flood"}}"#));
    assert!(publisher.hear()["connect"].is_object());
    assert!(publisher.hear()["subscribe"].is_object());

    let text = "x".repeat(500);
    let commands = (0..N_FLOOD).map(|n| {
        let id = n + 3;
        let data = format!(r#"{{"sender":"Mo","message":"{n} {text}"}}"#);
        format!(r#"{{"id":{id},"publish":{{"channel":"room:flood","data":{data}}}}}"#)
    });
    publisher.send(ask(&commands.collect::<Vec<_>>().join("\n")));
    let (mut n_heard, mut n_answered) = (0, 0);
    while n_answered < N_FLOOD {
        let heard = publisher.hear();
        if let Some(id) = heard["id"].as_u64() {
            assert!(heard["publish"].is_object(), "{heard}");
            assert_eq!(id as usize, n_answered + 3);
            n_answered += 1;
            assert!(n_answered <= n_heard, "answered before it was told");
        } else {
            n_heard += 1;
            assert_eq!(heard["push"]["pub"]["offset"], n_heard);
        }
    }
    for n in 0..N_FLOOD {
        assert!(listener.hear_message().starts_with(&format!("{n} ")));
    }
}

/// All sockets, on one thread.
struct Crowd {
    poll: Poll,
    events: Events,
    listeners: Vec<Listener>,
    context: DecodeContext,
    scratch: Vec<u8>,
    witness: Witness,
    last_news: Instant,
}

/// One socket; what it hears is folded into a number.
struct Listener {
    tcp: TcpStream,
    decoder: Decoder,
    n_heard: usize,
    digest: DefaultHasher,
}

/// What the first socket hears, word by word.
#[derive(Default)]
struct Witness {
    n_heard: u64,
    /// The number of the next message of each publisher.
    next: HashMap<String, usize>,
    last: String,
}

impl Crowd {
    fn join(server: &TestServer) -> Self {
        let poll = Poll::new().unwrap();
        let listener = |index| {
            let tcp = Raw::upgrade(server, "/rooms/square").into_tcp();
            tcp.set_nonblocking(true).unwrap();
            let mut tcp = TcpStream::from_std(tcp);
            let interest = Interest::READABLE;
            poll.registry()
                .register(&mut tcp, Token(index), interest)
                .unwrap();
            Listener {
                tcp,
                decoder: Decoder::new(Role::Client, Compression::Off),
                n_heard: 0,
                digest: DefaultHasher::new(),
            }
        };
        Self {
            listeners: (0..N_SOCKETS).map(listener).collect(),
            poll,
            events: Events::with_capacity(N_SOCKETS),
            context: DecodeContext::new(Limits::default()),
            scratch: vec![0; 64 << 10],
            witness: Witness::default(),
            last_news: Instant::now(),
        }
    }

    /// How much has been heard by the one who has heard least.
    fn n_heard(&self) -> usize {
        let n_heard = self.listeners.iter().map(|listener| listener.n_heard);
        n_heard.min().unwrap()
    }

    fn say(&mut self, publisher: usize, message: &str) {
        let object = format!(r#"{{"sender":"p{publisher}","message":"{message}"}}"#);
        let frame = Frame::text(&object).masked(MASK).to_bytes();
        let tcp = &mut self.listeners[publisher].tcp;
        assert_eq!(tcp.write(&frame).unwrap(), frame.len());
    }

    /// Waits for something to read, and reads it.
    fn listen(&mut self) {
        self.poll.poll(&mut self.events, Some(PATIENCE)).unwrap();
        if !self.events.is_empty() {
            self.last_news = Instant::now();
        }
        assert!(
            self.last_news.elapsed() < PATIENCE,
            "nothing comes any more"
        );
        for event in &self.events {
            let index = event.token().0;
            let witness = (index == 0).then_some(&mut self.witness);
            self.listeners[index].read(&mut self.scratch, &mut self.context, witness);
        }
    }

    fn listen_until(&mut self, n_messages: usize) {
        while self.n_heard() < n_messages {
            self.listen();
        }
    }
}

impl Listener {
    fn read(
        &mut self,
        scratch: &mut [u8],
        context: &mut DecodeContext,
        mut witness: Option<&mut Witness>,
    ) {
        loop {
            let n_bytes = match self.tcp.read(scratch) {
                Ok(0) => panic!("the server hung up"),
                Ok(n_bytes) => n_bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("{error}"),
            };
            let mut input = &mut scratch[..n_bytes];
            while let Some(message) = self.decoder.decode(&mut input, context).unwrap() {
                match message {
                    Message::Text(text) => {
                        self.n_heard += 1;
                        self.digest.write(text.as_bytes());
                        if let Some(witness) = &mut witness {
                            witness.hear(text);
                        }
                    }
                    Message::Ping(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}

impl Witness {
    fn hear(&mut self, text: &str) {
        let heard: Value = serde_json::from_str(text).unwrap();
        self.n_heard += 1;
        assert_eq!(heard["offset"], self.n_heard);
        let message = heard["message"].as_str().unwrap();
        if message != "end" {
            let sender = heard["sender"].as_str().unwrap();
            let next = self.next.entry(sender.to_owned()).or_default();
            assert_eq!(message, next.to_string(), "of {sender}");
            *next += 1;
        }
        self.last = message.to_owned();
    }

    fn check(&self) {
        assert_eq!(self.last, "end");
        assert_eq!(self.next.len(), N_PUBLISHERS);
        for n_heard in self.next.values() {
            assert_eq!(*n_heard, N_MESSAGES / N_PUBLISHERS);
        }
    }
}
