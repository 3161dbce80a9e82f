//! The Centrifuge dialect as the wire shows it.
//!
//! These are the behaviours to which the protocol's client libraries are
//! used, and where each is tested: here, in `web/e2e/centrifuge.test.js` by
//! the library `centrifuge` from npm (e2e), or where it is done.
//!
//! | | behaviour | tests |
//! |---|---|---|
//! | 1 | connect and more in one frame: replies in order | `one_frame_is_answered_in_its_order`; e2e `connect, subscribe and publish in one frame` |
//! | 2 | the same in Protobuf | not spoken; `handshake` refuses it |
//! | 3 | what a frame may be | `what_is_no_frame_of_commands_closes_with_3501` |
//! | 4 | connect first, once, in time | `connect_comes_first_once_and_in_time`; e2e `a command before connect` |
//! | 5 | a bad token | `a_token_that_is_none_closes_with_3500_and_answers_nothing_more` |
//! | 6 | an expired token | `a_token_that_has_ended_leaves_a_connection_of_no_use` |
//! | 7 | pongs, asked for and not | `a_pong_is_owed_for_each_ping_and_for_nothing_else` |
//! | 8 | the first ping, without subscriptions | the same; `server::shard::time`: `the_first_ping_comes_after_half_an_interval_to_a_whole_one` |
//! | 9 | subscribe twice, unsubscribe from nothing, a thousand times | `a_thousand_subscriptions_leave_nothing_behind`; e2e `105`, `subscribe and unsubscribe in a loop` |
//! | 10 | names: 102, 103, 107 | `names_that_cannot_be_or_want_a_token`; e2e `102`, `107`. There are no user-limited channels: `#` is in no name |
//! | 11 | tokens for subscriptions | `tokens`: `a_token_is_for_one_user_in_one_channel` |
//! | 12 | one's own publication before its reply | e2e `connect, subscribe and publish in one frame`, `everyone has it in one order` |
//! | 13 | one order for everyone, dense | e2e `everyone has it in one order`; `order` |
//! | 14 | subscribing in a storm | `recovery`: `who_subscribes_in_a_storm_misses_nothing` |
//! | 15 | 0, 1, n missed; all that is kept, and one more | `recovery`: `what_was_missed_comes_with_the_reply`, `what_a_feed_dropped_cannot_be_recovered` |
//! | 16 | more than a page missed | another way here: the rest follows. e2e `a gap longer than one answer is filled too` |
//! | 17 | another epoch, none, an offset that is not there | `recovery`: `what_cannot_be_recovered_goes_on_from_the_top` |
//! | 18 | the offset of a recovery, and of one that failed | the two before |
//! | 19 | `flag` 2: error 112 | `recovery`: `who_wants_no_gap_gets_no_subscription` |
//! | 20 | items go, offsets stay | `recovery`: `what_a_feed_dropped_cannot_be_recovered`; `engine::feeds`: `what_is_a_day_old_is_gone_even_if_nobody_swept` |
//! | 21 | a restart | `recovery`: `a_restart_begins_feeds_anew_and_rooms_go_on`; e2e `over a server that was killed` |
//! | 22 | cache mode | not there: `recovery` is of streams |
//! | 23 | each way to read history | `recovery`: `history_is_read_every_way`; e2e `paging either way` |
//! | 24 | presence | `presence_is_there_with_the_reply_and_gone_with_the_socket`; e2e `presence` |
//! | 25 | joins before leaves, one's own join | `joins_come_before_leaves_and_ones_own_is_heard` |
//! | 26 | a slow reader | `recovery`: `a_slow_reader_is_closed_with_3008_and_recovers`; `slow_reader`: `who_comes_back_to_many_rooms_is_not_closed_for_what_it_missed` |
//! | 27 | binary where JSON is read | another way here: `binary_of_the_plain_dialect_does_not_reach_this_one` |
//! | 28 | refresh, `sub_refresh`, and neither | `tokens`: `a_connection_ends_with_its_token_unless_it_is_renewed`, `a_subscription_ends_with_its_token_unless_it_is_renewed` |
//! | 29 | the API of servers | `api` |
//! | 30 | emulation | not spoken; a stop is told with 3001: `a_stop_is_told_with_3001` |
//!
//! And of this server's own: `rates`.

mod rates;
mod recovery;
mod tokens;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{App, in_seconds, sign, trusting};
use crate::client::Client;
use crate::server::{TestServer, until};

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
fn a_thousand_subscriptions_leave_nothing_behind() {
    let server = TestServer::limited(|limits| limits.command_rate.per_second = 0);
    let mut app = App::connect(&server);
    let channel = json!({"channel": "room:a"});
    assert_eq!(
        app.ask("unsubscribe", channel.clone())["unsubscribe"],
        json!({})
    );
    for _ in 0..1000 {
        app.subscribe("room:a");
        app.expect("unsubscribe", channel.clone());
    }
    app.subscribe("room:a");
    assert_eq!(app.refused("subscribe", channel.clone()), 105);
    app.expect("unsubscribe", channel.clone());
    let mut other = App::connect(&server);
    other.subscribe("room:a");
    let stats = other.expect("presence_stats", channel);
    assert_eq!(stats, json!({"num_clients": 1, "num_users": 1}));
}

#[test]
fn names_that_cannot_be_or_want_a_token() {
    let server = TestServer::start();
    let mut app = App::connect(&server);
    let long = format!("room:{}", "x".repeat(251));
    for (channel, code) in [
        ("tea", 102),
        ("nowhere:tea", 102),
        ("$nowhere:tea", 102),
        ("$room:tea", 103),
        ("$live:tea", 103),
        ("$room:", 107),
        ("room:$tea", 107),
        ("room:a#42", 107),
        (&long, 107),
    ] {
        let request = json!({ "channel": channel });
        assert_eq!(app.refused("subscribe", request), code, "{channel}");
    }
    // However its name is written, it is one channel.
    assert!(app.subscribe("room:fe\u{302}te").is_object());
    assert_eq!(
        app.refused("subscribe", json!({"channel": "room:fête"})),
        105
    );
    app.expect("unsubscribe", json!({"channel": "room:fe\u{302}te"}));
    app.subscribe("room:fête");
}

#[test]
fn presence_is_there_with_the_reply_and_gone_with_the_socket() {
    let server = trusting(|_| {});
    let mut watcher = App::connect_as(&server, "1");
    watcher.subscribe("room:a");
    let stats = |app: &mut App| app.expect("presence_stats", json!({"channel": "room:a"}));
    let mut twice = [App::connect_as(&server, "2"), App::connect_as(&server, "2")];
    for app in &mut twice {
        app.subscribe("room:a");
    }
    let here = json!({"num_clients": 3, "num_users": 2});
    assert_eq!(stats(&mut watcher), here);
    let presence = watcher.expect("presence", json!({"channel": "room:a"}));
    for (client, info) in presence["presence"].as_object().unwrap() {
        assert_eq!(info["client"], *client);
        assert!(info["user"].is_string());
    }
    let [first, mut second] = twice;
    first.vanish();
    second.expect("unsubscribe", json!({"channel": "room:a"}));
    until("one is left", || stats(&mut watcher)["num_clients"] == 1);
}

#[test]
fn guests_of_the_plain_dialect_are_listed_by_name_and_told_to_who_asks() {
    let server = TestServer::limited(|limits| limits.message_rate.per_second = 0);
    let mut app = App::connect(&server);
    let guests = |app: &mut App| {
        let call = json!({"method": "guests", "data": {"channel": "room:a"}});
        app.expect("rpc", call)["data"].clone()
    };
    let nobody = json!({"guests": [], "nameless": 0, "more": 0});
    assert_eq!(guests(&mut app), nobody);

    let mut by_url = Client::join(&server, "/rooms/a?name=L%C3%A9a");
    let mut speaker = Client::join(&server, "/rooms/a");
    let silent = Client::join(&server, "/rooms/a");
    let here = json!({"guests": [{"name": "Léa", "present": 1}], "nameless": 2, "more": 0});
    assert_eq!(guests(&mut app), here);
    by_url.say("x", "the name in the URL stays");
    speaker.say("Mo", "m");
    // Whoever has heard both has been heard.
    for _ in 0..2 {
        speaker.hear();
    }
    let here = json!({
        "guests": [{"name": "Léa", "present": 1}, {"name": "Mo", "present": 1}],
        "nameless": 1,
        "more": 0
    });
    assert_eq!(guests(&mut app), here);
    speaker.say("Léa", "m");
    speaker.hear();
    let here = json!({"guests": [{"name": "Léa", "present": 2}], "nameless": 1, "more": 0});
    assert_eq!(guests(&mut app), here);
    for client in [by_url, speaker, silent] {
        drop(client);
    }
    until("nobody is left", || guests(&mut app) == nobody);

    for data in [json!({}), json!("room:a"), json!({"channel": "room:"})] {
        let call = json!({"method": "guests", "data": data});
        assert_eq!(app.refused("rpc", call), 107);
    }
    let call = json!({"method": "guests", "data": {"channel": "nowhere:a"}});
    assert_eq!(app.refused("rpc", call), 102);
}

#[test]
fn who_wants_to_know_is_told_how_guests_come_and_go() {
    let server = TestServer::start();
    let mut app = App::connect(&server);
    app.expect(
        "subscribe",
        json!({"channel": "room:a", "join_leave": true}),
    );
    assert!(app.push()["join"].is_object());
    let guest = Client::join(&server, "/rooms/a?name=Mo");
    let told =
        |guests: Value| json!({"channel": "room:a", "guests": guests, "nameless": 0, "more": 0});
    let here = told(json!([{"name": "Mo", "present": 1}]));
    assert_eq!(app.push()["message"]["data"], here);
    // It may be the last connection of its shard.
    guest.vanish();
    assert_eq!(app.push()["message"]["data"], told(json!([])));
}

#[test]
fn joins_come_before_leaves_and_ones_own_is_heard() {
    let server = trusting(|_| {});
    let mut watcher = App::connect_as(&server, "watcher");
    let request = json!({"channel": "room:a", "join_leave": true});
    watcher.expect("subscribe", request.clone());
    let own = watcher.push();
    assert_eq!(own["join"]["info"]["user"], "watcher");
    for n in 0..50 {
        let user = n.to_string();
        let mut guest = App::connect_as(&server, &user);
        guest.expect("subscribe", request.clone());
        assert_eq!(
            guest.push()["join"]["info"]["user"],
            *user,
            "behind the reply"
        );
        if n % 2 == 0 {
            guest.expect("unsubscribe", json!({"channel": "room:a"}));
            assert!(
                guest.ask("rpc", json!({}))["error"].is_object(),
                "no leave of one's own"
            );
        }
        guest.vanish();
        assert_eq!(watcher.push()["join"]["info"]["user"], *user);
        assert_eq!(watcher.push()["leave"]["info"]["user"], *user);
    }
}

#[test]
fn binary_of_the_plain_dialect_does_not_reach_this_one() {
    let server = TestServer::start();
    let mut app = App::connect(&server);
    app.subscribe("room:a");
    let mut plain = Client::join(&server, "/rooms/a");
    plain.send_binary(b"\x00");
    plain.say("Mo", "after it");
    assert_eq!(app.publication()["data"]["message"], "after it");
}

#[test]
fn a_stop_is_told_with_3001() {
    let server = TestServer::start();
    let mut app = App::connect(&server);
    let told = std::thread::spawn(move || assert_eq!(app.closed(), 3001));
    server.stop();
    told.join().unwrap();
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
