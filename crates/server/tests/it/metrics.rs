//! What is counted, and in which form it is told.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::client::Client;
use crate::raw::Raw;
use crate::server::{TestServer, until};

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn server(name: &str) -> TestServer {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    TestServer::start_with(|options| {
        options.api_key = Some(KEY.into());
        options.data = Some(folder);
    })
}

fn page(server: &TestServer) -> String {
    let fields = format!("Authorization: apikey {KEY}\r\n");
    let response = Raw::connect(server).request("GET", "/metrics", &fields);
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(
        response.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    String::from_utf8(response.body).unwrap()
}

/// Each sample by its name and labels.
fn samples(page: &str) -> HashMap<String, f64> {
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let pairs = samples.map(|line| line.rsplit_once(' ').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

fn hold(server: &TestServer, sample: &str, expected: f64) {
    until(sample, || {
        samples(&page(server)).get(sample).copied() == Some(expected)
    });
}

#[test]
fn the_page_is_in_the_form_that_prometheus_reads() {
    let server = server("metrics-form");
    let page = page(&server);
    let (mut helped, mut typed) = (HashSet::new(), HashSet::new());
    for line in page.lines() {
        let words: Vec<_> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, help] => {
                assert!(help.ends_with(['.', 'd', 't']), "{line}");
                assert!(helped.insert(name.to_owned()), "{line}");
            }
            ["#", "TYPE", name, kind] => {
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                assert!(matches!(kind, "counter" | "gauge"), "{line}");
                assert!(typed.insert(name.to_owned()), "{line}");
            }
            [sample, value] => {
                let name = sample.split('{').next().unwrap();
                assert!(name.starts_with("palabre_"), "{line}");
                assert!(helped.contains(name) && typed.contains(name), "{line}");
                assert!(value.parse::<f64>().unwrap() >= 0.0, "{line}");
            }
            _ => panic!("{line}"),
        }
    }
    assert!(page.ends_with('\n'));
    assert!(page.contains("palabre_info{version=\""));
}

#[test]
fn what_happens_is_counted() {
    let server = server("metrics-counts");
    let mut lea = Client::join(&server, "/rooms/tea");
    let mut mo = Client::join(&server, "/rooms/tea");
    hold(&server, "palabre_connections{dialect=\"plain\"}", 2.0);
    lea.echo("one");
    mo.hear();
    lea.echo("two");
    mo.hear();
    lea.send("{\"message\":\"\"}");
    assert_eq!(lea.hear()["code"], "message-empty");

    let now = samples(&page(&server));
    let has = |name: &str, expected: f64| assert_eq!(now.get(name), Some(&expected), "{name}");
    has("palabre_received_messages_total", 3.0);
    has("palabre_sent_messages_total", 5.0);
    has("palabre_refused_total{code=\"message-empty\"}", 1.0);
    has("palabre_commit_entries_total", 2.0);
    has("palabre_commit_failures_total", 0.0);
    has("palabre_uncommitted_bytes", 0.0);
    has("palabre_channels", 1.0);
    assert!(now["palabre_sent_bytes_total"] > 4.0 * 50.0);
    assert!(now["palabre_received_bytes_total"] > 60.0);
    assert!(now["palabre_commit_seconds_total"] > 0.0);
    assert!(now["palabre_log_bytes"] > 4096.0);
    hold(&server, "palabre_index_behind", 0.0);

    mo.send_binary(&[0; 70_000]);
    assert_eq!(mo.closed(), Some(1009));
    lea.close(Some((1000, "bye")));
    hold(&server, "palabre_connections{dialect=\"plain\"}", 0.0);
    hold(&server, "palabre_closed_total{code=\"1009\"}", 1.0);
    hold(&server, "palabre_closed_total{code=\"peer\"}", 1.0);
}

#[test]
fn files_are_counted_kept_or_not() {
    let server = server("metrics-files");
    let mut member = Raw::upgrade(&server, "/connection/websocket");
    member.send_frame(websocket::Frame::message(
        websocket::Opcode::Text,
        br#"{"id":1,"connect":{}}"#,
    ));
    let connected = member.hear();
    let token = connected["connect"]["data"]["token"].as_str().unwrap();
    let send = |fields: &str, body: &str| {
        let mut raw = Raw::connect(&server);
        let (authority, length) = (server.authority(), body.len());
        raw.send(format!(
            "POST /files?name=x HTTP/1.1\r\nHost: {authority}\r\n{fields}\
             Content-Length: {length}\r\n\r\n{body}"
        ));
        raw.response().status
    };
    let known = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(send(&known, "four"), 201);
    assert_eq!(send(&known, "sixsix"), 201);
    assert_eq!(send("", "four"), 401);
    assert_eq!(send("", "four"), 401);
    assert_eq!(send("Origin: https://evil.example\r\n", "four"), 403);
    let now = samples(&page(&server));
    for (name, expected) in [
        ("palabre_stored_files_total", 2.0),
        ("palabre_stored_file_bytes_total", 10.0),
        ("palabre_refused_files_total{status=\"401\"}", 2.0),
        ("palabre_refused_files_total{status=\"403\"}", 1.0),
    ] {
        assert_eq!(now.get(name), Some(&expected), "{name}");
    }
}

#[test]
fn it_is_told_to_who_has_the_key() {
    let server = server("metrics-key");
    for fields in ["", "X-API-Key: wrong\r\n", "Authorization: Bearer x\r\n"] {
        let response = Raw::connect(&server).request("GET", "/metrics", fields);
        assert_eq!(response.status, 401, "{fields}");
    }
    let fields = format!("X-API-Key: {KEY}\r\n");
    let post = Raw::connect(&server).request("POST", "/metrics", &fields);
    assert_eq!(post.status, 405);
    let head = Raw::connect(&server).request("HEAD", "/metrics", &fields);
    assert_eq!(head.status, 200);
}
