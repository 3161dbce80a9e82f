//! What is changed, and what is dropped, in the log is so in the index.

use std::sync::Arc;
use std::time::Duration;

use engine::log::{Entry, Log};
use storage::Keep;

use super::{Kept, follow, found, holds, offsets, question};
use crate::support::entry;

#[test]
fn what_is_changed_is_found_as_it_is_and_gone_as_it_was() {
    let mut log = Kept::new();
    for n in 0..200 {
        log.say("a", &format!("filler {n}"));
    }
    log.say("a", "unmistakable");
    let index = log.full_index();
    assert_eq!(found(&index, &["unmistakable"]), [201]);
    assert!(holds(&log.bytes(), "unmistakable"));

    log.change("a", 201, "corrected");
    assert_eq!(index.n_behind().unwrap(), 1);
    follow(&index);
    assert_eq!(found(&index, &["unmistakable"]), [0; 0]);
    assert_eq!(found(&index, &["corrected"]), [201]);
    assert!(!holds(&log.bytes(), "unmistakable"), "it is in the file");

    log.change("a", 201, "-");
    follow(&index);
    assert_eq!(found(&index, &["corrected"]), [0; 0]);
    assert!(!holds(&log.bytes(), "corrected"), "it is in the file");
    assert_eq!(found(&index, &["filler"]).len(), 10);
}

#[test]
fn what_is_not_read_yet_is_told_as_the_log_has_it() {
    let mut log = Kept::new();
    log.say("a", "before");
    let index = log.full_index();
    log.change("a", 1, "after");
    let stale = index.find(&question(&["a"], &["before"])).unwrap();
    assert_eq!(stale.n_behind, 1);
    assert_eq!(stale.hits[0].record.data, "after");
}

#[test]
fn what_is_dropped_from_the_log_is_dropped_from_the_index() {
    let keep = Keep {
        count: Some(2),
        ..Keep::default()
    };
    let mut log = Kept::keeping(keep);
    for n in 1..=1500 {
        log.say("a", &format!("tea dropped{n}"));
    }
    log.say("b", "tea dropped1");
    let index = log.full_index();
    log.store.trim(0).unwrap();
    index.trim().unwrap();
    assert_eq!(found(&index, &["tea"]), [1500, 1499]);
    let both = index.find(&question(&["a", "b"], &["dropped1"])).unwrap();
    assert_eq!(offsets(&both), [1]);
    assert!(!holds(&log.bytes(), "dropped77"), "it is in the file");
}

#[test]
fn what_comes_after_all_was_dropped_is_found() {
    let keep = Keep {
        age: Some(Duration::from_millis(1)),
        ..Keep::default()
    };
    let mut log = Kept::keeping(keep);
    for _ in 0..20 {
        log.say("a", "old");
    }
    let index = log.full_index();
    assert_eq!(log.store.trim(1_000).unwrap(), 20);
    log.say("a", "new");
    assert_eq!(index.n_behind().unwrap(), 1);
    follow(&index);
    assert_eq!(found(&index, &["new"]), [21]);

    // The same over a restart, after which nobody remembers the last number.
    assert_eq!(log.store.trim(2_000).unwrap(), 1);
    drop(index);
    let Kept { dir, store, n } = log;
    drop(store);
    let store = Arc::new(dir.open());
    let mut log = Kept { dir, store, n };
    let index = log.index();
    log.say("a", "newer");
    follow(&index);
    assert_eq!(found(&index, &["newer"]), [22]);
}

#[test]
fn what_is_said_is_found_and_forgotten_over_many_shelves() {
    const LAST: u64 = 70_000;
    let keep = Keep {
        count: Some(20_000),
        ..Keep::default()
    };
    let mut log = Kept::keeping(keep);
    let text = |n: u64| match n {
        7 | 40_000 | LAST => format!("rare word{n}"),
        n => format!("word{n}"),
    };
    let said = |n: u64| Entry {
        data: text(n).into(),
        ..entry("a", &n.to_string())
    };
    let all: Vec<_> = (1..=LAST).map(said).collect();
    for batch in all.chunks(1000) {
        log.store.append(batch).unwrap();
    }
    log.n = LAST;
    let index = log.full_index();
    assert_eq!(found(&index, &["rare"]), [LAST, 40_000, 7]);
    assert_eq!(found(&index, &["rare", "word4*"]), [40_000]);
    assert_eq!(found(&index, &["word*"]).len(), 10);
    let mut ask = question(&["a"], &["rare"]);
    ask.limit = 2;
    ask.before = index.find(&ask).unwrap().more;
    assert_eq!(offsets(&index.find(&ask).unwrap()), [7]);

    log.change("a", 40_000, "rare still");
    follow(&index);
    assert_eq!(found(&index, &["still"]), [40_000]);

    while log.store.trim(0).unwrap() > 0 {}
    index.trim().unwrap();
    assert_eq!(found(&index, &["rare"]), [LAST]);
    assert!(!holds(&log.bytes(), "word33333"), "it is in the file");
    log.say("a", "rare again");
    follow(&index);
    assert_eq!(found(&index, &["rare"]), [LAST + 2, LAST]);
}
