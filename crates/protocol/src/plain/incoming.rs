//! A client's object, taken apart without copying it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::Refusal;
use crate::depth::{PAYLOAD_DEPTH_MAX, is_too_deep};

/// The longest `id` that a sender may choose; a UUID as text has 36 bytes.
pub const ID_BYTES_MAX: usize = 64;

/// What is left to read of a message that is deleted.
pub const DELETED: &str = "🗑";

/// Values of `type` that only the server says.
const RESERVED_TYPES: [&str; 2] = ["error", "gap"];

/// What a client sent, in the form that the dialect promises.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// The name that the object carries, if it carries one.
    pub sender: Option<Cow<'a, str>>,
    /// What is said; never empty.
    pub message: Text<'a>,
    /// The id that the sender chose, at most [`ID_BYTES_MAX`] long.
    pub id: Option<Cow<'a, str>>,
    /// The fields that the dialect does not know, in their order.
    pub others: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// A JSON string: what it says, and how it was written.
#[derive(Debug)]
pub struct Text<'a> {
    /// The characters.
    pub text: Cow<'a, str>,
    /// The bytes on the wire, quotes and escapes included.
    pub raw: &'a RawValue,
}

/// Takes a text frame's payload apart.
///
/// # Errors
/// The [`Refusal`] to answer with; it says what is wrong and what to send.
pub fn parse(payload: &str) -> Result<Incoming<'_>, Refusal> {
    let Object(fields) = serde_json::from_str(payload).map_err(|error| match error.classify() {
        Category::Data => Refusal::NotAnObject,
        _ => Refusal::NotJson,
    })?;
    if is_too_deep(payload) {
        let depth_max = PAYLOAD_DEPTH_MAX;
        return Err(Refusal::TooDeep { depth_max });
    }

    let (mut sender, mut message, mut id) = (None, None, None);
    let mut deletes = false;
    let mut others = Vec::new();
    for (Key(name), value) in fields {
        match &*name {
            "sender" => sender = Some(value),
            "message" => message = Some(value),
            "id" => id = Some(value),
            // The server says these; a sender's own would only mislead.
            "time" | "offset" => {}
            "type" if string(value).is_some_and(|kind| RESERVED_TYPES.contains(&&*kind)) => {
                return Err(Refusal::TypeReserved);
            }
            _ => {
                if name == "type" {
                    deletes = string(value).is_some_and(|kind| kind == "delete");
                }
                others.push((name, value));
            }
        }
    }
    Ok(Incoming {
        sender: sender
            .map(|raw| string(raw).ok_or(Refusal::SenderNotAString))
            .transpose()?,
        message: match message {
            None if deletes => deleted(),
            message => parse_message(message)?,
        },
        id: id.map(parse_id).transpose()?,
        others,
    })
}

/// The fields of an object, in their order; `None` for any other text.
#[must_use]
pub fn fields(object: &str) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    let Object(fields) = serde_json::from_str(object).ok()?;
    Some(
        fields
            .into_iter()
            .map(|(Key(name), raw)| (name, raw))
            .collect(),
    )
}

/// The id of a message that was refused, so that its sender knows which.
#[must_use]
pub fn id_of(payload: &str) -> Option<Cow<'_, str>> {
    let Object(fields) = serde_json::from_str(payload).ok()?;
    let (_, id) = fields.into_iter().rfind(|(Key(name), _)| name == "id")?;
    parse_id(id).ok()
}

/// What stands for a message that is deleted, as who says so need not.
#[must_use]
pub fn deleted() -> Text<'static> {
    Text {
        text: DELETED.into(),
        raw: serde_json::from_str("\"🗑\"").expect("it is JSON"),
    }
}

fn parse_message(raw: Option<&RawValue>) -> Result<Text<'_>, Refusal> {
    let raw = raw.ok_or(Refusal::MessageMissing)?;
    let text = string(raw).ok_or(Refusal::MessageNotAString)?;
    if text.is_empty() {
        Err(Refusal::MessageEmpty)
    } else {
        Ok(Text { text, raw })
    }
}

fn parse_id(raw: &RawValue) -> Result<Cow<'_, str>, Refusal> {
    string(raw)
        .filter(|id| (1..=ID_BYTES_MAX).contains(&id.len()))
        .ok_or(Refusal::IdInvalid {
            bytes_max: ID_BYTES_MAX,
        })
}

/// The characters of a JSON string; `None` for any other value, and for a
/// string that is no Unicode (half of a surrogate pair).
fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Key<'_>>(raw.get())
        .ok()
        .map(|Key(text)| text)
}

/// A JSON object as the list of its fields. Where a name that we know occurs
/// twice the later one counts, as in a browser; the rest is not compared,
/// since ten thousand names would cost fifty million comparisons.
struct Object<'a>(Vec<(Key<'a>, &'a RawValue)>);

/// A string that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(4);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(payload: &str, expected: &str) {
        let shown = match parse(payload) {
            Ok(Incoming {
                sender,
                message,
                id,
                others,
            }) => {
                let show = |(name, value): &(_, &RawValue)| format!("{name}={}", value.get());
                let others: Vec<_> = others.iter().map(show).collect();
                format!(
                    "{sender:?} {:?} {id:?} [{}]",
                    message.text,
                    others.join(" ")
                )
            }
            Err(refusal) => refusal.code().to_owned(),
        };
        assert_eq!(shown, expected, "{payload}");
    }

    #[test]
    fn takes_the_object_of_the_brief_and_what_travels_along() {
        check(
            r#"{"sender":"Léa","message":"Bonsoir"}"#,
            r#"Some("Léa") "Bonsoir" None []"#,
        );
        check(r#" { "message" : "a\nb" } "#, r#"None "a\nb" None []"#);
        check(
            r#"{"x":[1, 2],"message":"m","id":"7","mood":"\u0067","time":1,"offset":2,"type":"move"}"#,
            r#"None "m" Some("7") [x=[1, 2] mood="\u0067" type="move"]"#,
        );
    }

    #[test]
    fn the_later_of_two_fields_counts_however_it_is_spelt() {
        check(
            r#"{"sender":"Léa","message":"m","\u0073ender":"Mo"}"#,
            r#"Some("Mo") "m" None []"#,
        );
    }

    #[test]
    fn says_what_is_wrong() {
        for (payload, code) in [
            ("", "not-json"),
            ("hello", "not-json"),
            (r#"{"message":"m""#, "not-json"),
            (r#"{"message":"m"} x"#, "not-json"),
            ("[]", "not-an-object"),
            ("\"Hello, server!\"", "not-an-object"),
            ("null", "not-an-object"),
            ("{}", "message-missing"),
            (r#"{"sender":"Léa"}"#, "message-missing"),
            (r#"{"message":7}"#, "message-not-a-string"),
            (r#"{"message":null}"#, "message-not-a-string"),
            (r#"{"message":"\ud800"}"#, "message-not-a-string"),
            (r#"{"message":""}"#, "message-empty"),
            (r#"{"message":"m","sender":{}}"#, "sender-not-a-string"),
            (r#"{"message":"m","id":7}"#, "id-invalid"),
            (r#"{"message":"m","id":""}"#, "id-invalid"),
            (r#"{"message":"m","type":"error"}"#, "type-reserved"),
            (r#"{"message":"m","type":"gap"}"#, "type-reserved"),
        ] {
            check(payload, code);
        }
    }

    #[test]
    fn an_id_may_be_as_long_as_its_limit_and_no_longer() {
        let object = |len| format!(r#"{{"message":"m","id":"{}"}}"#, "x".repeat(len));
        assert!(parse(&object(ID_BYTES_MAX)).is_ok());
        assert!(parse(&object(ID_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn what_nests_too_deep_for_other_parsers_is_refused() {
        let object = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"message":"m","x":{open}1{close}}}"#)
        };
        assert!(parse(&object(PAYLOAD_DEPTH_MAX - 1)).is_ok());
        check(&object(PAYLOAD_DEPTH_MAX), "too-deep");
    }

    #[test]
    fn a_refused_message_is_told_by_its_id() {
        assert_eq!(id_of(r#"{"id":"7","message":""}"#).as_deref(), Some("7"));
        assert_eq!(id_of(r#"{"id":7}"#), None);
        assert_eq!(id_of("[]"), None);
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_it_panic(payload in "\\PC*") {
            let _ = parse(&payload);
        }

        #[test]
        fn what_json_can_write_it_can_read(text in ".+", sender in ".*") {
            let payload = serde_json::json!({"message": text, "sender": sender}).to_string();
            let incoming = parse(&payload).unwrap();
            prop_assert_eq!(incoming.message.text, text);
            prop_assert_eq!(incoming.sender.unwrap(), sender);
        }
    }
}
