//! What is not opened, and what it says.

use std::fs;

use engine::log::{Log, LogError, Range};
use storage::{OpenError, Options, Store};

use crate::support::{Dir, all, entries, entry};

fn refusal(dir: &Dir) -> OpenError {
    Store::open(dir.path(), Options::default()).unwrap_err()
}

/// Asserts that a message names a path and what to do.
fn says(error: &OpenError, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_second_server_on_one_directory() {
    let dir = Dir::new();
    let first = dir.open();
    let error = refusal(&dir);
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    says(&error, &[dir.path().to_str().unwrap(), "stop it"]);
    drop(first);
    dir.open();
}

#[test]
fn a_directory_that_is_a_file() {
    let dir = Dir::new();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = Store::open(&path, Options::default()).unwrap_err();
        assert!(matches!(error, OpenError::Directory { .. }), "{error}");
    }
    let made = dir.path().join("any").join("depth");
    Store::open(&made, Options::default()).unwrap();
    assert!(made.join("palabre.db").is_file());
}

#[test]
fn a_file_of_a_later_version_is_left_as_it_is() {
    let dir = Dir::new();
    dir.open().append(&[entry("a", "1")]).unwrap();
    let raw = rusqlite::Connection::open(dir.file()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let before = fs::read(dir.file()).unwrap();
    let error = refusal(&dir);
    assert!(
        matches!(error, OpenError::Newer { found: 99, .. }),
        "{error}"
    );
    says(&error, &["palabre.db", "99", "start that version"]);
    assert_eq!(fs::read(dir.file()).unwrap(), before);
}

#[test]
fn a_file_of_another_program() {
    let dir = Dir::new();
    let raw = rusqlite::Connection::open(dir.file()).unwrap();
    raw.execute_batch("CREATE TABLE cookies (host TEXT)")
        .unwrap();
    drop(raw);
    let error = refusal(&dir);
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    says(&error, &["palabre.db", "move it away"]);
}

#[test]
fn a_file_that_is_empty_is_a_first_start() {
    let dir = Dir::new();
    fs::write(dir.file(), "").unwrap();
    dir.open();
}

#[test]
fn a_damaged_file() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("text", |file| *file = b"hello, I am a text".repeat(1000)),
        ("header", |file| file[..100].fill(0xff)),
        ("cut short", |file| file.truncate(file.len() / 2)),
        ("last page", |file| {
            let at = file.len() - 4096;
            file[at..].fill(0x5a);
        }),
    ];
    for (name, damage) in damages {
        let dir = Dir::new();
        dir.open().append(&entries("a", 0..2_000)).unwrap();
        let mut bytes = fs::read(dir.file()).unwrap();
        damage(&mut bytes);
        fs::write(dir.file(), &bytes).unwrap();
        let error = refusal(&dir);
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{name}: {error}"
        );
        says(&error, &["palabre.db", "`palabre backup`"]);
        assert_eq!(fs::read(dir.file()).unwrap(), bytes, "{name}");
    }
}

/// A page in the middle of a log that was not closed.
#[test]
fn damage_anywhere_is_found_after_a_fall() {
    let dir = Dir::new();
    dir.open().append(&entries("a", 0..5_000)).unwrap();
    let store = dir.open();
    store.append(&[entry("a", "more")]).unwrap();
    let fallen = dir.snapshot();
    let mut bytes = fs::read(fallen.file()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    fs::write(fallen.file(), bytes).unwrap();
    let error = refusal(&fallen);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
}

/// Each page in turn: whatever is found is said, wherever it is found.
#[test]
fn damage_met_later_is_an_error_and_never_a_panic() {
    let dir = Dir::new();
    dir.open().append(&entries("a", 0..400)).unwrap();
    let sound = fs::read(dir.file()).unwrap();
    let mut n_met = 0;
    for page in 1..sound.len() / 4096 {
        let damaged = Dir::new();
        let mut bytes = sound.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0x5a);
        fs::write(damaged.file(), bytes).unwrap();
        let Ok(store) = Store::open(damaged.path(), Options::default()) else {
            continue;
        };
        let read = store.read("a", Range::After(0), usize::MAX);
        let repeated = store.append(&entries("a", 0..400));
        let errors = [read.err(), repeated.err()];
        for error in errors.into_iter().flatten() {
            n_met += 1;
            assert!(matches!(error, LogError::Unusable(_)), "{error}");
            assert!(error.to_string().contains("backup"), "{error}");
        }
        // Others of its channels go on where their pages are sound.
        let _ = store.position("b");
    }
    assert!(n_met > 0);
    assert_eq!(all(&dir.open(), "a").len(), 400);
}
