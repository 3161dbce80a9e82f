//! How files are called: `/files/ID/NAME`.
//!
//! The id is all that says which file it is, and all the permission there is:
//! who knows it may have the file. So it has 130 bits of chance, and is told to
//! who brought the file alone, until they say it in a room. The name is for
//! people.

use std::fmt;

/// How files are found among all paths.
pub const FILES_PATH: &str = "/files/";

/// Letters of an id, five bits each.
const ID_LETTERS: usize = 26;

/// Lower case alone, as some file systems know no other.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The id of a file. One that exists has no `/`, no dot and no blank.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId([u8; ID_LETTERS]);

impl FileId {
    /// How much chance an id takes.
    pub const CHANCE_BYTES: usize = ID_LETTERS;

    /// An id from bytes that nobody can guess; five bits of each count.
    #[must_use]
    pub fn from_chance(bytes: [u8; Self::CHANCE_BYTES]) -> Self {
        Self(bytes.map(|byte| ALPHABET[usize::from(byte & 31)]))
    }

    /// An id, where it is one to the letter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; ID_LETTERS] = text.as_bytes().try_into().ok()?;
        let is_good = letters.iter().all(|letter| ALPHABET.contains(letter));
        is_good.then_some(Self(letters))
    }

    /// The id in a file's path, with a name behind it or none.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let rest = path.strip_prefix(FILES_PATH)?;
        Self::parse(rest.split_once('/').map_or(rest, |(id, _)| id))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("its alphabet is ASCII")
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not to be told to a log by mistake: who reads it could read the file.
impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileId({}…)", &self.as_str()[..4])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_it_was_written_as() {
        let bytes = std::array::from_fn(|n| n as u8 * 9);
        let id = FileId::from_chance(bytes);
        assert_eq!(FileId::parse(id.as_str()), Some(id));
        assert_ne!(FileId::from_chance([7; FileId::CHANCE_BYTES]), id);
        for path in [format!("/files/{id}"), format!("/files/{id}/été.png")] {
            assert_eq!(FileId::of_path(&path), Some(id), "{path}");
        }
        assert!(!format!("{id:?}").contains(id.as_str()));
    }

    #[test]
    fn nothing_else_is_an_id() {
        let good = "abcdefghijklmnopqrstuvwxyz";
        for wrong in [
            "",
            "abc",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "abcdefghijklmnopqrstuvwxy.",
            "abcdefghijklmnopqrstuvwxy1",
            "../defghijklmnopqrstuvwxyz",
            "abcdefghijklmnopqrstuvwxyzz",
        ] {
            assert_eq!(FileId::parse(wrong), None, "{wrong}");
        }
        assert!(FileId::parse(good).is_some());
        for wrong in ["/files/", "/files//x", &format!("/file/{good}"), good] {
            assert_eq!(FileId::of_path(wrong), None, "{wrong}");
        }
    }
}
