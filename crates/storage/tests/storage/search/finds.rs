//! What is found, and in which order.

use super::{Kept, follow, found, offsets, question};

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
    let index = log.full_index();
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
    let index = log.full_index();
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
    let index = log.full_index();
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
