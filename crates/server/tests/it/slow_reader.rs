use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use server::Limits;
use socket2::{Domain, Socket, Type};
use websocket::{CloseCode, Frame};

use crate::app::App;
use crate::client::Client;
use crate::raw::Raw;
use crate::server::{PATIENCE, TestServer, each_way_limited};

/// More than the kernel takes for one socket by itself, in messages.
const N_MESSAGES: usize = 400;
const MESSAGE_BYTES: usize = 60_000;

/// A connection for which the kernel keeps little.
pub(crate) fn narrow_connection(server: &TestServer) -> Raw {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&server.address().into()).unwrap();
    Raw::over(server, server.over(TcpStream::from(socket)))
}

fn narrow(server: &TestServer) -> Raw {
    let mut raw = narrow_connection(server);
    raw.send(raw.handshake("/", ""));
    raw.expect_switch();
    raw
}

/// Limits that a slow reader soon meets.
fn narrow_limits(limits: &mut Limits) {
    limits.message_rate.per_second = 0;
    limits.queue_bytes_max = 256 << 10;
    limits.close_timeout = Duration::from_secs(1);
}

#[test]
fn a_slow_reader_is_closed_with_1013_and_others_get_everything() {
    let patient = |limits: &mut Limits| {
        narrow_limits(limits);
        limits.close_timeout = PATIENCE;
    };
    each_way_limited(patient, |server| {
        let mut slow = narrow(server);
        let mut sender = Client::join(server, "/");
        let mut fast = [Client::join(server, "/"), Client::join(server, "/")];
        let mut message = vec![0; MESSAGE_BYTES];
        for n in 0..N_MESSAGES {
            message[..8].copy_from_slice(&n.to_be_bytes());
            sender.send_binary(&message);
            for reader in &mut fast {
                assert!(reader.hear_binary() == message, "message {n} is another");
            }
        }
        // What it gets is whole and in order, up to where it was given up.
        let mut n_got = 0_usize;
        let last = loop {
            let frame = slow.frame();
            if frame.first != 0x82 {
                break frame;
            }
            assert_eq!(frame.payload.len(), MESSAGE_BYTES);
            assert_eq!(frame.payload[..8], n_got.to_be_bytes());
            n_got += 1;
        };
        assert!(n_got < N_MESSAGES);
        assert_eq!(last.first, 0x88);
        assert_eq!(last.payload[..2], 1013_u16.to_be_bytes());
        slow.send_frame(Frame::close(CloseCode::TRY_AGAIN_LATER, ""));
        slow.expect_end();
        server.wait_for_connections(3);
    });
}

#[test]
fn a_reader_that_never_reads_is_dropped() {
    each_way_limited(narrow_limits, |server| {
        let dead = narrow(server);
        let mut sender = Client::join(server, "/");
        let mut other = Client::join(server, "/");
        for _ in 0..N_MESSAGES {
            sender.send_binary(&[0; MESSAGE_BYTES]);
            other.hear_binary();
        }
        server.wait_for_connections(2);
        drop(dead);
    });
}

/// Its close cannot be answered, as so much waits before the answer.
#[test]
fn a_reader_that_closes_and_never_reads_is_dropped_at_the_deadline() {
    let roomy = |limits: &mut Limits| {
        narrow_limits(limits);
        limits.queue_bytes_max = 2 * N_MESSAGES * MESSAGE_BYTES;
        // No ping is what ends it.
        limits.ping_interval = Duration::from_secs(3_600);
    };
    each_way_limited(roomy, |server| {
        let mut dead = narrow(server);
        let mut sender = Client::join(server, "/");
        let mut other = Client::join(server, "/");
        for _ in 0..N_MESSAGES {
            sender.send_binary(&[0; MESSAGE_BYTES]);
            other.hear_binary();
        }
        dead.send_frame(Frame::close(CloseCode::NORMAL, ""));
        server.wait_for_connections(2);
        drop(dead);
    });
}

/// In its rooms lies many times what may wait for it, and it reads nothing
/// before the last of them has answered.
#[test]
fn who_comes_back_to_many_rooms_is_not_closed_for_what_it_missed() {
    const N_ROOMS: usize = 60;
    const N_EACH: u64 = 10;
    let server = TestServer::limited(narrow_limits);
    let rooms: Vec<_> = (0..N_ROOMS).map(|n| format!("room:r{n}")).collect();
    let words = "x".repeat(15_000);
    let mut speaker = App::connect(&server);
    for room in &rooms {
        speaker.expect("subscribe", json!({"channel": room, "join_leave": true}));
        speaker.push();
        for _ in 0..N_EACH {
            speaker.publish(room, &words);
            speaker.publication();
        }
    }

    let mut slow = App::over_connection(narrow_connection(&server));
    slow.expect("connect", json!({}));
    let subscribe = |(n, room): (usize, &String)| {
        let request = json!({"channel": room, "recover": true, "offset": 0, "epoch": ""});
        json!({"id": 100 + n, "subscribe": request})
    };
    slow.say(&rooms.iter().enumerate().map(subscribe).collect::<Vec<_>>());
    while speaker.push()["channel"] != rooms[N_ROOMS - 1] {}

    let mut heard = vec![0; N_ROOMS];
    while heard != [N_EACH; N_ROOMS] {
        let message = slow.hear_or_close().expect("it is not closed");
        let reply = message["id"].as_u64().map(|id| id as usize - 100);
        let pushed = &message["push"];
        let room = reply.or_else(|| rooms.iter().position(|room| pushed["channel"] == **room));
        let recovered = message["subscribe"]["publications"].as_array();
        for publication in recovered.into_iter().flatten().chain([&pushed["pub"]]) {
            if let Some(offset) = publication["offset"].as_u64() {
                let heard = &mut heard[room.unwrap()];
                assert_eq!(offset, *heard + 1);
                *heard = offset;
            }
        }
    }
}

#[test]
fn a_flood_of_pings_fills_the_queue_of_who_sends_it() {
    let server = TestServer::limited(narrow_limits);
    let mut other = Client::join(&server, "/");
    let mut flood = narrow(&server);
    let ping = Frame::ping(&[0; 125]).masked(crate::raw::MASK).to_bytes();
    let pings = ping.repeat(1000);
    while flood.try_send(&pings) {}
    server.wait_for_connections(1);
    other.echo("fence");
}
