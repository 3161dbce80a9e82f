//! The Centrifuge dialect. What is to hold is what its reference says, but for
//! what this server does better: see `docs/centrifuge.md`.

use super::check;

#[test]
fn pipelined_commands_are_answered_in_their_order() {
    check(
        r#"ann> {"id":1,"connect":{}}|{"id":2,"subscribe":{"channel":"room:tea"}}|{"id":3,"subscribe":{"channel":"live:x"}}|{"id":4,"publish":{"channel":"room:tea","data":{"n":1}}}"#,
        r#"ann< {"id":1,"connect":{"client":"ann","data":{"token":"token","user":""},"ping":25,"pong":true}}
           ann< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}
           ann< {"id":3,"subscribe":{}}
           ann< {"push":{"channel":"room:tea","pub":{"data":{"n":1},"info":{"user":"","client":"ann"},"offset":1,"epoch":"e"}}}
           ann< {"id":4,"publish":{}}"#,
    );
}

#[test]
fn a_line_that_is_no_command_ends_the_connection() {
    check(
        r#"ann> {"id":1,"connect":{}}|
           bob> {"id":1,"connect":{}}||{"id":2,"subscribe":{"channel":"room:tea"}}
           cid> hello"#,
        r#"ann< {"id":1,"connect":{"client":"ann","data":{"token":"token","user":""},"ping":25,"pong":true}}
           bob< {"id":1,"connect":{"client":"bob","data":{"token":"token","user":""},"ping":25,"pong":true}}
           bob< 3501 bad request
           cid< 3501 bad request"#,
    );
}

#[test]
fn a_connection_begins_with_connect_once() {
    check(
        r#"ann> {"id":1,"subscribe":{"channel":"room:tea"}}
           bob> {"id":1,"connect":{}}|{"id":2,"connect":{}}"#,
        r#"ann< 3501 bad request
           bob< {"id":1,"connect":{"client":"bob","data":{"token":"token","user":""},"ping":25,"pong":true}}
           bob< 3501 bad request"#,
    );
}

#[test]
fn a_token_that_is_not_valid_ends_the_connection_and_its_frame() {
    check(
        r#"ann> {"id":1,"connect":{"token":"forged"}}|{"id":2,"subscribe":{"channel":"room:tea"}}"#,
        r#"ann< 3500 invalid token"#,
    );
}

#[test]
fn an_expired_token_is_an_error_and_nothing_goes_after_it() {
    check(
        r#"ann> {"id":1,"connect":{"token":"expired"}}|{"id":2,"subscribe":{"channel":"room:tea"}}
           ann> {"id":3,"connect":{}}"#,
        r#"ann< {"id":1,"error":{"code":109,"message":"token expired"}}
           ann< 3501 bad request"#,
    );
}

#[test]
fn a_pong_that_nobody_asked_for_ends_the_connection() {
    check(
        r#"ann+
           ann> {}"#,
        r#"ann< 3501 bad request"#,
    );
}

#[test]
fn a_channel_is_followed_once_and_left_as_often_as_one_likes() {
    check(
        r#"ann+
           ann> {"id":3,"subscribe":{"channel":"room:tea"}}
           ann> {"id":4,"unsubscribe":{"channel":"room:tea"}}|{"id":5,"unsubscribe":{"channel":"room:tea"}}
           ann> {"id":6,"publish":{"channel":"room:tea","data":{"n":1}}}
           ann> {"id":7,"subscribe":{"channel":"room:tea"}}"#,
        r#"ann< {"id":3,"error":{"code":105,"message":"already subscribed"}}
           ann< {"id":4,"unsubscribe":{}}
           ann< {"id":5,"unsubscribe":{}}
           ann< {"id":6,"error":{"code":103,"message":"permission denied"}}
           ann< {"id":7,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}"#,
    );
}

#[test]
fn a_channel_that_cannot_be_is_refused_with_what_is_wrong() {
    check(
        r#"ann+
           ann> {"id":3,"subscribe":{"channel":"nope:tea"}}
           ann> {"id":4,"subscribe":{"channel":"tea"}}
           ann> {"id":5,"subscribe":{"channel":"room:"}}
           ann> {"id":6,"subscribe":{"channel":"room:milk","token":"x"}}
           ann> {"id":7,"subscribe":{"channel":"room:milk"}}|{"id":8,"subscribe":{"channel":"live:x"}}|{"id":9,"subscribe":{"channel":"live:y"}}"#,
        r#"ann< {"id":3,"error":{"code":102,"message":"unknown channel"}}
           ann< {"id":4,"error":{"code":102,"message":"unknown channel"}}
           ann< {"id":5,"error":{"code":107,"message":"bad request"}}
           ann< {"id":6,"error":{"code":103,"message":"permission denied"}}
           ann< {"id":7,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}
           ann< {"id":8,"subscribe":{}}
           ann< {"id":9,"error":{"code":106,"message":"limit exceeded"}}"#,
    );
}

#[test]
fn a_publisher_hears_itself_before_it_is_answered() {
    check(
        r#"ann+
           bob+
           ~ann> {"id":3,"publish":{"channel":"room:tea","data":{"n":1}}}
           commit
           mail"#,
        r#"ann< {"push":{"channel":"room:tea","pub":{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1,"epoch":"e"}}}
           bob< {"push":{"channel":"room:tea","pub":{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1,"epoch":"e"}}}
           ann< {"id":3,"publish":{}}"#,
    );
}

#[test]
fn nobody_hears_what_the_log_did_not_take() {
    check(
        r#"ann+
           bob+
           full
           ann> {"id":3,"publish":{"channel":"room:tea","data":{"n":1}}}
           well
           ann> {"id":4,"publish":{"channel":"room:tea","data":{"n":1}}}
           ann> {"id":5,"publish":{"channel":"room:tea","data":{"n":1}}}"#,
        r#"ann< {"id":3,"error":{"code":100,"message":"internal server error","temporary":true}}
           ann< {"push":{"channel":"room:tea","pub":{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1,"epoch":"e"}}}
           bob< {"push":{"channel":"room:tea","pub":{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1,"epoch":"e"}}}
           ann< {"id":4,"publish":{}}
           ann< {"id":5,"publish":{}}"#,
    );
}

#[test]
fn what_the_room_does_not_take_is_refused_and_others_go_on() {
    check(
        r#"ann+
           ann> {"id":3,"publish":{"channel":"room:tea","data":"no"}}|{"id":4,"publish":{"channel":"room:tea","data":{"n":1}}}
           ann> {"id":5,"publish":{"channel":"feed:tea","data":{}}}
           ann> {"id":6,"publish":{"channel":"room:milk","data":{}}}"#,
        r#"ann< {"id":3,"error":{"code":107,"message":"message is empty; write at least one character"}}
           ann< {"push":{"channel":"room:tea","pub":{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1,"epoch":"e"}}}
           ann< {"id":4,"publish":{}}
           ann< {"id":5,"error":{"code":103,"message":"permission denied"}}
           ann< {"id":6,"error":{"code":103,"message":"permission denied"}}"#,
    );
}

/// An answer comes first, and what waits in the mailbox behind it.
#[test]
fn a_subscription_amidst_publications_misses_none_and_doubles_none() {
    check(
        r#"ann+
           bob> {"id":1,"connect":{}}
           ~ann> {"id":3,"publish":{"channel":"room:tea","data":{"n":1}}}
           commit
           ~ann> {"id":4,"publish":{"channel":"room:tea","data":{"n":2}}}
           ~bob> {"id":2,"subscribe":{"channel":"room:tea"}}
           mail
           commit
           mail"#,
        r#"bob< {"id":1,"connect":{"client":"bob","data":{"token":"token","user":""},"ping":25,"pong":true}}
           bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":1,"positioned":true}}
           ann< {"push":{"channel":"room:tea","pub":{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1,"epoch":"e"}}}
           ann< {"id":3,"publish":{}}
           ann< {"push":{"channel":"room:tea","pub":{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2}}}
           bob< {"push":{"channel":"room:tea","pub":{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2}}}
           ann< {"id":4,"publish":{}}"#,
    );
}

#[test]
fn history_goes_forward_and_back() {
    check(
        r#"ann+
           ann says 2
           ann> {"id":5,"history":{"channel":"room:tea"}}
           ann> {"id":6,"history":{"channel":"room:tea","limit":1}}
           ann> {"id":7,"history":{"channel":"room:tea","limit":1,"reverse":true}}
           ann> {"id":8,"history":{"channel":"room:tea","limit":-1,"since":{"offset":1,"epoch":"e"}}}
           ann> {"id":9,"history":{"channel":"room:tea","limit":-1,"since":{"offset":2,"epoch":"e"},"reverse":true}}
           ann> {"id":10,"history":{"channel":"room:tea","limit":1,"since":{"offset":0},"reverse":true}}
           ann> {"id":11,"history":{"channel":"room:tea","limit":1,"since":{"offset":1,"epoch":"other"}}}
           ann> {"id":12,"history":{"channel":"room:milk","limit":1}}
           ann> {"id":13,"history":{"channel":"live:x","limit":1}}"#,
        r#"ann< {"id":5,"history":{"publications":[],"epoch":"e","offset":2}}
           ann< {"id":6,"history":{"publications":[{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1}],"epoch":"e","offset":2}}
           ann< {"id":7,"history":{"publications":[{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2}],"epoch":"e","offset":2}}
           ann< {"id":8,"history":{"publications":[{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2}],"epoch":"e","offset":2}}
           ann< {"id":9,"history":{"publications":[{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1}],"epoch":"e","offset":2}}
           ann< {"id":10,"error":{"code":107,"message":"bad request"}}
           ann< {"id":11,"error":{"code":112,"message":"unrecoverable position"}}
           ann< {"id":12,"error":{"code":103,"message":"permission denied"}}
           ann< {"id":13,"error":{"code":108,"message":"not available"}}"#,
    );
}

#[test]
fn who_is_here_is_shown_until_it_leaves() {
    check(
        r#"ann+
           bob> {"id":1,"connect":{"token":"bob"}}|{"id":2,"subscribe":{"channel":"room:tea"}}|{"id":3,"presence_stats":{"channel":"room:tea"}}
           bob> {"id":4,"unsubscribe":{"channel":"room:tea"}}
           ann> {"id":3,"presence":{"channel":"room:tea"}}
           ann> {"id":4,"presence_stats":{"channel":"room:milk"}}"#,
        r#"bob< {"id":1,"connect":{"client":"bob","data":{"user":"bob"},"ping":25,"pong":true}}
           bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}
           bob< {"id":3,"presence_stats":{"num_clients":2,"num_users":2}}
           bob< {"id":4,"unsubscribe":{}}
           ann< {"id":3,"presence":{"presence":{"ann":{"user":"ann","client":"ann"}}}}
           ann< {"id":4,"error":{"code":103,"message":"permission denied"}}"#,
    );
}

/// Oneself included, but not that one leaves.
#[test]
fn who_comes_is_told_before_who_leaves() {
    check(
        r#"ann> {"id":1,"connect":{"token":"ann"}}|{"id":2,"subscribe":{"channel":"room:tea","join_leave":true}}
           ~bob> {"id":1,"connect":{"token":"bob"}}|{"id":2,"subscribe":{"channel":"room:tea","join_leave":true}}
           ~bob.
           mail
           ann> {"id":3,"unsubscribe":{"channel":"room:tea"}}"#,
        r#"ann< {"id":1,"connect":{"client":"ann","data":{"user":"ann"},"ping":25,"pong":true}}
           ann< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}
           ann< {"push":{"channel":"room:tea","join":{"info":{"user":"ann","client":"ann"}}}}
           bob< {"id":1,"connect":{"client":"bob","data":{"user":"bob"},"ping":25,"pong":true}}
           bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}
           ann< {"push":{"channel":"room:tea","join":{"info":{"user":"bob","client":"bob"}}}}
           ann< {"push":{"channel":"room:tea","leave":{"info":{"user":"bob","client":"bob"}}}}
           ann< {"id":3,"unsubscribe":{}}"#,
    );
}

/// Only to those who want to know, and however many come and go: once a second.
#[test]
fn who_is_here_without_an_id_is_told_once_for_a_crowd() {
    check(
        r#"mo: now
           second
           ann> {"id":1,"connect":{"token":"ann"}}|{"id":2,"subscribe":{"channel":"room:tea","join_leave":true}}
           cid+
           second
           bob: now
           dot: now
           second
           bob.
           dot.
           eve: now
           eve.
           second
           second"#,
        r#"ann< {"id":1,"connect":{"client":"ann","data":{"user":"ann"},"ping":25,"pong":true}}
           ann< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}
           ann< {"push":{"channel":"room:tea","join":{"info":{"user":"ann","client":"ann"}}}}
           ann< {"push":{"channel":"room:tea","join":{"info":{"user":"cid","client":"cid"}}}}
           ann< {"push":{"channel":"room:tea","message":{"data":3}}}
           ann< {"push":{"channel":"room:tea","message":{"data":1}}}"#,
    );
}

#[test]
fn what_is_unknown_here_is_said_to_be() {
    check(
        r#"ann+
           ann> {"id":3,"rpc":{"method":"nope"}}
           ann> {"id":4,"refresh":{"token":"ann"}}
           ann> {"id":5,"sub_refresh":{"channel":"room:milk","token":"x"}}
           ann> {"id":6,"sub_refresh":{"channel":"room:tea","token":"x"}}
           bob+
           bob> {"id":3,"refresh":{"token":"ann"}}
           cid+
           cid> {"send":{"data":{}}}"#,
        r#"ann< {"id":3,"error":{"code":108,"message":"not available"}}
           ann< {"id":4,"refresh":{"client":"ann"}}
           ann< {"id":5,"error":{"code":103,"message":"permission denied"}}
           ann< 3500 invalid token
           bob< 3500 invalid token
           cid< 3508 not available"#,
    );
}

#[test]
fn a_ping_is_answered_once() {
    check(
        r#"ann+
           ping ann
           ann> {}
           ann> {}"#,
        r#"ann< {}
           ann< 3501 bad request"#,
    );
}
