//! The HTTP API, and what members hear of it.

mod kept;
mod people;

use serde_json::{Value, json};

use crate::app::TOKEN_KEY;
use crate::raw::{Raw, Response};
use crate::server::TestServer;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn server() -> TestServer {
    TestServer::start_with(|options| {
        options.api_key = Some(KEY.into());
        options.token_key = Some(TOKEN_KEY.into());
    })
}

/// What every call carries.
fn fields() -> String {
    format!("X-API-Key: {KEY}\r\nContent-Type: application/json\r\n")
}

/// Begins a call with a body of so many bytes; `fields` are whole lines.
fn begin(server: &TestServer, path: &str, fields: &str, length: usize) -> Raw {
    let mut raw = Raw::connect(server);
    let authority = server.authority();
    raw.send(format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\n{fields}Content-Length: {length}\r\n\r\n"
    ));
    raw
}

fn post(server: &TestServer, path: &str, fields: &str, body: &str) -> Response {
    let mut raw = begin(server, path, fields, body.len());
    raw.send(body);
    raw.response()
}

fn call(server: &TestServer, method: &str, parameters: &Value) -> Value {
    let path = format!("/api/{method}");
    let response = post(server, &path, &fields(), &parameters.to_string());
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

/// Does a call that succeeds; returns its result.
fn result(server: &TestServer, method: &str, parameters: &Value) -> Value {
    let mut answer = call(server, method, parameters);
    assert!(answer["result"].is_object(), "{answer}");
    answer["result"].take()
}

/// Does a call that fails; returns the error's code.
fn refused(server: &TestServer, method: &str, parameters: &Value) -> u64 {
    code(&call(server, method, parameters))
}

fn code(answer: &Value) -> u64 {
    answer["error"]["code"].as_u64().unwrap()
}

pub(crate) fn publish(server: &TestServer, channel: &str, data: &Value) -> Value {
    result(
        server,
        "publish",
        &json!({"channel": channel, "data": data}),
    )
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
    let mut raw = begin(&server, "/api/info", &fields(), (1 << 20) + 1);
    assert_eq!(raw.response().status, 413);
}

#[test]
fn a_slow_body_is_answered_with_408() {
    let server = TestServer::start_with(|options| {
        options.api_key = Some(KEY.into());
        options.limits.handshake_timeout = std::time::Duration::from_secs(1);
    });
    let mut raw = begin(&server, "/api/info", &fields(), 9);
    raw.send("{");
    assert_eq!(raw.response().status, 408);
}

#[test]
fn a_broadcast_is_answered_for_each_channel() {
    let server = server();
    let parameters =
        json!({"channels": ["feed:a", "nowhere:b", "room:c"], "data": {"message": "m"}});
    let result = result(&server, "broadcast", &parameters);
    assert_eq!(result["responses"][0]["result"]["offset"], 1);
    assert_eq!(result["responses"][1]["error"]["code"], 102);
    assert_eq!(result["responses"][2]["result"]["offset"], 1);
    let many = json!({"channels": vec!["feed:a"; 1001], "data": 1});
    assert_eq!(refused(&server, "broadcast", &many), 107);
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
    assert_eq!(refused(&server, "batch", &many), 107);
}
