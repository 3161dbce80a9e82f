use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::app::App;
use crate::server::TestServer;

/// Somebody who speaks and looks for what was said.
struct Seeker(App);

impl Seeker {
    fn join(server: &TestServer, rooms: &[&str]) -> Self {
        let mut app = App::connect(server);
        for room in rooms {
            app.subscribe(&format!("room:{room}"));
        }
        Self(app)
    }

    fn say(&mut self, room: &str, data: Value) {
        let channel = format!("room:{room}");
        let request = json!({ "channel": channel, "data": data });
        self.0.expect("publish", request);
    }

    fn search(&mut self, data: Value) -> Value {
        let request = json!({ "method": "search", "data": data });
        self.0.ask("rpc", request)
    }

    /// What is found: all that was said before, as a search takes in what the
    /// index does not have yet.
    fn find(&mut self, data: Value) -> Value {
        let found = self.search(data)["rpc"]["data"].take();
        assert_eq!(found["behind"], 0, "{found}");
        found
    }

    /// The texts that are found, with what is marked in brackets.
    fn texts(&mut self, query: &str) -> Vec<String> {
        let found = self.find(json!({ "query": query }));
        let shown = |result: &Value| {
            let parts = result["parts"].as_array().unwrap().iter().enumerate();
            parts
                .map(|(index, part)| match (index % 2, part.as_str().unwrap()) {
                    (0, plain) => plain.to_owned(),
                    (_, marked) => format!("[{marked}]"),
                })
                .collect()
        };
        found["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(shown)
            .collect()
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn start(folder: &Path) -> TestServer {
    TestServer::start_with(|options| {
        options.limits.message_rate.per_second = 0;
        options.data = Some(folder.to_owned());
    })
}

#[test]
fn what_was_said_is_found_in_any_script() {
    let server = start(&folder("search-scripts"));
    let mut lea = Seeker::join(&server, &["tea"]);
    for text in [
        "Un Café à l'été",
        "Die Straße heißt so",
        "السَّلَامُ عليكم",
        "שָׁלוֹם לכולם",
        "Ёлка стоит",
        "我明天去东京",
        "ひらがなとカタカナ",
        "กินข้าวหรือยัง",
        "오늘 학교에서",
        "fini 🎉👍🏽",
    ] {
        lea.say("tea", json!({ "message": text }));
    }
    for (query, expected) in [
        ("cafe", "Un [Café] à l'été"),
        ("ETE l", "Un Café à [l]'[été]"),
        ("strasse", "Die [Straße] heißt so"),
        ("السلام", "[السَّلَامُ] عليكم"),
        ("שלום", "[שָׁלוֹם] לכולם"),
        ("елка", "[Ёлка] стоит"),
        ("东京", "我明天去[东京]"),
        ("カタ", "ひらがなと[カタ]カナ"),
        ("ข้าว", "กิน[ข้าว]หรือยัง"),
        ("학교", "오늘 [학교]에서"),
        ("👍", "fini 🎉[👍]🏽"),
        ("\"à l'été\"", "Un Café [à l'été]"),
    ] {
        assert_eq!(lea.texts(query), [expected], "{query}");
    }
    for query in ["cafet", "\"caf\"", "été Straße", "京东"] {
        assert_eq!(lea.texts(query), [""; 0], "{query}");
    }
}

#[test]
fn a_result_says_where_it_is_and_a_page_leads_to_the_next() {
    let server = start(&folder("search-pages"));
    let mut lea = Seeker::join(&server, &["tea", ".rum"]);
    for (room, n) in [("tea", 1), (".rum", 2), ("tea", 3), ("tea", 4)] {
        lea.say(
            room,
            json!({ "sender": "Léa", "message": format!("tea no. {n}") }),
        );
    }
    let first = lea.find(json!({ "query": "tea", "limit": 3 }));
    let places = first["results"].as_array().unwrap().iter();
    let places: Vec<_> = places
        .map(|result| format!("{} {}", result["room"].as_str().unwrap(), result["offset"]))
        .collect();
    assert_eq!(places, ["tea 3", "tea 2", ".rum 1"]);
    assert_eq!(first["results"][0]["sender"], "Léa");
    assert!(first["results"][0]["time"].as_u64() > Some(1_700_000_000_000));

    let second = lea.find(json!({ "query": "tea", "limit": 3, "before": first["more"] }));
    assert_eq!(second["results"][0]["offset"], 1);
    assert!(second.get("more").is_none(), "{second}");

    let in_one = lea.find(json!({ "query": "tea", "rooms": [".rum"] }));
    assert_eq!(in_one["results"].as_array().unwrap().len(), 1);
}

#[test]
fn nobody_searches_a_room_in_which_one_is_not() {
    let server = start(&folder("search-private"));
    let mut lea = Seeker::join(&server, &[".secret"]);
    lea.say(".secret", json!({ "message": "the word" }));
    assert_eq!(lea.texts("word"), ["the [word]"]);
    let mut eve = Seeker::join(&server, &["tea"]);
    assert_eq!(eve.texts("word"), [""; 0]);
    let named = eve.search(json!({ "query": "word", "rooms": [".secret"] }));
    assert_eq!(named["error"]["code"], 103);
}

#[test]
fn what_is_edited_is_found_by_its_new_text_and_what_is_deleted_no_more() {
    let server = start(&folder("search-changed"));
    let mut lea = Seeker::join(&server, &["tea"]);
    lea.say("tea", json!({ "message": "first words" }));
    lea.say(
        "tea",
        json!({ "type": "edit", "target": 1, "message": "second thoughts" }),
    );
    assert_eq!(lea.texts("first"), [""; 0]);
    assert_eq!(lea.texts("second"), ["[second] thoughts"]);
    lea.say(
        "tea",
        json!({ "type": "reaction", "target": 1, "message": "👍" }),
    );
    assert_eq!(lea.texts("👍"), [""; 0]);
    assert_eq!(lea.texts("second"), ["[second] thoughts"]);
    lea.say("tea", json!({ "type": "delete", "target": 1 }));
    assert_eq!(lea.texts("second"), [""; 0]);
    assert_eq!(lea.texts("🗑"), [""; 0]);
}

#[test]
fn an_index_that_is_deleted_is_made_again_at_the_next_start() {
    let folder = folder("search-again");
    let server = start(&folder);
    let mut lea = Seeker::join(&server, &["tea"]);
    for n in 0..50 {
        lea.say("tea", json!({ "message": format!("tea {n}") }));
    }
    assert_eq!(lea.texts("49"), ["tea [49]"]);
    server.stop();
    std::fs::remove_file(folder.join("search.db")).unwrap();
    let server = start(&folder);
    let mut lea = Seeker::join(&server, &["tea"]);
    assert_eq!(lea.texts("49"), ["tea [49]"]);
    assert_eq!(lea.texts("tea").len(), 20);
}

#[test]
fn commands_wait_for_the_search_before_them_and_stay_in_order() {
    let server = start(&folder("search-order"));
    let mut lea = Seeker::join(&server, &["tea"]);
    let search = json!({ "method": "search", "data": { "query": "tea" } });
    let publish = json!({ "channel": "room:tea", "data": { "message": "tea" } });
    let many: Vec<_> = (100..140)
        .map(|id| match id % 2 {
            0 => json!({ "id": id, "rpc": search }).to_string(),
            _ => json!({ "id": id, "publish": publish }).to_string(),
        })
        .collect();
    lea.0.send(&many.join("\n"));
    let mut answered = Vec::new();
    while answered.len() < many.len() {
        let heard = lea.0.hear();
        answered.extend(heard["id"].as_u64());
    }
    assert_eq!(answered, (100..140).collect::<Vec<_>>());
}

#[test]
fn who_leaves_while_it_searches_harms_nobody() {
    let server = start(&folder("search-gone"));
    for _ in 0..20 {
        let mut eve = Seeker::join(&server, &["tea"]);
        let search = json!({ "id": 9, "rpc": { "method": "search", "data": { "query": "x" } } });
        eve.0.send(&search.to_string());
        eve.0.vanish();
    }
    let mut lea = Seeker::join(&server, &["tea"]);
    assert_eq!(lea.texts("x"), [""; 0]);
}

#[test]
fn what_is_no_query_is_told_what_is() {
    let server = start(&folder("search-refused"));
    let mut lea = Seeker::join(&server, &["tea"]);
    let mut refused = |data: Value| {
        let mut error = lea.search(data)["error"].take();
        (error["code"].as_u64().unwrap(), error["message"].take())
    };
    assert_eq!(refused(json!({})).0, 107);
    let (code, message) = refused(json!({ "query": "x".repeat(201) }));
    assert_eq!(code, 107);
    assert_eq!(message, "the query has 201 characters, the limit is 200");
    assert_eq!(refused(json!({ "query": "*" })).0, 107);
    assert_eq!(refused(json!({ "query": "x", "limit": 51 })).0, 107);
}

#[test]
fn without_a_log_on_disk_there_is_nothing_to_search() {
    let server = TestServer::start();
    let mut lea = Seeker::join(&server, &["tea"]);
    let refused = lea.search(json!({ "query": "x" }));
    assert_eq!(refused["error"]["code"], 108);
}
