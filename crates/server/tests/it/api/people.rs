//! Who is there, and how an application ends what its users have.

use serde_json::{Value, json};

use super::{refused, result, server};
use crate::app::{App, sign};
use crate::client::Client;
use crate::server::{TestServer, until};

#[test]
fn presence_and_channels_tell_who_is_there() {
    let server = server();
    let of = json!({"channel": "feed:a"});
    let stats = || result(&server, "presence_stats", &of);
    assert_eq!(stats(), json!({"num_clients": 0, "num_users": 0}));
    let mut client = App::connect(&server);
    client.subscribe("feed:a");
    assert_eq!(stats(), json!({"num_clients": 1, "num_users": 1}));
    let present = result(&server, "presence", &of);
    assert_eq!(present["presence"].as_object().unwrap().len(), 1);
    let room = json!({"channel": "room:a"});
    let nobody = json!({"presence": {}, "guests": [], "nameless": 0, "more": 0});
    assert_eq!(result(&server, "presence", &room), nobody);
    let plain = ["?name=Mo", "?name=Mo", ""]
        .map(|query| Client::join(&server, &format!("/rooms/a{query}")));
    let guests =
        json!({"presence": {}, "guests": [{"name": "Mo", "present": 2}], "nameless": 1, "more": 0});
    assert_eq!(result(&server, "presence", &room), guests);
    for client in plain {
        client.vanish();
    }
    until("nobody is left", || {
        result(&server, "presence", &room) == nobody
    });
    let channels = |pattern| result(&server, "channels", &json!({ "pattern": pattern }));
    let open = json!({"channels": {"feed:a": {"num_clients": 1}}});
    assert_eq!(channels(""), open);
    assert_eq!(channels("feed:*"), open);
    assert_eq!(channels("room:*"), json!({"channels": {}}));
}

#[test]
fn those_without_an_id_are_counted_and_not_listed() {
    let server = server();
    let of = json!({"channel": "room:a"});
    let mut app = App::connect(&server);
    app.subscribe("room:a");
    let plain = Client::join(&server, "/rooms/a?name=Mo");
    let _other = Client::join(&server, "/rooms/a");
    let here = json!({"num_clients": 3, "num_users": 3});
    assert_eq!(app.expect("presence_stats", of.clone()), here);
    assert_eq!(result(&server, "presence_stats", &of), here);
    let channels = result(&server, "channels", &json!({}));
    assert_eq!(channels["channels"]["room:a"]["num_clients"], 3);
    let rooms = app.expect("rpc", json!({"method": "rooms"}));
    assert_eq!(rooms["data"]["rooms"][0]["present"], 3);
    let listed = app.expect("presence", of.clone());
    assert_eq!(listed["presence"].as_object().unwrap().len(), 1);
    plain.vanish();
    until("one is gone", || {
        result(&server, "presence_stats", &of)["num_clients"] == 2
    });
}

/// Somebody whom the application knows, and the id of the connection.
fn connected(server: &TestServer, user: &str) -> (App, String) {
    let mut app = App::open(server);
    let result = app.expect("connect", json!({"token": sign(&json!({ "sub": user }))}));
    (app, result["client"].as_str().unwrap().to_owned())
}

#[test]
fn a_user_is_unsubscribed() {
    let server = server();
    let (mut lea, _) = connected(&server, "lea");
    let (mut mo, _) = connected(&server, "mo");
    for channel in ["room:a", "room:b", "room:c"] {
        lea.subscribe(channel);
        mo.subscribe(channel);
    }
    let done = json!({});
    let from_a = json!({"user": "lea", "channel": "room:a"});
    assert_eq!(result(&server, "unsubscribe", &from_a), done);
    let end = json!({"code": 2000, "reason": "server unsubscribe"});
    assert_eq!(lea.push(), json!({"channel": "room:a", "unsubscribe": end}));
    assert_eq!(
        result(&server, "unsubscribe", &json!({"user": "lea"})),
        done
    );
    let mut left = [lea.push(), lea.push()].map(|push| push["channel"].clone());
    left.sort_by_key(Value::to_string);
    assert_eq!(left, ["room:b", "room:c"]);
    assert_eq!(lea.refused("presence", json!({"channel": "room:c"})), 103);
    let stats = mo.expect("presence_stats", json!({"channel": "room:a"}));
    assert_eq!(stats["num_clients"], 1);
    mo.publish("room:a", "not meant");

    assert_eq!(
        result(&server, "unsubscribe", &json!({"user": "nobody"})),
        done
    );
    assert_eq!(refused(&server, "unsubscribe", &json!({"user": ""})), 107);
    let nowhere = json!({"user": "lea", "channel": "nowhere:a"});
    assert_eq!(refused(&server, "unsubscribe", &nowhere), 102);
}

#[test]
fn a_user_is_disconnected() {
    let server = server();
    let mut plain = Client::join(&server, "/rooms/a");
    let (mut first, first_id) = connected(&server, "lea");
    let (mut second, second_id) = connected(&server, "lea");
    let (mut third, third_id) = connected(&server, "lea");
    let (mut mo, _) = connected(&server, "mo");
    let done = json!({});
    let but_two = json!({"user": "lea", "whitelist": [second_id, third_id]});
    assert_eq!(result(&server, "disconnect", &but_two), done);
    assert_eq!(first.closed(), 3503);
    let farewell = json!({"code": 4001, "reason": "moved"});
    let one = json!({"user": "lea", "client": third_id, "disconnect": farewell});
    assert_eq!(result(&server, "disconnect", &one), done);
    assert_eq!(third.closed(), 4001);
    for nobody in [
        json!({"user": "lea", "client": first_id}),
        json!({"user": "lea", "client": "no id"}),
        json!({"user": "mo", "client": second_id}),
    ] {
        assert_eq!(result(&server, "disconnect", &nobody), done);
    }
    second.subscribe("room:a");
    mo.subscribe("room:a");
    plain.echo("nor those who have no id");

    for wrong in [
        json!({"user": ""}),
        json!({"user": "lea", "disconnect": {"code": 1006}}),
        json!({"user": "lea", "disconnect": {"code": 4000, "reason": "x".repeat(124)}}),
    ] {
        assert_eq!(refused(&server, "disconnect", &wrong), 107, "{wrong}");
    }
}
