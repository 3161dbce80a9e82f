//! Channels: their names, and who is in them.

use serde_json::{Value, json};

use crate::app::{App, trusting};
use crate::client::Client;
use crate::server::{TestServer, until};

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
