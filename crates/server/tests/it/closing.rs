use std::time::Duration;

use websocket::{CloseCode, Frame};

use crate::client::Client;
use crate::raw::{MASK, Raw};
use crate::server::{TestServer, each_way};

#[test]
fn a_close_is_answered_with_its_code_and_the_end() {
    each_way(|server| {
        for (code, reason) in [
            (1000, "bye"),
            (1001, ""),
            (1011, "é"),
            (3000, ""),
            (4999, "x"),
        ] {
            let client = Client::join(server, "/");
            assert_eq!(client.close(Some((code, reason))), Some(code));
        }
        assert_eq!(Client::join(server, "/").close(None), None);

        let mut raw = Raw::upgrade(server, "/");
        raw.send_frame(Frame::close(CloseCode::NORMAL, "bye"));
        assert_eq!(raw.expect_close(), Some(1000));
        raw.expect_end();
        server.wait_for_connections(0);
    });
}

#[test]
fn what_was_said_before_a_close_is_heard() {
    let server = TestServer::start();
    let mut other = Client::join(&server, "/");
    for n in 0..50 {
        let mut lea = Client::join(&server, "/");
        lea.say("Léa", &n.to_string());
        // The echo may come before the answer to the close, or not at all.
        lea.vanish();
        assert_eq!(other.hear_message(), n.to_string());
    }
}

#[test]
fn stop_tells_everyone_1001_and_returns() {
    each_way(|server| {
        // The borrowed one is only looked at; this one is stopped.
        let stopped = match server.is_secure() {
            true => TestServer::secure(),
            false => TestServer::start(),
        };
        let mut clients: Vec<_> = (0..20).map(|_| Client::join(&stopped, "/")).collect();
        let idle_page = Raw::connect(&stopped).get("/health");
        assert_eq!(idle_page.status, 200);
        let address = stopped.address();
        let told = std::thread::spawn(move || {
            for client in &mut clients {
                assert_eq!(client.closed(), Some(1001));
            }
        });
        stopped.stop();
        told.join().unwrap();
        assert!(std::net::TcpStream::connect(address).is_err());
    });
}

#[test]
fn stop_does_not_wait_for_ever_for_an_answer() {
    let server = TestServer::limited(|limits| limits.close_timeout = Duration::from_secs(1));
    let mut deaf = Raw::upgrade(&server, "/");
    let mut polite = Client::join(&server, "/");
    let told = std::thread::spawn(move || assert_eq!(polite.closed(), Some(1001)));
    server.stop();
    told.join().unwrap();
    assert_eq!(deaf.expect_close(), Some(1001));
    deaf.expect_end();
}

#[test]
fn nothing_is_sent_behind_a_close() {
    let server = TestServer::limited(|limits| {
        limits.close_timeout = Duration::from_secs(1);
        limits.message_rate.burst = 20;
    });
    let flood = Frame::binary(b"flood").masked(MASK).to_bytes().repeat(1000);
    for (offence, code) in [(b"\x81\x00".as_slice(), 1002), (&flood, 1008)] {
        // The neighbours on both shards talk on.
        let mut others = [Client::join(&server, "/"), Client::join(&server, "/")];
        let mut closed = [Raw::upgrade(&server, "/"), Raw::upgrade(&server, "/")];
        for raw in &mut closed {
            raw.send(offence);
            assert_eq!(raw.expect_close(), Some(code));
        }
        for _ in 0..10 {
            let said = others[0].echo_in_noise("m");
            assert_eq!(others[1].hear_text_in_noise(), said);
        }
        for raw in &mut closed {
            raw.expect_end();
        }
    }
}

#[test]
fn who_does_not_answer_a_close_is_dropped_at_the_deadline() {
    let server = TestServer::limited(|limits| limits.close_timeout = Duration::from_secs(1));
    // A fault of the frames is answered, and the rest of the stream thrown
    // away; this peer neither hangs up nor says anything.
    let mut deaf = Raw::upgrade(&server, "/");
    deaf.send(b"\x81\x00");
    assert_eq!(deaf.expect_close(), Some(1002));
    server.wait_for_connections(0);
    deaf.expect_end();
}

#[test]
fn who_vanishes_is_no_longer_counted() {
    each_way(|server| {
        let mut other = Client::join(server, "/");
        for _ in 0..3 {
            let crowd: Vec<_> = (0..50).map(|_| Client::join(server, "/")).collect();
            for mut client in crowd {
                client.say("Léa", "killed after this");
                client.vanish();
            }
            for _ in 0..50 {
                other.hear();
            }
            server.wait_for_connections(1);
        }
    });
}

#[test]
fn a_stream_that_ends_inside_a_frame_is_noticed() {
    each_way(|server| {
        for cut in 1..40 {
            let frame = Frame::text(r#"{"message":"killed mid-sentence"}"#).masked([1, 2, 3, 4]);
            let mut raw = Raw::upgrade(server, "/");
            raw.send(&frame.to_bytes()[..cut]);
            raw.shut_down_writing();
            raw.wait_for_end();
        }
        server.wait_for_connections(0);
    });
}

#[test]
fn a_stream_that_ends_behind_the_handshake_is_noticed() {
    let server = TestServer::start();
    for _ in 0..50 {
        let mut raw = Raw::connect(&server);
        raw.send(raw.handshake("/", ""));
        raw.shut_down_writing();
        raw.wait_for_end();
    }
    server.wait_for_connections(0);
}
