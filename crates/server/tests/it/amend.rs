use serde_json::{Value, json};

use crate::app::App;
use crate::client::Client;
use crate::server::{TestServer, each_way};

/// Somebody in `room:tea`, with an identity of its own.
struct Member {
    app: App,
    user: String,
}

impl Member {
    fn join(server: &TestServer, name: &str) -> Self {
        let connect = json!({ "data": { "name": name } });
        Self::join_by(server, connect)
    }

    fn join_by(server: &TestServer, connect: Value) -> Self {
        let mut app = App::open(server);
        let connected = app.expect("connect", connect);
        let user = connected["data"]["user"].as_str().unwrap().to_owned();
        app.subscribe("room:tea");
        Self { app, user }
    }

    fn publish(&mut self, data: Value) -> Value {
        let request = json!({ "channel": "room:tea", "data": data });
        self.app.ask("publish", request)
    }

    /// Publishes, and expects to be refused with this number.
    fn refused(&mut self, data: Value, number: u64) {
        let reply = self.publish(data.clone());
        assert_eq!(reply["error"]["code"], number, "{data}: {reply}");
        assert_ne!(reply["error"]["message"], "");
    }

    /// The next publication in the room.
    fn hear(&mut self) -> Value {
        self.app.publication()
    }

    fn history(&mut self) -> Vec<Value> {
        let request = json!({ "channel": "room:tea", "limit": -1 });
        let history = self.app.expect("history", request);
        let publications = history["publications"].as_array().unwrap();
        publications.iter().map(|one| one["data"].clone()).collect()
    }
}

fn edit(target: u64, message: &str) -> Value {
    json!({ "type": "edit", "target": target, "message": message, "sender": "Léa" })
}

fn delete(target: u64) -> Value {
    json!({ "type": "delete", "target": target, "sender": "Léa" })
}

fn react(target: u64, removed: bool) -> Value {
    json!({ "type": "reaction", "target": target, "message": "👍", "sender": "Mo", "removed": removed })
}

#[test]
fn history_shows_messages_as_they_are_now_and_members_hear_what_changes() {
    each_way(|server| {
        let mut lea = Member::join(server, "Léa");
        let mut mo = Member::join(server, "Mo");
        let said = json!({ "sender": "Léa", "message": "old", "reply": 1, "x": { "y": 1 } });
        assert!(lea.publish(said)["publish"].is_object());
        assert!(lea.publish(edit(1, "new"))["publish"].is_object());
        assert!(mo.publish(react(1, false))["publish"].is_object());

        assert_eq!(mo.hear()["data"]["message"], "old");
        let heard = mo.hear();
        assert_eq!(heard["offset"], 2);
        assert_eq!(heard["data"]["type"], "edit");
        assert_eq!(heard["data"]["target"], 1);
        assert_eq!(heard["info"]["user"], lea.user.as_str());

        let message = &mo.history()[0];
        assert_eq!(message["message"], "new");
        assert_eq!(message["edited"], heard["data"]["time"]);
        assert_eq!(message["x"]["y"], 1);
        assert_eq!(
            message["reactions"],
            json!({ "👍": { mo.user.clone(): "Mo" } })
        );
        mo.publish(react(1, true));
        assert_eq!(mo.history()[0].get("reactions"), None);
    });
}

#[test]
fn nobody_who_comes_later_gets_what_was_deleted() {
    each_way(|server| {
        let mut lea = Member::join(server, "Léa");
        lea.publish(json!({ "sender": "Léa", "message": "secret", "id": "7", "files": [{ "url": "/files/1/secret" }] }));
        lea.publish(edit(1, "secret too"));
        lea.publish(delete(1));
        lea.hear();
        lea.hear();
        let heard = lea.hear();
        assert_eq!(heard["data"]["message"], "🗑");

        // From memory, and from the log.
        let mut late = Client::join(server, "/rooms/tea?since=0");
        let message = late.hear();
        assert_eq!(message["message"], "🗑");
        assert_eq!(message["deleted"], heard["data"]["time"]);
        assert_eq!(message["id"], "7");
        assert_eq!(message.get("files"), None);
        assert_eq!(late.hear()["message"], "🗑");
        assert_eq!(late.hear()["type"], "delete");
        let history = Value::from(lea.history()).to_string();
        assert!(!history.contains("secret"), "{history}");
    });
}

#[test]
fn what_may_not_be_is_refused_and_told_to_its_sender_alone() {
    let server = TestServer::start();
    let mut lea = Member::join(&server, "Léa");
    let mut mo = Member::join(&server, "Mo");
    lea.publish(json!({ "sender": "Léa", "message": "mine" }));
    mo.refused(edit(1, "no"), 403);
    mo.refused(delete(1), 403);
    lea.refused(edit(2, "no"), 404);
    lea.refused(
        json!({ "type": "edit", "target": "1", "message": "no" }),
        107,
    );
    lea.refused(json!({ "type": "edit", "message": "no" }), 107);
    lea.refused(
        json!({ "type": "reaction", "target": 1, "message": "a b" }),
        107,
    );
    lea.refused(json!({ "message": "m", "reply": 0 }), 107);
    lea.refused(json!({ "message": "m", "reply": 1, "reply_id": 1 }), 107);
    lea.refused(
        json!({ "message": "m", "files": [{ "url": "/files/../x" }] }),
        107,
    );
    lea.publish(edit(1, "yes"));
    lea.refused(edit(2, "no"), 405);
    lea.publish(delete(1));
    lea.refused(delete(1), 410);
    mo.refused(react(1, false), 410);

    // No offset was burnt, and nobody has heard of any of it.
    let offsets: Vec<_> = (0..3).map(|_| mo.hear()["offset"].clone()).collect();
    assert_eq!(offsets, [1, 2, 3]);
}

#[test]
fn a_change_that_waited_while_the_log_was_replaced_meets_no_other_message() {
    let change = |target_id: &str| json!({ "type": "reaction", "target": 1, "target_id": target_id, "message": "👍", "sender": "Mo" });
    let before = TestServer::start();
    let mut mo = Member::join(&before, "Mo");
    mo.publish(json!({ "sender": "Mo", "message": "mine", "id": "mine" }));
    assert!(mo.publish(change("mine"))["publish"].is_object());

    // With an empty data directory the next message has the same place.
    let after = TestServer::start();
    let mut lea = Member::join(&after, "Léa");
    let mut mo = Member::join(&after, "Mo");
    lea.publish(json!({ "sender": "Léa", "message": "another", "id": "another" }));
    mo.refused(change("mine"), 404);
    let mut shapeless = change("another");
    shapeless["target_id"] = 1.into();
    mo.refused(shapeless, 107);
    assert_eq!(lea.history()[0].get("reactions"), None);
    assert!(mo.publish(change("another"))["publish"].is_object());
    assert!(lea.history()[0]["reactions"].is_object());
}

#[test]
fn who_has_no_identity_amends_nothing() {
    let server = TestServer::start();
    let mut plain = Client::join(&server, "/rooms/tea");
    plain.echo("anyone's");
    plain.send(r#"{"type":"delete","target":1,"id":"7"}"#);
    let refused = plain.hear();
    assert_eq!(refused["code"], "no-identity");
    assert_eq!(refused["id"], "7");
    // Nor does anybody else amend what it said.
    Member::join(&server, "Léa").refused(delete(1), 403);
    assert_eq!(plain.echo("next")["offset"], 2);
}

#[test]
fn a_repeat_of_an_amendment_is_taken_once() {
    let server = TestServer::start();
    let mut lea = Member::join(&server, "Léa");
    lea.publish(json!({ "sender": "Léa", "message": "1" }));
    let mut once = edit(1, "2");
    once["id"] = "e".into();
    assert!(lea.publish(once.clone())["publish"].is_object());
    lea.publish(edit(1, "3"));
    assert!(lea.publish(once)["publish"].is_object());
    let history = lea.history();
    assert_eq!(history.len(), 3);
    assert_eq!(history[0]["message"], "3");
}

#[test]
fn what_the_server_says_of_a_message_cannot_be_forged() {
    let server = TestServer::start();
    let mut lea = Client::join(&server, "/rooms/tea");
    lea.send(r#"{"message":"m","edited":1,"deleted":2,"reactions":{"👍":{"a":"b"}},"verified":true,"x":3}"#);
    let heard = lea.hear();
    for field in ["edited", "deleted", "reactions", "verified"] {
        assert_eq!(heard.get(field), None);
    }
    assert_eq!(heard["x"], 3);
}

#[test]
fn a_name_that_a_token_carries_is_seen_to_be_verified() {
    let server = TestServer::start_with(|options| options.token_key = Some(b"key".to_vec()));
    // {"alg":"HS256"} {"sub":"42","name":"Aïcha"}
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiAiNDIiLCAibmFtZSI6ICJBw69jaGEifQ.uHLQ6hrJbQsIc4nx74d4tROo9Hk0jdUYsBV49XwnO8c";
    let mut aicha = Member::join_by(&server, json!({ "token": token }));
    let mut forger = Member::join_by(
        &server,
        json!({ "data": { "name": "Aïcha", "verified": true } }),
    );
    aicha.publish(json!({ "sender": "Mo", "message": "me" }));
    forger.publish(json!({ "sender": "Aïcha", "message": "not me", "verified": true }));

    let said = forger.hear();
    assert_eq!(said["data"]["sender"], "Aïcha");
    assert_eq!(said["data"]["verified"], true);
    let shown = json!({ "name": "Aïcha", "verified": true });
    assert_eq!(said["info"]["conn_info"], shown);
    let forged = forger.hear();
    assert_eq!(forged["data"].get("verified"), None);
    assert_eq!(forged["info"]["conn_info"], json!({ "name": "Aïcha" }));
}

#[test]
fn public_rooms_with_somebody_in_them_are_listed() {
    let server = TestServer::start();
    let mut app = App::connect(&server);
    for channel in ["room:tea", "room:.k3f9", "live:tea"] {
        app.subscribe(channel);
    }
    let rooms = app.expect("rpc", json!({ "method": "rooms" }));
    let expected = json!({ "rooms": [{ "room": "tea", "present": 1 }] });
    assert_eq!(rooms["data"], expected);
    assert_eq!(app.refused("rpc", json!({ "method": "nope" })), 108);
}
