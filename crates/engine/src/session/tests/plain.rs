//! The plain dialect.

use super::check;

#[test]
fn an_echo_is_the_acknowledgement() {
    check(
        r#"ann: now
           bob: now
           ~ann> {"n":1}
           commit
           mail"#,
        r#"ann< {"n":1,"offset":1}
           bob< {"n":1,"offset":1}"#,
    );
}

#[test]
fn history_comes_before_what_is_new() {
    check(
        r#"ann: now
           ann> {"n":1}
           ann> {"n":2}
           ann> {"n":3}
           bob: history 2
           cid: since 1
           ann> {"n":4}"#,
        r#"ann< {"n":1,"offset":1}
           ann< {"n":2,"offset":2}
           ann< {"n":3,"offset":3}
           bob< {"n":2,"offset":2}
           bob< {"n":3,"offset":3}
           cid< {"n":2,"offset":2}
           cid< {"n":3,"offset":3}
           ann< {"n":4,"offset":4}
           bob< {"n":4,"offset":4}
           cid< {"n":4,"offset":4}"#,
    );
}

#[test]
fn a_repeat_is_answered_to_its_sender_alone() {
    check(
        r#"ann: now
           bob: now
           ann> {"n":1}
           ann> {"n":1}"#,
        r#"ann< {"n":1,"offset":1}
           bob< {"n":1,"offset":1}
           ann< {"n":1,"offset":1}"#,
    );
}

/// Said before what comes before it, it would be taken for a jump.
#[test]
fn a_repeat_waits_for_its_place_in_history() {
    check(
        r#"ann: now
           ann> {"n":1}
           ann> {"n":2}
           ann.
           ~bob: since 0
           ~bob> {"n":2}
           commit
           mail
           read
           page
           mail
           bob> {"n":1}"#,
        r#"ann< {"n":1,"offset":1}
           ann< {"n":2,"offset":2}
           bob< {"n":1,"offset":1}
           bob< {"n":2,"offset":2}
           bob< {"n":1,"offset":1}"#,
    );
}

/// All that was there when it was asked for is dropped; what came since is not.
#[test]
fn what_comes_while_a_page_is_read_is_in_no_gap() {
    check(
        r#"ann: now
           ann> {"n":1}
           ann> {"n":2}
           ann.
           drop 2
           ~bob: since 0
           read
           ~cid: now
           ~cid> {"n":3}
           commit
           mail
           page
           mail"#,
        r#"ann< {"n":1,"offset":1}
           ann< {"n":2,"offset":2}
           cid< {"n":3,"offset":3}
           bob< {"type":"gap","sender":"palabre","message":"messages 1 to 2 are not kept any more","from":1,"to":2}
           bob< {"n":3,"offset":3}"#,
    );
}

#[test]
fn a_gap_is_named_and_the_rest_follows() {
    check(
        r#"ann: now
           ann> {"n":1}
           ann> {"n":2}
           ann> {"n":3}
           ann.
           drop 1
           bob: since 0"#,
        r#"ann< {"n":1,"offset":1}
           ann< {"n":2,"offset":2}
           ann< {"n":3,"offset":3}
           bob< {"type":"gap","sender":"palabre","message":"messages 1 to 1 are not kept any more","from":1,"to":1}
           bob< {"n":2,"offset":2}
           bob< {"n":3,"offset":3}"#,
    );
}

#[test]
fn nobody_hears_what_the_log_did_not_take() {
    check(
        r#"ann: now
           bob: now
           full
           ann> {"n":1}
           well
           ann> {"n":1}"#,
        r#"ann< {"type":"error","code":"not-stored","sender":"palabre","message":"the message is not sent, as the server's disk is full; send it again later","id":"{\"n\":1}"}
           ann< {"n":1,"offset":1}
           bob< {"n":1,"offset":1}"#,
    );
}

#[test]
fn a_log_that_cannot_be_read_ends_the_connection() {
    check(
        r#"ann: now
           ann> {"n":1}
           ann.
           unreadable
           bob: since 0"#,
        r#"ann< {"n":1,"offset":1}
           bob< 1011 what was said before cannot be read"#,
    );
}
