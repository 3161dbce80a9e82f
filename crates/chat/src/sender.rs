//! How a person may be called.

use std::fmt;

/// The longest name of a person, in characters (Unicode scalar values).
pub const SENDER_CHARS_MAX: usize = 64;

/// Who speaks without a name; the brief's page says the same.
pub const ANONYMOUS: &str = "Anonyme";

/// The name beside a message: free to choose, not empty, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderName(Box<str>);

/// Why a text is no person's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSenderName {
    /// It is longer than [`SENDER_CHARS_MAX`].
    #[error("the name has {chars} characters, the limit is {chars_max}; choose a shorter one")]
    TooLong {
        /// How many it has.
        chars: usize,
        /// How many it may have.
        chars_max: usize,
    },
    /// It holds a control character, such as a line break.
    #[error("the name holds control characters; use letters and spaces")]
    Control,
}

impl SenderName {
    /// Reads a name; `None` if nothing of it can be seen.
    ///
    /// # Errors
    /// If it is too long or holds control characters.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidSenderName> {
        let name = text.trim();
        let chars = name.chars().count();
        if chars > SENDER_CHARS_MAX {
            return Err(InvalidSenderName::TooLong {
                chars,
                chars_max: SENDER_CHARS_MAX,
            });
        }
        if name.chars().any(char::is_control) {
            return Err(InvalidSenderName::Control);
        }
        Ok((!name.chars().all(is_invisible)).then(|| Self(name.into())))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that leave no ink: a name of these alone would be nobody's.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(
            c,
            '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fe00}'..='\u{fe0f}'
        )
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

impl fmt::Display for SenderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<String>, String> {
        match SenderName::parse(text) {
            Ok(name) => Ok(name.map(|name| name.to_string())),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_name_is_trimmed_and_a_blank_one_is_none() {
        assert_eq!(parse("  Aïcha B. ").unwrap().unwrap(), "Aïcha B.");
        assert_eq!(parse("<b>").unwrap().unwrap(), "<b>");
        for blank in ["", " \u{a0}", "\u{200b}\u{202e}", "\u{3164}"] {
            assert_eq!(parse(blank), Ok(None), "{blank:?}");
        }
    }

    #[test]
    fn a_name_has_a_limit_and_one_line() {
        assert!(parse(&"é".repeat(SENDER_CHARS_MAX)).unwrap().is_some());
        assert_eq!(
            parse(&"é".repeat(SENDER_CHARS_MAX + 1)).unwrap_err(),
            "the name has 65 characters, the limit is 64; choose a shorter one"
        );
        assert_eq!(
            parse("a\nb").unwrap_err(),
            "the name holds control characters; use letters and spaces"
        );
    }
}
