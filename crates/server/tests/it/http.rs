use std::time::Duration;

use crate::client::Client;
use crate::raw::Raw;
use crate::server::{TestServer, each_way, until};

#[test]
fn health_tells_the_version_and_the_connections() {
    each_way(|server| {
        let _lea = Client::join(server, "/");
        let response = Raw::connect(server).get("/health");
        assert_eq!(response.status, 200);
        assert_eq!(response.header("content-type"), "application/json");
        assert_eq!(response.header("cache-control"), "no-store");
        let health = response.json();
        assert_eq!(health["status"], "ok");
        assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
        // Earlier requests of others may not be over yet.
        assert!(health["connections"].as_u64() >= Some(2));
        server.wait_for_connections(1);
    });
}

#[test]
fn each_path_answers_as_it_must() {
    let server = TestServer::start();
    for (method, target, status) in [
        ("GET", "/nowhere", 404),
        ("GET", "/assets/", 404),
        ("GET", "/assets/../Cargo.toml", 404),
        ("GET", "/assets/%2e%2e/Cargo.toml", 404),
        ("GET", "/socket", 426),
        ("GET", "/live/tea", 426),
        ("POST", "/", 405),
        ("OPTIONS", "/health", 405),
        ("DELETE", "/rooms/tea", 405),
        ("POST", "/nowhere", 404),
    ] {
        let response = Raw::connect(&server).request(method, target, "Content-Length: 0\r\n");
        assert_eq!(response.status, status, "{method} {target}");
        assert_eq!(response.header("content-type"), "text/plain; charset=utf-8");
        match status {
            405 => assert_eq!(response.header("allow"), "GET, HEAD"),
            426 => assert_eq!(response.header("upgrade"), "websocket"),
            _ => {}
        }
    }
}

#[test]
fn head_is_get_without_the_body() {
    let server = TestServer::start();
    for target in ["/", "/health", "/about", "/nowhere"] {
        let mut raw = Raw::connect(&server);
        let get = raw.get(target);
        let head = raw.request("HEAD", target, "");
        assert_eq!(head.status, get.status);
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert_eq!(head.header("content-type"), get.header("content-type"));
        // No body in between: the next answer is in its place.
        assert_eq!(raw.get("/health").status, 200);
    }
}

#[test]
fn a_connection_that_is_to_be_closed_is() {
    let server = TestServer::start();
    let mut raw = Raw::connect(&server);
    assert_eq!(
        raw.request("GET", "/health", "Connection: close\r\n")
            .status,
        200
    );
    raw.expect_end();
    let mut old = Raw::connect(&server);
    old.send("GET /health HTTP/1.0\r\n\r\n");
    assert_eq!(old.response().status, 200);
    old.expect_end();
}

#[test]
fn a_request_may_have_100_header_fields_and_no_more() {
    let server = TestServer::start();
    // `Host` is one of them.
    let fields = |n: usize| "X: y\r\n".repeat(n - 1);
    let mut raw = Raw::connect(&server);
    assert_eq!(raw.request("GET", "/health", &fields(100)).status, 200);
    assert_eq!(raw.request("GET", "/health", &fields(101)).status, 431);
    raw.expect_end();
}

#[test]
fn the_head_of_a_request_may_have_16_kib_and_not_much_more() {
    let server = TestServer::start();
    let field = |n| format!("X: {}\r\n", "y".repeat(n));
    let mut raw = Raw::connect(&server);
    assert_eq!(raw.request("GET", "/health", &field(16_000)).status, 200);
    for n_bytes in [17_000, 100_000] {
        let mut raw = Raw::connect(&server);
        assert_eq!(raw.request("GET", "/health", &field(n_bytes)).status, 431);
        raw.wait_for_end();
    }
}

#[test]
fn what_is_no_http_is_answered_with_400() {
    let server = TestServer::start();
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n"[..],
        b"hello\r\n\r\n",
    ] {
        let mut raw = Raw::connect(&server);
        raw.send(noise);
        assert_eq!(raw.response().status, 400);
        raw.wait_for_end();
    }
}

#[test]
fn a_slow_request_is_answered_with_408() {
    let server = TestServer::limited(|limits| limits.handshake_timeout = Duration::from_secs(1));
    let mut raw = Raw::connect(&server);
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\n");
    let response = raw.response();
    assert_eq!(response.status, 408);
    assert!(response.text().contains("took too long"));
    raw.expect_end();
    server.wait_for_connections(0);
}

#[test]
fn a_slow_tls_handshake_is_given_up() {
    let server = TestServer::start_with(|options| {
        options.tls = Some(crate::server::CERTIFICATE.source());
        options.limits.handshake_timeout = Duration::from_secs(1);
    });
    let mut silent = std::net::TcpStream::connect(server.address()).unwrap();
    silent
        .set_read_timeout(Some(crate::server::PATIENCE))
        .unwrap();
    let ended = std::io::Read::read(&mut silent, &mut [0]);
    assert_eq!(ended.unwrap(), 0);
    let mut slow_head = Raw::connect(&server);
    slow_head.send("GET / HTTP/1.1\r\n");
    assert_eq!(slow_head.response().status, 408);
}

#[test]
fn a_socket_outlives_the_time_for_its_handshake() {
    let server = TestServer::limited(|limits| limits.handshake_timeout = Duration::from_secs(1));
    let mut lea = Client::join(&server, "/");
    // The time is over when a slow one was told so.
    let mut slow = Raw::connect(&server);
    slow.send("GET");
    assert_eq!(slow.response().status, 408);
    lea.echo("still here");
}

#[test]
fn who_comes_when_the_house_is_full_is_told_so_until_somebody_leaves() {
    let server = TestServer::limited(|limits| limits.connections_max = Some(2));
    let mut lea = Client::join(&server, "/");
    let mo = Client::join(&server, "/rooms/other");
    let ask = || {
        let mut raw = Raw::connect(&server);
        raw.send(raw.handshake("/", ""));
        raw.response()
    };
    let response = ask();
    assert_eq!(response.status, 503);
    assert_eq!(response.header("retry-after"), "5");
    assert!(response.text().contains("no room left"));
    lea.echo("undisturbed");
    mo.close(None);
    until("there is room again", || ask().status == 101);
}
