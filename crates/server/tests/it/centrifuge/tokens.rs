//! What tokens give and take, and when.

use std::time::Duration;

use serde_json::{Value, json};
use server::Options;

use crate::app::{App, in_seconds, sign, trusting};
use crate::client::Client;
use crate::server::TestServer;

const GUARDED: &str = "$room:a";

fn token(user: &str, channel: &str, more: Value) -> String {
    let mut claims = json!({"sub": user, "channel": channel});
    let fields = claims.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    sign(&claims)
}

fn request(channel: &str, token: &str) -> Value {
    json!({"channel": channel, "token": token, "join_leave": true})
}

/// The shortest times that a server takes.
fn short(options: &mut Options) {
    options.limits.ping_interval = Duration::from_secs(2);
    options.limits.pong_timeout = Duration::from_secs(1);
    options.limits.token_grace = Duration::from_secs(1);
}

#[test]
fn a_token_opens_a_guarded_channel_and_says_who_one_is_there() {
    let server = trusting(|_| {});
    let mut lea = App::connect_as(&server, "lea");
    let admin = token("lea", GUARDED, json!({"info": {"role": "admin"}}));
    let subscribed = lea.expect("subscribe", request(GUARDED, &admin));
    assert_eq!(subscribed["expires"], Value::Null);
    let is_lea = |info: &Value| info["user"] == "lea" && info["chan_info"]["role"] == "admin";
    assert!(is_lea(&lea.push()["join"]["info"]));
    lea.publish(GUARDED, "hi");
    assert!(is_lea(&lea.publication()["info"]));
    let presence = lea.expect("presence", json!({ "channel": GUARDED }));
    assert!(
        presence["presence"]
            .as_object()
            .unwrap()
            .values()
            .all(is_lea)
    );

    // Neither the room of that name nor a list knows of it.
    let mut open = App::connect(&server);
    open.subscribe("room:a");
    let history = open.expect("history", json!({"channel": "room:a", "limit": 9}));
    assert_eq!(history["offset"], 0);
    let rooms = open.expect("rpc", json!({"method": "rooms"}));
    assert_eq!(rooms["data"]["rooms"], json!([{"room": "a", "present": 1}]));
    for command in ["publish", "history", "presence", "presence_stats"] {
        let request = json!({"channel": GUARDED, "data": {"message": "m"}});
        assert_eq!(open.refused(command, request), 103, "{command}");
    }
    let mut plain = Client::join(&server, "/rooms/a");
    lea.publish(GUARDED, "for members");
    assert_eq!(plain.echo("first of its room")["offset"], 1);
}

#[test]
fn a_token_is_for_one_user_in_one_channel() {
    let server = trusting(|_| {});
    let mut lea = App::connect_as(&server, "lea");
    for (bad, code) in [
        ("", 103),
        ("made.up.here", 103),
        (&sign(&json!({"sub": "lea"})), 103),
        (&token("lea", GUARDED, json!({"exp": in_seconds(-1)})), 109),
    ] {
        assert_eq!(
            lea.refused("subscribe", request(GUARDED, bad)),
            code,
            "{bad}"
        );
    }
    // Where none is needed, one that is given counts all the same.
    assert_eq!(
        lea.refused("subscribe", request("room:a", "made.up.here")),
        103
    );
    for others in [
        token("mo", GUARDED, json!({})),
        token("lea", "$room:b", json!({})),
        token("lea", "room:a", json!({})),
    ] {
        let mut lea = App::connect_as(&server, "lea");
        lea.say(&[json!({"id": 9, "subscribe": request(GUARDED, &others)})]);
        assert_eq!(lea.closed(), 3500, "{others}");
    }
    let without_key = TestServer::start();
    let mut nobody = App::connect(&without_key);
    let signed = token("", GUARDED, json!({}));
    assert_eq!(nobody.refused("subscribe", request(GUARDED, &signed)), 103);
}

#[test]
fn a_connection_ends_with_its_token_unless_it_is_renewed() {
    let server = trusting(short);
    let until = |seconds| sign(&json!({"sub": "lea", "exp": in_seconds(seconds)}));
    let connect = || {
        let mut app = App::open(&server);
        let result = app.expect("connect", json!({"token": until(2)}));
        assert_eq!(result["expires"], true);
        assert!(result["ttl"].as_u64().unwrap() <= 2);
        app
    };
    let (mut forgetful, mut careful, mut endless) = (connect(), connect(), connect());
    let renewed = careful.expect("refresh", json!({"token": until(1000)}));
    assert_eq!(renewed["expires"], true);
    assert!((990..=1000).contains(&renewed["ttl"].as_u64().unwrap()));
    let forever = sign(&json!({"sub": "lea"}));
    let renewed = endless.expect("refresh", json!({ "token": forever }));
    assert_eq!(renewed["expires"], Value::Null);

    for (token, code) in [
        (String::new(), 3501),
        ("made.up.here".into(), 3500),
        (sign(&json!({"sub": "mo"})), 3500),
        (until(-1), 3005),
    ] {
        let mut app = connect();
        app.say(&[json!({"id": 9, "refresh": {"token": token}})]);
        assert_eq!(app.closed(), code, "{token}");
    }

    assert_eq!(answer_pings_until_closed(&mut forgetful), 3005);
    for app in [&mut careful, &mut endless] {
        let heard = app.until_ping();
        assert!(heard.is_empty(), "{heard:?}");
    }
}

fn answer_pings_until_closed(app: &mut App) -> u16 {
    loop {
        match app.hear_or_close() {
            Ok(_) => app.send("{}"),
            Err(code) => return code,
        }
    }
}

#[test]
fn a_subscription_ends_with_its_token_unless_it_is_renewed() {
    let server = trusting(short);
    let mut lea = App::connect_as(&server, "lea");
    let until = |channel, seconds| token("lea", channel, json!({"exp": in_seconds(seconds)}));
    for channel in ["$room:forgotten", "$room:renewed"] {
        let request = json!({"channel": channel, "token": until(channel, 2)});
        let result = lea.expect("subscribe", request);
        assert_eq!(result["expires"], true);
        assert!(result["ttl"].as_u64().unwrap() <= 2);
    }
    let refresh = |token: &str| json!({"channel": "$room:renewed", "token": token});
    let renewed = lea.expect("sub_refresh", refresh(&until("$room:renewed", 1000)));
    assert_eq!(renewed["expires"], true);
    assert!((990..=1000).contains(&renewed["ttl"].as_u64().unwrap()));
    assert_eq!(lea.refused("sub_refresh", refresh("")), 107);
    let ended = until("$room:renewed", -1);
    assert_eq!(lea.refused("sub_refresh", refresh(&ended)), 109);
    let elsewhere = json!({"channel": "$room:x", "token": until("$room:x", 9)});
    assert_eq!(lea.refused("sub_refresh", elsewhere), 103, "not subscribed");

    let end = loop {
        match lea.hear() {
            ping if ping == json!({}) => lea.send("{}"),
            message => break message,
        }
    };
    assert_eq!(
        end["push"],
        json!({"channel": "$room:forgotten", "unsubscribe": {"code": 2501, "reason": "subscription expired"}})
    );
    let gone = json!({"channel": "$room:forgotten"});
    assert_eq!(lea.refused("presence", gone), 103);
    lea.publish("$room:renewed", "still here");

    for others in ["made.up.here".to_owned(), until("$room:other", 9)] {
        let mut lea = App::connect_as(&server, "lea");
        lea.expect("subscribe", request(GUARDED, &until(GUARDED, 100)));
        lea.push();
        lea.say(&[json!({"id": 9, "sub_refresh": {"channel": GUARDED, "token": others}})]);
        assert_eq!(lea.closed(), 3500, "{others}");
    }
}
