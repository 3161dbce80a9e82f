//! The object that everyone in a channel receives.
//!
//! It is written in two steps, since its place in the channel is known last:
//! the channel assigns the offset under its lock, where nothing is formatted.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::Language;

/// A message that has been let in, ready to be written.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The name that everyone sees.
    pub sender: &'a str,
    /// The message as its sender wrote it, quotes and escapes included.
    pub message: &'a RawValue,
    /// What else the sender's object held.
    pub others: &'a [(Cow<'a, str>, &'a RawValue)],
    /// The sender's id or the server's.
    pub id: &'a str,
    /// Milliseconds since 1970.
    pub time_ms: u64,
}

impl Outgoing<'_> {
    /// Writes the object; [`with_offset`] adds its place where it has one.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = String::with_capacity(128 + self.message.get().len());
        json.push_str("{\"sender\":");
        push_string(&mut json, self.sender);
        json.push_str(",\"message\":");
        json.push_str(self.message.get());
        for (name, value) in self.others {
            json.push(',');
            push_string(&mut json, name);
            json.push(':');
            json.push_str(value.get());
        }
        json.push_str(",\"id\":");
        push_string(&mut json, self.id);
        json.push_str(",\"time\":");
        json.push_str(&self.time_ms.to_string());
        json.push('}');
        json
    }
}

/// An object of these fields, in their order.
#[must_use]
pub fn object(fields: &[(Cow<'_, str>, &RawValue)]) -> String {
    let mut json = String::from("{");
    for (name, value) in fields {
        if json.len() > 1 {
            json.push(',');
        }
        push_string(&mut json, name);
        json.push(':');
        json.push_str(value.get());
    }
    json.push('}');
    json
}

/// The frame's payload for an object that has a place in its channel.
#[must_use]
pub fn with_offset(object: &[u8], offset: u64) -> Vec<u8> {
    let fields = object.strip_suffix(b"}").unwrap_or(object);
    let mut payload = Vec::with_capacity(object.len() + 32);
    payload.extend_from_slice(fields);
    payload.extend_from_slice(b",\"offset\":");
    payload.extend_from_slice(offset.to_string().as_bytes());
    payload.push(b'}');
    payload
}

/// The object that tells of messages that are missing, from one offset to
/// another.
#[must_use]
pub fn gap(language: Language, from: u64, to: u64) -> String {
    let text = match language {
        Language::English => format!("messages {from} to {to} are not kept any more"),
        Language::French => format!("les messages {from} à {to} ne sont plus gardés"),
    };
    let mut json = String::from("{\"type\":\"gap\",\"sender\":\"palabre\",\"message\":");
    push_string(&mut json, &text);
    json.push_str(&format!(",\"from\":{from},\"to\":{to}}}"));
    json
}

/// Appends `text` as a JSON string.
pub(super) fn push_string(json: &mut String, text: &str) {
    json.push_str(&serde_json::to_string(text).expect("a str is always a JSON string"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::parse;

    #[test]
    fn writes_the_fields_in_the_order_of_the_dialect() {
        let incoming = parse(r#"{"mood":"gay","message":"a\u0062","n":[1]}"#).unwrap();
        let object = Outgoing {
            sender: "Léa \"L\"",
            message: incoming.message.raw,
            others: &incoming.others,
            id: "7",
            time_ms: 12,
        }
        .to_json();
        let expected = r#"{"sender":"Léa \"L\"","message":"a\u0062","mood":"gay","n":[1],"id":"7","time":12,"offset":3}"#;
        assert_eq!(
            String::from_utf8(with_offset(object.as_bytes(), 3)).unwrap(),
            expected
        );
    }
}
