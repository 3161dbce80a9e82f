//! How fields are read: borrowed where they can be, `null` as if missing.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::depth::is_too_deep;

/// An object, and no list: what `serde` derives would take one for the fields
/// in their order.
pub(super) struct Strict<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_map(ObjectVisitor(PhantomData))
            .map(Self)
    }
}

/// An object where there is one; `null` is none.
pub(super) fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let object = Option::<Strict<T>>::deserialize(deserializer)?;
    Ok(object.map(|Strict(object)| object))
}

/// Objects by their names; `null` is none.
pub(super) fn objects<'de: 'a, 'a, D, T>(deserializer: D) -> Result<Entries<'a, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = entries(deserializer)?.into_iter();
    Ok(objects
        .map(|(name, Strict(object))| (name, object))
        .collect())
}

/// A number, a truth or a list; `null` is its default.
pub(super) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A payload. `null` is one: who publishes it means it.
pub(super) fn payload<'de: 'a, 'a, D, P>(deserializer: D) -> Result<Option<P>, D::Error>
where
    D: Deserializer<'de>,
    P: From<&'a RawValue>,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    if is_too_deep(raw.get()) {
        return Err(D::Error::custom("a payload nested too deep"));
    }
    Ok(Some(raw.into()))
}

/// Whether there is anything at all.
pub(super) fn is_given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::<IgnoredAny>::deserialize(deserializer).map(|given| given.is_some())
}

/// The kind of delta a client understands; there is one.
pub(super) fn delta<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match &*text(deserializer)? {
        "" => Ok(false),
        "fossil" => Ok(true),
        _ => Err(D::Error::custom("no such delta")),
    }
}

/// A text, borrowed where it has no escapes; `null` is the empty one.
pub(super) fn text<'de: 'a, 'a, D>(deserializer: D) -> Result<Cow<'a, str>, D::Error>
where
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(TextVisitor)
}

/// An object as the list of its fields; `null` is the empty one.
pub(super) fn entries<'de: 'a, 'a, D, V>(deserializer: D) -> Result<Entries<'a, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    deserializer.deserialize_any(EntriesVisitor(PhantomData))
}

type Entries<'a, V> = Vec<(Cow<'a, str>, V)>;

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Cow::default())
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

struct EntriesVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
    type Value = Entries<'de, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            entries.push((name, value));
        }
        Ok(entries)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
