//! What goes over a connection: publications and the gaps between them, what
//! is published, and what is asked.

use super::*;

const OFFSET_4: &str = r#"{"push":{"channel":"room:tea","pub":{"data":"4","offset":4}}}"#;
const OFFSET_6: &str = r#"{"push":{"channel":"room:tea","pub":{"data":"6","offset":6}}}"#;

#[test]
fn a_publication_is_handed_on_once() {
    let mut fixture = Fixture::connected();
    fixture.receive(OFFSET_4, r#"4="4""#);
    fixture.receive(OFFSET_4, "");
    assert_eq!(fixture.client.position("room:tea").unwrap().offset, 4);
}

#[test]
fn a_lost_connection_is_come_back_from_where_it_was() {
    let mut fixture = Fixture::connected();
    fixture.close(1006, "lost 1006");
    fixture.wait();
    fixture.open_to(
        "open; {\"id\":1,\"connect\":{\"name\":\"rust\"}}|{\"id\":2,\"subscribe\":{\"channel\":\"room:tea\",\
         \"recover\":true,\"epoch\":\"e\",\"offset\":3,\"positioned\":true,\"recoverable\":true}}",
    );
    fixture.receive(
        r#"{"id":1,"connect":{}}
{"id":2,"subscribe":{"recoverable":true,"epoch":"e","recovered":true,"offset":3,"publications":[{"data":"4","offset":4},{"data":"5","offset":5}]}}"#,
        r#"connected; subscribed 3@e; 4="4"; 5="5""#,
    );
}

#[test]
fn what_cannot_be_recovered_is_told() {
    for (answer, expected) in [
        (
            r#""epoch":"e","offset":9"#,
            "connected; subscribed 9@e; gap Some(6)",
        ),
        (
            r#""epoch":"f","offset":9"#,
            "connected; subscribed 9@f; gap None",
        ),
    ] {
        let mut fixture = Fixture::connected();
        fixture.close(3001, "lost 3001");
        fixture.come_back();
        let text = format!(
            "{{\"id\":1,\"connect\":{{}}}}\n{{\"id\":2,\"subscribe\":{{\"recoverable\":true,{answer}}}}}"
        );
        fixture.receive(&text, expected);
    }
}

#[test]
fn a_hole_is_asked_for_once_and_then_told() {
    let mut fixture = Fixture::connected();
    fixture.receive(
        OFFSET_6,
        "{\"id\":3,\"unsubscribe\":{\"channel\":\"room:tea\"}}|{\"id\":4,\"subscribe\":{\"channel\":\"room:tea\",\
         \"recover\":true,\"epoch\":\"e\",\"offset\":3,\"positioned\":true,\"recoverable\":true}}",
    );
    fixture.receive(OFFSET_6, "");
    fixture.receive(
        r#"{"id":4,"subscribe":{"recoverable":true,"recovered":true,"epoch":"e","offset":3}}"#,
        "subscribed 3@e",
    );
    fixture.receive(OFFSET_6, r#"gap Some(2); 6="6""#);
}

#[test]
fn what_has_an_id_is_sent_again_until_it_is_acknowledged() {
    let mut fixture = Fixture::connected();
    assert_eq!(fixture.publish(r#"{"id":"a"}"#), 1);
    assert_eq!(fixture.publish("1"), 2);
    let publish = |id: u32| {
        format!(r#"{{"id":{id},"publish":{{"channel":"room:tea","data":{{"id":"a"}}}}}}"#)
    };
    let other = r#"{"id":4,"publish":{"channel":"room:tea","data":1}}"#;
    fixture.check(&format!("{}; {other}", publish(3)));
    fixture.close(1006, "refused 2 2; lost 1006");

    fixture.come_back();
    fixture.receive(
        r#"{"id":1,"connect":{}}"#,
        &format!("{}; connected", publish(3)),
    );
    fixture.receive(r#"{"id":3,"publish":{}}"#, "acknowledged 1");
    fixture.receive(r#"{"id":3,"publish":{}}"#, "");
}

#[test]
fn a_refusal_is_told() {
    let mut fixture = Fixture::connected();
    fixture.publish("1");
    fixture.check(r#"{"id":3,"publish":{"channel":"room:tea","data":1}}"#);
    fixture.receive(
        r#"{"id":3,"error":{"code":111,"message":"too many requests","temporary":true}}"#,
        "refused 1 111",
    );
}

#[test]
fn the_server_ends_a_subscription_for_good_or_for_now() {
    let mut fixture = Fixture::connected();
    fixture.receive(
        r#"{"push":{"channel":"room:tea","unsubscribe":{"code":2500}}}"#,
        "{\"id\":3,\"subscribe\":{\"channel\":\"room:tea\",\"recover\":true,\"epoch\":\"e\",\"offset\":3,\
         \"positioned\":true,\"recoverable\":true}}",
    );
    fixture.receive(
        r#"{"id":3,"subscribe":{"recoverable":true,"recovered":true,"epoch":"e","offset":3}}"#,
        "subscribed 3@e",
    );
    fixture.receive(
        r#"{"push":{"channel":"room:tea","unsubscribe":{"code":2000}}}"#,
        "unsubscribed 2000",
    );
}

#[test]
fn a_question_is_answered_or_told_to_have_no_answer() {
    let newest = Question::Newest { limit: 2 };
    let mut fixture = Fixture::connected();
    fixture.ask(
        newest,
        r#"{"id":3,"history":{"channel":"room:tea","limit":2,"reverse":true}}"#,
    );
    fixture.receive(
        r#"{"id":3,"history":{"publications":[{"data":3,"offset":3},{"data":2,"offset":2}]}}"#,
        "history 3 2",
    );
    fixture.ask(
        Question::Presence,
        r#"{"id":4,"presence":{"channel":"room:tea"}}"#,
    );
    fixture.receive(
        r#"{"id":4,"presence":{"presence":{"c":{"user":"u"}}}}"#,
        r#"present {"user":"u"}"#,
    );
    fixture.ask(
        Question::Guests,
        r#"{"id":5,"rpc":{"method":"guests","data":{"channel":"room:tea"}}}"#,
    );
    fixture.receive(
        r#"{"id":5,"rpc":{"data":{"guests":[]}}}"#,
        r#"guests {"guests":[]}"#,
    );
    fixture.ask(
        newest,
        r#"{"id":6,"history":{"channel":"room:tea","limit":2,"reverse":true}}"#,
    );
    fixture.receive(r#"{"id":6,"error":{"code":103}}"#, "unanswered 103");
    fixture.ask(
        Question::Presence,
        r#"{"id":7,"presence":{"channel":"room:tea"}}"#,
    );
    fixture.close(1006, "unanswered 1006; lost 1006");
    fixture.ask(Question::Presence, "unanswered 2");
}
