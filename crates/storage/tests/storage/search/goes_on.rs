//! An index over restarts, and one that is damaged.

use std::fs;

use storage::Advance;

use super::{Kept, follow, found};

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
        let index = log.full_index();
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
