use engine::log::Record;

use super::*;

fn subscribed(rooms: &[&str]) -> Vec<ChannelName> {
    let name = |room| ChannelName::new(Namespace::Room, room).unwrap();
    rooms.iter().map(|room| name(room)).collect()
}

fn refused(data: &str) -> String {
    let error = Search::new(Some(data), &subscribed(&["tea"])).unwrap_err();
    format!("{} {}", error.code, error.message)
}

#[test]
fn all_rooms_are_those_in_which_one_is() {
    let mut channels = subscribed(&["tea", ".x"]);
    channels.push(ChannelName::new(Namespace::Live, "tea").unwrap());
    let search = Search::new(Some(r#"{"query":"thé"}"#), &channels).unwrap();
    let looked_in: Vec<_> = search
        .question
        .channels
        .iter()
        .map(|name| &**name)
        .collect();
    assert_eq!(looked_in, ["room:tea", "room:.x"]);
    assert_eq!(search.question.limit, RESULTS_DEFAULT);
}

#[test]
fn a_room_is_named_once_and_only_if_one_is_in_it() {
    let data = r#"{"query":"x","rooms":["tea","tea"]}"#;
    let search = Search::new(Some(data), &subscribed(&["tea", "rum"])).unwrap();
    assert_eq!(search.question.channels, ["room:tea".into()]);
    let other = r#"{"query":"x","rooms":["tea","secret"]}"#;
    assert_eq!(refused(other), "103 permission denied");
    assert!(refused(r#"{"query":"x","rooms":["a/b"]}"#).starts_with("107 "));
}

#[test]
fn a_guarded_room_is_called_by_its_channel() {
    let guarded = ChannelName::guarded(Namespace::Room, "tea").unwrap();
    let data = |room: &str| format!(r#"{{"query":"x","rooms":["{room}"]}}"#);
    let search = Search::new(Some(&data("$room:tea")), std::slice::from_ref(&guarded)).unwrap();
    assert_eq!(search.question.channels, ["$room:tea".into()]);
    assert!(Search::new(Some(&data("tea")), &[guarded]).is_err());
    assert!(Search::new(Some(&data("$room:tea")), &subscribed(&["tea"])).is_err());
    assert_eq!(called("$room:tea"), "$room:tea");
    assert_eq!(called("room:.x"), ".x");
}

#[test]
fn what_is_no_query_is_told_what_is() {
    assert!(Search::new(None, &[]).is_err());
    assert!(refused(r#"{"q":1}"#).starts_with("107 'data' must be like"));
    assert_eq!(
        refused(&format!(
            r#"{{"query":"{}"}}"#,
            "é".repeat(QUERY_CHARS_MAX + 1)
        )),
        "107 the query has 201 characters, the limit is 200"
    );
    for limit in ["0", "51"] {
        let data = format!(r#"{{"query":"x","limit":{limit}}}"#);
        assert_eq!(refused(&data), "107 'limit' must be from 1 to 50");
    }
    assert!(refused(r#"{"query":"x","before":"x"}"#).contains("'before'"));
    assert!(refused(r#"{"query":"?!"}"#).contains("no word"));
}

#[test]
fn an_answer_shows_what_the_log_has_now() {
    let hit = |offset, data: &str| Hit {
        channel: "room:tea".into(),
        record: Record {
            offset,
            id: "".into(),
            time_ms: 7,
            data: data.to_owned().into(),
            info: None,
        },
    };
    let search = Search::new(Some(r#"{"query":"the"}"#), &subscribed(&["tea"])).unwrap();
    let found = Found {
        hits: vec![
            hit(3, r#"{"sender":"Léa","message":"un thé ?"}"#),
            hit(2, r#"{"sender":"Léa","message":"edited away"}"#),
            hit(1, r#"{"sender":"Léa","message":"🗑","deleted":7}"#),
        ],
        more: Some(9),
        n_behind: 2,
    };
    assert_eq!(
        std::str::from_utf8(&search.answer(&found)).unwrap(),
        r#"{"results":[{"room":"tea","offset":3,"time":7,"sender":"Léa","parts":["un ","thé"," ?"]}],"more":"9","behind":2}"#
    );
}

#[test]
fn only_what_was_said_has_words() {
    let words = |data: &str| words_of(data.as_bytes());
    assert_eq!(
        words(r#"{"message":"L'Été 2026"}"#).as_deref(),
        Some("l ete 2026")
    );
    assert_eq!(words(r#"{"message":"…"}"#), None);
    assert_eq!(words(r#"{"message":"x","type":"edit","target":1}"#), None);
    assert_eq!(
        words(r#"{"message":"x","type":"reaction","target":1}"#),
        None
    );
    assert_eq!(words(r#"{"message":"🗑","deleted":1}"#), None);
    assert_eq!(words("no JSON"), None);
}
