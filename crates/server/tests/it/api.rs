//! The HTTP API, and what members hear of it.

use serde_json::{Value, json};

use crate::raw::{Raw, Response};
use crate::server::TestServer;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn server() -> TestServer {
    TestServer::start_with(|options| options.api_key = Some(KEY.into()))
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

/// A client of the Centrifuge dialect.
struct Client(Raw);

impl Client {
    fn connect(server: &TestServer) -> Self {
        let mut client = Self(Raw::upgrade(server, "/connection/websocket"));
        let reply = client.ask(&json!({"id": 1, "connect": {}}));
        assert!(reply["connect"]["client"].is_string(), "{reply}");
        client
    }

    fn ask(&mut self, command: &Value) -> Value {
        let text = command.to_string();
        self.0.send_frame(websocket::Frame::message(
            websocket::Opcode::Text,
            text.as_bytes(),
        ));
        self.0.hear()
    }

    fn subscribe(&mut self, request: &Value) -> Value {
        self.ask(&json!({"id": 2, "subscribe": request}))
    }
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
    let mut client = Client::connect(&server);
    client.subscribe(&json!({"channel": "feed:a"}));
    let fields = format!("X-API-Key: {KEY}\r\nContent-Type: application/json\r\n");
    let body = "{\"channel\":\"feed:a\",\"data\":{\n\"z\":1,\r\n\"a\":2}}";
    assert_eq!(post(&server, "/api/publish", &fields, body).status, 200);
    let push = client.0.hear();
    assert_eq!(push["push"]["pub"]["data"], json!({"z": 1, "a": 2}));
}

#[test]
fn a_feed_is_recovered_from_memory() {
    let server = server();
    let first = publish(&server, "feed:news", &json!({"n": 1}));
    publish(&server, "feed:news", &json!({"n": 2}));
    let epoch = &first["epoch"];

    let mut client = Client::connect(&server);
    let since = json!({"channel": "feed:news", "recover": true, "offset": 1, "epoch": epoch});
    let subscribed = &client.subscribe(&since)["subscribe"];
    assert_eq!(subscribed["recovered"], true, "{subscribed}");
    assert_eq!(subscribed["publications"][0]["data"]["n"], 2);
    publish(&server, "feed:news", &json!({"n": 3}));
    let push = client.0.hear();
    assert_eq!(push["push"]["pub"]["offset"], 3);

    let history = json!({"id": 3, "history": {"channel": "feed:news", "limit": 9}});
    let publications = client.ask(&history)["history"]["publications"].clone();
    assert_eq!(publications.as_array().unwrap().len(), 3);

    let say = json!({"id": 4, "publish": {"channel": "feed:news", "data": {}}});
    assert_eq!(client.ask(&say)["error"]["code"], 103);
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
    let mut client = Client::connect(&server);
    let epoch = &first["epoch"];
    let since = json!({"channel": "feed:small", "recover": true, "offset": 1, "epoch": epoch});
    let subscribed = &client.subscribe(&since)["subscribe"];
    assert_eq!(subscribed["was_recovering"], true);
    assert_eq!(subscribed["recovered"], Value::Null);
    assert_eq!(subscribed["offset"], 4);
    publish(&server, "feed:small", &json!(5));
    assert_eq!(client.0.hear()["push"]["pub"]["offset"], 5);
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
    let mut client = Client::connect(&server);
    client.subscribe(&of);
    let stats = call(&server, "presence_stats", &of);
    assert_eq!(stats["result"], json!({"num_clients": 1, "num_users": 1}));
    let present = call(&server, "presence", &of);
    let present = present["result"]["presence"].as_object().unwrap().clone();
    assert_eq!(present.len(), 1);
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
