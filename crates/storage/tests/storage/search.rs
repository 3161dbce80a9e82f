//! The index: it finds what the log has, follows it, and forgets with it.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

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

#[test]
fn words_phrases_and_beginnings_are_found_newest_first() {
    let mut log = Kept::new();
    for text in [
        "green tea",
        "tea green",
        "the 東 京 way",
        "team green tea",
        "-",
    ] {
        log.say("a", text);
    }
    let index = log.index();
    assert_eq!(found(&index, &["tea"]), [0; 0], "nothing is read yet");
    follow(&index);
    assert_eq!(found(&index, &["tea"]), [4, 2, 1]);
    assert_eq!(found(&index, &["green tea"]), [4, 1]);
    assert_eq!(found(&index, &["tea*"]), [4, 2, 1]);
    assert_eq!(found(&index, &["te*", "green"]), [4, 2, 1]);
    assert_eq!(found(&index, &["team", "tea"]), [4]);
    assert_eq!(found(&index, &["東 京"]), [3]);
    assert_eq!(found(&index, &["京 東"]), [0; 0]);
    assert_eq!(found(&index, &["a", "tea"]), [0; 0], "a room is no word");
}

#[test]
fn no_word_is_an_instruction() {
    let mut log = Kept::new();
    log.say("a", "or near and not");
    let index = log.index();
    follow(&index);
    for word in ["or", "near", "and", "not"] {
        assert_eq!(found(&index, &[word]), [1], "{word}");
    }
    for word in ["\"", "room : 1", "x\" OR \"or", "*", "'", "\\", "\0", ""] {
        assert_eq!(found(&index, &[word]), [0; 0], "{word}");
    }
}

#[test]
fn only_the_rooms_that_are_named_are_looked_into() {
    let mut log = Kept::new();
    for (channel, text) in [("a", "x 1"), ("b", "x 2"), ("c", "x 3"), ("a", "x 4")] {
        log.say(channel, text);
    }
    let index = log.index();
    follow(&index);
    let ask = |channels: &[&str]| index.find(&question(channels, &["x"])).unwrap();
    let shown: Vec<_> = ask(&["a", "c", "nowhere"])
        .hits
        .iter()
        .map(|hit| format!("{} {}", hit.channel, hit.record.offset))
        .collect();
    assert_eq!(shown, ["a 2", "c 1", "a 1"]);
    assert_eq!(offsets(&ask(&["nowhere"])), [0; 0]);
    assert_eq!(offsets(&ask(&[])), [0; 0]);
}

#[test]
fn pages_follow_each_other_to_the_first_message() {
    let mut log = Kept::new();
    for n in 1..=25 {
        log.say("a", if n % 2 == 1 { "odd" } else { "even" });
    }
    let index = log.index();
    follow(&index);
    let mut ask = question(&["a"], &["odd"]);
    ask.limit = 5;
    let mut pages = Vec::new();
    loop {
        let found = index.find(&ask).unwrap();
        pages.push(offsets(&found));
        ask.before = found.more;
        if found.more.is_none() {
            break;
        }
    }
    let expected: Vec<u64> = (0..13).rev().map(|n| 2 * n + 1).collect();
    assert_eq!(pages.concat(), expected);
    assert_eq!(pages[0].len(), 5);
    for before in [0, 1, u64::MAX] {
        ask.before = Some(before);
        index.find(&ask).unwrap();
    }
}

#[test]
fn what_is_changed_is_found_as_it_is_and_gone_as_it_was() {
    let mut log = Kept::new();
    for n in 0..200 {
        log.say("a", &format!("filler {n}"));
    }
    log.say("a", "unmistakable");
    let index = log.index();
    follow(&index);
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
    let index = log.index();
    follow(&index);
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
    let index = log.index();
    follow(&index);
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
    let index = log.index();
    follow(&index);
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
    let index = log.index();
    follow(&index);
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

#[test]
fn an_index_goes_on_where_it_was() {
    let mut log = Kept::new();
    for n in 0..1500 {
        log.say("a", &format!("tea {n}"));
    }
    let index = log.index();
    assert_eq!(index.advance().unwrap(), Advance::More);
    assert_eq!(index.n_behind().unwrap(), 500);
    drop(index);
    let index = log.index();
    assert_eq!(index.n_behind().unwrap(), 500);
    follow(&index);
    assert_eq!(found(&index, &["1234"]), [1235]);
    assert_eq!(found(&index, &["7"]), [8], "nothing is in it twice");
}

#[test]
fn an_index_is_made_anew_when_it_is_gone_damaged_or_anothers() {
    let mut log = Kept::new();
    log.say("a", "here");
    let mut other = Kept::new();
    other.say("a", "elsewhere");
    for log in [&log, &other] {
        follow(&log.index());
    }
    let file = log.dir.path().join("search.db");
    let others = other.dir.path().join("search.db");
    let damages: [&dyn Fn(); 4] = [
        &|| fs::remove_file(&file).unwrap(),
        &|| fs::write(&file, "no database at all, but quite long").unwrap(),
        &|| fs::write(&file, "").unwrap(),
        &|| assert!(fs::copy(&others, &file).is_ok()),
    ];
    for damage in damages {
        damage();
        let index = log.index();
        follow(&index);
        assert_eq!(found(&index, &["here"]), [1]);
        assert_eq!(found(&index, &["elsewhere"]), [0; 0]);
    }
}

#[test]
fn an_index_that_rots_while_it_is_used_is_made_anew() {
    let mut log = Kept::new();
    for n in 0..3000 {
        log.say("a", &format!("tea number{n}"));
    }
    follow(&log.index());
    let file = log.dir.path().join("search.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[8192..].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    let index = log.index();
    log.say("a", "tea");
    log.change("a", 1, "-");
    follow(&index);
    assert_eq!(found(&index, &["number2999"]), [3000]);
    assert_eq!(found(&index, &["number0"]), [0; 0]);
}

#[test]
fn it_is_searched_while_it_is_fed() {
    let mut log = Kept::new();
    for n in 0..3000 {
        log.say("a", &format!("tea {n}"));
    }
    let index = log.index();
    std::thread::scope(|scope| {
        let feeder = scope.spawn(|| follow(&index));
        let mut seen = 0;
        while !feeder.is_finished() {
            let found = found(&index, &["tea"]);
            let newest = found.first().copied().unwrap_or(0);
            assert!(newest >= seen, "{newest} after {seen}");
            seen = newest;
        }
    });
    assert_eq!(found(&index, &["tea"])[0], 3000);
}
