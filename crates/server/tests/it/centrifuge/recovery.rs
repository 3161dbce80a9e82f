//! Coming back to a channel, and reading what was said there.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::App;
use crate::server::TestServer;
use crate::slow_reader::narrow_connection;

/// A server on which nobody speaks too fast.
fn patient() -> TestServer {
    TestServer::limited(|limits| limits.message_rate.per_second = 0)
}

/// Somebody who has said so many messages in a room, from 1 on.
fn speaker(server: &TestServer, channel: &str, n_messages: u64) -> App {
    let mut app = App::connect(server);
    app.subscribe(channel);
    for number in 1..=n_messages {
        app.publish(channel, &number.to_string());
        app.publication();
    }
    app
}

/// Comes back to a channel; returns the reply.
fn come_back(
    server: &TestServer,
    channel: &str,
    offset: u64,
    epoch: &str,
    flag: u32,
) -> (App, Value) {
    let mut app = App::connect(server);
    let reply = app.ask(
        "subscribe",
        json!({"channel": channel, "recover": true, "offset": offset, "epoch": epoch, "flag": flag}),
    );
    (app, reply)
}

fn offsets(result: &Value) -> Vec<u64> {
    let publications = result["publications"].as_array().into_iter().flatten();
    publications
        .map(|one| one["offset"].as_u64().unwrap())
        .collect()
}

fn epoch_of(app: &mut App, channel: &str) -> String {
    let history = app.expect("history", json!({ "channel": channel }));
    history["epoch"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_missed_comes_with_the_reply() {
    let server = patient();
    let mut speaker = speaker(&server, "room:a", 20);
    let epoch = epoch_of(&mut speaker, "room:a");
    for (n_missed, epoch) in [
        (0, &*epoch),
        (1, &epoch),
        (7, &epoch),
        (20, &epoch),
        (7, ""),
    ] {
        let from = 20 - n_missed;
        let (_, reply) = come_back(&server, "room:a", from, epoch, 2);
        let result = &reply["subscribe"];
        assert_eq!(offsets(result), (from + 1..=20).collect::<Vec<_>>());
        assert_eq!(
            (&result["recovered"], &result["was_recovering"]),
            (&json!(true), &json!(true))
        );
        assert_eq!(
            result["offset"].as_u64().unwrap_or(0),
            from,
            "the one that was named"
        );
    }
    let (_, reply) = come_back(&server, "room:never", 0, "", 2);
    assert_eq!(
        reply["subscribe"]["recovered"], true,
        "nothing is missing from nothing"
    );
    assert_eq!(reply["subscribe"]["offset"], Value::Null);
    let mut other = App::connect(&server);
    let first_time = other.subscribe("room:a");
    assert_eq!(first_time["offset"], 20);
    assert_eq!(
        (&first_time["recovered"], &first_time["was_recovering"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn what_cannot_be_recovered_goes_on_from_the_top() {
    let server = patient();
    let mut speaker = speaker(&server, "room:a", 5);
    let epoch = epoch_of(&mut speaker, "room:a");
    for (offset, epoch) in [(4, "other"), (6, &*epoch), (u64::MAX >> 11, ""), (0, "_")] {
        let (mut app, reply) = come_back(&server, "room:a", offset, epoch, 1);
        let result = &reply["subscribe"];
        assert_eq!(
            (&result["recovered"], &result["was_recovering"]),
            (&Value::Null, &json!(true))
        );
        assert_eq!((offsets(result), &result["offset"]), (vec![], &json!(5)));
        app.ask("publish", json!({"channel": "live:x"}));
        let top = app.expect("history", json!({"channel": "room:a"}))["offset"].clone();
        assert_eq!(top, 5, "subscribed all the same");
    }
    let (_, live) = come_back(&server, "live:a", 7, "x", 2);
    assert_eq!(live["subscribe"], json!({}), "there is nothing to recover");
}

#[test]
fn who_wants_no_gap_gets_no_subscription() {
    let server = patient();
    // It stays: when the server notices that one is gone is not told.
    let _speaker = speaker(&server, "room:a", 5);
    let (mut app, reply) = come_back(&server, "room:a", 9, "", 2);
    assert_eq!(reply["error"]["code"], 112);
    let channel = json!({"channel": "room:a"});
    assert_eq!(app.refused("presence", channel.clone()), 103);
    app.subscribe("room:a");
    assert_eq!(app.expect("presence_stats", channel)["num_clients"], 2);
}

#[test]
fn who_subscribes_in_a_storm_misses_nothing() {
    const LAST: u64 = 1500;
    let server = patient();
    let mut first = speaker(&server, "room:a", 1);
    let epoch = epoch_of(&mut first, "room:a");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 2..=LAST {
                first.publish("room:a", &number.to_string());
            }
        });
        // From the beginning, and from somewhere in it.
        for n in 0..20_u64 {
            let (server, epoch) = (&server, &epoch);
            scope.spawn(move || {
                let (mut app, reply) = come_back(server, "room:a", n % 2, epoch, 2);
                let result = &reply["subscribe"];
                let mut next = n % 2 + 1;
                for offset in offsets(result) {
                    assert_eq!(offset, next);
                    next += 1;
                }
                while next <= LAST {
                    let publication = app.publication();
                    assert_eq!(publication["offset"], next);
                    assert_eq!(publication["data"]["message"], next.to_string());
                    next += 1;
                }
            });
        }
    });
}

#[test]
fn what_a_feed_dropped_cannot_be_recovered() {
    const KEY: &str = "0123456789abcdef0123456789abcdef";
    const KEPT: u64 = 4;
    let server = TestServer::start_with(|options| {
        options.api_key = Some(KEY.into());
        // Four publications of two bytes, with what is counted beside each.
        options.limits.feeds_bytes_max = KEPT as usize * (256 + 2);
    });
    for _ in 0..10 {
        crate::api::publish(&server, "feed:a", &json!({}));
    }
    for n_missed in 0..=KEPT {
        let (_, reply) = come_back(&server, "feed:a", 10 - n_missed, "", 2);
        assert_eq!(offsets(&reply["subscribe"]).len() as u64, n_missed);
        assert_eq!(reply["subscribe"]["recovered"], true);
    }
    let (_, reply) = come_back(&server, "feed:a", 10 - KEPT - 1, "", 0);
    let result = &reply["subscribe"];
    assert_eq!(
        (&result["recovered"], &result["offset"]),
        (&Value::Null, &json!(10))
    );
    assert_eq!(offsets(result), Vec::<u64>::new(), "all of it or nothing");
}

#[test]
fn a_restart_begins_feeds_anew_and_rooms_go_on() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("epochs");
    let _ = std::fs::remove_dir_all(&folder);
    let start = || TestServer::start_with(|options| options.data = Some(folder.clone()));
    let epochs = |server: &TestServer| {
        let mut app = speaker(server, "room:a", 1);
        app.subscribe("feed:a");
        (epoch_of(&mut app, "room:a"), epoch_of(&mut app, "feed:a"))
    };
    let first = start();
    let (room, feed) = epochs(&first);
    first.stop();
    let second = start();
    let (_, reply) = come_back(&second, "room:a", 1, &room, 2);
    assert_eq!(reply["subscribe"]["recovered"], true);
    let (_, reply) = come_back(&second, "feed:a", 0, &feed, 0);
    assert_eq!(reply["subscribe"]["recovered"], Value::Null);
    assert_ne!(epochs(&second).1, feed);
}

#[test]
fn history_is_read_every_way() {
    let server = patient();
    let mut app = speaker(&server, "room:a", 5);
    let since = |offset: u64| json!({ "offset": offset });
    let none: &[u64] = &[];
    for (request, expected) in [
        (json!({}), none),
        (json!({"limit": 0, "since": since(2)}), none),
        (json!({"limit": -1}), &[1, 2, 3, 4, 5]),
        (json!({"limit": 2}), &[1, 2]),
        (json!({"limit": 1000}), &[1, 2, 3, 4, 5]),
        (json!({"limit": 2, "reverse": true}), &[5, 4]),
        (json!({"limit": 2, "since": since(2)}), &[3, 4]),
        (json!({"limit": 9, "since": since(0)}), &[1, 2, 3, 4, 5]),
        (json!({"limit": 9, "since": since(5)}), none),
        (
            json!({"limit": 2, "since": since(4), "reverse": true}),
            &[3, 2],
        ),
        (
            json!({"limit": 9, "since": since(1), "reverse": true}),
            none,
        ),
        (
            json!({"limit": 9, "since": since(99), "reverse": true}),
            none,
        ),
    ] {
        let mut request = request;
        request["channel"] = "room:a".into();
        let result = app.expect("history", request.clone());
        assert_eq!(offsets(&result), expected, "{request}");
        assert_eq!(result["offset"], 5);
    }
    for (more, code) in [
        (json!({"limit": 1, "since": since(0), "reverse": true}), 107),
        (
            json!({"limit": 1, "since": {"offset": 1, "epoch": "other"}}),
            112,
        ),
    ] {
        let mut request = more;
        request["channel"] = "room:a".into();
        assert_eq!(app.refused("history", request), code);
    }
}

#[test]
fn a_slow_reader_is_closed_with_3008_and_recovers() {
    const N_MESSAGES: u64 = 300;
    let server = TestServer::limited(|limits| {
        limits.message_rate.per_second = 0;
        limits.queue_bytes_max = 256 << 10;
        limits.close_timeout = Duration::from_secs(30);
    });
    let mut slow = App::over_connection(narrow_connection(&server));
    slow.expect("connect", json!({}));
    slow.subscribe("room:a");
    let mut fast = App::connect(&server);
    fast.subscribe("room:a");
    let words = "x".repeat(15_000);
    for number in 1..=N_MESSAGES {
        fast.publish("room:a", &words);
        assert_eq!(
            fast.publication()["offset"],
            number,
            "nobody waits for the other"
        );
    }
    let mut last = 0;
    let code = loop {
        match slow.hear_or_close() {
            Ok(message) => {
                last += 1;
                assert_eq!(message["push"]["pub"]["offset"], last);
            }
            Err(code) => break code,
        }
    };
    assert_eq!(code, 3008);
    let (mut back, reply) = come_back(&server, "room:a", last, "", 2);
    let n_at_once = offsets(&reply["subscribe"]).len() as u64;
    for offset in last + n_at_once + 1..=N_MESSAGES {
        assert_eq!(back.publication()["offset"], offset);
    }
}
