//! Text in, effects and events out.

use super::*;

/// A client, the time, and all that it asked for and told, a line each.
struct Fixture {
    client: Client,
    now: Duration,
}

impl Fixture {
    /// With `room:tea` followed, connected.
    fn connected() -> Self {
        let mut fixture = Self::opened();
        fixture.receive(
            r#"{"id":1,"connect":{"client":"c","version":"0","ping":25,"pong":true}}
{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":3}}"#,
            "connected; subscribed 3@e",
        );
        fixture
    }

    fn opened() -> Self {
        let mut fixture = Self::new();
        fixture.open("");
        fixture
    }

    fn new() -> Self {
        let mut client = Client::new(Options::default());
        client.subscribe(Duration::ZERO, "room:tea", Following::default());
        client.connect(Duration::ZERO);
        let now = Duration::from_secs(100);
        Self { client, now }
    }

    /// Opens the socket; the subscribe command goes on with `resume`.
    fn open(&mut self, resume: &str) {
        self.client.opened(self.now);
        self.check(&format!(
            "open; {{\"id\":1,\"connect\":{{\"name\":\"rust\"}}}}|\
             {{\"id\":2,\"subscribe\":{{\"channel\":\"room:tea\"{resume},\"positioned\":true,\"recoverable\":true}}}}"
        ));
    }

    fn receive(&mut self, text: &str, expected: &str) {
        self.client.received(self.now, text);
        self.check(expected);
    }

    fn publish(&mut self, data: &str) -> Ticket {
        let data = RawValue::from_string(data.into()).unwrap();
        self.client.publish(self.now, "room:tea", data).unwrap()
    }

    /// Waits for what the client itself waits for.
    fn wait(&mut self) {
        self.now = self.client.deadline().unwrap();
        self.client.tick(self.now);
    }

    fn check(&mut self, expected: &str) {
        let effects: Vec<_> = std::iter::from_fn(|| self.client.poll_effect()).collect();
        let events: Vec<_> = std::iter::from_fn(|| self.client.poll_event()).collect();
        let effects = effects.into_iter().map(|effect| match effect {
            Effect::Open => "open".into(),
            Effect::Close => "close".into(),
            Effect::Send(text) => text.replace('\n', "|"),
        });
        let shown: Vec<_> = effects.chain(events.iter().map(show)).collect();
        assert_eq!(shown.join("; "), expected);
    }
}

fn show(event: &Event) -> String {
    match event {
        Event::Connected { .. } => "connected".into(),
        Event::Connecting { problem, .. } => format!("lost {}", problem.code),
        Event::Disconnected(problem) => format!("disconnected {}", problem.code),
        Event::Subscribed { position, .. } => match position {
            Some(Position { offset, epoch }) => format!("subscribed {offset}@{epoch}"),
            None => "subscribed".into(),
        },
        Event::Unsubscribed { problem, .. } => format!("unsubscribed {}", problem.code),
        Event::TokenWanted { channel } => match channel {
            Some(channel) => format!("wants a token for {channel}"),
            None => "wants a token".into(),
        },
        Event::Publication { publication, .. } => {
            format!("{}={}", publication.offset, publication.data)
        }
        Event::Gap { n_missing, .. } => format!("gap {n_missing:?}"),
        Event::Join { info, .. } => format!("join {info}"),
        Event::Leave { info, .. } => format!("leave {info}"),
        Event::History { publications, .. } => {
            let data = publications.iter().map(|it| it.data.as_str());
            format!("history {}", data.collect::<Vec<_>>().join(" "))
        }
        Event::Presence { members, .. } => format!("present {}", members.join(" ")),
        Event::Guests { guests, .. } => format!("guests {guests}"),
        Event::Unanswered { problem, .. } => format!("unanswered {}", problem.code),
        Event::Acknowledged(ticket) => format!("acknowledged {ticket}"),
        Event::Refused { ticket, problem } => format!("refused {ticket} {}", problem.code),
    }
}

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
    fixture.client.closed(fixture.now, 1006, "");
    fixture.check("lost 1006");
    fixture.wait();
    fixture.client.opened(fixture.now);
    fixture.check(
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
        fixture.client.closed(fixture.now, 3001, "shutdown");
        fixture.check("lost 3001");
        fixture.wait();
        fixture.client.opened(fixture.now);
        while fixture.client.poll_effect().is_some() {}
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
    fixture.client.closed(fixture.now, 1006, "");
    fixture.check("refused 2 2; lost 1006");

    fixture.wait();
    fixture.client.opened(fixture.now);
    while fixture.client.poll_effect().is_some() {}
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
fn a_code_that_is_final_is_not_come_back_from() {
    let mut fixture = Fixture::connected();
    fixture.publish(r#"{"id":"a"}"#);
    while fixture.client.poll_effect().is_some() {}
    fixture.client.closed(fixture.now, 3500, "invalid token");
    fixture.check("refused 1 3; disconnected 3500");
    assert_eq!(fixture.client.deadline(), None);
}

#[test]
fn what_was_too_big_is_not_sent_again() {
    let mut fixture = Fixture::connected();
    fixture.publish(r#"{"id":"a"}"#);
    while fixture.client.poll_effect().is_some() {}
    fixture.client.closed(fixture.now, 1009, "too big");
    fixture.check("refused 1 5; lost 1009");
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
fn what_is_not_of_the_protocol_ends_the_connection() {
    Fixture::connected().receive("hello", "close; lost 2");
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
fn a_question_is_answered_or_told_to_have_no_answer() {
    let newest = Question::Newest { limit: 2 };
    let mut fixture = Fixture::connected();
    fixture.client.ask(fixture.now, "room:tea", newest);
    fixture.check(r#"{"id":3,"history":{"channel":"room:tea","limit":2,"reverse":true}}"#);
    fixture.receive(
        r#"{"id":3,"history":{"publications":[{"data":3,"offset":3},{"data":2,"offset":2}]}}"#,
        "history 3 2",
    );
    fixture
        .client
        .ask(fixture.now, "room:tea", Question::Presence);
    fixture.check(r#"{"id":4,"presence":{"channel":"room:tea"}}"#);
    fixture.receive(
        r#"{"id":4,"presence":{"presence":{"c":{"user":"u"}}}}"#,
        r#"present {"user":"u"}"#,
    );
    fixture
        .client
        .ask(fixture.now, "room:tea", Question::Guests);
    fixture.check(r#"{"id":5,"rpc":{"method":"guests","data":{"channel":"room:tea"}}}"#);
    fixture.receive(
        r#"{"id":5,"rpc":{"data":{"guests":[]}}}"#,
        r#"guests {"guests":[]}"#,
    );
    fixture.client.ask(fixture.now, "room:tea", newest);
    fixture.check(r#"{"id":6,"history":{"channel":"room:tea","limit":2,"reverse":true}}"#);
    fixture.receive(r#"{"id":6,"error":{"code":103}}"#, "unanswered 103");
    fixture
        .client
        .ask(fixture.now, "room:tea", Question::Presence);
    fixture.check(r#"{"id":7,"presence":{"channel":"room:tea"}}"#);
    fixture.client.closed(fixture.now, 1006, "");
    fixture.check("unanswered 1006; lost 1006");
    fixture
        .client
        .ask(fixture.now, "room:tea", Question::Presence);
    fixture.check("unanswered 2");
}

const BOARD: &str = "$room:board";
const ASK: &str =
    r#"{"channel":"$room:board","token":"TOKEN","positioned":true,"recoverable":true}"#;

/// Connected; the board was asked for with a token, as command 3.
fn at_board() -> Fixture {
    let mut fixture = Fixture::connected();
    let token = "t1".into();
    let following = Following {
        token,
        ..Following::default()
    };
    fixture.client.subscribe(fixture.now, BOARD, following);
    fixture.check(&ask(3, "t1"));
    fixture
}

fn ask(id: u32, token: &str) -> String {
    format!(
        r#"{{"id":{id},"subscribe":{}}}"#,
        ASK.replace("TOKEN", token)
    )
}

fn give(fixture: &mut Fixture, token: &str, expected: &str) {
    fixture.client.set_token(fixture.now, BOARD, token);
    fixture.check(expected);
}

/// Lets the time pass until something is told: pings count, and are sent.
fn until_told(fixture: &mut Fixture, expected: &str) {
    fixture.wait();
    fixture.check(expected);
}

#[test]
fn a_token_is_renewed_when_its_time_is_over() {
    let mut fixture = at_board();
    fixture.receive(
        r#"{"id":3,"subscribe":{"expires":true,"ttl":10}}"#,
        "subscribed",
    );
    until_told(&mut fixture, "wants a token for $room:board");
    let refresh =
        |id| format!(r#"{{"id":{id},"sub_refresh":{{"channel":"$room:board","token":"t2"}}}}"#);
    give(&mut fixture, "t2", &refresh(4));
    // For now it is not taken: another is asked for.
    fixture.receive(
        r#"{"id":4,"error":{"code":109,"message":"token expired"}}"#,
        "",
    );
    until_told(&mut fixture, "wants a token for $room:board");
    give(&mut fixture, "t2", &refresh(5));
    fixture.receive(r#"{"id":5,"sub_refresh":{}}"#, "");
    assert!(
        fixture.client.channels[BOARD].renew_at().is_none(),
        "it does not end"
    );

    give(&mut fixture, "t2", &refresh(6));
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
    until_told(&mut fixture, "wants a token for $room:board");
    give(&mut fixture, "t2", &ask(4, "t2"));
    fixture.receive(r#"{"id":4,"subscribe":{}}"#, "subscribed");
    fixture.receive(
        r#"{"push":{"channel":"$room:board","unsubscribe":{"code":2501,"reason":"expired"}}}"#,
        "wants a token for $room:board",
    );
    give(&mut fixture, "t3", &ask(5, "t3"));
    fixture.receive(r#"{"id":5,"subscribe":{}}"#, "subscribed");
}

#[test]
fn a_renewal_that_comes_after_the_end_says_nothing() {
    let mut fixture = at_board();
    fixture.receive(
        r#"{"id":3,"subscribe":{"expires":true,"ttl":10}}"#,
        "subscribed",
    );
    until_told(&mut fixture, "wants a token for $room:board");
    let refresh = r#"{"id":4,"sub_refresh":{"channel":"$room:board","token":"t2"}}"#;
    give(&mut fixture, "t2", refresh);
    // The server has ended it before it heard of the other token.
    fixture.receive(
        r#"{"push":{"channel":"$room:board","unsubscribe":{"code":2501,"reason":"expired"}}}"#,
        "wants a token for $room:board",
    );
    let late = r#"{"id":4,"error":{"code":103,"message":"permission denied"}}"#;
    fixture.receive(late, "");
    give(&mut fixture, "t3", &ask(5, "t3"));
    fixture.receive(late, "");
    fixture.receive(r#"{"id":5,"subscribe":{}}"#, "subscribed");
}

#[test]
fn without_a_token_or_with_one_that_is_refused_it_is_over() {
    let mut fixture = at_board();
    let refused = r#"{"id":3,"error":{"code":103,"message":"permission denied"}}"#;
    fixture.receive(refused, "unsubscribed 103");
    give(&mut fixture, "too late", "");

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
    fixture.client.opened(now);
    fixture.check(r#"open; {"id":1,"connect":{"token":"t1","name":"rust"}}"#);
    fixture.receive(
        r#"{"id":1,"connect":{"expires":true,"ttl":10}}"#,
        "connected",
    );
    fixture
}

fn identify(fixture: &mut Fixture, token: &str, expected: &str) {
    fixture.client.set_identity(fixture.now, token);
    fixture.check(expected);
}

#[test]
fn the_token_of_a_connection_is_renewed_when_its_time_is_over() {
    let mut fixture = identified();
    let began = fixture.now;
    until_told(&mut fixture, "wants a token");
    assert_eq!(fixture.now, began + Duration::from_secs(10));
    assert_eq!(fixture.client.deadline(), None, "it is asked for once");

    identify(&mut fixture, "t2", r#"{"id":2,"refresh":{"token":"t2"}}"#);
    // For now it is not taken: another is asked for.
    let busy = r#"{"id":2,"error":{"code":111,"message":"too many requests","temporary":true}}"#;
    fixture.receive(busy, "");
    until_told(&mut fixture, "wants a token");
    identify(&mut fixture, "t3", r#"{"id":3,"refresh":{"token":"t3"}}"#);
    fixture.receive(r#"{"id":3,"refresh":{"expires":true,"ttl":20}}"#, "");
    until_told(&mut fixture, "wants a token");

    identify(&mut fixture, "t4", r#"{"id":4,"refresh":{"token":"t4"}}"#);
    fixture.receive(
        r#"{"id":4,"error":{"code":103,"message":"permission denied"}}"#,
        "close; disconnected 103",
    );
}

#[test]
fn an_answer_about_an_earlier_token_says_nothing_of_this_one() {
    let mut fixture = identified();
    identify(&mut fixture, "t2", r#"{"id":2,"refresh":{"token":"t2"}}"#);
    identify(&mut fixture, "t3", r#"{"id":3,"refresh":{"token":"t3"}}"#);
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
        fixture.client.closed(fixture.now, 1006, "");
        fixture.check("lost 1006");
        fixture.wait();
        fixture.client.opened(fixture.now);
        fixture.check(r#"open; {"id":1,"connect":{"token":"t1","name":"rust"}}"#);
        identify(&mut fixture, "t2", "");
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
    fixture.client.opened(fixture.now);
    fixture.check(r#"open; {"id":1,"connect":{"token":"t2","name":"rust"}}"#);
}

#[test]
fn who_has_no_good_token_waits_for_one_before_it_comes_back() {
    let refused = r#"{"id":1,"error":{"code":109,"message":"token expired"}}"#;
    let mut fixture = identified();
    fixture
        .client
        .closed(fixture.now, 3005, "connection expired");
    fixture.check("lost 3005");
    until_told(&mut fixture, "open");
    fixture.client.opened(fixture.now);
    fixture.check(r#"{"id":1,"connect":{"token":"t1","name":"rust"}}"#);
    fixture.receive(refused, "close; lost 109");
    until_told(&mut fixture, "wants a token");
    assert_eq!(fixture.client.deadline(), None);
    // Who connects anew is asked again.
    fixture.client.connect(fixture.now);
    fixture.check("wants a token");
    identify(&mut fixture, "t2", "open");
    fixture.client.opened(fixture.now);
    fixture.check(r#"{"id":1,"connect":{"token":"t2","name":"rust"}}"#);
    fixture.receive(refused, "close; lost 109");
    // It comes while nothing is asked: it goes along with the next try.
    identify(&mut fixture, "t3", "");
    until_told(&mut fixture, "open");
    fixture.client.opened(fixture.now);
    fixture.check(r#"{"id":1,"connect":{"token":"t3","name":"rust"}}"#);
    fixture.receive(refused, "close; lost 109");
    until_told(&mut fixture, "wants a token");
    fixture.client.disconnect();
    fixture.check("disconnected 3");
}

#[test]
fn a_token_that_ends_while_one_is_away_is_not_shown_again() {
    let mut fixture = identified();
    let token = "b1".into();
    let following = Following {
        token,
        ..Following::default()
    };
    fixture.client.subscribe(fixture.now, BOARD, following);
    fixture.check(&ask(2, "b1"));
    fixture.receive(
        r#"{"id":2,"subscribe":{"expires":true,"ttl":10}}"#,
        "subscribed",
    );
    fixture.client.closed(fixture.now, 1006, "");
    fixture.check("lost 1006");
    fixture.now += Duration::from_secs(10);
    fixture.client.tick(fixture.now);
    fixture.check("wants a token");
    identify(&mut fixture, "t2", "open");
    fixture.client.opened(fixture.now);
    fixture
        .check(r#"{"id":1,"connect":{"token":"t2","name":"rust"}}; wants a token for $room:board"#);
    give(&mut fixture, "b2", &ask(2, "b2"));
}

#[test]
fn who_never_had_a_token_is_not_asked_for_another() {
    let mut fixture = Fixture::opened();
    fixture.receive(
        r#"{"id":1,"error":{"code":109,"message":"token expired"}}"#,
        "close; disconnected 109",
    );
}
