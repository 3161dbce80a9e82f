//! What every log promises, asked of both that there are.

use engine::log::{Appended, Log, MemoryLog, Range, Record};

use crate::support::{Dir, all, entries, entry, offsets, stored};

/// Runs a test on a log in memory and on one on disk.
fn check(test: impl Fn(&dyn Log)) {
    test(&MemoryLog::new(7));
    let dir = Dir::new();
    test(&dir.open());
}

#[test]
fn a_channel_that_never_was_is_at_its_beginning() {
    check(|log| {
        let tea = log.position("room:tea").unwrap();
        assert_eq!(tea.offset, 0);
        assert!(!tea.epoch.is_empty());
        assert_eq!(log.position("room:tea").unwrap(), tea);
        assert_eq!(log.position("room:rum").unwrap().epoch, tea.epoch);
        assert_eq!(all(log, "room:tea"), []);
    });
}

#[test]
fn offsets_are_dense_and_each_channels_own() {
    check(|log| {
        let batch = [entry("a", "1"), entry("b", "1"), entry("a", "2")];
        assert_eq!(log.append(&batch).unwrap(), stored([1, 1, 2]));
        assert_eq!(log.append(&entries("a", 3..5)).unwrap(), stored([3, 4]));
        assert_eq!(log.position("a").unwrap().offset, 4);
        assert_eq!(log.position("b").unwrap().offset, 1);
        assert_eq!(offsets(log, "a", Range::After(0), 9), [1, 2, 3, 4]);
        assert_eq!(log.append(&[]).unwrap(), []);
    });
}

#[test]
fn what_is_read_is_what_was_kept() {
    check(|log| {
        let mut with_info = entry("a", "x");
        with_info.info = Some(r#"{"user":"7"}"#.into());
        with_info.time_ms = u64::MAX;
        with_info.data = vec![0, 255, 10].into();
        let mut empty = entry("a", "y");
        empty.data = Default::default();
        empty.info = Some(Default::default());
        let batch = [with_info, empty, entry("a", "z")];
        log.append(&batch).unwrap();
        let records = batch.into_iter().zip(1..).map(|(entry, offset)| Record {
            offset,
            id: entry.id,
            time_ms: entry.time_ms,
            data: entry.data,
            info: entry.info,
        });
        assert_eq!(all(log, "a"), records.collect::<Vec<_>>());
    });
}

#[test]
fn a_range_has_a_direction_and_a_limit() {
    check(|log| {
        log.append(&entries("a", 1..11)).unwrap();
        log.append(&entries("b", 1..3)).unwrap();
        let a = |range, limit| offsets(log, "a", range, limit);
        assert_eq!(a(Range::After(0), 3), [1, 2, 3]);
        assert_eq!(a(Range::After(8), 3), [9, 10]);
        assert_eq!(a(Range::After(10), 3), [0u64; 0]);
        assert_eq!(a(Range::After(u64::MAX), 3), [0u64; 0]);
        assert_eq!(a(Range::Before(u64::MAX), 3), [10, 9, 8]);
        assert_eq!(a(Range::Before(3), 9), [2, 1]);
        assert_eq!(a(Range::Before(1), 9), [0u64; 0]);
        assert_eq!(a(Range::Before(0), 9), [0u64; 0]);
        assert_eq!(a(Range::After(0), 0), [0u64; 0]);
        assert_eq!(a(Range::After(0), usize::MAX).len(), 10);
        assert_eq!(offsets(log, "nowhere", Range::After(0), 9), [0u64; 0]);
    });
}

#[test]
fn an_id_is_stored_once_in_a_channel() {
    check(|log| {
        let first = entry("a", "x");
        assert_eq!(
            log.append(std::slice::from_ref(&first)).unwrap(),
            stored([1])
        );
        let kept = all(log, "a").remove(0);

        let mut again = first;
        again.data = "something else".into();
        again.time_ms += 1;
        let batch = [entry("a", "y"), again, entry("b", "x"), entry("a", "z")];
        let expected = [
            Appended::Stored { offset: 2 },
            Appended::Repeated(kept),
            Appended::Stored { offset: 1 },
            Appended::Stored { offset: 3 },
        ];
        assert_eq!(log.append(&batch).unwrap(), expected);
        assert_eq!(offsets(log, "a", Range::After(0), 9), [1, 2, 3]);
    });
}

#[test]
fn an_id_is_stored_once_within_a_batch() {
    check(|log| {
        let batch = [entry("a", "x"), entry("a", "x"), entry("a", "y")];
        let appended = log.append(&batch).unwrap();
        let kept = all(log, "a");
        let expected = [
            Appended::Stored { offset: 1 },
            Appended::Repeated(kept[0].clone()),
            Appended::Stored { offset: 2 },
        ];
        assert_eq!(appended, expected);
    });
}

#[test]
fn names_and_ids_are_any_text() {
    let hostile = [
        String::new(),
        "'; DROP TABLE message; --".into(),
        "\"quoted\" `and` \\escaped\\".into(),
        "nul\0inside".into(),
        "nul".into(),
        "nul\0".into(),
        "%_*?[a-z]".into(),
        "A".into(),
        "a".into(),
        "é".into(),
        "e\u{301}".into(),
        "\u{202e}\u{feff}\u{10ffff}🌳".into(),
        "x".repeat(255),
        "x".repeat(64 << 10),
        "1".into(),
        "1.0".into(),
    ];
    check(|log| {
        for name in &hostile {
            let batch: Vec<_> = hostile.iter().map(|id| entry(name, id)).collect();
            let n = batch.len() as u64;
            assert_eq!(log.append(&batch).unwrap(), stored(1..=n), "{name:?}");
        }
        for name in &hostile {
            let ids: Vec<_> = all(log, name).into_iter().map(|r| r.id).collect();
            assert!(ids.iter().map(|id| &**id).eq(&hostile), "{name:?}");
            assert_eq!(log.position(name).unwrap().offset, ids.len() as u64);
        }
    });
}
