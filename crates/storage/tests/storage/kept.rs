//! What is there after a restart, and what trimming leaves.

use std::time::Duration;

use engine::log::{Appended, Log, Range};
use storage::{Keep, Options, Store};

use crate::support::{Dir, all, entries, entry, offsets, stored};

#[test]
fn a_restart_keeps_everything() {
    let dir = Dir::new();
    let store = dir.open();
    store.append(&entries("a", 1..100)).unwrap();
    let empty = store.position("empty").unwrap();
    let (position, records) = (store.position("a").unwrap(), all(&store, "a"));
    drop(store);
    assert!(!dir.wal().exists(), "a clean end leaves one file");

    let store = dir.open();
    assert_eq!(store.position("empty").unwrap(), empty);
    assert_eq!(store.position("a").unwrap(), position);
    assert_eq!(all(&store, "a"), records);
    let batch = [entry("a", "5"), entry("a", "new")];
    let expected = [
        Appended::Repeated(records[4].clone()),
        Appended::Stored { offset: 100 },
    ];
    assert_eq!(store.append(&batch).unwrap(), expected);
}

fn open(dir: &Dir, count: Option<u64>, age: Option<Duration>) -> Store {
    let options = Options {
        keep: Keep { count, age },
        ..Options::default()
    };
    Store::open(dir.path(), options).unwrap()
}

#[test]
fn a_count_keeps_the_newest() {
    let dir = Dir::new();
    let store = open(&dir, Some(10), None);
    store.append(&entries("long", 1..1001)).unwrap();
    store.append(&entries("short", 1..6)).unwrap();
    let before = store.position("long").unwrap();
    assert_eq!(store.trim(0).unwrap(), 990);
    assert_eq!(store.trim(0).unwrap(), 0);

    assert_eq!(store.position("long").unwrap(), before);
    let expected: Vec<_> = (991..=1000).collect();
    assert_eq!(offsets(&store, "long", Range::After(3), 99), expected);
    assert_eq!(offsets(&store, "short", Range::After(0), 99).len(), 5);
    // An id that went is forgotten; one that stayed is not.
    let batch = [entry("long", "1"), entry("long", "995")];
    let appended = store.append(&batch).unwrap();
    assert_eq!(appended[0], Appended::Stored { offset: 1001 });
    assert!(matches!(appended[1], Appended::Repeated(_)));
}

#[test]
fn an_age_drops_the_oldest_up_to_the_first_that_stays() {
    let dir = Dir::new();
    let store = open(&dir, None, Some(Duration::from_millis(100)));
    let at = |id: &str, time_ms| engine::log::Entry {
        time_ms,
        ..entry("a", id)
    };
    // The clock of the publisher went back once: 4 stays, as 3 does.
    let batch = [at("1", 10), at("2", 20), at("3", 50), at("4", 30)];
    store.append(&batch).unwrap();
    assert_eq!(store.trim(50).unwrap(), 0, "nothing is as old as that");
    assert_eq!(store.trim(121).unwrap(), 2);
    assert_eq!(offsets(&store, "a", Range::After(0), 9), [3, 4]);
}

#[test]
fn the_top_survives_when_all_is_dropped() {
    let dir = Dir::new();
    let store = open(&dir, Some(0), None);
    store.append(&entries("a", 1..501)).unwrap();
    let before = store.position("a").unwrap();
    assert_eq!(store.trim(0).unwrap(), 500);
    assert_eq!(store.position("a").unwrap(), before);
    drop(store);

    let store = open(&dir, Some(0), None);
    assert_eq!(store.position("a").unwrap(), before);
    assert_eq!(all(&store, "a"), []);
    assert_eq!(store.append(&[entry("a", "1")]).unwrap(), stored([501]));
}

#[test]
fn many_channels_and_a_long_one_are_trimmed_alike() {
    let dir = Dir::new();
    let store = open(&dir, Some(1), None);
    let names: Vec<_> = (0..2_500).map(|n| format!("room:{n}")).collect();
    for round in 0..3 {
        let id = round.to_string();
        let batch: Vec<_> = names.iter().map(|name| entry(name, &id)).collect();
        store.append(&batch).unwrap();
    }
    store.append(&entries("long", 0..25_000)).unwrap();
    assert_eq!(store.trim(0).unwrap(), 2 * 2_500 + 24_999);
    for name in &names {
        assert_eq!(offsets(&store, name, Range::After(0), 9), [3]);
    }
}
