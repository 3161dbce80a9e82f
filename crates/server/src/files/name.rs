//! How a file is called, for people: the last part of its URL, and what a
//! browser saves it as.
//!
//! A name never says where a file lies. What is taken out of it would deceive
//! who reads it, or mean something to a system that it is saved on.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Bytes of a name, so that a URL with it has its place in a message and a
/// file system takes it. Of a longer one the end is kept, which tells its kind.
pub(crate) const NAME_BYTES_MAX: usize = 200;

/// The name of what has none.
const NAMELESS: &str = "file";

/// The letters that stand for themselves in a URL and in a header
/// (RFC 8187 §3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name that is fit to be shown and saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileName(String);

impl FileName {
    /// What is left of a name that a stranger gives.
    pub(crate) fn clean(given: &str) -> Self {
        let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept: String = last.chars().filter(|c| !is_misleading(*c)).collect();
        // A dot in front hides a file; one behind it is lost on some systems.
        let trimmed = kept.trim_matches(|c: char| c.is_whitespace() || c == '.');
        let over = trimmed.len().saturating_sub(NAME_BYTES_MAX);
        let from = (over..=trimmed.len()).find(|at| trimmed.is_char_boundary(*at));
        match &trimmed[from.unwrap_or_default()..] {
            "" => Self(NAMELESS.to_owned()),
            name => Self(name.to_owned()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in a URL.
    pub(crate) fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, ENCODED).to_string()
    }

    /// What `Content-Disposition` says of it (RFC 6266): for all, and in ASCII
    /// for those that know nothing else.
    pub(crate) fn parameters(&self) -> String {
        let is_safe = |c: char| c.is_ascii_alphanumeric() || " -._".contains(c);
        let ascii: String = self
            .0
            .chars()
            .map(|c| if is_safe(c) { c } else { '_' })
            .collect();
        format!("filename=\"{ascii}\"; filename*=UTF-8''{}", self.encoded())
    }
}

/// What is not seen, or turns the order of what is: `photo[RTL]gnp.exe` reads
/// as `photoexe.png`. And what a system may take for more than a letter.
fn is_misleading(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || "<>:\"|?*".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_what_deceives_and_nothing_else() {
        for (given, expected) in [
            ("été 2026.png", "été 2026.png"),
            ("صورة.jpg", "صورة.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\a.txt", "a.txt"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("a\u{200b}\0\r\nb.txt", "ab.txt"),
            (".htaccess", "htaccess"),
            ("a.exe. . ", "a.exe"),
            ("<x onerror=\"y\">.png", "x onerror=y.png"),
            ("..", "file"),
            ("", "file"),
            ("a/", "file"),
        ] {
            assert_eq!(FileName::clean(given).as_str(), expected, "{given:?}");
        }
    }

    #[test]
    fn of_a_long_name_the_end_is_kept() {
        let long = format!("{}.tar.gz", "é".repeat(300));
        let name = FileName::clean(&long);
        assert!(name.as_str().ends_with("é.tar.gz"));
        assert!((NAME_BYTES_MAX - 3..=NAME_BYTES_MAX).contains(&name.as_str().len()));
        let url = format!("{}{}/{}", chat::FILES_PATH, "a".repeat(26), name.encoded());
        assert!(url.len() <= chat::FILE_URL_BYTES_MAX);
    }

    #[test]
    fn a_header_has_it_twice() {
        assert_eq!(
            FileName::clean("l'été; x=\"1\".png").parameters(),
            "filename=\"l__t__ x_1.png\"; filename*=UTF-8''l%27%C3%A9t%C3%A9%3B%20x%3D1.png"
        );
    }
}
