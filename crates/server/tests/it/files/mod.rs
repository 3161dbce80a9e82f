//! Files, up and down, and what becomes of them.

mod kept;
mod metadata;
mod refused;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::raw::{Raw, Response};
use crate::server::{TestServer, each_way};

/// 256 by 32 pixels, all black.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0 \x01\0\0\0\0\xd5\xd2\x9bI\
    \0\0\0\x12IDATx\xdac`\x18\x05\xa3`\x14\x8c\x02\xec\0\0\x04 \0\x01|\xc1\xef\xb8\
    \0\0\0\0IEND\xaeB`\x82";

/// A server with a data directory of its own, and somebody who is in a room.
struct House {
    server: TestServer,
    data: PathBuf,
    token: String,
}

/// An empty directory of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("files-{name}"));
    let _ = fs::remove_dir_all(&folder);
    folder
}

impl House {
    fn new(name: &str) -> Self {
        Self::limited(name, |_| {})
    }

    fn limited(name: &str, change: impl FnOnce(&mut server::Options)) -> Self {
        Self::at(folder(name), change)
    }

    fn at(data: PathBuf, change: impl FnOnce(&mut server::Options)) -> Self {
        let server = TestServer::start_with(|options| {
            options.data = Some(data.clone());
            change(options);
        });
        let (_, token) = connect(&server);
        Self {
            server,
            data,
            token,
        }
    }

    fn fields(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.token)
    }

    fn upload(&self, name: &str, body: &[u8]) -> Response {
        self.upload_as(&self.fields(), name, body)
    }

    fn upload_as(&self, fields: &str, name: &str, body: &[u8]) -> Response {
        let mut raw = self.begin(fields, name, body.len());
        raw.send(body);
        raw.response()
    }

    /// The head of an upload of so many bytes.
    fn begin(&self, fields: &str, name: &str, length: usize) -> Raw {
        let mut raw = Raw::connect(&self.server);
        let authority = self.server.authority();
        raw.send(format!(
            "POST /files?name={name} HTTP/1.1\r\nHost: {authority}\r\n{fields}\
             Content-Length: {length}\r\n\r\n"
        ));
        raw
    }

    /// The answer to an upload that was taken.
    fn bring(&self, name: &str, body: &[u8]) -> Value {
        let response = self.upload(name, body);
        assert_eq!(response.status, 201, "{response:?}");
        response.json()
    }

    fn get(&self, url: &Value) -> Response {
        Raw::connect(&self.server).get(url.as_str().unwrap())
    }

    /// Whether the store has this many files, none of them half.
    fn has_files(&self, n: usize) -> bool {
        let count = |dir: &Path| fs::read_dir(dir).unwrap().count();
        let folder = self.data.join("files");
        count(&folder) == n + 1 && count(&folder.join("incoming")) == 0
    }
}

/// A member of a room by the Centrifuge dialect, and who they are.
fn connect(server: &TestServer) -> (Raw, String) {
    let (raw, reply) = enter(server, &json!({}));
    let token = reply["connect"]["data"]["token"].as_str().unwrap();
    (raw, token.to_owned())
}

/// The same by the parameters of `connect`, with its reply.
fn enter(server: &TestServer, parameters: &Value) -> (Raw, Value) {
    let mut raw = Raw::upgrade(server, "/connection/websocket");
    let reply = ask(&mut raw, &json!({"id": 1, "connect": parameters}));
    ask(
        &mut raw,
        &json!({"id": 2, "subscribe": {"channel": "room:tea"}}),
    );
    (raw, reply)
}

fn ask(raw: &mut Raw, command: &Value) -> Value {
    let text = command.to_string();
    raw.send_frame(websocket::Frame::message(
        websocket::Opcode::Text,
        text.as_bytes(),
    ));
    // What is published comes in between.
    loop {
        let heard = raw.hear();
        if heard["id"] == command["id"] {
            return heard;
        }
    }
}

fn publish(raw: &mut Raw, data: &Value) {
    let command = json!({"id": 3, "publish": {"channel": "room:tea", "data": data}});
    let reply = ask(raw, &command);
    assert!(reply["publish"].is_object(), "{reply}");
}

fn say(raw: &mut Raw, id: &str, url: &Value) {
    let files = json!([{"url": url}]);
    publish(
        raw,
        &json!({"sender": "Léa", "message": "look", "id": id, "files": files}),
    );
}

#[test]
fn a_file_comes_back_as_it_was() {
    let house = House::new("roundtrip");
    let long: Vec<u8> = (0..1_000_000_u32)
        .map(|n| (n.wrapping_mul(n) >> 7) as u8)
        .collect();
    let told = house.bring("noise.bin", &long);
    assert_eq!(told["name"], "noise.bin");
    assert_eq!(told["type"], "application/octet-stream");
    assert_eq!(told["size"], 1_000_000);
    let got = house.get(&told["url"]);
    assert_eq!(got.status, 200);
    assert!(got.body == long);

    let told = house.bring("%C3%A9t%C3%A9.png", PNG);
    assert_eq!(told["name"], "été.png");
    assert_eq!((&told["width"], &told["height"]), (&json!(256), &json!(32)));
    let got = house.get(&told["url"]);
    assert_eq!(got.header("content-type"), "image/png");
    assert_eq!(
        got.header("content-disposition"),
        "inline; filename=\"_t_.png\"; filename*=UTF-8''%C3%A9t%C3%A9.png"
    );
    assert!(got.header("cache-control").contains("immutable"));
    assert_eq!(house.get(&told["url"]).body, PNG);
    let empty = house.bring("empty", b"");
    assert_eq!(house.get(&empty["url"]).body, b"");
}

#[test]
fn a_file_travels_through_tls_and_in_chunks() {
    let data = folder("tls");
    let house = House::at(data, |options| {
        options.tls = Some(crate::server::CERTIFICATE.source());
    });
    let mut raw = Raw::connect(&house.server);
    let (authority, fields) = (house.server.authority(), house.fields());
    raw.send(format!(
        "POST /files HTTP/1.1\r\nHost: {authority}\r\n{fields}Transfer-Encoding: chunked\r\n\r\n\
         3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    ));
    let told = raw.response().json();
    assert_eq!(told["name"], "file");
    assert_eq!(house.get(&told["url"]).body, b"abcdefg");
}

#[test]
fn what_is_hostile_is_served_as_nothing_that_runs() {
    let house = House::new("hostile");
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let text = "text/plain; charset=utf-8";
    for (name, body, media_type, showing) in [
        (
            "x.html",
            &b"<script>alert(1)</script>"[..],
            text,
            "attachment",
        ),
        ("x.svg", svg, text, "attachment"),
        ("x.js", b"alert(1)", text, "attachment"),
        (
            "x.pdf",
            b"%PDF-1.7 <script>",
            "application/pdf",
            "attachment",
        ),
        (
            "x.html",
            b"GIF89a<script>alert(1)</script>",
            "image/gif",
            "inline",
        ),
        ("x.png", b"<!doctype html><script>", text, "attachment"),
    ] {
        // What the sender says of it counts for nothing.
        let fields = format!("{}Content-Type: text/html\r\n", house.fields());
        let told = house.upload_as(&fields, name, body).json();
        assert_eq!(told["type"], media_type, "{name}");
        let got = house.get(&told["url"]);
        assert_eq!(got.header("content-type"), media_type);
        assert!(got.header("content-disposition").starts_with(showing));
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        let policy = got.header("content-security-policy");
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
    }
}

#[test]
fn a_name_is_for_people_and_leads_nowhere() {
    let house = House::new("names");
    let long = "x".repeat(3000);
    for (name, expected) in [
        ("..%2f..%2fsecret", "secret"),
        ("photo%E2%80%AEgnp.exe", "photognp.exe"),
        ("a%0d%0aSet-Cookie:%20x.txt", "aSet-Cookie x.txt"),
        ("%ff%00", "\u{fffd}"),
        (&long, &long[..200]),
    ] {
        let told = house.bring(name, b"text");
        assert_eq!(told["name"], expected, "{name}");
        assert_eq!(house.get(&told["url"]).body, b"text");
    }
    assert!(house.has_files(5), "all of them lie in the store");

    let id = &house.bring("x", b"text")["url"].as_str().unwrap()[7..33].to_owned();
    for path in [
        "/files/../secret".to_owned(),
        "/files/..%2fsecret".to_owned(),
        "/files/incoming".to_owned(),
        "/files/incoming/x".to_owned(),
        "/files/".to_owned(),
        "/files/%00".to_owned(),
        format!("/files/{}", id.to_uppercase()),
        format!("/files/{}1", &id[..25]),
        format!("/files/x/{id}"),
    ] {
        let response = Raw::connect(&house.server).get(&path);
        assert_eq!(response.status, 404, "{path}");
    }
    // The name is no part of the address; one that deceives is cleaned here, too.
    let other = house.get(&json!(format!("/files/{id}/..%5c%0d%0a%22x")));
    assert_eq!(other.status, 200);
    let disposition = other.header("content-disposition");
    assert!(disposition.contains("filename=\"x\""), "{disposition}");
}

#[test]
fn a_player_gets_the_part_that_it_asks_for() {
    let house = House::new("range");
    let body: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let url = house.bring("x", &body)["url"].clone();
    let url = url.as_str().unwrap();
    let get = |fields: &str| Raw::connect(&house.server).request("GET", url, fields);
    let part = get("Range: bytes=70000-140000\r\n");
    assert_eq!(part.status, 206);
    assert_eq!(part.header("content-range"), "bytes 70000-140000/200000");
    assert!(part.body == body[70000..=140_000]);
    assert_eq!(get("Range: bytes=-5\r\n").body, body[199_995..]);
    let none = get("Range: bytes=200000-\r\n");
    assert_eq!(none.status, 416);
    assert_eq!(none.header("content-range"), "bytes */200000");
    assert_eq!(get("Range: bytes=0-1,5-6\r\n").status, 200);

    let whole = get("");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let etag = whole.header("etag").to_owned();
    let same = get(&format!("Range: bytes=0-1\r\nIf-Range: {etag}\r\n"));
    assert_eq!(same.status, 206);
    let other = get("Range: bytes=0-1\r\nIf-Range: \"other\"\r\n");
    assert_eq!(other.status, 200);
    assert_eq!(get(&format!("If-None-Match: {etag}\r\n")).status, 304);

    let mut raw = Raw::connect(&house.server);
    let head = raw.request("HEAD", url, "");
    assert_eq!(head.header("content-length"), "200000");
    // No body in between: the next answer is in its place.
    assert_eq!(raw.get("/health").status, 200);
}

#[test]
fn a_server_that_keeps_nothing_says_so() {
    each_way(|server| {
        let response = Raw::connect(server).get("/files");
        assert_eq!(response.status, 503);
    });
}
