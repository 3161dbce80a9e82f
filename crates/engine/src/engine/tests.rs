//! Channels that come, are told of, and go.

use super::*;
use crate::feeds::PUBLICATION_BYTES;
use crate::log::{Entry as LogEntry, MemoryLog};
use crate::testing::{Told, commit_all, origin};

const A: ShardId = ShardId(0);
const B: ShardId = ShardId(63);

fn name(namespace: Namespace) -> ChannelName {
    ChannelName::new(namespace, "tea").unwrap()
}

fn engine() -> (Engine, Arc<MemoryLog>, Told) {
    let log = Arc::new(MemoryLog::new(1));
    let engine = Engine::new(Arc::clone(&log) as Arc<dyn Log>);
    (engine, log, Told::default())
}

fn submit(engine: &Engine, channel: &Arc<Channel>, id: &str) {
    let entry = LogEntry {
        channel: channel.name().as_str().into(),
        id: id.into(),
        time_ms: 7,
        data: "{}".into(),
        info: None,
        target: None,
    };
    engine.commits().submit(channel, entry, origin(1));
}

/// Publishes in a durable channel, and lets the writer have its turn.
fn publish(engine: &Engine, channel: &Arc<Channel>, id: &str, told: &Told) {
    submit(engine, channel, id);
    commit_all(engine, told);
}

#[test]
fn a_room_counts_from_one_and_tells_the_shards_with_members() {
    let (engine, _, told) = engine();
    let room = engine.join(&name(Namespace::Room), A).unwrap();
    publish(&engine, &room, "1", &told);
    engine.join(&name(Namespace::Room), B).unwrap();
    publish(&engine, &room, "2", &told);
    engine.leave(&room, A);
    publish(&engine, &room, "3", &told);
    let expected = [
        (vec![A], Some(1)),
        (vec![A, B], Some(2)),
        (vec![B], Some(3)),
    ];
    assert_eq!(told.publications(), expected);
    let offsets = told.outcomes().into_iter().map(|outcome| match outcome {
        Outcome::Stored { offset } => offset,
        other => panic!("{other:?}"),
    });
    assert_eq!(offsets.collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_repeat_is_answered_and_told_to_nobody() {
    let (engine, _, told) = engine();
    let room = engine.join(&name(Namespace::Room), A).unwrap();
    publish(&engine, &room, "1", &told);
    publish(&engine, &room, "1", &told);
    assert_eq!(told.publications().len(), 1);
    match &told.outcomes()[1] {
        Outcome::Repeated(record) => assert_eq!(record.offset, 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_log_does_not_take_is_told_to_its_sender_alone_and_burns_no_offset() {
    let (engine, log, told) = engine();
    let room = engine.join(&name(Namespace::Room), A).unwrap();
    log.fill();
    publish(&engine, &room, "1", &told);
    assert!(matches!(
        told.outcomes()[..],
        [Outcome::Failed { full: true, .. }]
    ));
    assert_eq!(told.publications(), []);
    log.make_room();
    publish(&engine, &room, "1", &told);
    assert_eq!(told.publications(), [(vec![A], Some(1))]);
}

#[test]
fn neither_a_live_channel_nor_a_binary_message_is_counted() {
    let (engine, _, told) = engine();
    let room = engine.join(&name(Namespace::Room), A).unwrap();
    let binary = Data::Binary {
        bytes: vec![0].into(),
        from: (A, 0),
    };
    room.pass_on(binary, &told);
    assert_eq!(told.publications(), [(vec![A], None)]);
    assert_eq!(room.top_offset(), 0);
    let live = engine.join(&name(Namespace::Live), A).unwrap();
    assert_eq!(live.epoch(), "");
}

#[test]
fn a_room_goes_on_where_it_was_when_it_is_opened_again() {
    let (engine, _, told) = engine();
    let first = engine.join(&name(Namespace::Room), A).unwrap();
    engine.join(&name(Namespace::Room), B).unwrap();
    publish(&engine, &first, "1", &told);
    engine.leave(&first, A);
    assert_eq!(engine.n_channels(), 1);
    engine.leave(&first, B);
    assert_eq!(engine.n_channels(), 0);

    let second = engine.join(&name(Namespace::Room), A).unwrap();
    assert_ne!(first.number(), second.number());
    assert_eq!(second.top_offset(), 1);
    assert_eq!(first.epoch(), second.epoch());
    engine.leave(&first, B);
    assert_eq!(
        engine.n_channels(),
        1,
        "a late leave must not end the newer channel"
    );
}

fn publish_from_outside(engine: &Engine, name: &ChannelName, told: &Told) -> Option<Outcome> {
    let draft = Draft {
        id: "".into(),
        json: "{}".into(),
        ..Draft::default()
    };
    let published = engine.publish(name, draft, Now::default(), origin(9), told);
    published.unwrap().1
}

#[test]
fn a_feed_counts_without_the_log_and_is_remembered_without_members() {
    let (engine, log, told) = engine();
    log.fill();
    let name = name(Namespace::Feed);
    publish_from_outside(&engine, &name, &told);
    assert_eq!(engine.n_channels(), 0);
    let feed = engine.join(&name, A).unwrap();
    assert_eq!(feed.top_offset(), 1);
    publish_from_outside(&engine, &name, &told);
    assert_eq!(told.publications(), [(vec![A], Some(2))]);
    let read = |range| engine.read(&name, range, 9, Now::default()).unwrap();
    assert_eq!(read(Range::After(0)).len(), 2);
    engine.leave(&feed, A);
    let top = engine.top(&name).unwrap();
    assert_eq!((top.offset, &*top.epoch), (2, feed.epoch()));
    assert_eq!(engine.n_channels(), 0);
}

#[test]
fn a_feed_keeps_nothing_for_the_tail() {
    let (engine, _, told) = engine();
    let name = name(Namespace::Feed);
    let feed = engine.join(&name, A).unwrap();
    publish_from_outside(&engine, &name, &told);
    assert!(feed.tail_after(0).0.is_none(), "it would outlive its day");
    assert!(feed.tail_after(1).0.is_some());
}

#[test]
fn all_tails_together_have_a_limit_and_those_that_rest_go_first() {
    let (engine, _, told) = engine();
    let one = PUBLICATION_BYTES + 2;
    let engine = engine.with_tails_bytes_max(4 * one);
    let join = |name| {
        let name = ChannelName::new(Namespace::Room, name).unwrap();
        engine.join(&name, A).unwrap()
    };
    let (tea, rum, gin) = (join("tea"), join("rum"), join("gin"));
    let has_all = |channel: &Arc<Channel>| channel.tail_after(0).0.is_some();
    for (channel, id) in [(&tea, "1"), (&rum, "1"), (&rum, "2"), (&tea, "2")] {
        publish(&engine, channel, id, &told);
    }
    assert_eq!(engine.tails_bytes(), 4 * one);
    assert!(has_all(&tea) && has_all(&rum));

    publish(&engine, &gin, "1", &told);
    assert!(has_all(&tea) && has_all(&gin));
    assert!(!has_all(&rum), "nothing was published there for longest");
    assert_eq!(engine.tails_bytes(), 3 * one);

    publish(&engine, &rum, "3", &told);
    assert!(rum.tail_after(2).0.is_some(), "it begins anew");
    for channel in [&tea, &rum, &gin] {
        engine.leave(channel, A);
    }
    drop((tea, rum, gin));
    assert_eq!(engine.tails_bytes(), 0, "what is closed takes nothing");
}

#[test]
fn the_application_publishes_in_a_room_that_nobody_has_open() {
    let (engine, _, told) = engine();
    let name = name(Namespace::Room);
    assert!(publish_from_outside(&engine, &name, &told).is_none());
    assert_eq!(engine.n_channels(), 1, "until it is on disk");
    commit_all(&engine, &told);
    assert!(matches!(
        told.outcomes()[..],
        [Outcome::Stored { offset: 1 }]
    ));
    assert_eq!(engine.n_channels(), 0);
    assert_eq!(engine.top(&name).unwrap().offset, 1);
}

#[test]
fn a_room_that_was_left_stays_until_its_last_message_is_on_disk() {
    let (engine, _, told) = engine();
    let room = engine.join(&name(Namespace::Room), A).unwrap();
    submit(&engine, &room, "1");
    engine.leave(&room, A);
    assert_eq!(engine.n_channels(), 1);
    commit_all(&engine, &told);
    assert_eq!(engine.n_channels(), 0);
}
