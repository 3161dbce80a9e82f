use engine::RateLimit;
use serde_json::{Value, json};
use websocket::{CloseCode, Frame};

use crate::client::Client;
use crate::raw::{MASK, Raw};
use crate::server::{TestServer, each_way};

#[test]
fn what_is_wrong_is_told_to_its_sender_alone() {
    let long = |field: &str, n| json!({ "message": "m", field: "é".repeat(n) }).to_string();
    let table: &[(&str, &str)] = &[
        ("", "not-json"),
        ("hello", "not-json"),
        (r#"{"message":"m""#, "not-json"),
        ("[]", "not-an-object"),
        ("null", "not-an-object"),
        (r#""Hello, server!""#, "not-an-object"),
        (r#"{"sender":"Léa"}"#, "message-missing"),
        (r#"{"message":7}"#, "message-not-a-string"),
        (r#"{"message":"\ud800"}"#, "message-not-a-string"),
        (r#"{"message":""}"#, "message-empty"),
        (&long("message", 16_001), "message-too-long"),
        (r#"{"message":"m","sender":7}"#, "sender-not-a-string"),
        (&long("sender", 65), "sender-too-long"),
        (r#"{"message":"m","sender":"a\nb"}"#, "sender-invalid"),
        (r#"{"message":"m","id":7}"#, "id-invalid"),
        (&long("id", 33), "id-invalid"),
        (r#"{"message":"m","type":"error"}"#, "type-reserved"),
    ];
    each_way(|server| {
        let mut clumsy = Client::join(server, "/");
        let mut other = Client::join(server, "/");
        for &(sent, code) in table {
            clumsy.send(sent);
            let answer = clumsy.hear();
            assert_eq!(answer["type"], "error");
            assert_eq!(answer["code"], code, "{sent}");
            assert_eq!(answer["sender"], "palabre");
            assert_ne!(answer["message"], "");
        }
        // The socket is still good, and the other has heard nothing before.
        let said = clumsy.echo("fence");
        assert_eq!(said["offset"], 1);
        assert_eq!(other.hear(), said);
    });
}

#[test]
fn the_longest_message_and_name_are_taken() {
    let server = TestServer::start();
    let mut lea = Client::join(&server, "/");
    let (sender, message) = ("é".repeat(64), "🌳".repeat(16_000));
    lea.say(&sender, &message);
    let heard = lea.hear();
    assert_eq!(heard["sender"], sender.as_str());
    assert_eq!(heard["message"], message.as_str());
}

#[test]
fn a_refusal_names_the_refused_message() {
    let server = TestServer::start();
    let mut lea = Client::join(&server, "/");
    lea.send(r#"{"id":"mine","message":""}"#);
    assert_eq!(lea.hear()["id"], "mine");
}

#[test]
fn a_refusal_speaks_the_readers_language() {
    let server = TestServer::start();
    for (accepts, said) in [
        (
            "fr-CA, en;q=0.8",
            "message est vide\u{202f}; écrivez au moins un caractère",
        ),
        (
            "en, fr;q=0.8",
            "message is empty; write at least one character",
        ),
        ("de", "message is empty; write at least one character"),
    ] {
        let mut reader = Client::join_with(&server, "/", &[("accept-language", accepts)]);
        reader.send(r#"{"message":""}"#);
        assert_eq!(reader.hear()["message"], said, "{accepts}");
    }
}

#[test]
fn more_messages_than_the_rate_allows_are_not_passed_on() {
    let server = TestServer::limited(|limits| {
        limits.message_rate = RateLimit {
            per_second: 1,
            burst: 5,
        };
    });
    let mut hasty = Client::join(&server, "/");
    let mut other = Client::join(&server, "/");
    // One at a time: a slow machine only lets more through before the refusal.
    let mut n_passed = 0;
    let refusal = loop {
        hasty.say("hasty", &n_passed.to_string());
        let heard = hasty.hear();
        if heard.get("code").is_some() {
            break heard;
        }
        n_passed += 1;
    };
    assert_eq!(refusal["code"], "rate-limited");
    assert!(n_passed >= 5, "{n_passed}");
    for n in 0..n_passed {
        assert_eq!(other.hear_message(), n.to_string());
    }
    other.echo("others have a rate of their own");
}

#[test]
fn who_ignores_as_many_errors_as_the_burst_is_closed_with_1008() {
    let server = TestServer::limited(|limits| {
        limits.message_rate = RateLimit {
            per_second: 1,
            burst: 5,
        };
    });
    let mut other = Client::join(&server, "/");
    for frame in [Frame::text(r#"{"message":"m"}"#), Frame::binary(b"m")] {
        let mut flood = Raw::upgrade(&server, "/");
        flood.send(frame.masked(MASK).to_bytes().repeat(1000));
        let mut n_refused = 0;
        let closed = loop {
            let answer = flood.frame();
            if answer.first == 0x88 {
                break answer;
            }
            let answer: Value = serde_json::from_slice(&answer.payload).unwrap();
            n_refused += usize::from(answer.get("code").is_some());
        };
        assert_eq!(closed.payload[..2], 1008_u16.to_be_bytes());
        assert!((5..990).contains(&n_refused), "{n_refused}");
        flood.send_frame(Frame::close(CloseCode::NORMAL, ""));
        flood.expect_end();
    }
    for _ in 0..5 {
        assert_eq!(other.hear_text_in_noise()["message"], "m");
    }
}

#[test]
fn no_rate_is_no_limit() {
    let server = TestServer::limited(|limits| limits.message_rate.per_second = 0);
    let mut lea = Client::join(&server, "/");
    for n in 0..500 {
        lea.say("Léa", &n.to_string());
    }
    for n in 0..500 {
        assert_eq!(lea.hear_message(), n.to_string());
    }
}
