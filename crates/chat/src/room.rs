//! How a room may be called.

use std::fmt;

use engine::{CHANNEL_NAME_BYTES_MAX, ChannelName, Namespace};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest name of a room, in characters (Unicode scalar values).
pub const ROOM_NAME_CHARS_MAX: usize = 64;

/// The same limit in bytes, for the few scripts whose 64 characters would not
/// fit into a channel's name.
const ROOM_NAME_BYTES_MAX: usize = 240;
const _: () = assert!(ROOM_NAME_BYTES_MAX + "$room:".len() <= CHANNEL_NAME_BYTES_MAX);

/// A room's name: letters and digits of any script with their marks, `-`, `_`
/// and `.`, in normalisation form C, so that what looks the same is the same.
///
/// Capitals count: `Tea` and `tea` are two rooms.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoomName(String);

/// Why a text is no room's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRoomName {
    /// It is empty, or nothing but dots, which no URL can carry.
    #[error("the room has no name; use letters, digits, '-', '_' or '.'")]
    Empty,
    /// It is longer than [`ROOM_NAME_CHARS_MAX`].
    #[error("the name of the room has {chars} characters, the limit is {chars_max}")]
    TooLong {
        /// How many it has.
        chars: usize,
        /// How many it may have.
        chars_max: usize,
    },
    /// A character that no name may hold.
    #[error("the name of the room holds {0:?}; use letters, digits, '-', '_' or '.'")]
    Character(char),
}

impl RoomName {
    /// Reads a name, as it stands in a URL after percent-decoding.
    ///
    /// # Errors
    /// If it is empty, too long, or holds a character that no name may hold.
    pub fn parse(text: &str) -> Result<Self, InvalidRoomName> {
        let chars_max = ROOM_NAME_CHARS_MAX;
        let name: String = text.nfc().collect();
        let chars = name.chars().count();
        if chars > chars_max || name.len() > ROOM_NAME_BYTES_MAX {
            return Err(InvalidRoomName::TooLong { chars, chars_max });
        }
        if name.chars().all(|c| c == '.') {
            return Err(InvalidRoomName::Empty);
        }
        match name.chars().find(|&c| !is_name_char(c)) {
            Some(c) => Err(InvalidRoomName::Character(c)),
            None => Ok(Self(name)),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The channel of this name that wants a token, in a namespace.
    #[must_use]
    pub fn guarded_channel(&self, namespace: Namespace) -> ChannelName {
        ChannelName::guarded(namespace, &self.0).expect("a room's name leaves room for more")
    }

    /// The channel of this name in a namespace.
    #[must_use]
    pub fn channel(&self, namespace: Namespace) -> ChannelName {
        ChannelName::new(namespace, &self.0).expect("a room's name leaves room for its namespace")
    }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '_' | '.')
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_taken_in_one_form() {
        for name in [
            "general",
            "cours-de-rust",
            "fête_2.0",
            "हिन्दी",
            "日本語",
            "r2-d2",
            ".k3f9",
        ] {
            assert_eq!(RoomName::parse(name).unwrap().as_str(), name);
        }
        let decomposed = RoomName::parse("fe\u{302}te").unwrap();
        assert_eq!(decomposed, RoomName::parse("fête").unwrap());
        assert_eq!(decomposed.channel(Namespace::Live).as_str(), "live:fête");
    }

    #[test]
    fn other_names_are_refused_with_what_is_wrong() {
        for (name, error) in [
            (
                "",
                "the room has no name; use letters, digits, '-', '_' or '.'",
            ),
            (
                "..",
                "the room has no name; use letters, digits, '-', '_' or '.'",
            ),
            (
                "a b",
                "the name of the room holds ' '; use letters, digits, '-', '_' or '.'",
            ),
            (
                "a/b",
                "the name of the room holds '/'; use letters, digits, '-', '_' or '.'",
            ),
            (
                "a\u{202e}",
                "the name of the room holds '\\u{202e}'; use letters, digits, '-', '_' or '.'",
            ),
        ] {
            assert_eq!(RoomName::parse(name).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn a_name_may_be_as_long_as_its_limit_and_no_longer() {
        let longest = "é".repeat(ROOM_NAME_CHARS_MAX);
        assert!(RoomName::parse(&longest).is_ok());
        let error = RoomName::parse(&(longest + "é")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the name of the room has 65 characters, the limit is 64"
        );
        assert!(
            RoomName::parse(&"𐌰".repeat(60))
                .unwrap()
                .channel(Namespace::Room)
                .as_str()
                .len()
                < 255
        );
        assert!(RoomName::parse(&"𐌰".repeat(61)).is_err());
    }
}
