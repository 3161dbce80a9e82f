//! The index: it finds what the log has, follows it, and forgets with it.

mod finds;
mod follows;
mod goes_on;

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use engine::log::{Amended, Amends, Entry, Log, Record};
use engine::search::{Found, Phrase, Question};
use protocol::plain::Refusal;
use storage::{Advance, Index, Keep, Options, Store};

use crate::support::{Dir, entry};

/// Words are what stands between blanks; what begins with `-` has none.
fn words_of(data: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(data).unwrap();
    (!text.is_empty() && !text.starts_with('-')).then(|| text.to_owned())
}

/// An amendment's data takes the place of its target's.
struct Simple;

impl Amends for Simple {
    fn amend(&self, _: Option<&Record>, entry: &Entry) -> Result<Amended, Refusal> {
        let text = std::str::from_utf8(&entry.data).unwrap();
        Ok(Amended {
            data: text.trim_start_matches("-to ").to_owned().into(),
            erases: true,
        })
    }

    fn erase(&self, _: &Record) -> Option<Bytes> {
        Some("-erased".into())
    }
}

struct Kept {
    dir: Dir,
    store: Arc<Store>,
    n: u64,
}

impl Kept {
    fn new() -> Self {
        Self::keeping(Keep::default())
    }

    fn keeping(keep: Keep) -> Self {
        let dir = Dir::new();
        let options = Options {
            keep,
            ..Options::default()
        };
        let store = Arc::new(Store::open(dir.path(), options).unwrap());
        Self { dir, store, n: 0 }
    }

    fn say(&mut self, channel: &str, text: &str) {
        self.n += 1;
        let said = Entry {
            data: text.to_owned().into(),
            time_ms: self.n,
            ..entry(channel, &self.n.to_string())
        };
        self.store.append(&[said]).unwrap();
    }

    fn change(&mut self, channel: &str, target: u64, text: &str) {
        self.n += 1;
        let change = Entry {
            target: Some(target),
            data: format!("-to {text}").into(),
            ..entry(channel, &self.n.to_string())
        };
        self.store.append_by(&[change], &Simple).unwrap();
    }

    fn index(&self) -> Index {
        Index::open(Arc::clone(&self.store), self.dir.path(), words_of).unwrap()
    }

    /// The index, with all that was said.
    fn full_index(&self) -> Index {
        let index = self.index();
        follow(&index);
        index
    }

    /// Everything that the index has on the disk.
    fn bytes(&self) -> Vec<u8> {
        let read = |name| fs::read(self.dir.path().join(name)).unwrap_or_default();
        [read("search.db"), read("search.db-wal")].concat()
    }
}

fn follow(index: &Index) {
    while index.advance().unwrap() == Advance::More {}
    assert_eq!(index.n_behind().unwrap(), 0);
}

fn question(channels: &[&str], phrases: &[&str]) -> Question {
    let phrase = |text: &&str| Phrase {
        words: text
            .trim_end_matches('*')
            .split(' ')
            .map(Into::into)
            .collect(),
        is_prefix: text.ends_with('*'),
    };
    Question {
        channels: channels.iter().map(|name| (*name).into()).collect(),
        phrases: phrases.iter().map(phrase).collect(),
        before: None,
        limit: 10,
    }
}

fn offsets(found: &Found) -> Vec<u64> {
    found.hits.iter().map(|hit| hit.record.offset).collect()
}

/// The offsets in `a` of what has all phrases, newest first.
fn found(index: &Index, phrases: &[&str]) -> Vec<u64> {
    offsets(&index.find(&question(&["a"], phrases)).unwrap())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
