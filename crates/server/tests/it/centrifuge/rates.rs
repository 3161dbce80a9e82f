//! Who asks too much is told so, and then sent away.

use engine::{ERROR_RATE, RateLimit};
use serde_json::{Value, json};

use crate::app::App;
use crate::server::TestServer;

/// So many at once, and nearly none after that.
fn at_once(burst: u32) -> RateLimit {
    RateLimit {
        per_second: 1,
        burst,
    }
}

/// What the answers to so many of a command are, up to the close.
fn flood(app: &mut App, command: &Value, n: usize) -> (usize, usize, Option<u16>) {
    let line = command.to_string();
    app.send(&vec![line; n].join("\n"));
    let (mut n_done, mut n_refused) = (0, 0);
    for _ in 0..n {
        match app.hear_or_close() {
            Ok(reply) if reply["error"]["code"] == 111 => n_refused += 1,
            Ok(_) => n_done += 1,
            Err(code) => return (n_done, n_refused, Some(code)),
        }
    }
    (n_done, n_refused, None)
}

#[test]
fn commands_have_a_rate_of_their_own() {
    let server = TestServer::limited(|limits| {
        limits.command_rate = at_once(5);
        limits.message_rate = at_once(5);
    });
    let history = json!({"id": 9, "history": {"channel": "room:a", "limit": 0}});
    let publish = json!({"id": 9, "publish": {"channel": "live:a", "data": 1}});
    let mut app = App::connect(&server);
    assert_eq!(flood(&mut app, &history, 10), (5, 5, None));
    assert_eq!(flood(&mut app, &publish, 10), (5, 5, None), "each its own");
    let reply = app.ask("rpc", json!({"method": "rooms"}));
    assert_eq!(reply["error"]["code"], 111, "a call is a message");
    assert_eq!(reply["error"]["temporary"], true);
}

#[test]
fn who_goes_on_in_spite_of_errors_is_closed_with_3013() {
    let server = TestServer::limited(|limits| {
        limits.command_rate = at_once(5);
        limits.message_rate = at_once(5);
    });
    for command in [
        json!({"id": 9, "history": {"channel": "room:a"}}),
        json!({"id": 9, "publish": {"channel": "live:a", "data": 1}}),
    ] {
        let mut app = App::connect(&server);
        let (_, n_refused, code) = flood(&mut app, &command, 100);
        assert_eq!(code, Some(3013), "{command}");
        assert!((50..55).contains(&n_refused), "{n_refused}");
    }
}

#[test]
fn who_makes_one_mistake_after_the_other_is_closed_with_3509() {
    let server = TestServer::limited(|limits| limits.command_rate.per_second = 0);
    let mut app = App::connect(&server);
    let mistake = json!({"id": 9, "presence": {"channel": "room:a"}});
    let n_mistakes = ERROR_RATE.burst as usize * 2;
    let (n_answered, _, code) = flood(&mut app, &mistake, n_mistakes);
    assert_eq!(code, Some(3509));
    assert!(n_answered > ERROR_RATE.burst as usize, "{n_answered}");
}
