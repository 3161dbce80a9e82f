//! The Centrifuge dialect as the wire shows it.
//!
//! These are the behaviours to which the protocol's client libraries are
//! used, and where each is tested: here, in `web/e2e/centrifuge*.test.js` by
//! the library `centrifuge` from npm (e2e), or where it is done.
//!
//! | | behaviour | tests |
//! |---|---|---|
//! | 1 | connect and more in one frame: replies in order | `connection`: `one_frame_is_answered_in_its_order`; e2e `connect, subscribe and publish in one frame` |
//! | 2 | the same in Protobuf | not spoken; `handshake` refuses it |
//! | 3 | what a frame may be | `connection`: `what_is_no_frame_of_commands_closes_with_3501` |
//! | 4 | connect first, once, in time | `connection`: `connect_comes_first_once_and_in_time`; e2e `a command before connect` |
//! | 5 | a bad token | `connection`: `a_token_that_is_none_closes_with_3500_and_answers_nothing_more` |
//! | 6 | an expired token | `connection`: `a_token_that_has_ended_leaves_a_connection_of_no_use` |
//! | 7 | pongs, asked for and not | `connection`: `a_pong_is_owed_for_each_ping_and_for_nothing_else` |
//! | 8 | the first ping, without subscriptions | the same; `server::shard::time`: `the_first_ping_comes_after_half_an_interval_to_a_whole_one` |
//! | 9 | subscribe twice, unsubscribe from nothing, a thousand times | `channels`: `a_thousand_subscriptions_leave_nothing_behind`; e2e `105`, `subscribe and unsubscribe in a loop` |
//! | 10 | names: 102, 103, 107 | `channels`: `names_that_cannot_be_or_want_a_token`; e2e `102`, `107`. There are no user-limited channels: `#` is in no name |
//! | 11 | tokens for subscriptions | `tokens`: `a_token_is_for_one_user_in_one_channel` |
//! | 12 | one's own publication before its reply | e2e `connect, subscribe and publish in one frame`, `everyone has it in one order` |
//! | 13 | one order for everyone, dense | e2e `everyone has it in one order`; `order` |
//! | 14 | subscribing in a storm | `recovery`: `who_subscribes_in_a_storm_misses_nothing` |
//! | 15 | 0, 1, n missed; all that is kept, and one more | `recovery`: `what_was_missed_comes_with_the_reply`, `what_a_feed_dropped_cannot_be_recovered` |
//! | 16 | more than a page missed | another way here: the rest follows. e2e `a gap longer than one answer is filled too` |
//! | 17 | another epoch, none, an offset that is not there | `recovery`: `what_cannot_be_recovered_goes_on_from_the_top` |
//! | 18 | the offset of a recovery, and of one that failed | the two before |
//! | 19 | `flag` 2: error 112 | `recovery`: `who_wants_no_gap_gets_no_subscription` |
//! | 20 | items go, offsets stay | `recovery`: `what_a_feed_dropped_cannot_be_recovered`; `engine::feeds`: `what_is_a_day_old_is_gone_even_if_nobody_swept` |
//! | 21 | a restart | `recovery`: `a_restart_begins_feeds_anew_and_rooms_go_on`; e2e `over a server that was killed` |
//! | 22 | cache mode | not there: `recovery` is of streams |
//! | 23 | each way to read history | `recovery`: `history_is_read_every_way`; e2e `paging either way` |
//! | 24 | presence | `channels`: `presence_is_there_with_the_reply_and_gone_with_the_socket`; e2e `presence` |
//! | 25 | joins before leaves, one's own join | `channels`: `joins_come_before_leaves_and_ones_own_is_heard` |
//! | 26 | a slow reader | `recovery`: `a_slow_reader_is_closed_with_3008_and_recovers`; `slow_reader`: `who_comes_back_to_many_rooms_is_not_closed_for_what_it_missed` |
//! | 27 | binary where JSON is read | another way here; `channels`: `binary_of_the_plain_dialect_does_not_reach_this_one` |
//! | 28 | refresh, `sub_refresh`, and neither | `tokens`: `a_connection_ends_with_its_token_unless_it_is_renewed`, `a_subscription_ends_with_its_token_unless_it_is_renewed` |
//! | 29 | the API of servers | `api` |
//! | 30 | emulation | not spoken; a stop is told with 3001; `connection`: `a_stop_is_told_with_3001` |
//!
//! And of this server's own: `rates`.

mod channels;
mod connection;
mod rates;
mod recovery;
mod tokens;
