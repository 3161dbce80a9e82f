//! A connection: its frames, how it begins, how it is kept and how it ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{App, in_seconds, sign, trusting};
use crate::server::TestServer;

#[test]
fn one_frame_is_answered_in_its_order() {
    let server = TestServer::start();
    let mut app = App::open(&server);
    let subscribe = |id: u32, channel| json!({"id": id, "subscribe": {"channel": channel}});
    app.say(&[
        json!({"id": 1, "connect": {"name": "js", "flag": 1, "new": {}}}),
        subscribe(2, "room:a"),
        subscribe(3, "live:b"),
        subscribe(4, "feed:c"),
        json!({"id": 5, "publish": {"channel": "live:b", "data": null}}),
        json!({"id": 6, "presence_stats": {"channel": "room:a"}}),
        json!({"id": 7, "unsubscribe": {"channel": "room:a"}}),
        json!({"id": 8, "history": {"channel": "feed:c"}}),
    ]);
    let connect = app.hear();
    assert_eq!(connect["id"], 1);
    assert_eq!(
        (&connect["connect"]["ping"], &connect["connect"]["pong"]),
        (&json!(25), &json!(true))
    );
    let room = app.hear();
    assert_eq!(room["id"], 2);
    assert!(room["subscribe"]["epoch"].is_string(), "{room}");
    assert_eq!(
        app.hear(),
        json!({"id": 3, "subscribe": {}}),
        "nothing is kept"
    );
    assert_eq!(app.hear()["subscribe"]["recoverable"], true);
    assert_eq!(app.hear()["push"]["pub"]["data"], Value::Null);
    assert_eq!(app.hear(), json!({"id": 5, "publish": {}}));
    let stats = json!({"num_clients": 1, "num_users": 1});
    assert_eq!(app.hear(), json!({"id": 6, "presence_stats": stats}));
    assert_eq!(app.hear(), json!({"id": 7, "unsubscribe": {}}));
    let history = app.hear()["history"].clone();
    assert_eq!(
        (&history["publications"], &history["offset"]),
        (&json!([]), &json!(0))
    );
}

#[test]
fn what_is_no_frame_of_commands_closes_with_3501() {
    let server = TestServer::start();
    let mut app = App::open(&server);
    app.send("{\"id\":1,\"connect\":{}}\n");
    assert_eq!(app.hear()["id"], 1, "one line break at the end is fine");
    for frame in [
        "",
        "\n",
        "{\"id\":2,\"rpc\":{}}\n\n{\"id\":3,\"rpc\":{}}",
        "no JSON",
        "[]",
        r#"{"id":2,"ping":{}}"#,
        r#"{"id":2,"subscribe":{"channel":""}}"#,
        r#"{"id":2,"subscribe":{"channel":"room:a","delta":"other"}}"#,
    ] {
        let mut app = App::connect(&server);
        app.send(frame);
        assert_eq!(app.closed_in_the_end(), Some(3501), "{frame}");
    }
}

#[test]
fn connect_comes_first_once_and_in_time() {
    let server = TestServer::limited(|limits| limits.handshake_timeout = Duration::from_secs(1));
    let mut silent = App::open(&server);
    for commands in [
        vec![json!({"id": 1, "presence": {"channel": "room:a"}})],
        vec![
            json!({"id": 1, "connect": {}}),
            json!({"id": 2, "connect": {}}),
        ],
        vec![
            json!({"id": 1, "connect": {}}),
            json!({"subscribe": {"channel": "room:a"}}),
        ],
    ] {
        let mut app = App::open(&server);
        app.say(&commands);
        assert_eq!(app.closed_in_the_end(), Some(3501), "{commands:?}");
    }
    assert_eq!(silent.closed(), 3502);
}

#[test]
fn a_token_that_is_none_closes_with_3500_and_answers_nothing_more() {
    let server = trusting(|_| {});
    let of_a_subscription = sign(&json!({"sub": "42", "channel": "room:a"}));
    for token in ["made.up.here", "x", &of_a_subscription] {
        let mut app = App::open(&server);
        app.say(&[
            json!({"id": 1, "connect": {"token": token}}),
            json!({"id": 2, "subscribe": {"channel": "room:a"}}),
        ]);
        assert_eq!(app.closed(), 3500, "{token}");
    }
}

#[test]
fn a_token_that_has_ended_leaves_a_connection_of_no_use() {
    let server = trusting(|options| options.limits.handshake_timeout = Duration::from_secs(1));
    for claims in [
        json!({"sub": "42", "exp": in_seconds(-1)}),
        json!({"sub": "42", "nbf": in_seconds(100)}),
    ] {
        let connect = json!({"id": 1, "connect": {"token": sign(&claims)}});
        let mut app = App::open(&server);
        app.say(&[
            connect.clone(),
            json!({"id": 2, "rpc": {"method": "rooms"}}),
        ]);
        assert_eq!(app.hear()["error"]["code"], 109);
        app.say(&[json!({"id": 3, "rpc": {"method": "rooms"}})]);
        assert_eq!(app.closed(), 3501, "the rest of its frame was dropped");
        let mut idle = App::open(&server);
        idle.say(&[connect]);
        assert_eq!(idle.hear()["error"]["code"], 109);
        assert_eq!(idle.closed(), 3502);
    }
}

#[test]
fn a_pong_is_owed_for_each_ping_and_for_nothing_else() {
    let server = TestServer::limited(|limits| {
        limits.ping_interval = Duration::from_secs(2);
        limits.pong_timeout = Duration::from_secs(1);
    });
    let mut eager = App::connect(&server);
    eager.send("{}");
    assert_eq!(eager.closed(), 3501, "nothing was asked");

    let start = Instant::now();
    let (mut polite, mut deaf) = (App::connect(&server), App::connect(&server));
    polite.until_ping();
    // Seconds are counted from the server's start: one may be half over.
    let first = start.elapsed();
    assert!(first < Duration::from_millis(2900), "{first:?}");
    polite.send("{}");
    polite.until_ping();
    polite.send("{}\n{}");
    assert_eq!(polite.closed(), 3501, "one answer for each question");
    deaf.until_ping();
    assert_eq!(deaf.closed(), 3012);
}

#[test]
fn nobody_takes_a_send_and_no_call_is_known_but_ours() {
    let server = TestServer::start();
    let mut app = App::connect(&server);
    assert_eq!(app.refused("rpc", json!({"method": "x", "data": [1]})), 108);
    assert_eq!(
        app.refused("subscribe", json!({"channel": "room:a", "type": 1})),
        108
    );
    assert_eq!(
        app.refused("subscribe", json!({"channel": "room:a", "tf": {}})),
        107
    );
    app.subscribe("room:a");
    assert_eq!(
        app.refused("publish", json!({"channel": "room:a"})),
        107,
        "no data"
    );
    app.say(&[json!({"send": {"data": 1}})]);
    assert_eq!(app.closed(), 3508);
}

#[test]
fn a_stop_is_told_with_3001() {
    let server = TestServer::start();
    let mut app = App::connect(&server);
    let told = std::thread::spawn(move || assert_eq!(app.closed(), 3001));
    server.stop();
    told.join().unwrap();
}
