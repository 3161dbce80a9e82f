//! What servers publish, and what is remembered of it.

use serde_json::{Value, json};

use super::{KEY, call, fields, post, publish, refused, result, server};
use crate::app::App;
use crate::raw::Raw;
use crate::server::TestServer;

#[test]
fn a_room_takes_what_is_a_message_and_answers_with_its_place() {
    let server = server();
    let mut member = Raw::upgrade(&server, "/rooms/tea");
    let message = json!({"sender": "Robot", "message": "Deployed"});
    let parameters = json!({"channel": "room:tea", "data": message, "idempotency_key": "d1"});
    let first = call(&server, "publish", &parameters);
    assert_eq!(first["result"]["offset"], 1);
    assert!(first["result"]["epoch"].is_string());
    let heard = member.hear();
    assert_eq!(
        (&heard["id"], &heard["message"], &heard["offset"]),
        (&json!("d1"), &json!("Deployed"), &json!(1))
    );
    assert_eq!(call(&server, "publish", &parameters), first, "a repeat");
    publish(&server, "room:tea", &json!({"message": "again"}));
    assert_eq!(member.hear()["message"], "again", "the repeat was not told");

    let none = json!({"channel": "room:tea", "data": {"x": 1}});
    assert_eq!(refused(&server, "publish", &none), 107);
    let unknown = json!({"channel": "tea:room", "data": {}});
    assert_eq!(refused(&server, "publish", &unknown), 102);
}

#[test]
fn a_room_that_nobody_has_open_keeps_it_too() {
    let server = server();
    publish(&server, "room:empty", &json!({"message": "one"}));
    let mut member = Raw::upgrade(&server, "/rooms/empty?since=0");
    assert_eq!(member.hear()["message"], "one");
}

#[test]
fn data_on_many_lines_is_one_line_to_clients() {
    let server = server();
    let mut client = App::connect(&server);
    client.subscribe("feed:a");
    let body = "{\"channel\":\"feed:a\",\"data\":{\n\"z\":1,\r\n\"a\":2}}";
    assert_eq!(post(&server, "/api/publish", &fields(), body).status, 200);
    let push = client.hear();
    assert_eq!(push["push"]["pub"]["data"], json!({"z": 1, "a": 2}));
}

#[test]
fn a_feed_is_recovered_from_memory() {
    let server = server();
    let first = publish(&server, "feed:news", &json!({"n": 1}));
    publish(&server, "feed:news", &json!({"n": 2}));
    let epoch = &first["epoch"];

    let mut client = App::connect(&server);
    let since = json!({"channel": "feed:news", "recover": true, "offset": 1, "epoch": epoch});
    let subscribed = client.expect("subscribe", since);
    assert_eq!(subscribed["recovered"], true, "{subscribed}");
    assert_eq!(subscribed["publications"][0]["data"]["n"], 2);
    publish(&server, "feed:news", &json!({"n": 3}));
    let push = client.hear();
    assert_eq!(push["push"]["pub"]["offset"], 3);

    let history = client.expect("history", json!({"channel": "feed:news", "limit": 9}));
    let publications = &history["publications"];
    assert_eq!(publications.as_array().unwrap().len(), 3);

    let say = json!({"channel": "feed:news", "data": {}});
    assert_eq!(client.refused("publish", say), 103);
}

#[test]
fn a_gap_in_a_feed_is_told() {
    let server = TestServer::start_with(|options| {
        options.api_key = Some(KEY.into());
        options.limits.feeds_bytes_max = 600;
    });
    let first = publish(&server, "feed:small", &json!(1));
    for n in 2..5 {
        publish(&server, "feed:small", &json!(n));
    }
    let mut client = App::connect(&server);
    let epoch = &first["epoch"];
    let since = json!({"channel": "feed:small", "recover": true, "offset": 1, "epoch": epoch});
    let subscribed = client.expect("subscribe", since);
    assert_eq!(subscribed["was_recovering"], true);
    assert_eq!(subscribed["recovered"], Value::Null);
    assert_eq!(subscribed["offset"], 4);
    publish(&server, "feed:small", &json!(5));
    assert_eq!(client.hear()["push"]["pub"]["offset"], 5);
}

#[test]
fn history_is_read_both_ways() {
    let server = server();
    for n in 1..4 {
        publish(&server, "room:h", &json!({ "message": n.to_string() }));
    }
    let read = |more: Value| {
        let mut parameters = json!({"channel": "room:h"});
        let fields = parameters.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        call(&server, "history", &parameters)
    };
    let offsets = |more| {
        let result = read(more)["result"].clone();
        let publications = result["publications"].as_array().unwrap().clone();
        let offsets = publications.iter().map(|one| one["offset"].as_u64());
        (
            offsets.flatten().collect::<Vec<_>>(),
            result["offset"].clone(),
        )
    };
    assert_eq!(offsets(json!({})), (vec![], json!(3)));
    assert_eq!(offsets(json!({"limit": -1})), (vec![1, 2, 3], json!(3)));
    let newest = json!({"limit": 2, "reverse": true});
    assert_eq!(offsets(newest), (vec![3, 2], json!(3)));
    let since = json!({"limit": 2, "since": {"offset": 2}});
    assert_eq!(offsets(since), (vec![3], json!(3)));
    let other = json!({"since": {"offset": 2, "epoch": "other"}});
    assert_eq!(read(other)["error"]["code"], 112);
    let live = json!({"channel": "live:x"});
    assert_eq!(refused(&server, "history", &live), 108);
}

#[test]
fn what_a_feed_remembers_is_removed() {
    let server = server();
    let of = json!({"channel": "feed:a", "limit": 9});
    let mut app = App::connect(&server);
    app.subscribe("feed:a");
    publish(&server, "feed:a", &json!(1));
    assert_eq!(result(&server, "history_remove", &of), json!({}));
    let history = result(&server, "history", &of);
    assert_eq!(
        (&history["publications"], &history["offset"]),
        (&json!([]), &json!(1))
    );
    for channel in ["room:a", "live:a"] {
        let of = json!({ "channel": channel });
        assert_eq!(refused(&server, "history_remove", &of), 108, "{channel}");
    }
}
