use std::time::Duration;

use crate::client::Client;
use crate::raw::Raw;
use crate::server::TestServer;

/// The shortest times that a server takes.
fn server() -> TestServer {
    TestServer::limited(|limits| {
        limits.ping_interval = Duration::from_secs(2);
        limits.pong_timeout = Duration::from_secs(1);
    })
}

#[test]
fn a_silent_peer_is_dropped_and_an_answering_one_stays() {
    let server = server();
    let mut silent = [Raw::upgrade(&server, "/"), Raw::upgrade(&server, "/")];
    let answering = [Client::join(&server, "/"), Client::join(&server, "/live/x")];
    std::thread::scope(|scope| {
        for mut client in answering {
            scope.spawn(move || {
                client.answer_pings(3);
                client.echo("still here");
            });
        }
        for silent in &mut silent {
            let ping = silent.any_frame();
            assert_eq!((ping.first, &ping.payload[..]), (0x89, &[][..]));
            silent.expect_end();
        }
    });
}

#[test]
fn any_word_is_as_good_as_a_pong() {
    let server = server();
    let mut raw = Raw::upgrade(&server, "/");
    for _ in 0..2 {
        assert_eq!(raw.any_frame().first, 0x89);
        raw.send(b"\x8a\x80\x01\x02\x03\x04");
        assert_eq!(raw.any_frame().first, 0x89);
        raw.send_frame(websocket::Frame::text(r#"{"message":"m"}"#));
        assert_eq!(raw.hear()["message"], "m");
    }
}

#[test]
fn who_comes_after_a_silence_has_all_the_time_to_answer() {
    let server = server();
    // Arrivals take turns, so these two sit on different shards, and the late
    // one's has slept while the early one got pings.
    let mut early = Client::join(&server, "/");
    early.answer_pings(2);
    early.close(None);
    let mut late = Client::join(&server, "/");
    late.echo("in time");
    late.answer_pings(2);
    late.echo("and still here");
}
