//! Coming back in the Centrifuge dialect: what was missed is given, in pages
//! where it is much, or said to be lost.

use super::check;

#[test]
fn recovery_gives_what_was_missed() {
    check(
        r#"ann+
           ann says 3
           bob connects
           bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":1,"epoch":"e"}}
           cid connects
           cid> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":3,"epoch":"e"}}
           dan connects
           dan> {"id":2,"subscribe":{"channel":"room:new","recover":true}}"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2},{"data":{"n":3},"info":{"user":"ann","client":"ann"},"offset":3}],"recovered":true,"offset":1,"positioned":true,"was_recovering":true}}
           cid< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","recovered":true,"offset":3,"positioned":true,"was_recovering":true}}
           dan< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","recovered":true,"positioned":true,"was_recovering":true}}"#,
    );
}

#[test]
fn recovery_reads_the_log_where_the_room_was_closed() {
    check(
        r#"ann+
           ann says 2
           ann.
           bob connects
           bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":1,"epoch":"e"}}"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2}],"recovered":true,"offset":1,"positioned":true,"was_recovering":true}}"#,
    );
}

#[test]
fn a_place_that_cannot_be_is_not_recovered_and_told_the_top() {
    check(
        r#"ann+
           ann says 1
           bob connects
           bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":1,"epoch":"other"}}
           cid connects
           cid> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":2,"epoch":"e"}}"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":1,"positioned":true,"was_recovering":true}}
           cid< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":1,"positioned":true,"was_recovering":true}}"#,
    );
}

#[test]
fn what_is_not_kept_any_more_is_not_recovered() {
    check(
        r#"ann+
           ann says 2
           ann.
           drop 1
           bob connects
           bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":0,"epoch":"e"}}
           cid connects
           cid> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":1,"epoch":"e"}}"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":2,"positioned":true,"was_recovering":true}}
           cid< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2}],"recovered":true,"offset":1,"positioned":true,"was_recovering":true}}"#,
    );
}

#[test]
fn who_wants_all_or_nothing_gets_an_error_and_may_try_again() {
    check(
        r#"ann+
           bob connects
           bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":9,"epoch":"e","flag":2}}
           bob> {"id":3,"subscribe":{"channel":"room:tea"}}"#,
        r#"bob< {"id":2,"error":{"code":112,"message":"unrecoverable position"}}
           bob< {"id":3,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}"#,
    );
}

#[test]
fn a_log_that_cannot_be_read_is_an_error_and_one_may_try_again() {
    check(
        r#"ann+
           ann says 1
           ann.
           unreadable
           bob connects
           bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"offset":0,"epoch":"e"}}
           well
           bob> {"id":3,"subscribe":{"channel":"room:tea","recover":true,"offset":0,"epoch":"e"}}"#,
        r#"bob< {"id":2,"error":{"code":100,"message":"internal server error","temporary":true}}
           bob< {"id":3,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1}],"recovered":true,"positioned":true,"was_recovering":true}}"#,
    );
}

/// Two rooms are recovered, one behind the other: when the second asks for its
/// page, the first waits for another of its own.
#[test]
fn a_page_goes_to_who_has_asked_for_it() {
    check(
        r#"ann+
           ann says 2
           ann says 1 in room:milk
           ann.
           short
           bob connects
           bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"epoch":"e"}}|{"id":3,"subscribe":{"channel":"room:milk","recover":true,"epoch":"e"}}"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1}],"recovered":true,"positioned":true,"was_recovering":true}}
           bob< {"push":{"channel":"room:tea","pub":{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2}}}
           bob< {"id":3,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":3},"info":{"user":"ann","client":"ann"},"offset":1}],"recovered":true,"positioned":true,"was_recovering":true}}"#,
    );
}

/// What a client misses in all its channels is not sent in one go.
#[test]
fn who_has_enough_to_read_gets_the_rest_when_it_has_read_that() {
    check(
        r#"ann+
           ann says 1
           ann says 2 in room:milk
           ann.
           short
           narrow
           bob connects
           ~bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"epoch":"e"}}|{"id":3,"subscribe":{"channel":"room:milk","recover":true,"epoch":"e"}}
           read
           page
           read
           page
           ping bob
           mail
           read
           page
           mail
           read
           page"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1}],"recovered":true,"positioned":true,"was_recovering":true}}
           bob< {"id":3,"subscribe":{"recoverable":true,"epoch":"e","recovered":true,"positioned":true,"was_recovering":true}}
           bob< {}
           bob< {"push":{"channel":"room:milk","pub":{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":1,"epoch":"e"}}}
           bob< {"push":{"channel":"room:milk","pub":{"data":{"n":3},"info":{"user":"ann","client":"ann"},"offset":2}}}"#,
    );
}

#[test]
fn a_page_for_a_subscription_that_is_over_is_dropped() {
    check(
        r#"ann+
           ann says 3
           ann.
           short
           bob connects
           ~bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"epoch":"e"}}
           read
           page
           ~bob> {"id":3,"unsubscribe":{"channel":"room:tea"}}|{"id":4,"subscribe":{"channel":"room:tea","recover":true,"offset":2,"epoch":"e"}}
           read
           page
           read
           page"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1}],"recovered":true,"positioned":true,"was_recovering":true}}
           bob< {"id":3,"unsubscribe":{}}
           bob< {"id":4,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":3},"info":{"user":"ann","client":"ann"},"offset":3}],"recovered":true,"offset":2,"positioned":true,"was_recovering":true}}"#,
    );
}

#[test]
fn what_does_not_fit_into_the_answer_follows_as_publications() {
    check(
        r#"ann+
           ann says 3
           ann.
           short
           bob connects
           bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"epoch":"e"}}"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1}],"recovered":true,"positioned":true,"was_recovering":true}}
           bob< {"push":{"channel":"room:tea","pub":{"data":{"n":2},"info":{"user":"ann","client":"ann"},"offset":2}}}
           bob< {"push":{"channel":"room:tea","pub":{"data":{"n":3},"info":{"user":"ann","client":"ann"},"offset":3}}}"#,
    );
}

#[test]
fn a_gap_that_opens_on_the_way_ends_the_subscription_for_now() {
    check(
        r#"ann+
           ann says 3
           ann.
           short
           bob connects
           ~bob> {"id":2,"subscribe":{"channel":"room:tea","recover":true,"epoch":"e"}}
           read
           page
           drop 2
           read
           page"#,
        r#"bob< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"n":1},"info":{"user":"ann","client":"ann"},"offset":1}],"recovered":true,"positioned":true,"was_recovering":true}}
           bob< {"push":{"channel":"room:tea","unsubscribe":{"code":2500,"reason":"insufficient state"}}}"#,
    );
}
