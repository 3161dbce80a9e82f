//! How long a file stays, and what it goes with.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{House, PNG, connect, enter, folder, publish, say};
use crate::server::until;

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
    until("it has gone", || house.has_files(1));
    assert_eq!(house.get(&first).status, 404);
    assert_eq!(house.get(&second).body, PNG);
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
    until("the old one has gone", || house.has_files(2));
    assert_eq!(house.get(&old).status, 404);
    assert_eq!(house.get(&used).status, 200);
    assert_eq!(house.get(&new).status, 200);
}
