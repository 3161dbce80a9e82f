use super::*;

const SAID: &str =
    r#"{"sender":"Léa","message":"old","big":12345678901234567890123,"id":"7","time":1}"#;

fn info(user: &str) -> Option<Bytes> {
    (!user.is_empty()).then(|| format!(r#"{{"user":"{user}","client":"c"}}"#).into())
}

/// What becomes of a message of user `lea`.
fn amended(message: &str, user: &str, amendment: &str) -> Result<(String, bool), &'static str> {
    let target = Record {
        offset: 3,
        id: "7".into(),
        time_ms: 1,
        data: message.to_owned().into(),
        info: info("lea"),
    };
    let entry = Entry {
        channel: "room:tea".into(),
        id: "8".into(),
        time_ms: 9,
        data: amendment.to_owned().into(),
        info: info(user),
        target: Some(3),
    };
    let amended = Amendments.amend(Some(&target), &entry);
    assert_eq!(
        Amendments.amend(None, &entry).unwrap_err().code(),
        if user.is_empty() {
            "no-identity"
        } else {
            "target-missing"
        }
    );
    let shown = |one: Amended| (String::from_utf8(one.data.to_vec()).unwrap(), one.erases);
    amended.map(shown).map_err(|refusal| refusal.code())
}

fn check(message: &str, amendment: &str, expected: &str) {
    let (data, _) = amended(message, "lea", amendment).unwrap();
    assert_eq!(data, expected, "{amendment}");
    let (again, _) = amended(&data, "lea", amendment).unwrap();
    assert_eq!(again, expected, "again: {amendment}");
}

const EDIT: &str = r#"{"sender":"L","message":"new","type":"edit","target":3}"#;
const DELETE: &str = r#"{"sender":"L","message":"🗑","type":"delete","target":3}"#;
const REACT: &str = r#"{"sender":"L","message":"👍","type":"reaction","target":3}"#;
const UNREACT: &str =
    r#"{"sender":"L","message":"👍","type":"reaction","target":3,"removed":true}"#;

#[test]
fn an_edit_changes_the_text_and_nothing_else() {
    check(
        SAID,
        EDIT,
        r#"{"sender":"Léa","message":"new","big":12345678901234567890123,"id":"7","time":1,"edited":9}"#,
    );
}

#[test]
fn a_deletion_leaves_who_and_when() {
    let said = r#"{"sender":"Léa","message":"old","reply":2,"reply_id":"2","files":[],"id":"7","time":1,"edited":4,"reactions":{"👍":{"m":"Mo"}}}"#;
    let (data, erases) = amended(said, "lea", DELETE).unwrap();
    assert_eq!(
        data,
        r#"{"sender":"Léa","message":"🗑","id":"7","time":1,"deleted":9}"#
    );
    assert!(erases);
    for amendment in [EDIT, DELETE, REACT, UNREACT] {
        assert_eq!(amended(&data, "lea", amendment), Err("target-deleted"));
    }
}

#[test]
fn a_reaction_comes_and_goes() {
    let message = r#"{"sender":"Léa","message":"old","id":"7","time":1}"#;
    let with =
        r#"{"sender":"Léa","message":"old","id":"7","time":1,"reactions":{"👍":{"lea":"L"}}}"#;
    check(message, REACT, with);
    check(with, UNREACT, message);
    check(message, UNREACT, message);
    let (both, erases) = amended(with, "mo", REACT).unwrap();
    assert!(
        both.ends_with(r#""reactions":{"👍":{"lea":"L","mo":"L"}}}"#),
        "{both}"
    );
    assert!(!erases);
}

#[test]
fn only_the_author_edits_and_deletes_and_nobody_without_an_identity_anything() {
    for (user, amendment, expected) in [
        ("mo", EDIT, "not-yours"),
        ("mo", DELETE, "not-yours"),
        ("", EDIT, "no-identity"),
        ("", DELETE, "no-identity"),
        ("", REACT, "no-identity"),
    ] {
        assert_eq!(amended(SAID, user, amendment), Err(expected), "{amendment}");
    }
    assert!(amended(SAID, "mo", REACT).is_ok());
}

#[test]
fn what_a_plain_connection_said_is_nobodys() {
    let target = Record {
        offset: 3,
        id: "7".into(),
        time_ms: 1,
        data: SAID.into(),
        info: None,
    };
    let entry = Entry {
        channel: "room:tea".into(),
        id: "8".into(),
        time_ms: 9,
        data: EDIT.into(),
        info: info("lea"),
        target: Some(3),
    };
    let refusal = Amendments.amend(Some(&target), &entry).unwrap_err();
    assert_eq!(refusal, Refusal::NotYours);
}

#[test]
fn an_amendment_is_not_amended() {
    for target in [EDIT, DELETE, REACT] {
        for amendment in [EDIT, DELETE, REACT] {
            let refused = amended(target, "lea", amendment);
            assert_eq!(refused, Err("target-is-amendment"), "{target} {amendment}");
        }
    }
}

#[test]
fn what_names_its_target_by_id_amends_no_other() {
    for amendment in [EDIT, DELETE, REACT] {
        let naming = |id: &str| amendment.replace('}', &format!(r#","target_id":"{id}"}}"#));
        assert!(amended(SAID, "lea", &naming("7")).is_ok());
        for other in ["6", ""] {
            let refused = amended(SAID, "lea", &naming(other));
            assert_eq!(refused, Err("target-missing"), "{amendment} {other}");
        }
    }
}

#[test]
fn reactions_have_a_limit_in_number_and_in_bytes() {
    let with = |n: usize, name: &str| {
        let users: BTreeMap<_, _> = (0..n).map(|user| (user.to_string(), name)).collect();
        let users = serde_json::to_string(&users).unwrap();
        format!(r#"{{"sender":"L","message":"m","reactions":{{"👍":{users}}}}}"#)
    };
    assert!(amended(&with(REACTIONS_MAX - 1, "x"), "lea", REACT).is_ok());
    let full = with(REACTIONS_MAX, "x");
    assert_eq!(amended(&full, "lea", REACT), Err("too-many-reactions"));
    assert!(amended(&full, "7", REACT).is_ok(), "it is there already");
    assert!(amended(&full, "7", UNREACT).is_ok());

    let long = with(1, &"x".repeat(REACTIONS_BYTES_MAX));
    assert_eq!(amended(&long, "lea", REACT), Err("too-many-reactions"));
}

#[test]
fn only_edits_are_erased() {
    let erased = |data: &str| {
        let record = Record {
            offset: 4,
            id: "8".into(),
            time_ms: 9,
            data: data.to_owned().into(),
            info: None,
        };
        Amendments.erase(&record)
    };
    let edit = r#"{"sender":"L","message":"new","type":"edit","target":3,"x":1,"id":"8","time":9}"#;
    assert_eq!(
        erased(edit).unwrap(),
        r#"{"sender":"L","type":"edit","target":3,"id":"8","time":9,"message":"🗑"}"#
    );
    for other in [SAID, DELETE, REACT] {
        assert_eq!(erased(other), None, "{other}");
    }
}

#[test]
fn a_message_brings_the_files_that_it_names_and_that_are_ours() {
    let (one, two) = ("a".repeat(26), "b".repeat(26));
    let files = |data: String| {
        let entry = Entry {
            channel: "room:tea".into(),
            id: "8".into(),
            time_ms: 9,
            data: data.into(),
            info: None,
            target: None,
        };
        Amendments.files(&entry)
    };
    let said = format!(
        r#"{{"sender":"L","message":"m","files":[{{"url":"/files/{one}/x.png"}},{{"url":"/files/{two}"}},{{"url":"/files/short"}}]}}"#
    );
    assert_eq!(files(said), [one.into(), two.into()]);
    let nothing: [Box<str>; 0] = [];
    assert_eq!(files(SAID.to_owned()), nothing);
    let quoted = r#"{"sender":"L","message":"\"files\":[]","x":{"files":1}}"#;
    assert_eq!(files(quoted.to_owned()), nothing);
}
