use std::io::Read as _;

use crate::raw::{Raw, Response};
use crate::server::{TestServer, each_way};

fn get(server: &TestServer, target: &str, fields: &str) -> Response {
    Raw::connect(server).request("GET", target, fields)
}

#[test]
fn the_chat_is_at_the_root_and_in_each_room() {
    each_way(|server| {
        let root = get(server, "/", "");
        assert_eq!(root.status, 200);
        assert_eq!(root.header("content-type"), "text/html; charset=utf-8");
        assert!(
            root.text().starts_with("<!doctype html>"),
            "{}",
            root.text()
        );
        let policy = root.header("content-security-policy");
        assert!(policy.contains("default-src 'none'; script-src 'self'"));
        assert!(policy.contains("media-src 'self' blob:"), "voices");
        assert!(!policy.contains("unsafe"));
        assert_eq!(root.header("x-content-type-options"), "nosniff");
        for (room, status) in [
            ("/rooms/tea", 200),
            ("/rooms/f%C3%AAte/", 200),
            ("/?history=10", 200),
            // It says what is wrong with the name.
            ("/rooms/a%20b", 400),
        ] {
            let page = get(server, room, "");
            assert_eq!(page.status, status, "{room}");
            assert_eq!(page.body, root.body, "{room}");
        }
    });
}

#[test]
fn what_begins_the_page_is_few_files_and_pages_of_others_get_the_modules_as_written() {
    let server = TestServer::start();
    let html = get(&server, "/", "").text().to_owned();
    assert_eq!(html.matches("rel=\"stylesheet\"").count(), 1);
    assert_eq!(html.matches("rel=\"modulepreload\"").count(), 1);
    let main = get(&server, "/assets/src/main.js", "").text().to_owned();
    assert!(!main.contains("from './"), "it imports nothing");
    let compressed = get(&server, "/assets/src/main.js", "Accept-Encoding: br\r\n");
    assert_eq!(compressed.header("content-encoding"), "br");
    assert!(
        compressed.body.len() <= 48 << 10,
        "{}",
        compressed.body.len()
    );
    // Loaded later, a module finds the one that there is.
    let stands_in = get(&server, "/assets/src/id.js", "").text().to_owned();
    assert!(stands_in.starts_with("import { $modules } from '/assets/src/main.js';"));
    let module = get(&server, "/client.js", "").text().to_owned();
    assert!(module.contains("from './client/"), "{module}");
}

#[test]
fn everything_that_the_page_names_is_there() {
    let server = TestServer::start();
    let mut waiting = vec![
        "/".to_owned(),
        "/about".to_owned(),
        "/favicon.ico".to_owned(),
    ];
    let mut seen = Vec::new();
    while let Some(path) = waiting.pop() {
        if seen.contains(&path) {
            continue;
        }
        let response = get(&server, &path, "");
        assert_eq!(response.status, 200, "{path}");
        seen.push(path.clone());
        if response.header("content-type").starts_with("image/") {
            continue;
        }
        let text = response.text().to_owned();
        for quoted in text.split(['"', '\'']).skip(1) {
            if quoted.starts_with("/assets/") && quoted.contains('.') {
                waiting.push(quoted.to_owned());
            } else if quoted.starts_with("./") || quoted.starts_with("../") {
                waiting.extend(resolve(&path, quoted));
            }
        }
    }
    assert!(seen.iter().any(|path| path.ends_with(".js")), "{seen:?}");
    assert!(seen.iter().any(|path| path.ends_with(".css")), "{seen:?}");
}

/// A relative import of a module; `None` for other text that looks like one.
fn resolve(from: &str, relative: &str) -> Option<String> {
    let is_module = relative.ends_with(".js") || relative.ends_with(".css");
    if !is_module || relative.contains(char::is_whitespace) {
        return None;
    }
    let mut names: Vec<_> = from.split('/').collect();
    names.pop();
    for name in relative.split('/') {
        match name {
            "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

#[test]
fn the_page_comes_compressed_as_the_browser_likes_it() {
    let server = TestServer::start();
    let plain = get(&server, "/", "");
    assert_eq!(plain.header("content-encoding"), "");
    let gzip = get(&server, "/", "Accept-Encoding: gzip, deflate\r\n");
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let mut inflated = Vec::new();
    flate2::read::GzDecoder::new(&*gzip.body)
        .read_to_end(&mut inflated)
        .unwrap();
    assert_eq!(inflated, plain.body);

    let brotli = get(&server, "/", "Accept-Encoding: gzip, deflate, br, zstd\r\n");
    assert_eq!(brotli.header("content-encoding"), "br");
    let mut inflated = Vec::new();
    brotli::Decompressor::new(&*brotli.body, 4096)
        .read_to_end(&mut inflated)
        .unwrap();
    assert_eq!(inflated, plain.body);
    assert_eq!(brotli.header("vary"), "accept-encoding");
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again() {
    let server = TestServer::start();
    for fields in ["", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip\r\n"] {
        let first = get(&server, "/", fields);
        let etag = first.header("etag");
        assert!(etag.starts_with('"'), "{etag}");
        let again = format!("{fields}If-None-Match: {etag}\r\n");
        let mut raw = Raw::connect(&server);
        let again = raw.request("GET", "/", &again);
        assert_eq!(again.status, 304);
        assert_eq!(again.header("etag"), etag);
        assert!(again.body.is_empty());
        assert_eq!(raw.get("/health").status, 200);
        let other = get(&server, "/", "If-None-Match: \"another\"\r\n");
        assert_eq!(other.status, 200);
    }
}

#[test]
fn the_page_is_under_60_kib_before_the_first_message_and_120_in_all() {
    let server = TestServer::start();
    let root = get(&server, "/", "");
    let named = root.text().split('"');
    let named = named.filter(|quoted| quoted.starts_with("/assets/"));
    let first: Vec<_> = named.map(str::to_owned).chain(["/".to_owned()]).collect();
    let (mut n_first, mut n_all) = (0, 0);
    let mut waiting = first.clone();
    let mut seen = Vec::new();
    while let Some(path) = waiting.pop() {
        if seen.contains(&path) {
            continue;
        }
        let n_bytes = get(&server, &path, "Accept-Encoding: br\r\n").body.len();
        n_all += n_bytes;
        if first.contains(&path) {
            n_first += n_bytes;
        }
        if path.ends_with(".js") || path.ends_with(".css") {
            let plain = get(&server, &path, "");
            let quoted = plain.text().split(['"', '\'']).skip(1);
            // What is loaded later, with import(), is named in the modules alone.
            waiting.extend(quoted.filter_map(|quoted| match quoted {
                _ if quoted.starts_with('.') => resolve(&path, quoted),
                _ if quoted.starts_with("/assets/") => Some(quoted.to_owned()),
                _ => None,
            }));
        }
        seen.push(path);
    }
    assert!(
        n_first < 60 << 10,
        "{n_first} bytes before the first message"
    );
    assert!(n_all < 120 << 10, "{n_all} bytes in {} files", seen.len());
    assert!(n_first < n_all, "nothing is loaded later");
}
