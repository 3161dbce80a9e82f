//! What was said, as lines to read.
//!
//! ```text
//! 20:41 Léa: Bonsoir
//! 20:41 Mo: two
//!       lines
//! 20:42 * Léa changes "Bonsoir": Bonsoir à tous
//! 20:42 * Mo adds 👍 to Léa's "Bonsoir à tous"
//! ```
//!
//! Lines after the first are indented, so that no message can look like
//! another one. All that others chose goes through `visible`.

use std::collections::VecDeque;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::visible;

/// So many messages are remembered, to say which one is changed or answered.
const KNOWN_MAX: usize = 1_000;
const EXCERPT_CHARS_MAX: usize = 40;

/// How lines look.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    /// For people at a terminal: the time of day.
    Live { has_colours: bool },
    /// For files and programs: the date, too, and nothing but text.
    Plain,
}

pub(super) struct Transcript {
    style: Style,
    zone: TimeZone,
    /// Where files are fetched.
    server: String,
    known: VecDeque<Known>,
    day: Option<Date>,
}

struct Known {
    offset: u64,
    id: Option<String>,
    /// Such as `Léa's "Bonsoir"`.
    name: String,
}

impl Transcript {
    pub(super) fn new(style: Style, zone: TimeZone, server: String) -> Self {
        Self {
            style,
            zone,
            server,
            known: VecDeque::new(),
            day: None,
        }
    }

    /// A publication as lines, each with its end; none for what is not for people.
    pub(super) fn tell(&mut self, data: &str, offset: u64) -> Option<String> {
        let data: Value = serde_json::from_str(data).ok()?;
        let sender = visible::line(data["sender"].as_str()?);
        let message = data["message"].as_str()?;
        let target = self.known(&data, "target");
        let said = match data["type"].as_str() {
            Some("edit") => {
                let said = format!("changes {target}: ");
                let id = data["target_id"].as_str();
                self.learn(data["target"].as_u64()?, id, &sender, message);
                return Some(self.lines(&data, &sender, Lead::Deed(&said), message));
            }
            Some("delete") => format!("deletes {target}"),
            Some("reaction") => {
                let emoji = visible::line(message);
                match data["removed"] == true {
                    true => format!("takes {emoji} back from {target}"),
                    false => format!("adds {emoji} to {target}"),
                }
            }
            _ => {
                let lead = self.lead(&data);
                self.learn(offset, data["id"].as_str(), &sender, message);
                return Some(self.lines(&data, &sender, Lead::Word(&lead), message));
            }
        };
        Some(self.lines(&data, &sender, Lead::Deed(&said), ""))
    }

    /// A message of history as lines. What changed it is in it already, so
    /// amendments are passed over.
    pub(super) fn recall(&mut self, data: &str, offset: u64) -> Option<String> {
        let kind = serde_json::from_str::<Value>(data).ok()?;
        let is_amendment = matches!(kind["type"].as_str(), Some("edit" | "delete" | "reaction"));
        (!is_amendment).then(|| self.tell(data, offset)).flatten()
    }

    /// What goes before a message's own text: whom it answers.
    fn lead(&self, data: &Value) -> String {
        match data["reply"].is_u64() {
            true => format!("(to {}) ", self.known(data, "reply")),
            false => String::new(),
        }
    }

    fn lines(&mut self, data: &Value, sender: &str, lead: Lead<'_>, message: &str) -> String {
        let (day, stamp) = self.stamp(&data["time"]);
        let indent = " ".repeat(stamp.len() + 1);
        let mut lines = visible::lines(message);
        let first = lines.next().unwrap_or_default();
        let name = self.coloured(sender);
        let mut text = match lead {
            Lead::Word(lead) => format!("{day}{stamp} {name}: {lead}{first}"),
            Lead::Deed(lead) => format!("{day}{stamp} * {name} {lead}{first}"),
        };
        for line in lines {
            let _ = write!(text, "\n{indent}{line}");
        }
        text.push_str(&marks(data));
        for file in data["files"].as_array().into_iter().flatten() {
            let url = visible::line(file["url"].as_str().unwrap_or_default());
            let name = visible::line(file["name"].as_str().unwrap_or("file"));
            let _ = write!(text, "\n{indent}[{name}] {}{url}", self.server);
        }
        text.push('\n');
        text
    }

    /// The time of a message; before it, at a terminal, a line for a new day.
    fn stamp(&mut self, time: &Value) -> (String, String) {
        let time = time
            .as_i64()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let time = time
            .unwrap_or_default()
            .to_zoned_datetime(self.zone.clone());
        match self.style {
            Style::Plain => (String::new(), time.strftime("%F %H:%M").to_string()),
            Style::Live { .. } => {
                let is_new = self.day.replace(time.date()) != Some(time.date());
                let day = if is_new {
                    self.faint(&time.strftime("· %A %F").to_string())
                } else {
                    String::new()
                };
                let line_end = if is_new { "\n" } else { "" };
                (
                    format!("{day}{line_end}"),
                    time.strftime("%H:%M").to_string(),
                )
            }
        }
    }

    /// A line that nobody said.
    pub(super) fn note(&self, text: &str) -> String {
        format!("{}\n", self.faint(&format!("· {}", visible::line(text))))
    }

    fn faint(&self, text: &str) -> String {
        match self.style {
            Style::Live { has_colours: true } => format!("\x1b[2m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }

    /// The same name has the same colour.
    fn coloured(&self, name: &str) -> String {
        let Style::Live { has_colours: true } = self.style else {
            return name.to_owned();
        };
        let hash = name.bytes().fold(7_u32, |hash, byte| {
            hash.wrapping_mul(31).wrapping_add(byte.into())
        });
        // Red to cyan; black and white are the terminal's own.
        format!("\x1b[{}m{name}\x1b[0m", 31 + hash % 6)
    }

    /// The room counts anew: at every place there is another message.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// The message that a field names by its offset, and perhaps another by
    /// its id: then nothing else is meant.
    fn known(&self, data: &Value, field: &str) -> String {
        let (offset, id) = (data[field].as_u64(), data[format!("{field}_id")].as_str());
        let is_meant = |known: &&Known| id.is_none_or(|id| known.id.as_deref() == Some(id));
        let mut known = self.known.iter();
        let known = known.rfind(|known| Some(known.offset) == offset);
        let known = known.filter(is_meant);
        known.map_or("an earlier message".to_owned(), |known| known.name.clone())
    }

    fn learn(&mut self, offset: u64, id: Option<&str>, sender: &str, message: &str) {
        let before = self.known.iter().position(|known| known.offset == offset);
        let before = before.and_then(|index| self.known.remove(index));
        let id = id.map(str::to_owned).or(before.and_then(|known| known.id));
        if self.known.len() >= KNOWN_MAX {
            self.known.pop_front();
        }
        let line = visible::lines(message).next().unwrap_or_default();
        let mut excerpt: String = line.chars().take(EXCERPT_CHARS_MAX).collect();
        if excerpt.len() < line.len() {
            excerpt.push('…');
        }
        let name = format!("{sender}'s \"{excerpt}\"");
        self.known.push_back(Known { offset, id, name });
    }
}

/// What stands between the name and the text.
enum Lead<'a> {
    /// It was said.
    Word(&'a str),
    /// It was done.
    Deed(&'a str),
}

/// What has become of a message: edited, and how others reacted.
fn marks(data: &Value) -> String {
    let mut marks = String::new();
    if data["edited"].is_number() {
        marks.push_str(" (edited)");
    }
    for (emoji, users) in data["reactions"].as_object().into_iter().flatten() {
        let n_users = users.as_object().map_or(0, |users| users.len());
        let _ = write!(marks, " [{} {n_users}]", visible::line(emoji));
    }
    marks
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn transcript(style: Style) -> Transcript {
        Transcript::new(style, TimeZone::UTC, "http://h".into())
    }

    fn told(style: Style, all: &[&str]) -> String {
        let mut transcript = transcript(style);
        let texts = (1..).zip(all);
        texts
            .filter_map(|(offset, data)| {
                let data = data.replacen('{', r#"{"time":1795500060000,"#, 1);
                transcript.tell(&data, offset)
            })
            .collect()
    }

    #[test]
    fn messages_and_what_becomes_of_them() {
        assert_eq!(
            told(
                Style::Live { has_colours: false },
                &[
                    r#"{"sender":"Léa","message":"Bonsoir"}"#,
                    r#"{"sender":"Mo","message":"two\nlines"}"#,
                    r#"{"sender":"Léa","type":"edit","target":1,"message":"Bonsoir à tous"}"#,
                    r#"{"sender":"Mo","type":"reaction","target":1,"message":"👍"}"#,
                    r#"{"sender":"Mo","type":"reaction","target":1,"message":"👍","removed":true}"#,
                    r#"{"sender":"Mo","type":"delete","target":2,"message":"🗑"}"#,
                    r#"{"sender":"Mo","type":"delete","target":99,"message":"🗑"}"#,
                    r#"{"sender":"Mo","message":"yes","reply":1,"files":[{"url":"/files/a","name":"a.png"}]}"#,
                    r#"{"sender":"Mo","message":"old","edited":5,"reactions":{"👍":{"u":"Léa","v":"Mo"}}}"#,
                    r#"{"sender":"Mo"}"#,
                    "{}",
                ]
            ),
            "· Tuesday 2026-11-24\n\
             06:01 Léa: Bonsoir\n\
             06:01 Mo: two\n      lines\n\
             06:01 * Léa changes Léa's \"Bonsoir\": Bonsoir à tous\n\
             06:01 * Mo adds 👍 to Léa's \"Bonsoir à tous\"\n\
             06:01 * Mo takes 👍 back from Léa's \"Bonsoir à tous\"\n\
             06:01 * Mo deletes Mo's \"two\"\n\
             06:01 * Mo deletes an earlier message\n\
             06:01 Mo: (to Léa's \"Bonsoir à tous\") yes\n      [a.png] http://h/files/a\n\
             06:01 Mo: old (edited) [👍 2]\n"
        );
    }

    #[test]
    fn nobody_speaks_for_another_nor_to_the_terminal() {
        assert_eq!(
            told(
                Style::Plain,
                &[
                    r#"{"sender":"Mo\u001b[2J","message":"x\n2026-11-24 06:01 Léa: I resign\u001b]0;owned\u0007"}"#,
                    r#"{"sender":"Mo","message":"\u202egnp","files":[{"url":"/files/\u001bc","name":"\n\u001b[31m"}]}"#,
                    r#"{"sender":"Mo","type":"reaction","target":1,"message":"\u001b[A"}"#,
                ]
            ),
            "2026-11-24 06:01 Mo␛[2J: x\n\
             \x20                2026-11-24 06:01 Léa: I resign␛]0;owned␇\n\
             2026-11-24 06:01 Mo: \u{fffd}gnp\n\
             \x20                [␊␛[31m] http://h/files/␛c\n\
             2026-11-24 06:01 * Mo adds ␛[A to Mo␛[2J's \"x\"\n"
        );
    }

    #[test]
    fn colours_only_where_they_are_wanted() {
        let message = r#"{"sender":"Léa","message":"Bonsoir"}"#;
        assert!(told(Style::Live { has_colours: true }, &[message]).contains("mLéa\x1b[0m: "));
        assert!(!told(Style::Live { has_colours: false }, &[message]).contains('\x1b'));
        assert!(!told(Style::Plain, &[message]).contains('\x1b'));
    }

    #[test]
    fn history_has_its_amendments_applied() {
        let mut transcript = transcript(Style::Plain);
        let edit = r#"{"sender":"Léa","type":"edit","target":1,"message":"b","time":1}"#;
        assert_eq!(transcript.recall(edit, 2), None);
        let message = r#"{"sender":"Léa","message":"b","edited":1,"time":1}"#;
        assert!(
            transcript
                .recall(message, 1)
                .unwrap()
                .ends_with("Léa: b (edited)\n")
        );
    }

    #[test]
    fn another_message_at_the_place_of_what_is_answered_is_not_named() {
        let answers = [
            r#"{"sender":"Mo","message":"yes","reply":1,"reply_id":"a"}"#,
            r#"{"sender":"Mo","message":"yes","reply":1,"reply_id":"b"}"#,
            r#"{"sender":"Léa","type":"edit","target":1,"message":"Bonsoir"}"#,
            r#"{"sender":"Mo","message":"yes","reply":1,"reply_id":"a"}"#,
        ];
        let message = r#"{"sender":"Léa","message":"Bonjour","id":"a"}"#;
        let text = told(Style::Plain, &[&[message], &answers[..]].concat());
        let said = text.lines().filter_map(|line| line.split_once("Mo: "));
        assert_eq!(
            said.map(|(_, said)| said).collect::<Vec<_>>(),
            [
                "(to Léa's \"Bonjour\") yes",
                "(to an earlier message) yes",
                "(to Léa's \"Bonsoir\") yes",
            ]
        );
    }

    #[test]
    fn a_long_message_is_named_by_its_beginning_and_old_ones_are_forgotten() {
        let mut transcript = transcript(Style::Plain);
        let first = json!({"target": 1});
        transcript.learn(1, None, "Mo", &"a".repeat(50));
        assert_eq!(
            transcript.known(&first, "target"),
            format!("Mo's \"{}…\"", "a".repeat(EXCERPT_CHARS_MAX))
        );
        for offset in 2..=u64::try_from(KNOWN_MAX).unwrap() + 1 {
            transcript.learn(offset, None, "Mo", "b");
        }
        assert_eq!(transcript.known(&first, "target"), "an earlier message");
        assert_eq!(transcript.known.len(), KNOWN_MAX);
    }
}
