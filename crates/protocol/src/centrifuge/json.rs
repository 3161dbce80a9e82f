//! JSON as the dialect writes it: payloads, and objects without their zeros.

use std::fmt;

use memchr::memchr2_iter;
use serde::de::{Deserialize, Deserializer};
use serde::ser::Serialize;
use serde_json::value::RawValue;

/// A payload: the text of one JSON value, which nobody here looks into.
///
/// It is written byte for byte, but for its line breaks: a line of a frame is
/// a message, and outside of its strings JSON means the same without them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a [u8]);

impl<'a> Json<'a> {
    /// Takes `text` if it is one JSON value.
    #[must_use]
    pub fn checked(text: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// Takes what is known to be JSON, since it was checked when it came in.
    ///
    /// Anything else would spoil the whole line that it is written to.
    #[must_use]
    pub fn trusted(text: &'a [u8]) -> Self {
        debug_assert!(Self::checked(text).is_some(), "not JSON: {text:?}");
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Writes the text to the end of `out`, without its line breaks.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        let mut start = 0;
        for line_break in memchr2_iter(b'\n', b'\r', self.0) {
            out.extend_from_slice(&self.0[start..line_break]);
            start = line_break + 1;
        }
        out.extend_from_slice(&self.0[start..]);
    }
}

impl<'a> From<&'a RawValue> for Json<'a> {
    fn from(raw: &'a RawValue) -> Self {
        Self(raw.get().as_bytes())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(Self::from)
    }
}

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.0))
    }
}

/// What is written as a JSON object.
pub(super) trait Fields {
    /// Writes the fields, in their order.
    fn fields(&self, object: &mut Object<'_>);
}

impl<F: Fn(&mut Object<'_>)> Fields for F {
    fn fields(&self, object: &mut Object<'_>) {
        self(object);
    }
}

/// Writes `fields` as an object to the end of `out`.
pub(super) fn write_object(out: &mut Vec<u8>, fields: &(impl Fields + ?Sized)) {
    out.push(b'{');
    fields.fields(&mut Object(out));
    out.push(b'}');
}

/// An object that is being written; its end in the buffer is its last field.
pub(super) struct Object<'o>(&'o mut Vec<u8>);

impl Object<'_> {
    /// A number, a text or a truth, left out where it is zero.
    pub(super) fn field<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        value: T,
    ) {
        if value != T::default() {
            self.always(name, value);
        }
    }

    /// A number, a text or a truth that is there even where it is zero.
    pub(super) fn always<T: Serialize>(&mut self, name: &'static str, value: T) {
        write_scalar(self.name(name), &value);
    }

    /// A payload, left out where there is none.
    pub(super) fn json(&mut self, name: &'static str, payload: Option<Json<'_>>) {
        if let Some(payload) = payload {
            payload.write(self.name(name));
        }
    }

    /// An object, there even where it is empty.
    pub(super) fn object(&mut self, name: &'static str, fields: &(impl Fields + ?Sized)) {
        write_object(self.name(name), fields);
    }

    /// A list of objects, there even where it is empty.
    pub(super) fn list(&mut self, name: &'static str, items: &[impl Fields]) {
        let out = self.name(name);
        out.push(b'[');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            write_object(out, item);
        }
        out.push(b']');
    }

    /// An object whose names are not the protocol's, such as channels.
    pub(super) fn map<V>(
        &mut self,
        name: &'static str,
        entries: &[(impl AsRef<str>, V)],
        write_value: impl Fn(&mut Vec<u8>, &V),
    ) {
        let out = self.name(name);
        out.push(b'{');
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            write_scalar(out, key.as_ref());
            out.push(b':');
            write_value(out, value);
        }
        out.push(b'}');
    }

    /// Appends what stands before a value: a comma where one is due, the name.
    /// The protocol's names are static, and none needs an escape.
    fn name(&mut self, name: &'static str) -> &mut Vec<u8> {
        if self.0.last() != Some(&b'{') {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
        self.0
    }
}

fn write_scalar<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("a Vec takes any number, text or truth");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: impl Fn(&mut Object<'_>), expected: &str) {
        let mut out = Vec::new();
        write_object(&mut out, &fields);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn zeros_are_left_out_unless_they_are_always_there() {
        check(|_| {}, "{}");
        check(
            |object| {
                object.field("none", 0u64);
                object.field("empty", "");
                object.field("never", false);
                object.json("nothing", None);
            },
            "{}",
        );
        check(
            |object| {
                object.always("n", 0u64);
                object.always("text", "");
                object.list("items", &[] as &[fn(&mut Object<'_>)]);
                object.object("inner", &|_: &mut Object<'_>| {});
            },
            r#"{"n":0,"text":"","items":[],"inner":{}}"#,
        );
        check(
            |object| {
                object.field("big", u64::MAX);
                object.field("small", -1i32);
                object.field("text", "a\"\n{");
                object.field("yes", true);
            },
            r#"{"big":18446744073709551615,"small":-1,"text":"a\"\n{","yes":true}"#,
        );
    }

    #[test]
    fn a_payload_is_its_bytes_without_line_breaks() {
        for (payload, written) in [
            ("null", r#"{"data":null}"#),
            (r#"{"a" : 1.0e3}"#, r#"{"data":{"a" : 1.0e3}}"#),
            (
                "{\r\n  \"a\": \"b\\n\u{2028}\",\n\n\"c\": [\r]\n}",
                "{\"data\":{  \"a\": \"b\\n\u{2028}\",\"c\": []}}",
            ),
        ] {
            let payload = Json::checked(payload.as_bytes()).unwrap();
            check(move |object| object.json("data", Some(payload)), written);
        }
    }

    #[test]
    fn only_json_is_a_payload() {
        for text in ["", "{", "{} {}", "a", "\"a\nb\"", "{\"a\":1"] {
            assert_eq!(Json::checked(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Json::checked(&[b'"', 0xff, b'"']), None);
    }
}
