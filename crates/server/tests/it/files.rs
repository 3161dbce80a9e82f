//! Files, up and down, and what becomes of them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::raw::{Raw, Response};
use crate::server::{TestServer, each_way, until};

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

/// A photograph as a phone sends it: turned, with a place, and a film behind it.
fn photograph(turned: u8) -> Vec<u8> {
    let exif = [
        &b"\xff\xe1\0\x34Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
        &[turned],
        b"\0\0\0\0\0\0",
        b"48.8584 N, 2.2945 E",
    ];
    let frame = b"\xff\xc0\0\x0b\x08\x01\0\x02\0\x01\x01\x11\0";
    let pixels = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0pixels\xff\xd9";
    [
        b"\xff\xd8",
        &exif.concat()[..],
        frame,
        pixels,
        b"film 48.8584",
    ]
    .concat()
}

#[test]
fn a_photograph_does_not_tell_where_it_was_taken() {
    let house = House::new("metadata");
    let told = house.bring("photo.jpg", &photograph(6));
    let got = house.get(&told["url"]).body;
    let tells = |part: &[u8]| got.windows(part.len()).any(|bytes| bytes == part);
    assert!(tells(b"pixels") && !tells(b"48.8584") && !tells(b"film"));
    // What is told is what is there, and it is turned as it was.
    assert_eq!(told["type"], "image/jpeg");
    assert_eq!(told["size"], got.len());
    assert_eq!(
        (&told["width"], &told["height"]),
        (&json!(256), &json!(512))
    );
    // Sent on, it stays the same.
    let again = house.bring("photo.jpg", &got);
    assert_eq!(house.get(&again["url"]).body, got);
    assert!(house.has_files(2));

    // Without anything to keep of it nothing is said of how it is turned.
    let told = house.bring("photo.jpg", &photograph(1));
    let got = house.get(&told["url"]).body;
    assert!(!got.windows(4).any(|bytes| bytes == b"Exif"));
}

/// A box of MP4 and its family.
fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    [&length.to_be_bytes(), &kind[..], content].concat()
}

#[test]
fn a_film_does_not_tell_where_it_was_taken_and_keeps_its_length() {
    let house = House::new("film");
    let head = boxed(b"ftyp", b"qt  \0\0\0\0qt  ");
    let times = boxed(b"mvhd", &[&[0; 12][..], b"the rest"].concat());
    let place = boxed(b"udta", b"\xa9xyz+48.8584+002.2945/");
    let film = boxed(b"moov", &[&times[..], &place].concat());
    let film = [head, boxed(b"mdat", b"pixels"), film].concat();
    let told = house.bring("film.mov", &film);
    let got = house.get(&told["url"]).body;
    let tells = |part: &[u8]| got.windows(part.len()).any(|bytes| bytes == part);
    assert!(tells(b"pixels") && tells(b"the rest") && !tells(b"48.8584"));
    assert_eq!(told["type"], "video/quicktime");
    assert_eq!((&told["size"], got.len()), (&json!(film.len()), film.len()));
    assert_eq!(house.get(&house.bring("again", &got)["url"]).body, got);

    let cut = house.upload("film.mov", &film[..film.len() - 40]);
    assert_eq!(cut.status, 422, "{cut:?}");
    assert!(house.has_files(2));
}

#[test]
fn an_image_that_cannot_be_followed_is_refused_and_leaves_nothing() {
    let house = House::new("damaged");
    for damaged in [
        &photograph(1)[..30],
        &PNG[..PNG.len() - 1],
        b"RIFF\xff\0\0\0WEBP",
    ] {
        let response = house.upload("photo", damaged);
        assert_eq!(response.status, 422, "{response:?}");
        assert!(response.text().contains("damaged"), "{response:?}");
        assert!(house.has_files(0));
    }
    // The same bytes as anything else are nobody's business.
    let archive = [b"PK\x03\x04", &PNG[..40]].concat();
    assert_eq!(
        house.get(&house.bring("photo.zip", &archive)["url"]).body,
        archive
    );
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
fn who_may_not_upload_is_told_why() {
    let house = House::new("refused");
    let token = house.fields();
    let stranger = format!("{token}Origin: https://evil.example\r\n");
    let form = format!("{token}Content-Type: multipart/form-data; boundary=x\r\n");
    for (fields, status, part) in [
        ("", 401, "Authorization: Bearer"),
        (
            "Authorization: Basic eDp4\r\n",
            401,
            "Authorization: Bearer",
        ),
        ("Authorization: Bearer x.y.z\r\n", 401, "not valid"),
        (&*stranger, 403, "--allow-origin"),
        (&form, 415, "as the body"),
    ] {
        let response = house.upload_as(fields, "x", b"text");
        assert_eq!(response.status, status, "{fields}");
        assert!(response.text().contains(part), "{response:?}");
    }
    let response = Raw::connect(&house.server).request("DELETE", "/files/x", "");
    assert_eq!(response.status, 405);
    assert_eq!(response.header("allow"), "GET, HEAD");
    assert!(house.has_files(0));
}

#[test]
fn a_page_that_may_connect_may_upload_and_read_the_answer() {
    let house = House::limited("origin", |options| {
        options.origins = server::OriginPolicy::new(["https://app.example"]).unwrap();
    });
    let origin = "Origin: https://app.example\r\n";
    let asked = Raw::connect(&house.server).request("OPTIONS", "/files", origin);
    assert_eq!(asked.status, 204);
    assert_eq!(
        asked.header("access-control-allow-origin"),
        "https://app.example"
    );
    assert!(
        asked
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    let response = house.upload_as(&format!("{}{origin}", house.fields()), "x", b"text");
    assert_eq!(response.status, 201);
    assert_eq!(
        response.header("access-control-allow-origin"),
        "https://app.example"
    );
    let refused = house.upload_as(origin, "x", b"text");
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.header("access-control-allow-origin"),
        "https://app.example"
    );
}

#[test]
fn a_file_has_a_limit_which_is_told_before() {
    let house = House::limited("size", |options| options.limits.file_bytes_max = 1000);
    let told = Raw::connect(&house.server).get("/files").json();
    assert_eq!(told, json!({"bytes_max": 1000, "files_max": 10}));
    house.bring("x", &[7; 1000]);
    // The head alone is enough to refuse it.
    let response = house.begin(&house.fields(), "x", 1001).response();
    assert_eq!(response.status, 413);
    assert!(response.text().contains("1000"), "{response:?}");

    let mut raw = Raw::connect(&house.server);
    let (authority, fields) = (house.server.authority(), house.fields());
    raw.send(format!(
        "POST /files HTTP/1.1\r\nHost: {authority}\r\n{fields}Transfer-Encoding: chunked\r\n\r\n\
         3e9\r\n{}\r\n0\r\n\r\n",
        "x".repeat(1001)
    ));
    assert_eq!(raw.response().status, 413);
    until("nothing is left of it", || house.has_files(1));
}

#[test]
fn a_user_has_a_rate_and_a_number_at_once() {
    let house = House::limited("rate", |options| {
        options.limits.file_rate.burst = 6;
    });
    // Each is begun once it is asked for more; the limit counts these.
    let mut under_way: Vec<Raw> = Vec::new();
    for _ in 0..4 {
        let mut raw = house.begin(&house.fields(), "x", 4);
        raw.send(b"te");
        under_way.push(raw);
    }
    until("four are on their way", || {
        fs::read_dir(house.data.join("files/incoming"))
            .unwrap()
            .count()
            == 4
    });
    let refused = house.upload("x", b"text");
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("at once"), "{refused:?}");
    assert_eq!(refused.header("retry-after"), "5");
    for raw in &mut under_way {
        raw.send(b"xt");
        assert_eq!(raw.response().status, 201);
    }
    let statuses: Vec<u16> = (0..9).map(|_| house.upload("x", b"text").status).collect();
    assert!(
        statuses.contains(&201) && statuses.contains(&429),
        "{statuses:?}"
    );

    let (_, another) = connect(&house.server);
    let fields = format!("Authorization: Bearer {another}\r\n");
    assert_eq!(house.upload_as(&fields, "x", b"text").status, 201);
}

#[test]
fn all_users_together_have_a_number_at_once() {
    let house = House::limited("busy", |options| options.limits.uploads_max = 1);
    let mut raw = house.begin(&house.fields(), "x", 2);
    raw.send(b"t");
    until("one is on its way", || !house.has_files(0));
    assert_eq!(house.upload("x", b"text").status, 503);
    raw.send(b"x");
    assert_eq!(raw.response().status, 201);
}

#[test]
fn files_leave_room_on_the_disk_for_messages() {
    let house = House::limited("full", |options| options.limits.free_bytes_min = u64::MAX);
    let response = house.upload("x", b"text");
    assert_eq!(response.status, 507);
    assert!(house.has_files(0));
    let (mut lea, _) = connect(&house.server);
    publish(&mut lea, &json!({"sender": "Léa", "message": "still here"}));
}

#[test]
fn an_upload_that_stands_still_or_breaks_off_leaves_nothing() {
    let house = House::limited("slow", |options| {
        options.limits.upload_timeout = Duration::from_secs(1);
    });
    let mut raw = house.begin(&house.fields(), "x", 9);
    raw.send(b"t");
    assert_eq!(raw.response().status, 408);
    until("nothing is left of it", || house.has_files(0));

    let mut raw = house.begin(&house.fields(), "x", 9);
    raw.send(b"t");
    until("it is on its way", || !house.has_files(0));
    drop(raw);
    until("nothing is left of it", || house.has_files(0));
}

#[test]
fn a_start_clears_what_a_fall_left_half() {
    let data = folder("half");
    fs::create_dir_all(data.join("files/incoming")).unwrap();
    fs::write(data.join("files/incoming/half"), b"ha").unwrap();
    let house = House::at(data, |_| {});
    assert!(house.has_files(0));
}

#[test]
fn files_go_with_their_message_and_outlive_a_restart_without() {
    let house = House::new("deleted");
    let (mut lea, token) = connect(&house.server);
    let fields = format!("Authorization: Bearer {token}\r\n");
    let bring = |house: &House| house.upload_as(&fields, "x.png", PNG).json()["url"].clone();
    let (first, second) = (bring(&house), bring(&house));
    say(&mut lea, "1", &first);
    say(&mut lea, "2", &second);
    // Whoever passes it on holds nothing fast, and takes nothing away.
    let (mut mo, _) = connect(&house.server);
    say(&mut mo, "3", &first);
    publish(
        &mut mo,
        &json!({"sender": "Mo", "message": "x", "type": "delete", "target": 3}),
    );

    let House { server, data, .. } = house;
    server.stop();
    let house = House::at(data, |_| {});
    assert_eq!(house.get(&first).body, PNG);
    let (mut lea, _) = enter(&house.server, &json!({"token": token}));
    publish(
        &mut lea,
        &json!({"sender": "Léa", "message": "x", "type": "delete", "target": 1}),
    );
    until("it has gone", || house.get(&first).status == 404);
    assert_eq!(house.get(&second).body, PNG);
    assert!(house.has_files(1));
}

#[test]
fn files_go_when_their_message_is_not_kept() {
    let house = House::new("trimmed");
    let (mut lea, _) = connect(&house.server);
    let urls: Vec<Value> = (0..3)
        .map(|_| house.bring("x", b"text")["url"].clone())
        .collect();
    for (n, url) in urls.iter().enumerate() {
        say(&mut lea, &n.to_string(), url);
    }
    let House { server, data, .. } = house;
    server.stop();
    let house = House::at(data, |options| {
        options.keep.count = Some(1);
    });
    until("two have gone", || house.has_files(1));
    assert_eq!(house.get(&urls[2]).body, b"text");
}

#[test]
fn what_no_message_names_goes_after_a_day() {
    let house = House::new("unused");
    let (mut lea, _) = connect(&house.server);
    let [used, old, new] = [(); 3].map(|()| house.bring("x", b"text")["url"].clone());
    say(&mut lea, "1", &used);
    let House { server, data, .. } = house;
    server.stop();
    let yesterday = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    for url in [&used, &old] {
        let id = &url.as_str().unwrap()[7..33];
        let file = File::options()
            .write(true)
            .open(data.join("files").join(id));
        file.unwrap().set_modified(yesterday).unwrap();
    }
    let house = House::at(data, |_| {});
    until("the old one has gone", || house.get(&old).status == 404);
    assert_eq!(house.get(&used).status, 200);
    assert_eq!(house.get(&new).status, 200);
}

#[test]
fn a_server_that_keeps_nothing_says_so() {
    each_way(|server| {
        let response = Raw::connect(server).get("/files");
        assert_eq!(response.status, 503);
    });
}
