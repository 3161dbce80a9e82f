use serde_json::Value;
use server::OriginPolicy;
use websocket::Frame;

use crate::client::Client;
use crate::raw::{MASK, Raw, Response};
use crate::server::{TestServer, each_way};

/// A correct handshake, with one line replaced.
fn ask(server: &TestServer, replaced: &str, by: &str) -> Response {
    let mut raw = Raw::connect(server);
    let head = raw.handshake("/", "").replacen(replaced, by, 1);
    raw.send(head);
    raw.response()
}

/// A correct handshake, with lines added.
fn ask_with(server: &TestServer, target: &str, fields: &str) -> Response {
    let mut raw = Raw::connect(server);
    raw.send(raw.handshake(target, fields));
    raw.response()
}

#[test]
fn a_wrong_handshake_is_answered_with_what_is_wrong() {
    const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const VERSION: &str = "Sec-WebSocket-Version: 13";
    let twice = format!("{KEY}{KEY}");
    let table: &[(&str, &str, u16, &str)] = &[
        (VERSION, "Sec-WebSocket-Version: 8", 426, "must be 13"),
        (VERSION, "X: y", 426, "must be 13"),
        (KEY, "", 400, "is missing"),
        (KEY, &twice, 400, "twice"),
        (KEY, "Sec-WebSocket-Key: c2hvcnQ=\r\n", 400, "16 bytes"),
        (
            KEY,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ--\r\n",
            400,
            "16 bytes",
        ),
        ("GET", "POST", 405, "GET"),
        ("HTTP/1.1", "HTTP/1.0", 400, "HTTP/1.1"),
        (
            "Connection: Upgrade",
            "Connection: close",
            400,
            "Connection: Upgrade",
        ),
        ("Host:", "X-Host:", 400, "Host"),
        (
            VERSION,
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat",
            400,
            "subprotocol",
        ),
    ];
    each_way(|server| {
        for &(replaced, by, status, says) in table {
            let response = ask(server, replaced, by);
            assert_eq!(response.status, status, "{by}: {response:?}");
            assert!(response.text().contains(says), "{by}: {}", response.text());
            if status == 426 {
                assert_eq!(response.header("sec-websocket-version"), "13");
            }
        }
    });
}

#[test]
fn the_letters_of_a_handshake_may_be_of_either_case() {
    let server = TestServer::start();
    for (replaced, by) in [
        ("Upgrade: websocket", "uPGRADE: WebSocket"),
        ("Connection: Upgrade", "connection: keep-alive, upgrade"),
    ] {
        assert_eq!(ask(&server, replaced, by).status, 101, "{by}");
    }
}

#[test]
fn a_page_of_a_stranger_may_not_connect() {
    let server = TestServer::start();
    let host = format!("http://{}", server.authority());
    for (origin, status) in [
        (&*host, 101),
        ("http://localhost:5173", 101),
        ("http://127.0.0.1", 101),
        ("null", 101),
        ("file://", 101),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://a http://b", 403),
        ("", 403),
    ] {
        let response = ask_with(&server, "/", &format!("Origin: {origin}\r\n"));
        assert_eq!(response.status, status, "{origin}");
    }
}

#[test]
fn an_origin_may_be_allowed() {
    let server = TestServer::start_with(|options| {
        options.origins = OriginPolicy::new(["https://*.example.org"]).unwrap();
    });
    for (origin, status) in [
        ("https://chat.example.org", 101),
        ("https://example.org", 403),
        ("http://chat.example.org", 403),
    ] {
        let response = ask_with(&server, "/", &format!("Origin: {origin}\r\n"));
        assert_eq!(response.status, status, "{origin}");
        if status == 403 {
            assert!(response.text().contains("--allow-origin"));
        }
    }
}

#[test]
fn a_page_opened_from_a_file_is_welcome_only_at_localhost() {
    let server = TestServer::start();
    let mut raw = Raw::connect(&server);
    let head = raw.handshake("/", "Origin: null\r\n");
    raw.send(head.replacen("Host: localhost", "Host: palabre.example", 1));
    assert_eq!(raw.response().status, 403);
}

#[test]
fn the_json_form_of_centrifuge_is_agreed_on_where_it_is_offered() {
    let server = TestServer::start();
    let offer = |forms: &str| {
        let fields = format!("Sec-WebSocket-Protocol: {forms}\r\n");
        ask_with(&server, "/connection/websocket", &fields)
    };
    let agreed = offer("centrifuge-protobuf, centrifuge-json");
    assert_eq!(agreed.status, 101);
    assert_eq!(agreed.header("sec-websocket-protocol"), "centrifuge-json");
    assert_eq!(offer("centrifuge-protobuf").status, 400);
}

#[test]
fn a_socket_is_only_where_a_channel_is() {
    let server = TestServer::start();
    let long_room = format!("/rooms/{}", "é".repeat(65).replace('é', "%C3%A9"));
    let long_name = format!("/?name={}", "x".repeat(65));
    for (target, status) in [
        ("/nowhere", 404),
        ("/health", 404),
        ("/about", 404),
        ("/rooms", 404),
        ("/rooms/", 400),
        ("/rooms/..", 400),
        ("/rooms/a%20b", 400),
        ("/rooms/a/b", 400),
        ("/rooms/%ff", 400),
        ("/live/%00", 400),
        (&long_room, 400),
        (&long_name, 400),
        ("/?name=a%0Ab", 400),
        ("/live/tea", 101),
        ("/rooms/tea/", 101),
    ] {
        let response = ask_with(&server, target, "");
        assert_eq!(response.status, status, "{target}: {response:?}");
    }
}

#[test]
fn what_comes_right_behind_the_handshake_is_not_lost() {
    each_way(|server| {
        for n_bytes in [0, 1000, 40_000] {
            let mut other = Client::join(server, "/");
            let mut raw = Raw::connect(server);
            let early = Frame::binary(&vec![7; n_bytes]).masked(MASK).to_bytes();
            let text = Frame::text(r#"{"message":"early"}"#).masked(MASK);
            let head = raw.handshake("/", "");
            raw.send([head.as_bytes(), &early, &text.to_bytes()].concat());
            raw.expect_switch();
            assert_eq!(other.hear_binary().len(), n_bytes);
            assert_eq!(other.hear_message(), "early");
            assert_eq!(raw.hear()["message"], "early");
        }
    });
}

#[test]
fn a_broken_frame_right_behind_the_handshake_is_answered() {
    let server = TestServer::start();
    let mut raw = Raw::connect(&server);
    raw.send([raw.handshake("/", "").as_bytes(), b"\x81\x00"].concat());
    raw.expect_switch();
    assert_eq!(raw.expect_close(), Some(1002));
    raw.shut_down_writing();
    raw.expect_end();
}

#[test]
fn a_connection_may_ask_for_pages_before_it_becomes_a_socket() {
    each_way(|server| {
        let mut raw = Raw::connect(server);
        for (method, target, status) in [
            ("GET", "/", 200),
            ("HEAD", "/", 200),
            ("GET", "/nowhere", 404),
            ("GET", "/live/tea", 426),
            ("POST", "/", 405),
            ("GET", "/health", 200),
        ] {
            assert_eq!(raw.request(method, target, "").status, status, "{target}");
        }
        raw.send(raw.handshake("/", ""));
        raw.expect_switch();
        raw.send_frame(Frame::text(r#"{"message":"at last"}"#));
        let heard: Value = raw.hear();
        assert_eq!(heard["message"], "at last");
    });
}
