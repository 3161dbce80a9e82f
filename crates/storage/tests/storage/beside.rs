//! Reading, trimming and copying while it is written to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use engine::log::{Log, Range};
use storage::{BackupError, Keep, Options, Store, backup};

use crate::support::{Dir, all, entries, entry, offsets};

/// Appends in the background, until `during` is done; says how many.
fn while_appending(store: &Store, during: impl FnOnce()) -> u64 {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                store.append(&entries("a", n..n + 50)).unwrap();
                n += 50;
            }
            n
        });
        during();
        done.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    })
}

#[test]
fn readers_see_whole_batches_in_order() {
    let dir = Dir::new();
    let store = dir.open();
    let n = while_appending(&store, || {
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let mut seen = 0;
                    for _ in 0..50 {
                        let top = store.position("a").unwrap().offset;
                        assert_eq!(top % 50, 0, "half a batch");
                        let read = offsets(&store, "a", Range::After(seen), usize::MAX);
                        assert!(read.iter().copied().eq(seen + 1..=seen + read.len() as u64));
                        seen += read.len() as u64;
                        assert!(seen >= top);
                    }
                });
            }
        });
    });
    assert_eq!(store.position("a").unwrap().offset, n);
}

#[test]
fn trimming_leaves_a_dense_end() {
    let dir = Dir::new();
    let keep = Keep {
        count: Some(100),
        age: None,
    };
    let options = Options {
        keep,
        ..Options::default()
    };
    let store = Store::open(dir.path(), options).unwrap();
    let n = while_appending(&store, || {
        for _ in 0..10 {
            store.trim(0).unwrap();
            let read = offsets(&store, "a", Range::After(0), usize::MAX);
            let first = read.first().copied().unwrap_or(1);
            assert!(read.iter().copied().eq(first..first + read.len() as u64));
        }
    });
    store.trim(0).unwrap();
    let expected: Vec<_> = (n - n.min(100) + 1..=n).collect();
    assert_eq!(offsets(&store, "a", Range::After(0), 999), expected);
}

#[test]
fn a_backup_is_one_moment_of_the_log() {
    let dir = Dir::new();
    let store = dir.open();
    store.append(&entries("before", 0..2_000)).unwrap();
    let copy = Dir::new();
    let n = while_appending(&store, || {
        let made = backup(dir.path(), &copy.file()).unwrap();
        assert!(made.n_messages >= 2_000);
        assert_eq!(made.bytes, copy.file().metadata().unwrap().len());
    });
    let restored = copy.open();
    assert_eq!(all(&restored, "before"), all(&store, "before"));
    let of_copy = all(&restored, "a");
    assert_eq!(of_copy.len() % 50, 0, "half a batch");
    assert!(of_copy.len() as u64 <= n);
    assert_eq!(of_copy[..], all(&store, "a")[..of_copy.len()]);
    let (copied, copy_of) = (restored.position("before"), store.position("before"));
    let (copied, copy_of) = (copied.unwrap(), copy_of.unwrap());
    assert_eq!(copied.offset, copy_of.offset);
    assert_ne!(copied.epoch, copy_of.epoch, "offsets will come again");
}

#[test]
fn a_backup_needs_no_server_and_overwrites_nothing() {
    let dir = Dir::new();
    let to = dir.path().join("copy.db");
    assert!(matches!(
        backup(dir.path(), &to),
        Err(BackupError::Missing { .. })
    ));
    dir.open().append(&[entry("a", "1")]).unwrap();
    assert_eq!(backup(dir.path(), &to).unwrap().n_messages, 1);

    let before = std::fs::read(&to).unwrap();
    let refused = backup(dir.path(), &to).unwrap_err();
    assert!(matches!(refused, BackupError::Exists { .. }), "{refused}");
    assert_eq!(std::fs::read(&to).unwrap(), before);
    let nowhere = dir.path().join("none").join("copy.db");
    assert!(matches!(
        backup(dir.path(), &nowhere),
        Err(BackupError::Write { .. })
    ));
    assert_eq!(all(&dir.open(), "a").len(), 1);
}

#[test]
fn a_backup_of_a_damaged_log_is_refused_and_leaves_nothing() {
    let dir = Dir::new();
    let store = dir.open();
    store.append(&entries("a", 0..3_000)).unwrap();
    drop(store);
    let mut bytes = std::fs::read(dir.file()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    std::fs::write(dir.file(), bytes).unwrap();
    let to = dir.path().join("copy.db");
    let refused = backup(dir.path(), &to).unwrap_err();
    assert!(matches!(refused, BackupError::Damaged { .. }), "{refused}");
    assert!(!to.exists());
    assert!(!dir.path().join("copy.db.partial").exists());
}

#[test]
fn the_write_ahead_log_does_not_grow_without_end() {
    let dir = Dir::new();
    let store = dir.open();
    let mut longest = 0;
    for round in 0..60 {
        let mut batch = entries("a", round * 20..(round + 1) * 20);
        for entry in &mut batch {
            entry.data = vec![b'x'; 64 << 10].into();
        }
        store.append(&batch).unwrap();
        longest = longest.max(dir.wal().metadata().unwrap().len());
    }
    // 78 MiB were written; a machine without a pause may be behind by some.
    assert!(longest < 72 << 20, "{longest} bytes");
}
