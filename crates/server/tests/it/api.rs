//! The HTTP API, and what members hear of it.

use serde_json::{Value, json};

use crate::app::{App, TOKEN_KEY, sign};
use crate::client::Client;
use crate::raw::{Raw, Response};
use crate::server::{TestServer, until};

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn server() -> TestServer {
    TestServer::start_with(|options| {
        options.api_key = Some(KEY.into());
        options.token_key = Some(TOKEN_KEY.into());
    })
}

fn post(server: &TestServer, path: &str, fields: &str, body: &str) -> Response {
    let length = body.len();
    let fields = format!("{fields}Content-Length: {length}\r\n");
    let mut raw = Raw::connect(server);
    let authority = server.authority();
    raw.send(format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\n{body}"
    ));
    raw.response()
}

fn call(server: &TestServer, method: &str, parameters: &Value) -> Value {
    let fields = format!("X-API-Key: {KEY}\r\nContent-Type: application/json\r\n");
    let path = format!("/api/{method}");
    let response = post(server, &path, &fields, &parameters.to_string());
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

pub(crate) fn publish(server: &TestServer, channel: &str, data: &Value) -> Value {
    let parameters = json!({"channel": channel, "data": data});
    call(server, "publish", &parameters)["result"].clone()
}

#[test]
fn what_is_no_call_is_answered_with_what_it_lacks() {
    let server = server();
    let key = format!("X-API-Key: {KEY}\r\n");
    let json = "Content-Type: application/json\r\n";
    let both = format!("{key}{json}");
    let apikey = format!("Authorization: apikey {KEY}\r\n{json}");
    let wrong = format!("X-API-Key: {}\r\n{json}", KEY.replace('0', "1"));
    for (path, fields, body, status, part) in [
        ("/api/info", &*apikey, "{}", 200, "\"version\""),
        ("/api/info", &both, "{}", 200, "\"num_channels\":0"),
        ("/api/info", json, "{}", 401, "X-API-Key"),
        ("/api/info", &wrong, "{}", 401, "X-API-Key"),
        ("/api/inform", &both, "{}", 404, "presence_stats"),
        ("/api/info", &key, "{}", 415, "application/json"),
        ("/api/publish", &both, "{", 400, "EOF"),
        ("/api/publish", &both, "{}", 400, "missing field"),
    ] {
        let response = post(&server, path, fields, body);
        assert_eq!(response.status, status, "{path} {fields} {body}");
        assert!(response.text().contains(part), "{response:?}");
    }
    let response = Raw::connect(&server).request("GET", "/api/info", &key);
    assert_eq!(response.status, 405);
    assert_eq!(response.header("allow"), "POST");
}

#[test]
fn a_body_has_a_limit() {
    let server = server();
    let fields = format!("X-API-Key: {KEY}\r\nContent-Type: application/json\r\n");
    let length = (1 << 20) + 1;
    let fields = format!("{fields}Content-Length: {length}\r\n");
    let mut raw = Raw::connect(&server);
    let authority = server.authority();
    raw.send(format!(
        "POST /api/info HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\n"
    ));
    assert_eq!(raw.response().status, 413);
}

#[test]
fn a_slow_body_is_answered_with_408() {
    let server = TestServer::start_with(|options| {
        options.api_key = Some(KEY.into());
        options.limits.handshake_timeout = std::time::Duration::from_secs(1);
    });
    let mut raw = Raw::connect(&server);
    let authority = server.authority();
    raw.send(format!(
        "POST /api/info HTTP/1.1\r\nHost: {authority}\r\nX-API-Key: {KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{{"
    ));
    assert_eq!(raw.response().status, 408);
}

#[test]
fn a_room_takes_what_is_a_message_and_answers_with_its_place() {
    let server = server();
    let mut member = Raw::upgrade(&server, "/rooms/tea");
    let message = json!({"sender": "Robot", "message": "Deployed"});
    let parameters = json!({"channel": "room:tea", "data": message, "idempotency_key": "d1"});
    let first = call(&server, "publish", &parameters);
    assert_eq!(first["result"]["offset"], 1);
    assert!(first["result"]["epoch"].is_string());
    let heard = member.hear();
    assert_eq!(
        (&heard["id"], &heard["message"], &heard["offset"]),
        (&json!("d1"), &json!("Deployed"), &json!(1))
    );
    assert_eq!(call(&server, "publish", &parameters), first, "a repeat");
    publish(&server, "room:tea", &json!({"message": "again"}));
    assert_eq!(member.hear()["message"], "again", "the repeat was not told");

    let refused = json!({"channel": "room:tea", "data": {"x": 1}});
    assert_eq!(call(&server, "publish", &refused)["error"]["code"], 107);
    let unknown = json!({"channel": "tea:room", "data": {}});
    assert_eq!(call(&server, "publish", &unknown)["error"]["code"], 102);
}

#[test]
fn a_room_that_nobody_has_open_keeps_it_too() {
    let server = server();
    publish(&server, "room:empty", &json!({"message": "one"}));
    let mut member = Raw::upgrade(&server, "/rooms/empty?since=0");
    assert_eq!(member.hear()["message"], "one");
}

#[test]
fn data_on_many_lines_is_one_line_to_clients() {
    let server = server();
    let mut client = App::connect(&server);
    client.subscribe("feed:a");
    let fields = format!("X-API-Key: {KEY}\r\nContent-Type: application/json\r\n");
    let body = "{\"channel\":\"feed:a\",\"data\":{\n\"z\":1,\r\n\"a\":2}}";
    assert_eq!(post(&server, "/api/publish", &fields, body).status, 200);
    let push = client.hear();
    assert_eq!(push["push"]["pub"]["data"], json!({"z": 1, "a": 2}));
}

#[test]
fn a_feed_is_recovered_from_memory() {
    let server = server();
    let first = publish(&server, "feed:news", &json!({"n": 1}));
    publish(&server, "feed:news", &json!({"n": 2}));
    let epoch = &first["epoch"];

    let mut client = App::connect(&server);
    let since = json!({"channel": "feed:news", "recover": true, "offset": 1, "epoch": epoch});
    let subscribed = client.expect("subscribe", since);
    assert_eq!(subscribed["recovered"], true, "{subscribed}");
    assert_eq!(subscribed["publications"][0]["data"]["n"], 2);
    publish(&server, "feed:news", &json!({"n": 3}));
    let push = client.hear();
    assert_eq!(push["push"]["pub"]["offset"], 3);

    let history = client.expect("history", json!({"channel": "feed:news", "limit": 9}));
    let publications = &history["publications"];
    assert_eq!(publications.as_array().unwrap().len(), 3);

    let say = json!({"channel": "feed:news", "data": {}});
    assert_eq!(client.refused("publish", say), 103);
}

#[test]
fn a_gap_in_a_feed_is_told() {
    let server = TestServer::start_with(|options| {
        options.api_key = Some(KEY.into());
        options.limits.feeds_bytes_max = 600;
    });
    let first = publish(&server, "feed:small", &json!(1));
    for n in 2..5 {
        publish(&server, "feed:small", &json!(n));
    }
    let mut client = App::connect(&server);
    let epoch = &first["epoch"];
    let since = json!({"channel": "feed:small", "recover": true, "offset": 1, "epoch": epoch});
    let subscribed = client.expect("subscribe", since);
    assert_eq!(subscribed["was_recovering"], true);
    assert_eq!(subscribed["recovered"], Value::Null);
    assert_eq!(subscribed["offset"], 4);
    publish(&server, "feed:small", &json!(5));
    assert_eq!(client.hear()["push"]["pub"]["offset"], 5);
}

#[test]
fn a_broadcast_is_answered_for_each_channel() {
    let server = server();
    let parameters =
        json!({"channels": ["feed:a", "nowhere:b", "room:c"], "data": {"message": "m"}});
    let result = call(&server, "broadcast", &parameters)["result"].clone();
    assert_eq!(result["responses"][0]["result"]["offset"], 1);
    assert_eq!(result["responses"][1]["error"]["code"], 102);
    assert_eq!(result["responses"][2]["result"]["offset"], 1);
    let many = json!({"channels": vec!["feed:a"; 1001], "data": 1});
    assert_eq!(call(&server, "broadcast", &many)["error"]["code"], 107);
}

#[test]
fn presence_and_channels_tell_who_is_there() {
    let server = server();
    let of = json!({"channel": "feed:a"});
    let stats = call(&server, "presence_stats", &of);
    assert_eq!(stats["result"], json!({"num_clients": 0, "num_users": 0}));
    let mut client = App::connect(&server);
    client.subscribe("feed:a");
    let stats = call(&server, "presence_stats", &of);
    assert_eq!(stats["result"], json!({"num_clients": 1, "num_users": 1}));
    let present = call(&server, "presence", &of);
    let present = present["result"]["presence"].as_object().unwrap().clone();
    assert_eq!(present.len(), 1);
    let room = json!({"channel": "room:a"});
    let nobody = json!({"presence": {}, "guests": [], "nameless": 0, "more": 0});
    assert_eq!(call(&server, "presence", &room)["result"], nobody);
    let plain = ["?name=Mo", "?name=Mo", ""]
        .map(|query| Client::join(&server, &format!("/rooms/a{query}")));
    let guests =
        json!({"presence": {}, "guests": [{"name": "Mo", "present": 2}], "nameless": 1, "more": 0});
    assert_eq!(call(&server, "presence", &room)["result"], guests);
    for client in plain {
        client.vanish();
    }
    until("nobody is left", || {
        call(&server, "presence", &room)["result"] == nobody
    });
    let channels = |pattern| call(&server, "channels", &json!({ "pattern": pattern }));
    let open = json!({"result": {"channels": {"feed:a": {"num_clients": 1}}}});
    assert_eq!(channels(""), open);
    assert_eq!(channels("feed:*"), open);
    assert_eq!(channels("room:*"), json!({"result": {"channels": {}}}));
}

#[test]
fn history_is_read_both_ways() {
    let server = server();
    for n in 1..4 {
        publish(&server, "room:h", &json!({ "message": n.to_string() }));
    }
    let read = |more: Value| {
        let mut parameters = json!({"channel": "room:h"});
        let fields = parameters.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        call(&server, "history", &parameters)
    };
    let offsets = |more| {
        let result = read(more)["result"].clone();
        let publications = result["publications"].as_array().unwrap().clone();
        let offsets = publications.iter().map(|one| one["offset"].as_u64());
        (
            offsets.flatten().collect::<Vec<_>>(),
            result["offset"].clone(),
        )
    };
    assert_eq!(offsets(json!({})), (vec![], json!(3)));
    assert_eq!(offsets(json!({"limit": -1})), (vec![1, 2, 3], json!(3)));
    let newest = json!({"limit": 2, "reverse": true});
    assert_eq!(offsets(newest), (vec![3, 2], json!(3)));
    let since = json!({"limit": 2, "since": {"offset": 2}});
    assert_eq!(offsets(since), (vec![3], json!(3)));
    let other = json!({"since": {"offset": 2, "epoch": "other"}});
    assert_eq!(read(other)["error"]["code"], 112);
    let live = json!({"channel": "live:x"});
    assert_eq!(call(&server, "history", &live)["error"]["code"], 108);
}

/// Somebody whom the application knows, and the id of the connection.
fn connected(server: &TestServer, user: &str) -> (App, String) {
    let mut app = App::open(server);
    let result = app.expect("connect", json!({"token": sign(&json!({ "sub": user }))}));
    (app, result["client"].as_str().unwrap().to_owned())
}

fn code(answer: &Value) -> u64 {
    answer["error"]["code"].as_u64().unwrap()
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
    let done = json!({"result": {}});
    let from_a = json!({"user": "lea", "channel": "room:a"});
    assert_eq!(call(&server, "unsubscribe", &from_a), done);
    let end = json!({"code": 2000, "reason": "server unsubscribe"});
    assert_eq!(lea.push(), json!({"channel": "room:a", "unsubscribe": end}));
    assert_eq!(call(&server, "unsubscribe", &json!({"user": "lea"})), done);
    let mut left = [lea.push(), lea.push()].map(|push| push["channel"].clone());
    left.sort_by_key(Value::to_string);
    assert_eq!(left, ["room:b", "room:c"]);
    assert_eq!(lea.refused("presence", json!({"channel": "room:c"})), 103);
    let stats = mo.expect("presence_stats", json!({"channel": "room:a"}));
    assert_eq!(stats["num_clients"], 1);
    mo.publish("room:a", "not meant");

    assert_eq!(
        call(&server, "unsubscribe", &json!({"user": "nobody"})),
        done
    );
    assert_eq!(
        code(&call(&server, "unsubscribe", &json!({"user": ""}))),
        107
    );
    let nowhere = json!({"user": "lea", "channel": "nowhere:a"});
    assert_eq!(code(&call(&server, "unsubscribe", &nowhere)), 102);
}

#[test]
fn a_user_is_disconnected() {
    let server = server();
    let mut plain = crate::client::Client::join(&server, "/rooms/a");
    let (mut first, first_id) = connected(&server, "lea");
    let (mut second, second_id) = connected(&server, "lea");
    let (mut third, third_id) = connected(&server, "lea");
    let (mut mo, _) = connected(&server, "mo");
    let done = json!({"result": {}});
    let but_two = json!({"user": "lea", "whitelist": [second_id, third_id]});
    assert_eq!(call(&server, "disconnect", &but_two), done);
    assert_eq!(first.closed(), 3503);
    let farewell = json!({"code": 4001, "reason": "moved"});
    let one = json!({"user": "lea", "client": third_id, "disconnect": farewell});
    assert_eq!(call(&server, "disconnect", &one), done);
    assert_eq!(third.closed(), 4001);
    for nobody in [
        json!({"user": "lea", "client": first_id}),
        json!({"user": "lea", "client": "no id"}),
        json!({"user": "mo", "client": second_id}),
    ] {
        assert_eq!(call(&server, "disconnect", &nobody), done);
    }
    second.subscribe("room:a");
    mo.subscribe("room:a");
    plain.echo("nor those who have no id");

    for wrong in [
        json!({"user": ""}),
        json!({"user": "lea", "disconnect": {"code": 1006}}),
        json!({"user": "lea", "disconnect": {"code": 4000, "reason": "x".repeat(124)}}),
    ] {
        assert_eq!(code(&call(&server, "disconnect", &wrong)), 107, "{wrong}");
    }
}

#[test]
fn what_a_feed_remembers_is_removed() {
    let server = server();
    let of = json!({"channel": "feed:a", "limit": 9});
    let mut app = App::connect(&server);
    app.subscribe("feed:a");
    publish(&server, "feed:a", &json!(1));
    assert_eq!(call(&server, "history_remove", &of), json!({"result": {}}));
    let history = call(&server, "history", &of)["result"].clone();
    assert_eq!(
        (&history["publications"], &history["offset"]),
        (&json!([]), &json!(1))
    );
    for channel in ["room:a", "live:a"] {
        let of = json!({ "channel": channel });
        assert_eq!(
            code(&call(&server, "history_remove", &of)),
            108,
            "{channel}"
        );
    }
}

#[test]
fn a_batch_is_answered_in_its_order() {
    let server = server();
    let publish = |n: u64| json!({"publish": {"channel": "feed:a", "data": n}});
    let commands = json!([
        publish(1),
        {"publish": {"channel": "nowhere:a", "data": 1}},
        publish(2),
        {"history": {"channel": "feed:a", "limit": 1, "reverse": true}},
        {"publish": {}},
        {"batch": {"commands": []}},
        {},
    ]);
    let mut answer = call(
        &server,
        "batch",
        &json!({"commands": commands, "parallel": true}),
    );
    let replies = answer["replies"].as_array_mut().unwrap();
    assert_eq!(replies.len(), 7);
    assert_eq!(replies[0]["publish"]["offset"], 1);
    assert_eq!(code(&replies[1]), 102);
    assert_eq!(replies[2]["publish"]["offset"], 2);
    assert_eq!(replies[3]["history"]["publications"][0]["data"], 2);
    assert!(
        replies[4..].iter().all(|reply| code(reply) == 107),
        "{replies:?}"
    );
    let many = json!({"commands": vec![publish(1); 1001]});
    assert_eq!(code(&call(&server, "batch", &many)), 107);
}

#[test]
fn those_without_an_id_are_counted_and_not_listed() {
    let server = server();
    let of = json!({"channel": "room:a"});
    let mut app = App::connect(&server);
    app.subscribe("room:a");
    let plain = crate::client::Client::join(&server, "/rooms/a?name=Mo");
    let _other = crate::client::Client::join(&server, "/rooms/a");
    let here = json!({"num_clients": 3, "num_users": 3});
    assert_eq!(app.expect("presence_stats", of.clone()), here);
    assert_eq!(call(&server, "presence_stats", &of)["result"], here);
    let channels = call(&server, "channels", &json!({}));
    assert_eq!(channels["result"]["channels"]["room:a"]["num_clients"], 3);
    let rooms = app.expect("rpc", json!({"method": "rooms"}));
    assert_eq!(rooms["data"]["rooms"][0]["present"], 3);
    let listed = app.expect("presence", of.clone());
    assert_eq!(listed["presence"].as_object().unwrap().len(), 1);
    plain.vanish();
    crate::server::until("one is gone", || {
        call(&server, "presence_stats", &of)["result"]["num_clients"] == 2
    });
}
