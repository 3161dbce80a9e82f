use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::client::Client;
use crate::server::{TestServer, each_way};

#[test]
fn a_message_reaches_everyone_and_its_sender() {
    each_way(|server| {
        let mut lea = Client::join(server, "/");
        let mut mo = Client::join(server, "/");
        let mut zoe = Client::join(server, "/socket");
        let before = unix_ms();
        lea.say("Léa", "Bonsoir 🌳");
        let heard = lea.hear();
        assert_eq!(heard["sender"], "Léa");
        assert_eq!(heard["message"], "Bonsoir 🌳");
        assert_eq!(heard["offset"], 1);
        assert!(!heard["id"].as_str().unwrap().is_empty());
        let time = heard["time"].as_u64().unwrap();
        assert!((before..=unix_ms()).contains(&time), "{time}");
        assert_eq!(mo.hear(), heard);
        assert_eq!(zoe.hear(), heard);
    });
}

#[test]
fn who_has_the_answer_to_the_handshake_is_in_the_room() {
    let server = TestServer::limited(|limits| limits.message_rate.per_second = 0);
    let mut lea = Client::join(&server, "/rooms/door");
    for n in 0..200 {
        let mut guest = Client::join(&server, "/rooms/door");
        let said = lea.echo(&n.to_string());
        assert_eq!(guest.hear(), said);
    }
}

#[test]
fn offsets_are_dense_and_begin_with_one() {
    let server = TestServer::start();
    let mut lea = Client::join(&server, "/rooms/tea");
    let mut mo = Client::join(&server, "/rooms/tea");
    for offset in 1..=20 {
        lea.send_binary(b"counts for nothing");
        mo.hear_binary();
        mo.send(r#"{"message":""}"#);
        assert_eq!(mo.hear()["code"], "message-empty");
        assert_eq!(mo.echo("m")["offset"], offset);
        assert_eq!(lea.hear()["offset"], offset);
    }
}

#[test]
fn other_fields_and_the_senders_id_travel_untouched() {
    let server = TestServer::start();
    let mut lea = Client::join(&server, "/");
    lea.send(
        r#"{"mood":{"a":[1,2.50,null]},"message":"a\u0062\n","id":"mine","n":1e3,"sender":" Léa ","time":7,"offset":9,"type":"move"}"#,
    );
    let mut heard = lea.hear();
    let object = heard.as_object_mut().unwrap();
    let time = object.remove("time").unwrap();
    assert_ne!(time, 7);
    assert_eq!(
        heard,
        json!({
            "sender": "Léa", "message": "ab\n", "id": "mine", "offset": 1,
            "mood": {"a": [1, 2.5, null]}, "n": 1e3, "type": "move",
        })
    );
}

#[test]
fn a_missing_or_blank_name_is_the_urls_else_anonyme() {
    let server = TestServer::start();
    let mut nobody = Client::join(&server, "/");
    let mut lea = Client::join(&server, "/?history=0&name=L%C3%A9a+B.&name=no");
    let mut blank = Client::join(&server, "/?name=%20");
    for (sent, expected) in [
        (r#"{"message":"m"}"#, "Léa B."),
        (r#"{"message":"m","sender":" "}"#, "Léa B."),
        (r#"{"message":"m","sender":"Mo"}"#, "Mo"),
    ] {
        lea.send(sent);
        assert_eq!(lea.hear()["sender"], expected);
        assert_eq!(nobody.hear()["sender"], expected);
        assert_eq!(blank.hear()["sender"], expected);
    }
    nobody.send(r#"{"message":"m"}"#);
    assert_eq!(nobody.hear()["sender"], "Anonyme");
    assert_eq!(lea.hear()["sender"], "Anonyme");
    blank.hear();
    blank.send(r#"{"message":"m"}"#);
    assert_eq!(blank.hear()["sender"], "Anonyme");
}

#[test]
fn a_room_is_one_however_its_name_is_written() {
    let server = TestServer::start();
    let mut composed = Client::join(&server, "/rooms/f%C3%AAte");
    let mut decomposed = Client::join(&server, "/rooms/fe%CC%82te?name=x");
    let mut escaped = Client::join(&server, "/rooms/%66%C3%AA%74%65");
    let said = composed.echo("m");
    assert_eq!(decomposed.hear(), said);
    assert_eq!(escaped.hear(), said);

    let mut general = Client::join(&server, "/");
    let mut by_name = Client::join(&server, "/rooms/general");
    assert_eq!(general.echo("m"), by_name.hear());
}

#[test]
fn rooms_are_separate() {
    let server = TestServer::start();
    let targets = [
        "/",
        "/rooms/tea",
        "/rooms/Tea",
        "/live/tea",
        "/live/general",
    ];
    let mut clients = targets.map(|target| Client::join(&server, target));
    for (client, target) in clients.iter_mut().zip(targets) {
        client.say("n", target);
        client.send_binary(b"for nobody");
    }
    // What a neighbour had said would have come first.
    for (client, target) in clients.iter_mut().zip(targets) {
        assert_eq!(client.hear_message(), target);
        client.echo("fence");
    }
}

#[test]
fn a_live_channel_counts_nothing() {
    let server = TestServer::start();
    let mut lea = Client::join(&server, "/live/game?name=Léa");
    let mut mo = Client::join(&server, "/live/game");
    for _ in 0..2 {
        lea.send(r#"{"message":"left","x":4}"#);
        let heard = mo.hear();
        assert_eq!(heard["sender"], "Léa");
        assert_eq!(heard["x"], 4);
        assert!(heard["id"].is_string() && heard["time"].is_u64());
        assert_eq!(heard.get("offset"), None);
        assert_eq!(lea.hear(), heard);
    }
}

#[test]
fn binary_reaches_the_others_as_it_is_and_in_its_place() {
    each_way(|server| {
        let mut lea = Client::join(server, "/");
        // On the sender's own shard, and on the other.
        let mut others = [Client::join(server, "/"), Client::join(server, "/")];
        let bytes: Vec<u8> = (0..=255).cycle().take(60_000).collect();
        for round in 0..5 {
            lea.say("Léa", "before");
            lea.send_binary(&bytes);
            lea.send_binary(&[]);
            lea.send_binary(&[round]);
            lea.say("Léa", "after");
            for other in &mut others {
                assert_eq!(other.hear_message(), "before");
                assert_eq!(other.hear_binary(), bytes);
                assert!(other.hear_binary().is_empty());
                assert_eq!(other.hear_binary(), [round]);
                assert_eq!(other.hear_message(), "after");
            }
            assert_eq!(lea.hear_message(), "before");
            assert_eq!(lea.hear_message(), "after");
        }
    });
}

#[test]
fn who_comes_later_hears_what_is_said_from_then_on() {
    let server = TestServer::start();
    let mut lea = Client::join(&server, "/");
    lea.echo("one");
    let mut mo = Client::join(&server, "/");
    lea.echo("two");
    assert_eq!(mo.hear_message(), "two");
}

fn unix_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    since_1970.unwrap().as_millis() as u64
}
