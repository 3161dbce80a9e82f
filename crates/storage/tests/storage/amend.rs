//! Amendments: of both logs the same, and on the disk for good.

use std::fs;

use bytes::Bytes;
use engine::log::{Amended, Amends, Appended, Entry, Log, MemoryLog, Record};
use protocol::plain::Refusal;
use storage::{Keep, Options, Store};

use crate::support::{Dir, all, entries, entry, stored};

/// Rules that put the amendment's data in the place of the target's; what
/// begins with `x` erases, and no target that begins so may be amended.
struct Simple;

impl Amends for Simple {
    fn amend(&self, target: Option<&Record>, entry: &Entry) -> Result<Amended, Refusal> {
        let target = target.ok_or(Refusal::TargetMissing)?;
        if target.data.starts_with(b"x") {
            return Err(Refusal::TargetDeleted);
        }
        Ok(Amended {
            data: entry.data.clone(),
            erases: entry.data.starts_with(b"x"),
        })
    }

    fn erase(&self, amendment: &Record) -> Option<Bytes> {
        amendment.data.starts_with(b"e").then(|| "erased".into())
    }
}

fn check(test: impl Fn(&dyn Log)) {
    test(&MemoryLog::new(7));
    let dir = Dir::new();
    test(&dir.open());
}

fn amendment(channel: &str, id: &str, target: u64, data: &str) -> Entry {
    Entry {
        target: Some(target),
        data: data.to_owned().into(),
        ..entry(channel, id)
    }
}

fn texts(log: &dyn Log, channel: &str) -> Vec<String> {
    let text = |record: Record| String::from_utf8(record.data.to_vec()).unwrap();
    all(log, channel).into_iter().map(text).collect()
}

/// The offset, and what has changed, of one amendment.
fn amended(log: &dyn Log, entry: Entry) -> (u64, Vec<(u64, String)>) {
    match log.append_by(&[entry], &Simple).unwrap().remove(0) {
        Appended::Amended { offset, changed } => {
            let shown = |one: Record| (one.offset, String::from_utf8(one.data.to_vec()).unwrap());
            (offset, changed.into_iter().map(shown).collect())
        }
        other => panic!("not amended: {other:?}"),
    }
}

#[test]
fn an_amendment_is_kept_and_so_is_what_it_changes() {
    check(|log| {
        log.append(&entries("a", 1..3)).unwrap();
        log.append(&entries("b", 1..3)).unwrap();
        let (offset, changed) = amended(log, amendment("a", "e", 1, "edit"));
        assert_eq!((offset, changed), (3, vec![(1, "edit".to_owned())]));
        assert_eq!(texts(log, "a"), ["edit", "data of 2", "edit"]);
        assert_eq!(texts(log, "b"), ["data of 1", "data of 2"]);
        assert_eq!(&*all(log, "a")[0].id, "1");
    });
}

#[test]
fn one_that_erases_takes_earlier_ones_of_its_target_along() {
    check(|log| {
        log.append(&entries("a", 1..3)).unwrap();
        amended(log, amendment("a", "3", 1, "e1"));
        amended(log, amendment("a", "4", 2, "e2"));
        amended(log, amendment("a", "5", 1, "other"));
        let (offset, changed) = amended(log, amendment("a", "6", 1, "x"));
        let expected = [(1, "x".to_owned()), (3, "erased".to_owned())];
        assert_eq!((offset, changed), (6, expected.to_vec()));
        assert_eq!(texts(log, "a"), ["x", "e2", "erased", "e2", "other", "x"]);
    });
}

#[test]
fn a_refusal_burns_no_offset_and_leaves_no_trace() {
    check(|log| {
        let missing = Appended::Refused(Refusal::TargetMissing);
        let nowhere = log.append_by(&[amendment("a", "e", 1, "e")], &Simple);
        assert_eq!(nowhere.unwrap(), std::slice::from_ref(&missing));

        let batch = [
            entry("a", "1"),
            amendment("a", "2", 2, "itself"),
            amendment("a", "3", 0, "none"),
            amendment("a", "4", u64::MAX, "none"),
            amendment("a", "5", 1, "x"),
            amendment("a", "6", 1, "late"),
            entry("a", "7"),
        ];
        let appended = log.append_by(&batch, &Simple).unwrap();
        assert_eq!(appended[0], Appended::Stored { offset: 1 });
        assert_eq!(appended[1..4], vec![missing; 3]);
        assert!(matches!(appended[4], Appended::Amended { offset: 2, .. }));
        assert_eq!(appended[5], Appended::Refused(Refusal::TargetDeleted));
        assert_eq!(appended[6], Appended::Stored { offset: 3 });
        // What was refused may come again.
        assert_eq!(log.append(&[entry("a", "6")]).unwrap(), stored([4]));
    });
}

#[test]
fn a_repeat_of_an_amendment_changes_nothing() {
    check(|log| {
        log.append(&entries("a", 1..2)).unwrap();
        amended(log, amendment("a", "e", 1, "first"));
        amended(log, amendment("a", "f", 1, "second"));
        let again = amendment("a", "e", 1, "first");
        let appended = log.append_by(&[again], &Simple).unwrap();
        assert_eq!(appended, [Appended::Repeated(all(log, "a").remove(1))]);
        assert_eq!(texts(log, "a"), ["second", "first", "second"]);
    });
}

#[test]
fn without_rules_nothing_is_amended() {
    check(|log| {
        log.append(&entries("a", 1..2)).unwrap();
        let refused = log.append(&[amendment("a", "e", 1, "e")]).unwrap();
        assert_eq!(refused, [Appended::Refused(Refusal::TargetMissing)]);
    });
}

#[test]
fn what_is_erased_is_in_the_file_no_more() {
    let dir = Dir::new();
    let store = dir.open();
    // One text within a page, and one that takes several.
    let short = "e-secret".to_owned();
    let long = format!("e-{}", "secret".repeat(5_000));
    for (id, text) in [("1", &short), ("2", &long)] {
        let mut said = entry("a", id);
        said.data = text.clone().into();
        store.append(&[said]).unwrap();
    }
    amended(&store, amendment("a", "3", 1, &long));
    amended(&store, amendment("a", "4", 1, "x"));
    amended(&store, amendment("a", "5", 2, "x"));
    drop(store);
    let file = fs::read(dir.file()).unwrap();
    assert!(!file.windows(6).any(|bytes| bytes == b"secret"));
    let expected = ["x", "x", "erased", "x", "x"];
    assert_eq!(texts(&dir.open(), "a"), expected, "after a restart");
}

#[test]
fn what_was_trimmed_is_not_there_to_be_amended() {
    let dir = Dir::new();
    let options = Options {
        keep: Keep {
            count: Some(2),
            ..Keep::default()
        },
        ..Options::default()
    };
    let store = Store::open(dir.path(), options).unwrap();
    store.append(&entries("a", 1..5)).unwrap();
    store.trim(0).unwrap();
    let refused = store.append_by(&[amendment("a", "e", 2, "e")], &Simple);
    let expected = [Appended::Refused(Refusal::TargetMissing)];
    assert_eq!(refused.unwrap(), expected);
    assert_eq!(amended(&store, amendment("a", "e", 3, "e")).0, 5);
    let backup = Dir::new();
    let copy = backup.path().join("palabre.db");
    storage::backup(dir.path(), &copy).unwrap();
    assert_eq!(texts(&backup.open(), "a"), ["e", "data of 4", "e"]);
}
