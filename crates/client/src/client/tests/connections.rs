//! How a connection begins, and how it ends.

use super::*;

#[test]
fn a_name_is_told_at_the_connect() {
    let data = RawValue::from_string(r#"{"name":"Léa"}"#.into()).unwrap();
    let mut client = Client::new(Options {
        data: Some(data),
        ..Options::default()
    });
    client.connect(Duration::ZERO);
    client.opened(Duration::ZERO);
    let connect = r#"{"id":1,"connect":{"data":{"name":"Léa"},"name":"rust"}}"#;
    assert_eq!(client.poll_effect(), Some(Effect::Open));
    assert_eq!(client.poll_effect(), Some(Effect::Send(connect.into())));
}

#[test]
fn a_socket_that_does_not_open_is_tried_again() {
    let mut fixture = Fixture::new();
    fixture.check("open");
    fixture.wait();
    fixture.check("close; lost 1");
    fixture.wait();
    fixture.check("open");
}

#[test]
fn a_ping_is_answered_and_silence_is_the_end() {
    let mut fixture = Fixture::connected();
    fixture.receive("{}", "{}");
    let heard_at = fixture.now;
    fixture.wait();
    assert_eq!(fixture.now, heard_at + Duration::from_secs(35));
    fixture.check("close; lost 1");
}

#[test]
fn a_command_without_an_answer_is_the_end_too() {
    let mut fixture = Fixture::connected();
    fixture.publish("1");
    fixture.check(r#"{"id":3,"publish":{"channel":"room:tea","data":1}}"#);
    fixture.wait();
    fixture.check("close; refused 1 2; lost 1");
}

#[test]
fn what_is_not_of_the_protocol_ends_the_connection() {
    Fixture::connected().receive("hello", "close; lost 2");
}

#[test]
fn a_code_that_is_final_is_not_come_back_from() {
    let mut fixture = Fixture::connected();
    fixture.publish(r#"{"id":"a"}"#);
    fixture.drop_effects();
    fixture.close(3500, "refused 1 3; disconnected 3500");
    assert_eq!(fixture.client.deadline(), None);
}

#[test]
fn what_was_too_big_is_not_sent_again() {
    let mut fixture = Fixture::connected();
    fixture.publish(r#"{"id":"a"}"#);
    fixture.drop_effects();
    fixture.close(1009, "refused 1 5; lost 1009");
}
