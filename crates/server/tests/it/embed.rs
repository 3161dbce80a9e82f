use server::OriginPolicy;

use crate::raw::{Raw, Response};
use crate::server::TestServer;

fn get(server: &TestServer, target: &str, fields: &str) -> Response {
    Raw::connect(server).request("GET", target, fields)
}

fn allowing(origins: &[&str]) -> TestServer {
    let policy = OriginPolicy::new(origins).unwrap();
    TestServer::start_with(move |options| options.origins = policy)
}

#[test]
fn a_room_may_be_framed_by_the_pages_that_are_welcome_and_nothing_else_by_any() {
    let server = allowing(&["https://shop.example", "https://*.example.org", "null"]);
    let framed = get(&server, "/embed/tea", "");
    assert_eq!(framed.status, 200);
    let policy = framed.header("content-security-policy");
    assert!(
        policy.ends_with(
            "; frame-ancestors 'self' http://localhost:* http://*.localhost:* http://127.0.0.1:* \
             https://shop.example:443 https://*.example.org:443"
        ),
        "{policy}"
    );
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"));
    let page = get(&server, "/rooms/tea", "");
    assert_eq!(framed.body, page.body);
    for path in ["/rooms/tea", "/", "/about"] {
        let policy = get(&server, path, "")
            .header("content-security-policy")
            .to_owned();
        assert!(
            policy.ends_with("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
    }
    assert_eq!(get(&server, "/embed/a%20b", "").status, 400);
}

#[test]
fn a_page_is_told_whether_it_may_show_a_room_and_why_not() {
    let server = allowing(&["https://shop.example"]);
    for (origin, status, says) in [
        ("https://shop.example", 200, "may show a room"),
        ("http://localhost:3000", 200, "may show a room"),
        (
            "https://evil.example",
            403,
            "--allow-origin https://evil.example would admit it",
        ),
        ("null", 403, "opened from a file"),
        ("nonsense", 403, "not one origin"),
    ] {
        let answer = get(&server, "/embed", &format!("Origin: {origin}\r\n"));
        assert_eq!(answer.status, status, "{origin}");
        assert!(answer.text().contains(says), "{origin}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(get(&server, "/embed", "").status, 200);
}

#[test]
fn the_element_may_be_loaded_by_any_page() {
    let server = TestServer::start();
    let script = get(&server, "/embed.js", "Origin: https://evil.example\r\n");
    assert_eq!(script.status, 200);
    assert_eq!(script.header("access-control-allow-origin"), "*");
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
}

#[test]
fn a_frame_is_no_place_for_a_socket() {
    let server = TestServer::start();
    for path in ["/embed", "/embed/tea", "/embed.js"] {
        let handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        assert_eq!(get(&server, path, handshake).status, 404, "{path}");
    }
}
