//! A disk without room, by way of the limit that stands for it: SQLite says
//! the same of both.

use engine::log::{Log, LogError, MemoryLog};
use storage::{Keep, Options, Store};

use crate::support::{Dir, all, entries, entry, stored};

const SIZE_BYTES_MAX: u64 = 1 << 20;

#[test]
fn a_full_log_keeps_nothing_of_the_batch_and_takes_it_when_there_is_room() {
    let dir = Dir::new();
    let options = Options {
        size_bytes_max: Some(SIZE_BYTES_MAX),
        keep: Keep {
            count: Some(10),
            age: None,
        },
    };
    let store = Store::open(dir.path(), options).unwrap();
    let mut n = 0;
    let refused = loop {
        let batch = entries("a", n..n + 100);
        match store.append(&batch) {
            Ok(appended) => assert_eq!(appended, stored(n + 1..=n + 100)),
            Err(error) => {
                assert!(matches!(error, LogError::Full), "{error}");
                break batch;
            }
        }
        n += 100;
    };
    assert!(n > 1_000, "{n}");
    assert_eq!(store.position("a").unwrap().offset, n);
    assert_eq!(all(&store, "a").len() as u64, n);
    // Readers go on, and so does a repeat, which needs no room.
    assert!(matches!(store.append(&refused), Err(LogError::Full)));
    assert!(store.append(&[entry("a", "1")]).is_ok());

    assert_eq!(store.trim(0).unwrap(), n - 10);
    let appended = store.append(&refused).unwrap();
    assert_eq!(
        appended,
        stored(n + 1..=n + 100),
        "no offset was used up in vain"
    );
    assert!(dir.file().metadata().unwrap().len() <= SIZE_BYTES_MAX);
}

#[test]
fn a_channel_that_a_failed_batch_would_have_made_is_not_there() {
    let dir = Dir::new();
    let options = |size_bytes_max| Options {
        size_bytes_max,
        ..Options::default()
    };
    let store = Store::open(dir.path(), options(Some(256 << 10))).unwrap();
    let mut batch = vec![entry("new", "1")];
    batch.extend(entries("a", 0..5_000));
    assert!(matches!(store.append(&batch), Err(LogError::Full)));
    assert_eq!(all(&store, "new"), []);
    assert_eq!(store.append(&[entry("new", "1")]).unwrap(), stored([1]));
    drop(store);

    let store = Store::open(dir.path(), options(None)).unwrap();
    let appended = store.append(&batch[1..]).unwrap();
    assert_eq!(appended, stored(1..=5_000));
}

#[test]
fn a_log_in_memory_is_full_when_it_is_told() {
    let log = MemoryLog::new(7);
    log.append(&entries("a", 0..3)).unwrap();
    log.fill();
    let failed = log.append(&entries("a", 3..5));
    assert!(matches!(failed, Err(LogError::Full)));
    assert_eq!(all(&log, "a").len(), 3);
    log.make_room();
    assert_eq!(log.append(&entries("a", 3..5)).unwrap(), stored([4, 5]));
}
