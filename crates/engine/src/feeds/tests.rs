use super::*;

const START: Duration = Duration::ZERO;

fn feeds() -> Feeds {
    Feeds::new("run", FEEDS_BYTES_MAX)
}

fn append(feeds: &Feeds, feed: &str, id: &str, now: Duration) -> Outcome {
    let entry = Entry {
        channel: feed.into(),
        id: id.into(),
        time_ms: 7,
        data: "{}".into(),
        info: None,
        target: None,
    };
    feeds.append(entry, now)
}

const NONE: [u64; 0] = [];

fn offsets(feeds: &Feeds, range: Range, limit: usize, now: Duration) -> Vec<u64> {
    let records = feeds.read("feed:a", range, limit, now);
    records.iter().map(|record| record.offset).collect()
}

#[test]
fn a_feed_is_read_both_ways() {
    let feeds = feeds();
    for _ in 0..5 {
        append(&feeds, "feed:a", "", START);
        append(&feeds, "feed:b", "", START);
    }
    let read = |range, limit| offsets(&feeds, range, limit, START);
    assert_eq!(read(Range::After(0), 2), [1, 2]);
    assert_eq!(read(Range::After(3), 9), [4, 5]);
    assert_eq!(read(Range::After(9), 9), NONE);
    assert_eq!(read(Range::Before(u64::MAX), 2), [5, 4]);
    assert_eq!(read(Range::Before(3), 9), [2, 1]);
    assert_eq!(read(Range::Before(0), 9), NONE);
}

#[test]
fn a_feed_keeps_so_many_and_counts_on() {
    let feeds = feeds();
    for _ in 0..FEED_PUBLICATIONS_MAX + 2 {
        append(&feeds, "feed:a", "", START);
    }
    let all = offsets(&feeds, Range::After(0), usize::MAX, START);
    assert_eq!(all.len(), FEED_PUBLICATIONS_MAX);
    assert_eq!(all[0], 3);
    assert_eq!(feeds.open("feed:a").offset, 1002);
}

#[test]
fn what_is_a_day_old_is_gone_even_if_nobody_swept() {
    let feeds = feeds();
    let second = Duration::from_secs(1);
    append(&feeds, "feed:a", "", START);
    append(&feeds, "feed:a", "", second);
    let read = |now| offsets(&feeds, Range::After(0), 9, now);
    assert_eq!(read(FEED_AGE - second), [1, 2]);
    assert_eq!(read(FEED_AGE), [2]);
    assert_eq!(read(FEED_AGE + second), NONE);
}

#[test]
fn an_open_feed_keeps_its_epoch_and_a_forgotten_one_begins_anew() {
    let feeds = feeds();
    append(&feeds, "feed:a", "", START);
    let first = feeds.open("feed:a");
    feeds.sweep(FEED_AGE);
    assert_eq!(feeds.open("feed:a"), first, "it was open");
    feeds.close("feed:a");
    assert_eq!((feeds.n_feeds(), feeds.bytes()), (0, 0));
    let second = feeds.open("feed:a");
    assert_eq!(second.offset, 0);
    assert_ne!(second.epoch, first.epoch);
}

#[test]
fn a_feed_lives_on_without_members_while_something_is_kept() {
    let feeds = feeds();
    let epoch = feeds.open("feed:a").epoch;
    append(&feeds, "feed:a", "", START);
    feeds.close("feed:a");
    assert_eq!(feeds.open("feed:a"), Position { offset: 1, epoch });
}

#[test]
fn beyond_the_memory_of_all_the_oldest_of_all_goes() {
    let feeds = Feeds::new("run", 3 * (PUBLICATION_BYTES + 2));
    append(&feeds, "feed:a", "", START);
    append(&feeds, "feed:b", "", START);
    append(&feeds, "feed:a", "", START);
    append(&feeds, "feed:a", "", START);
    let read = || offsets(&feeds, Range::After(0), 9, START);
    assert_eq!((read(), feeds.n_feeds()), (vec![2, 3], 2));
    append(&feeds, "feed:a", "", START);
    assert_eq!((read(), feeds.n_feeds()), (vec![2, 3, 4], 1));
    assert_eq!(feeds.bytes(), 3 * (PUBLICATION_BYTES + 2));
}

#[test]
fn what_is_removed_is_gone_and_the_count_goes_on() {
    let feeds = feeds();
    feeds.open("feed:a");
    append(&feeds, "feed:a", "", START);
    append(&feeds, "feed:b", "", START);
    append(&feeds, "feed:a", "", START);
    feeds.remove("feed:a");
    feeds.remove("feed:never");
    assert_eq!(offsets(&feeds, Range::After(0), 9, START), NONE);
    assert_eq!(feeds.bytes(), PUBLICATION_BYTES + 2);
    append(&feeds, "feed:a", "", START);
    assert_eq!(offsets(&feeds, Range::After(0), 9, START), [3]);
}

#[test]
fn an_id_that_is_still_known_is_a_repeat() {
    let feeds = feeds();
    append(&feeds, "feed:a", "x", START);
    append(&feeds, "feed:a", "", START);
    match append(&feeds, "feed:a", "x", START) {
        Outcome::Repeated(record) => assert_eq!(record.offset, 1),
        other => panic!("{other:?}"),
    }
    let again = append(&feeds, "feed:a", "x", FEED_AGE);
    assert!(
        matches!(again, Outcome::Stored { offset: 1 }),
        "all was forgotten, the feed too"
    );
}
