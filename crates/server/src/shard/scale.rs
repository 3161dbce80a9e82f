//! The structures of one shard with as many connections as one likes, since
//! their sockets are stand-ins that only count: what a connection takes, and
//! that a broadcast costs each member the same however many there are.
//!
//! `cargo xtask scale` goes up to a million and prints what it measured; the
//! test asserts what is no matter of the machine.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use engine::log::MemoryLog;
use engine::{ChannelName, Data, Engine, Namespace, Publication, ShardId, Start};
use protocol::Language;
use slab::Slab;

use super::connection::Connection;
use super::desk::Desk;
use super::fan_out::fan_out;
use crate::delivery::Delivery;
use crate::door::{Arrival, Permits, Target, Welcome};
use crate::identity::Tokens;
use crate::keeper::Keeper;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::transport::Transport;

/// Bytes of the heap that an idle connection may take, with all that the
/// shard knows of it.
const BYTES_MAX: usize = 640;

/// Broadcasts, of which the fastest counts.
const ROUNDS: usize = 5;

#[test]
fn memory_follows_the_connections_and_a_broadcast_reaches_each_once() {
    let connections_max = std::env::var("PALABRE_SCALE")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(100_000);
    println!("connections  bytes each  broadcast, ns each");
    for n in [10_000, 100_000, 1_000_000] {
        if n <= connections_max {
            measure(n);
        }
    }
}

fn measure(n: usize) {
    let before = resident_bytes();
    let mut crowd = Crowd::of(n);
    let bytes_each = (resident_bytes().saturating_sub(before)) / n;
    let mut fastest_ns = u128::MAX;
    for round in 1..=ROUNDS {
        let start = Instant::now();
        let bytes = crowd.broadcast(round as u64);
        fastest_ns = fastest_ns.min(start.elapsed().as_nanos() / n as u128);
        assert!(crowd.all_have_heard(bytes), "round {round}");
    }
    println!("{n:>11}  {bytes_each:>10}  {fastest_ns:>18}");
    assert!(
        bytes_each <= BYTES_MAX,
        "{bytes_each} bytes for each of {n}"
    );
}

/// The members of one room, all on one shard.
struct Crowd {
    desk: Desk,
    connections: Slab<Box<Connection>>,
    /// What each socket has been given so far.
    bytes_each: usize,
}

impl Crowd {
    fn of(n: usize) -> Self {
        let engine = Engine::new(Arc::new(MemoryLog::new(1)));
        let identities = Tokens::new(&[0; 32], None);
        let metrics = Metrics::new(1, None);
        let (shared, _) =
            crate::share(engine, None, identities, Limits::default(), metrics, 1).unwrap();
        let keeper = Keeper::start(&shared, None).unwrap();
        let desk = Desk::new(
            ShardId(0),
            Arc::clone(&shared),
            keeper.reads(),
            keeper.calls(),
        );
        let permits = Permits::new(Some(n));
        let mut crowd = Self {
            desk,
            connections: Slab::new(),
            bytes_each: GREETING.len(),
        };
        for slot in 0..n {
            crowd.seat(slot as u32, &permits);
        }
        crowd
    }

    fn seat(&mut self, slot: u32, permits: &Permits) {
        let channel = ChannelName::new(Namespace::Room, "square").unwrap();
        let arrival = Arrival {
            transport: Transport::StandIn(0),
            early: Vec::new(),
            peer: ([127, 0, 0, 1], 1).into(),
            permit: permits.take().unwrap(),
            welcome: Welcome {
                greeting: GREETING.into(),
                target: Target::Plain {
                    channel,
                    name: None,
                    start: Start::Now,
                },
                language: Language::default(),
                deflated: false,
            },
        };
        let (mut connection, _) = Connection::new(arrival, slot, slot, &mut self.desk).unwrap();
        connection.flush(&mut self.desk);
        self.desk.to_flush.clear();
        assert_eq!(self.connections.insert(Box::new(connection)), slot as usize);
    }

    /// Tells everybody something; returns how many bytes that is.
    fn broadcast(&mut self, offset: u64) -> usize {
        let name = ChannelName::new(Namespace::Room, "square").unwrap();
        let channel = self.desk.shared.engine.find(&name).unwrap();
        let json = format!(r#"{{"sender":"Mo","message":"{}"}}"#, "x".repeat(100));
        let bytes = 2 + 2 + json.len() + r#","offset":1"#.len();
        let publication = Publication {
            channel,
            offset: Some(offset),
            data: Data::Json {
                json: json.into(),
                info: None,
            },
        };
        let delivery = Arc::new(Delivery::new(Arc::new(publication)));
        fan_out(&[delivery], &mut self.desk, &mut self.connections);
        bytes
    }

    fn all_have_heard(&mut self, bytes: usize) -> bool {
        self.bytes_each += bytes;
        let mut connections = self.connections.iter();
        connections.all(|(_, one)| one.has_been_given(self.bytes_each))
    }
}

const GREETING: &str = "HTTP/1.1 101 Switching Protocols\r\n\r\n";

/// Memory that the process has for itself, in bytes.
fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    let kib = line
        .and_then(|line| line.split_whitespace().nth(1))
        .unwrap();
    kib.parse::<usize>().unwrap() << 10
}
