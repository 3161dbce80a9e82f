//! Tokens: a channel's and the connection's, which end and are renewed.

use super::*;

const BOARD: &str = "$room:board";
const ASK: &str =
    r#"{"channel":"$room:board","token":"TOKEN","positioned":true,"recoverable":true}"#;

impl Fixture {
    fn subscribe_board(&mut self, token: &str, expected: &str) {
        let following = Following {
            token: token.into(),
            ..Following::default()
        };
        self.client.subscribe(self.now, BOARD, following);
        self.check(expected);
    }

    /// Gives the board another token.
    fn give(&mut self, token: &str, expected: &str) {
        self.client.set_token(self.now, BOARD, token);
        self.check(expected);
    }

    /// Gives the connection another token.
    fn identify(&mut self, token: &str, expected: &str) {
        self.client.set_identity(self.now, token);
        self.check(expected);
    }

    /// Lets the time pass until something is told: pings count, and are sent.
    fn until_told(&mut self, expected: &str) {
        self.wait();
        self.check(expected);
    }
}

/// Connected; the board was asked for with a token, as command 3.
fn at_board() -> Fixture {
    let mut fixture = Fixture::connected();
    fixture.subscribe_board("t1", &ask(3, "t1"));
    fixture
}

fn ask(id: u32, token: &str) -> String {
    format!(
        r#"{{"id":{id},"subscribe":{}}}"#,
        ASK.replace("TOKEN", token)
    )
}

#[test]
fn a_token_is_renewed_when_its_time_is_over() {
    let mut fixture = at_board();
    fixture.receive(
        r#"{"id":3,"subscribe":{"expires":true,"ttl":10}}"#,
        "subscribed",
    );
    fixture.until_told("wants a token for $room:board");
    let refresh =
        |id| format!(r#"{{"id":{id},"sub_refresh":{{"channel":"$room:board","token":"t2"}}}}"#);
    fixture.give("t2", &refresh(4));
    // For now it is not taken: another is asked for.
    fixture.receive(
        r#"{"id":4,"error":{"code":109,"message":"token expired"}}"#,
        "",
    );
    fixture.until_told("wants a token for $room:board");
    fixture.give("t2", &refresh(5));
    fixture.receive(r#"{"id":5,"sub_refresh":{}}"#, "");
    assert!(
        fixture.client.channels[BOARD].renew_at().is_none(),
        "it does not end"
    );

    fixture.give("t2", &refresh(6));
    fixture.receive(
        r#"{"id":6,"error":{"code":103,"message":"permission denied"}}"#,
        r#"{"id":7,"unsubscribe":{"channel":"$room:board"}}; unsubscribed 103"#,
    );
}

#[test]
fn a_token_that_has_ended_is_waited_for() {
    let mut fixture = at_board();
    fixture.receive(
        r#"{"id":3,"error":{"code":109,"message":"token expired"}}"#,
        "",
    );
    fixture.until_told("wants a token for $room:board");
    fixture.give("t2", &ask(4, "t2"));
    fixture.receive(r#"{"id":4,"subscribe":{}}"#, "subscribed");
    fixture.receive(
        r#"{"push":{"channel":"$room:board","unsubscribe":{"code":2501,"reason":"expired"}}}"#,
        "wants a token for $room:board",
    );
    fixture.give("t3", &ask(5, "t3"));
    fixture.receive(r#"{"id":5,"subscribe":{}}"#, "subscribed");
}

#[test]
fn a_renewal_that_comes_after_the_end_says_nothing() {
    let mut fixture = at_board();
    fixture.receive(
        r#"{"id":3,"subscribe":{"expires":true,"ttl":10}}"#,
        "subscribed",
    );
    fixture.until_told("wants a token for $room:board");
    let refresh = r#"{"id":4,"sub_refresh":{"channel":"$room:board","token":"t2"}}"#;
    fixture.give("t2", refresh);
    // The server has ended it before it heard of the other token.
    fixture.receive(
        r#"{"push":{"channel":"$room:board","unsubscribe":{"code":2501,"reason":"expired"}}}"#,
        "wants a token for $room:board",
    );
    let late = r#"{"id":4,"error":{"code":103,"message":"permission denied"}}"#;
    fixture.receive(late, "");
    fixture.give("t3", &ask(5, "t3"));
    fixture.receive(late, "");
    fixture.receive(r#"{"id":5,"subscribe":{}}"#, "subscribed");
}

#[test]
fn without_a_token_or_with_one_that_is_refused_it_is_over() {
    let mut fixture = at_board();
    let refused = r#"{"id":3,"error":{"code":103,"message":"permission denied"}}"#;
    fixture.receive(refused, "unsubscribed 103");
    fixture.give("too late", "");

    let mut fixture = Fixture::opened();
    fixture.receive(r#"{"id":1,"connect":{"ping":25}}"#, "connected");
    let ended = r#"{"id":2,"error":{"code":109,"message":"token expired"}}"#;
    fixture.receive(ended, "unsubscribed 109");
}

/// Somebody with a token that is good for ten seconds, connected.
fn identified() -> Fixture {
    let client = Client::new(Options {
        token: "t1".into(),
        ..Options::default()
    });
    let now = Duration::from_secs(100);
    let mut fixture = Fixture { client, now };
    fixture.client.connect(now);
    fixture.open_to(r#"open; {"id":1,"connect":{"token":"t1","name":"rust"}}"#);
    fixture.receive(
        r#"{"id":1,"connect":{"expires":true,"ttl":10}}"#,
        "connected",
    );
    fixture
}

#[test]
fn the_token_of_a_connection_is_renewed_when_its_time_is_over() {
    let mut fixture = identified();
    let began = fixture.now;
    fixture.until_told("wants a token");
    assert_eq!(fixture.now, began + Duration::from_secs(10));
    assert_eq!(fixture.client.deadline(), None, "it is asked for once");

    fixture.identify("t2", r#"{"id":2,"refresh":{"token":"t2"}}"#);
    // For now it is not taken: another is asked for.
    let busy = r#"{"id":2,"error":{"code":111,"message":"too many requests","temporary":true}}"#;
    fixture.receive(busy, "");
    fixture.until_told("wants a token");
    fixture.identify("t3", r#"{"id":3,"refresh":{"token":"t3"}}"#);
    fixture.receive(r#"{"id":3,"refresh":{"expires":true,"ttl":20}}"#, "");
    fixture.until_told("wants a token");

    fixture.identify("t4", r#"{"id":4,"refresh":{"token":"t4"}}"#);
    fixture.receive(
        r#"{"id":4,"error":{"code":103,"message":"permission denied"}}"#,
        "close; disconnected 103",
    );
}

#[test]
fn an_answer_about_an_earlier_token_says_nothing_of_this_one() {
    let mut fixture = identified();
    fixture.identify("t2", r#"{"id":2,"refresh":{"token":"t2"}}"#);
    fixture.identify("t3", r#"{"id":3,"refresh":{"token":"t3"}}"#);
    fixture.receive(
        r#"{"id":2,"error":{"code":103,"message":"permission denied"}}"#,
        "",
    );
    fixture.receive(r#"{"id":3,"refresh":{"expires":true,"ttl":20}}"#, "");
    assert!(fixture.client.is_connected());
}

#[test]
fn a_token_that_comes_while_one_connects_is_shown_next() {
    let connecting = || {
        let mut fixture = identified();
        fixture.close(1006, "lost 1006");
        fixture.wait();
        fixture.open_to(r#"open; {"id":1,"connect":{"token":"t1","name":"rust"}}"#);
        fixture.identify("t2", "");
        fixture
    };
    let mut fixture = connecting();
    fixture.receive(
        r#"{"id":1,"connect":{}}"#,
        r#"{"id":2,"refresh":{"token":"t2"}}; connected"#,
    );

    let mut fixture = connecting();
    let ended = r#"{"id":1,"error":{"code":109,"message":"token expired"}}"#;
    fixture.receive(ended, "close; lost 109");
    fixture.wait();
    fixture.open_to(r#"open; {"id":1,"connect":{"token":"t2","name":"rust"}}"#);
}

#[test]
fn who_has_no_good_token_waits_for_one_before_it_comes_back() {
    let refused = r#"{"id":1,"error":{"code":109,"message":"token expired"}}"#;
    let mut fixture = identified();
    fixture.close(3005, "lost 3005");
    fixture.until_told("open");
    fixture.open_to(r#"{"id":1,"connect":{"token":"t1","name":"rust"}}"#);
    fixture.receive(refused, "close; lost 109");
    fixture.until_told("wants a token");
    assert_eq!(fixture.client.deadline(), None);
    // Who connects anew is asked again.
    fixture.client.connect(fixture.now);
    fixture.check("wants a token");
    fixture.identify("t2", "open");
    fixture.open_to(r#"{"id":1,"connect":{"token":"t2","name":"rust"}}"#);
    fixture.receive(refused, "close; lost 109");
    // It comes while nothing is asked: it goes along with the next try.
    fixture.identify("t3", "");
    fixture.until_told("open");
    fixture.open_to(r#"{"id":1,"connect":{"token":"t3","name":"rust"}}"#);
    fixture.receive(refused, "close; lost 109");
    fixture.until_told("wants a token");
    fixture.client.disconnect();
    fixture.check("disconnected 3");
}

#[test]
fn a_token_that_ends_while_one_is_away_is_not_shown_again() {
    let mut fixture = identified();
    fixture.subscribe_board("b1", &ask(2, "b1"));
    fixture.receive(
        r#"{"id":2,"subscribe":{"expires":true,"ttl":10}}"#,
        "subscribed",
    );
    fixture.close(1006, "lost 1006");
    fixture.now += Duration::from_secs(10);
    fixture.client.tick(fixture.now);
    fixture.check("wants a token");
    fixture.identify("t2", "open");
    fixture.open_to(
        r#"{"id":1,"connect":{"token":"t2","name":"rust"}}; wants a token for $room:board"#,
    );
    fixture.give("b2", &ask(2, "b2"));
}

#[test]
fn who_never_had_a_token_is_not_asked_for_another() {
    let mut fixture = Fixture::opened();
    fixture.receive(
        r#"{"id":1,"error":{"code":109,"message":"token expired"}}"#,
        "close; disconnected 109",
    );
}
