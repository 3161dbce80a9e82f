//! What others are shown of somebody whose name a token vouches for.

use bytes::Bytes;
use serde_json::{Map, Value};

/// The name, and that it is verified, beside what the token wants to be shown;
/// something else than an object is shown as it is.
///
/// Nobody can say this of himself: what is shown of who has no such token is
/// what `Rules::describe` makes of its words.
pub(super) fn shown(name: &str, info: Option<Bytes>) -> Bytes {
    let mut fields = match info.as_deref().map(serde_json::from_slice) {
        None => Map::new(),
        Some(Ok(Value::Object(fields))) => fields,
        Some(_) => return info.unwrap_or_default(),
    };
    fields.insert("name".into(), name.into());
    fields.insert("verified".into(), true.into());
    Value::Object(fields).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_beside_what_the_token_wants_to_be_shown() {
        for (info, expected) in [
            (None, r#"{"name":"Aïcha","verified":true}"#),
            (
                Some(r#"{"name":"x","team":7}"#),
                r#"{"name":"Aïcha","team":7,"verified":true}"#,
            ),
            (Some("[1]"), "[1]"),
            (Some("null"), "null"),
        ] {
            assert_eq!(shown("Aïcha", info.map(Bytes::from)), expected);
        }
    }
}
