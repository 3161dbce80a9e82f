//! Edits, deletions and reactions: who may, and what becomes of the message.
//!
//! ```text
//!              edit: message, edited              delete
//! message ───────────────────────────▶ message ─────────────▶ "🗑", for good
//!              reaction: reactions
//! ```
//!
//! An amendment is a publication of its own, and the message in the log is
//! rewritten with it; so those who are here see it happen, and those who come
//! later see what it came to. Applying one twice changes nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use engine::log::{Amended, Amends, Entry, Record};
use protocol::plain::{self, Refusal};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::kind::{self, Kind};

/// How many reactions one message may have, of all users together.
pub const REACTIONS_MAX: usize = 200;

/// How many bytes the reactions of one message may take, names and user ids
/// included, so that no message grows beyond what a connection takes.
pub const REACTIONS_BYTES_MAX: usize = 64 << 10;

/// The fields that the server alone writes into a message.
pub(crate) const SERVERS_OWN: [&str; 4] = ["edited", "deleted", "reactions", "verified"];

/// The chat's rules of amending.
#[derive(Debug, Clone, Copy, Default)]
pub struct Amendments;

/// By emoji, the users that react with it, and their names.
type Reactions = BTreeMap<String, BTreeMap<String, String>>;

type Fields<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

impl Amends for Amendments {
    fn amend(&self, target: Option<&Record>, entry: &Entry) -> Result<Amended, Refusal> {
        let user = user(entry.info.as_ref()).ok_or(Refusal::NoIdentity)?;
        let target = target.ok_or(Refusal::TargetMissing)?;
        let message = fields(&target.data).ok_or(Refusal::TargetMissing)?;
        let amendment = fields(&entry.data).ok_or(Refusal::TargetInvalid)?;
        if !is_meant(&amendment, target) {
            return Err(Refusal::TargetMissing);
        }
        if Kind::of(&message).is_amendment() {
            return Err(Refusal::TargetIsAmendment);
        }
        if field(&message, "deleted").is_some() {
            return Err(Refusal::TargetDeleted);
        }
        let kind = Kind::of(&amendment);
        let is_own = self::user(target.info.as_ref()).is_some_and(|author| author == user);
        if kind != Kind::Reaction && !is_own {
            return Err(Refusal::NotYours);
        }
        let data = match kind {
            Kind::Edit => edited(message, &amendment, entry.time_ms),
            Kind::Delete => deleted(message, entry.time_ms),
            Kind::Reaction => reacted(message, &amendment, &user)?,
            Kind::Message => return Err(Refusal::TargetInvalid),
        };
        Ok(Amended {
            data: data.into(),
            erases: kind == Kind::Delete,
        })
    }

    /// What was edited into a message that is deleted is deleted too.
    fn erase(&self, amendment: &Record) -> Option<Bytes> {
        const KEPT: [&str; 6] = ["sender", "type", "target", "id", "time", "verified"];
        let mut fields = fields(&amendment.data)?;
        if Kind::of(&fields) != Kind::Edit {
            return None;
        }
        fields.retain(|(name, _)| KEPT.contains(&&**name));
        fields.push(("message".into(), plain::deleted().raw));
        Some(plain::object(&fields).into())
    }

    fn files(&self, entry: &Entry) -> Vec<Box<str>> {
        // Few messages bring files, and the log's writer asks for each.
        const FIELD: &[u8] = b"\"files\":";
        if memchr::memmem::find(&entry.data, FIELD).is_none() {
            return Vec::new();
        }
        let ids = fields(&entry.data).map(|fields| kind::file_ids(&fields));
        let ids = ids.unwrap_or_default().into_iter();
        ids.map(|id| id.as_str().into()).collect()
    }
}

/// Whether it is what whoever amends has seen: its offset may be another
/// message's by now, where the log has begun anew since.
fn is_meant(amendment: &Fields<'_>, target: &Record) -> bool {
    let id: Option<String> = value(amendment, "target_id");
    id.is_none_or(|id| id == *target.id)
}

fn edited(message: Fields<'_>, amendment: &Fields<'_>, time_ms: u64) -> String {
    let text = field(amendment, "message").unwrap_or(plain::deleted().raw);
    let time = raw(&time_ms);
    let mut message: Fields<'_> = message;
    message.retain(|(name, _)| name != "edited");
    for (_, value) in message.iter_mut().filter(|(name, _)| name == "message") {
        *value = text;
    }
    message.push(("edited".into(), &time));
    plain::object(&message)
}

fn deleted(message: Fields<'_>, time_ms: u64) -> String {
    const KEPT: [&str; 5] = ["sender", "message", "id", "time", "verified"];
    let time = raw(&time_ms);
    let mut message: Fields<'_> = message;
    message.retain(|(name, _)| KEPT.contains(&&**name));
    for (_, value) in message.iter_mut().filter(|(name, _)| name == "message") {
        *value = plain::deleted().raw;
    }
    message.push(("deleted".into(), &time));
    plain::object(&message)
}

fn reacted(message: Fields<'_>, amendment: &Fields<'_>, user: &str) -> Result<String, Refusal> {
    let mut reactions: Reactions = value(&message, "reactions").unwrap_or_default();
    let emoji: String = value(amendment, "message").unwrap_or_default();
    let of_emoji = reactions.entry(emoji).or_default();
    if value(amendment, "removed").unwrap_or(false) {
        of_emoji.remove(user);
    } else {
        let name = value(amendment, "sender").unwrap_or_default();
        of_emoji.insert(user.to_owned(), name);
    }
    reactions.retain(|_, users| !users.is_empty());

    let n_reactions: usize = reactions.values().map(BTreeMap::len).sum();
    let reactions_raw = raw(&reactions);
    if n_reactions > REACTIONS_MAX || reactions_raw.get().len() > REACTIONS_BYTES_MAX {
        return Err(Refusal::TooManyReactions {
            n_max: REACTIONS_MAX,
        });
    }
    let mut message: Fields<'_> = message;
    message.retain(|(name, _)| name != "reactions");
    if n_reactions > 0 {
        message.push(("reactions".into(), &reactions_raw));
    }
    Ok(plain::object(&message))
}

/// The user in what the dialects show of a publisher; an empty one is none.
fn user(info: Option<&Bytes>) -> Option<String> {
    #[derive(Deserialize)]
    struct Info {
        #[serde(default)]
        user: String,
    }
    let Info { user } = serde_json::from_slice(info?).ok()?;
    (!user.is_empty()).then_some(user)
}

fn fields(data: &[u8]) -> Option<Fields<'_>> {
    plain::fields(std::str::from_utf8(data).ok()?)
}

/// A field's JSON; the later of two counts.
pub(crate) fn field<'a>(fields: &Fields<'a>, name: &str) -> Option<&'a RawValue> {
    let found = fields.iter().rfind(|(one, _)| one == name);
    found.map(|(_, value)| *value)
}

/// A field, where it is of its type.
pub(crate) fn value<'a, T: Deserialize<'a>>(fields: &Fields<'a>, name: &str) -> Option<T> {
    serde_json::from_str(field(fields, name)?.get()).ok()
}

fn raw(value: &impl serde::Serialize) -> Box<RawValue> {
    to_raw_value(value).expect("maps of strings and numbers are JSON")
}

#[cfg(test)]
mod tests;
