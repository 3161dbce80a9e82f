//! Files: which message brought each, and which have to go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use engine::log::{Amended, Amends, Appended, Entry, Log, Record};
use protocol::plain::Refusal;
use storage::{Keep, Options, Store};

use crate::support::{Dir, entry};

/// Rules by which an entry brings the files that its data names, and every
/// amendment erases its target.
struct Simple;

impl Amends for Simple {
    fn amend(&self, target: Option<&Record>, _: &Entry) -> Result<Amended, Refusal> {
        target.ok_or(Refusal::TargetMissing)?;
        Ok(Amended {
            data: "gone".into(),
            erases: true,
        })
    }

    fn erase(&self, _: &Record) -> Option<Bytes> {
        None
    }

    fn files(&self, entry: &Entry) -> Vec<Box<str>> {
        let names = std::str::from_utf8(&entry.data).unwrap();
        names.split_whitespace().map(Into::into).collect()
    }
}

fn bring(store: &Store, id: &str, files: &str) -> Appended {
    let entry = Entry {
        data: files.to_owned().into(),
        ..entry("a", id)
    };
    store.append_by(&[entry], &Simple).unwrap().remove(0)
}

fn erase(store: &Store, id: &str, target: u64) -> Appended {
    let entry = Entry {
        target: Some(target),
        ..entry("a", id)
    };
    store.append_by(&[entry], &Simple).unwrap().remove(0)
}

fn gone(store: &Store) -> Vec<Box<str>> {
    store.files_gone().unwrap()
}

#[test]
fn files_go_with_the_message_that_brought_them() {
    let dir = Dir::new();
    let store = dir.open();
    let told = Arc::new(AtomicU32::new(0));
    store.on_files_gone({
        let told = Arc::clone(&told);
        move || {
            told.fetch_add(1, Ordering::Relaxed);
        }
    });
    bring(&store, "1", "x y");
    bring(&store, "2", "z");
    assert!(store.is_file_known("x").unwrap());
    assert!(!store.is_file_known("w").unwrap());
    assert_eq!(gone(&store), []);
    assert_eq!(told.load(Ordering::Relaxed), 0);

    erase(&store, "3", 1);
    assert_eq!(gone(&store), ["x".into(), "y".into()]);
    assert_eq!(told.load(Ordering::Relaxed), 1);
    store.files_removed(&["x".into(), "z".into()]).unwrap();
    assert_eq!(gone(&store), ["y".into()]);
    assert!(store.is_file_known("z").unwrap(), "it has not gone");
    erase(&store, "4", 3);
    assert_eq!(told.load(Ordering::Relaxed), 1, "nothing went with that");
}

#[test]
fn who_names_a_file_first_has_it() {
    let dir = Dir::new();
    let store = dir.open();
    bring(&store, "1", "x");
    bring(&store, "2", "x");
    assert!(matches!(bring(&store, "1", "y"), Appended::Repeated(_)));
    assert!(
        !store.is_file_known("y").unwrap(),
        "a repeat brings nothing"
    );
    erase(&store, "3", 2);
    assert_eq!(gone(&store), []);
    erase(&store, "4", 1);
    assert_eq!(gone(&store), ["x".into()]);
    bring(&store, "5", "x");
    assert_eq!(gone(&store), ["x".into()], "nobody brings it back");
}

#[test]
fn what_is_let_go_unused_is_nobody_s_any_more() {
    let dir = Dir::new();
    let store = dir.open();
    bring(&store, "1", "x");
    store.files_unused(&["x".into(), "y".into()]).unwrap();
    assert_eq!(gone(&store), ["y".into()]);
    bring(&store, "2", "y");
    assert_eq!(gone(&store), ["y".into()]);
    erase(&store, "3", 1);
    assert_eq!(gone(&store), ["x".into(), "y".into()]);
}

#[test]
fn what_has_gone_is_known_after_a_fall_and_what_trimming_drops_too() {
    let dir = Dir::new();
    let options = Options {
        keep: Keep {
            count: Some(1),
            age: None,
        },
        ..Options::default()
    };
    let store = Store::open(dir.path(), options).unwrap();
    bring(&store, "1", "x");
    bring(&store, "2", "y");
    erase(&store, "3", 2);
    bring(&store, "4", "z");
    let fallen = dir.snapshot();
    assert_eq!(gone(&fallen.open()), ["y".into()]);

    assert_eq!(store.trim(0).unwrap(), 3);
    assert_eq!(gone(&store), ["x".into(), "y".into()]);
    let fallen = dir.snapshot();
    assert!(fallen.open().is_file_known("z").unwrap());
}
