use std::fs::File;
use std::path::PathBuf;

use crate::client::Client;
use crate::raw::Raw;
use crate::server::{TestServer, each_way};

/// What a client hears of the numbers from one to another.
fn hear_numbers(client: &mut Client, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        let heard = client.hear();
        assert_eq!(heard["message"], number.to_string(), "{heard}");
        assert_eq!(heard["offset"], number);
    }
}

/// An empty data directory of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn who_asks_hears_what_was_said_before_and_then_what_is_said() {
    each_way(|server| {
        let mut mo = Client::join(server, "/rooms/tea");
        for number in 1..=10 {
            mo.echo(&number.to_string());
        }
        let mut last = Client::join(server, "/rooms/tea?history=3");
        let mut since = Client::join(server, "/rooms/tea?since=6");
        let mut all = Client::join(server, "/rooms/tea?since=0");
        let mut more = Client::join(server, "/rooms/tea?history=99");
        let mut nothing = Client::join(server, "/rooms/tea");
        mo.say("Mo", "11");
        hear_numbers(&mut last, 8..=11);
        hear_numbers(&mut since, 7..=11);
        hear_numbers(&mut all, 1..=11);
        hear_numbers(&mut more, 1..=11);
        hear_numbers(&mut nothing, 11..=11);
    });
}

#[test]
fn a_long_history_comes_whole_and_in_order_while_more_is_said() {
    // Longer than what is at hand in memory, and than a page of the log.
    const LONG: u64 = 1000;
    // With nothing in memory, too: then all of it is read from the log.
    for (name, tails_bytes_max) in [("long-history", 64 << 20), ("no-tails", 0)] {
        let server = TestServer::start_with(|options| {
            options.limits.message_rate.per_second = 0;
            options.limits.tails_bytes_max = tails_bytes_max;
            options.data = Some(folder(name));
        });
        let mut mo = Client::join(&server, "/rooms/tea");
        for number in 1..=LONG {
            mo.say("Mo", &number.to_string());
        }
        hear_numbers(&mut mo, 1..=LONG);
        let mut late = Client::join(&server, "/rooms/tea?since=0");
        for number in LONG + 1..=LONG + 100 {
            mo.say("Mo", &number.to_string());
        }
        hear_numbers(&mut late, 1..=LONG + 100);
    }
}

#[test]
fn a_repeat_is_answered_to_its_sender_alone_with_what_is_stored() {
    each_way(|server| {
        let mut lea = Client::join(server, "/rooms/tea");
        let mut mo = Client::join(server, "/rooms/tea");
        lea.send(r#"{"sender":"Léa","message":"once","id":"7"}"#);
        let stored = lea.hear();
        assert_eq!(mo.hear(), stored);
        lea.send(r#"{"sender":"Léa","message":"twice","id":"7"}"#);
        assert_eq!(lea.hear(), stored);
        lea.say("Léa", "then");
        assert_eq!(mo.hear()["message"], "then");
    });
}

#[test]
fn a_restart_keeps_rooms_offsets_and_ids() {
    let data = folder("restart");
    let start = || TestServer::start_with(|options| options.data = Some(data.clone()));
    let server = start();
    let mut lea = Client::join(&server, "/rooms/tea");
    lea.send(r#"{"sender":"Léa","message":"1","id":"7"}"#);
    let stored = lea.hear();
    server.stop();

    let server = start();
    let mut lea = Client::join(&server, "/rooms/tea?since=0");
    assert_eq!(lea.hear(), stored);
    lea.send(r#"{"sender":"Léa","message":"again","id":"7"}"#);
    assert_eq!(lea.hear(), stored);
    assert_eq!(lea.echo("2")["offset"], 2);
}

#[test]
fn of_a_live_channel_nothing_is_kept() {
    let server = TestServer::start();
    let mut mo = Client::join(&server, "/live/game");
    mo.echo("gone");
    let mut late = Client::join(&server, "/live/game?since=0");
    mo.echo("here");
    assert_eq!(late.hear()["message"], "here");
}

#[test]
fn who_wants_a_room_that_cannot_be_read_is_told_so() {
    let folder = folder("unreadable");
    let server = TestServer::start_with(|options| options.data = Some(folder.clone()));
    let mut mo = Client::join(&server, "/rooms/tea");
    mo.echo("1");
    // As when a disk fails: what was written last is not there any more.
    let wal = folder.join("palabre.db-wal");
    let wal = File::options().write(true).open(wal).unwrap();
    wal.set_len(0).unwrap();
    let mut raw = Raw::connect(&server);
    raw.send(raw.handshake("/rooms/rum", ""));
    let response = raw.response();
    assert_eq!(response.status, 503);
    assert_eq!(response.header("retry-after"), "5");
    assert!(response.text().contains("cannot be read now"));
    server.wait_for_connections(1);
    // Where nothing is to be read, nothing is amiss.
    Client::join(&server, "/live/rum").echo("1");
}
