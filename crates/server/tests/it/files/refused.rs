//! Who may not bring a file, how large it may be, how many there may be at once.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::{House, connect, publish};
use crate::raw::Raw;
use crate::server::until;

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
