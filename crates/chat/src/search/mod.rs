//! Searching what was said: what a question may be, and what is answered.
//!
//! ```text
//! data ─▶ question: rooms, phrases ─▶ index ─▶ hits ─▶ answer: excerpts
//! text ─▶ words ───────────────────▶ index       └ marked by the same words
//! ```
//!
//! The index holds [`words`](words_of) and knows no language. A query is words
//! too and never anything that an index could take for an instruction. What is
//! shown is the message as the log has it now, marked by comparing words once
//! more; so what was edited away since the index saw it is not shown.

mod excerpt;
mod query;
mod words;

use bytes::Bytes;
use engine::search::{Found, Hit, Phrase, Question};
use engine::{ChannelName, Namespace};
use protocol::centrifuge::{Error, ErrorCode};
use protocol::plain;
use serde::{Deserialize, Serialize};

use self::excerpt::excerpt;
use crate::amend::{field, value};
use crate::kind::Kind;
use crate::room::RoomName;

pub use self::words::WORD_CHARS_MAX;

/// The longest query, in characters.
pub const QUERY_CHARS_MAX: usize = 200;

/// How many messages one answer names.
pub const RESULTS_MAX: usize = 50;

/// How many it names unless told.
pub const RESULTS_DEFAULT: usize = 20;

/// What the answer to a call `search` is made from.
#[derive(Debug)]
pub struct Search {
    /// What the index is asked.
    pub question: Question,
}

#[derive(Deserialize)]
struct Asked {
    query: String,
    #[serde(default)]
    rooms: Option<Vec<String>>,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Answered<'a> {
    results: Vec<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<String>,
    behind: u64,
}

#[derive(Serialize)]
struct Shown<'a> {
    room: &'a str,
    offset: u64,
    time: u64,
    sender: String,
    parts: Vec<String>,
}

/// The words of a message, with blanks between, for the index; `None` where
/// there is nothing to be found: in what is deleted, or is itself a change.
#[must_use]
pub fn words_of(data: &[u8]) -> Option<String> {
    let words = words::words(&Said::read(data)?.text);
    let words: Vec<_> = words.into_iter().map(|word| word.text).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

impl Search {
    /// Understands the argument of a call, of somebody who is subscribed to
    /// these channels. Without `rooms` it is about all rooms among them.
    ///
    /// # Errors
    /// If it is no query, or about a room in which the client is not.
    pub fn new(data: Option<&str>, subscribed: &[ChannelName]) -> Result<Self, Error<'static>> {
        const SHAPE: &str =
            r#"'data' must be like {"query":"tea","rooms":["general"],"limit":20,"before":"120"}"#;
        let asked: Asked = data
            .and_then(|data| serde_json::from_str(data).ok())
            .ok_or_else(|| bad(SHAPE))?;
        let chars = asked.query.chars().count();
        if chars > QUERY_CHARS_MAX {
            return Err(bad(format!(
                "the query has {chars} characters, the limit is {QUERY_CHARS_MAX}"
            )));
        }
        let limit = asked.limit.unwrap_or(RESULTS_DEFAULT);
        if !(1..=RESULTS_MAX).contains(&limit) {
            return Err(bad(format!("'limit' must be from 1 to {RESULTS_MAX}")));
        }
        let before = asked.before.map(|before| before.parse());
        let before = before
            .transpose()
            .map_err(|_| bad("'before' must be the 'more' of an earlier answer"))?;
        let phrases = query::phrases(&asked.query);
        if phrases.is_empty() {
            return Err(bad("the query has no word: no letter, digit or emoji"));
        }
        Ok(Self {
            question: Question {
                channels: channels(asked.rooms.as_deref(), subscribed)?,
                phrases,
                before,
                limit,
            },
        })
    }

    /// What was found, as JSON.
    #[must_use]
    pub fn answer(&self, found: &Found) -> Bytes {
        let phrases = &self.question.phrases;
        let shown = found.hits.iter().filter_map(|hit| show(hit, phrases));
        let answered = Answered {
            results: shown.collect(),
            more: found.more.map(|more| more.to_string()),
            behind: found.n_behind,
        };
        let json = serde_json::to_vec(&answered);
        json.expect("texts and numbers are JSON").into()
    }
}

/// The rooms to look in, each once.
fn channels(
    rooms: Option<&[String]>,
    subscribed: &[ChannelName],
) -> Result<Vec<Box<str>>, Error<'static>> {
    let is_room = |name: &&ChannelName| name.namespace() == Namespace::Room;
    let Some(rooms) = rooms else {
        let rooms = subscribed.iter().filter(is_room);
        return Ok(rooms.map(|name| name.as_str().into()).collect());
    };
    let mut channels = Vec::new();
    for room in rooms {
        let name: Box<str> = match room.contains(':') {
            true => room.as_str().into(),
            false => {
                let room = RoomName::parse(room).map_err(|error| bad(error.to_string()))?;
                room.channel(Namespace::Room).as_str().into()
            }
        };
        let is_in = |channel: &ChannelName| is_room(&channel) && channel.as_str() == &*name;
        if !subscribed.iter().any(is_in) {
            return Err(ErrorCode::PermissionDenied.into());
        }
        if !channels.contains(&name) {
            channels.push(name);
        }
    }
    Ok(channels)
}

/// How a room is called here: by its name, or its channel where that is
/// another of the same name, as `$room:tea` is.
fn called(channel: &str) -> &str {
    let prefix = Namespace::Room.as_str();
    let name = channel
        .strip_prefix(prefix)
        .and_then(|name| name.strip_prefix(':'));
    name.unwrap_or(channel)
}

/// A hit as it is told; `None` where the message no longer is one.
fn show<'a>(hit: &'a Hit, phrases: &[Phrase]) -> Option<Shown<'a>> {
    let said = Said::read(&hit.record.data)?;
    let marks = query::marks(&said.text, phrases)?;
    Some(Shown {
        room: called(&hit.channel),
        offset: hit.record.offset,
        time: hit.record.time_ms,
        sender: said.sender,
        parts: excerpt(&said.text, &marks),
    })
}

/// What somebody said.
struct Said {
    sender: String,
    text: String,
}

impl Said {
    fn read(data: &[u8]) -> Option<Self> {
        let fields = plain::fields(std::str::from_utf8(data).ok()?)?;
        if Kind::of(&fields).is_amendment() || field(&fields, "deleted").is_some() {
            return None;
        }
        Some(Self {
            sender: value(&fields, "sender").unwrap_or_default(),
            text: value(&fields, "message")?,
        })
    }
}

fn bad(sentence: impl Into<std::borrow::Cow<'static, str>>) -> Error<'static> {
    Error {
        message: sentence.into(),
        ..Error::from(ErrorCode::BadRequest)
    }
}

#[cfg(test)]
mod tests;
