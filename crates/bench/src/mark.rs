//! Marks: how a message is known again, whatever the server makes of it.
//!
//! ```text
//!   ~k3vq 007 00000042
//!   ─┬─── ─┬─ ────┬───
//!    run   who    which, from 1; 0 is a trial
//! ```
//!
//! The tag of the run keeps what an earlier run has said, as in a room with
//! history, out of the figures. Letters and digits alone come through JSON,
//! and through anything else, as they were.
//!
//! A [`Template`] is the message around it, cut at its placeholders once.

use std::io::Write as _;

use anyhow::{bail, ensure};
use memchr::memmem::Finder;

/// Digits of the sender, and of the number.
const SENDER_DIGITS: usize = 4;
const NUMBER_DIGITS: usize = 9;
const TAG_BYTES: usize = 5;
const MARK_BYTES: usize = TAG_BYTES + SENDER_DIGITS + NUMBER_DIGITS;

/// The number of the first command that `{id}` makes: those before are free
/// for the greeting.
const FIRST_ID: u64 = 1_000;

/// Who sent a message, and as which of its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sender: usize,
    pub(crate) number: u32,
}

/// What the marks of this run begin with.
#[derive(Debug)]
pub(crate) struct Tag {
    text: String,
    finder: Finder<'static>,
}

impl Tag {
    /// Another one for each run.
    pub(crate) fn new() -> Self {
        let letters = std::iter::repeat_with(fastrand::lowercase);
        let text: String = std::iter::once('~')
            .chain(letters.take(TAG_BYTES - 1))
            .collect();
        Self {
            finder: Finder::new(text.as_bytes()).into_owned(),
            text,
        }
    }

    /// All marks in what came, in their order.
    pub(crate) fn marks<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Mark> + 'a {
        let found = self.finder.find_iter(text);
        found.filter_map(|at| parse(text.get(at + TAG_BYTES..at + MARK_BYTES)?))
    }
}

fn parse(digits: &[u8]) -> Option<Mark> {
    let (sender, number) = digits.split_at(SENDER_DIGITS);
    let value = |digits: &[u8]| {
        digits.iter().try_fold(0, |value: u32, digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + u32::from(digit - b'0'))
        })
    };
    Some(Mark {
        sender: value(sender)? as usize,
        number: value(number)?,
    })
}

/// What is published: text with placeholders.
#[derive(Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
    /// Bytes of the whole message, where the rest leaves room for them.
    size: usize,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Mark,
    Pad,
    Id,
    Connection,
    Digit,
}

const PLACEHOLDERS: &[(&str, Part)] = &[
    ("{mark}", Part::Mark),
    ("{pad}", Part::Pad),
    ("{id}", Part::Id),
    ("{n}", Part::Connection),
    ("{digit}", Part::Digit),
];

impl Template {
    /// A message that is to be `size` bytes long, by its `{pad}`.
    ///
    /// # Errors
    /// If it has no `{mark}`, by which it would be known again.
    pub(crate) fn parse(text: &str, size: usize) -> anyhow::Result<Self> {
        let parts = split(text);
        let n_marks = parts
            .iter()
            .filter(|part| matches!(part, Part::Mark))
            .count();
        ensure!(
            n_marks == 1,
            "the template has {n_marks} {{mark}}; exactly one tells a message from the others: {text}"
        );
        let n_pads = parts
            .iter()
            .filter(|part| matches!(part, Part::Pad))
            .count();
        if n_pads > 1 {
            bail!("the template has {n_pads} {{pad}}; one is enough: {text}");
        }
        Ok(Self { parts, size })
    }

    /// The message with this mark, as `connection` sends it.
    pub(crate) fn fill(&self, tag: &Tag, mark: Mark, connection: usize, out: &mut Vec<u8>) {
        out.clear();
        let mut pad_at = None;
        for part in &self.parts {
            match part {
                Part::Pad => pad_at = Some(out.len()),
                part => put(part, tag, mark, connection, out),
            }
        }
        if let Some(at) = pad_at {
            let missing = self.size.saturating_sub(out.len());
            out.splice(at..at, std::iter::repeat_n(b'.', missing));
        }
    }
}

/// The text with `{n}` filled in: for a URL or a greeting.
pub(crate) fn fill_number(text: &str, connection: usize) -> String {
    text.replace("{n}", &connection.to_string())
}

fn put(part: &Part, tag: &Tag, mark: Mark, connection: usize, out: &mut Vec<u8>) {
    let Mark { sender, number } = mark;
    let written = match part {
        Part::Text(text) => out.write(text.as_bytes()).map(drop),
        Part::Mark => write!(
            out,
            "{}{sender:0w$}{number:0v$}",
            tag.text,
            w = SENDER_DIGITS,
            v = NUMBER_DIGITS
        ),
        Part::Id => write!(out, "{}", FIRST_ID + u64::from(number)),
        Part::Connection => write!(out, "{connection}"),
        Part::Digit => write!(out, "{}", number % 10),
        Part::Pad => Ok(()),
    };
    written.expect("a buffer takes everything");
}

fn split(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((at, name, part)) = PLACEHOLDERS
        .iter()
        .filter_map(|(name, part)| Some((rest.find(name)?, name, part)))
        .min_by_key(|(at, ..)| *at)
    {
        parts.push(Part::Text(rest[..at].to_owned()));
        parts.push(part.clone());
        rest = &rest[at + name.len()..];
    }
    parts.push(Part::Text(rest.to_owned()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, size: usize, mark: Mark) -> (Tag, String) {
        let tag = Tag::new();
        let template = Template::parse(template, size).unwrap();
        let mut out = b"what was there".to_vec();
        template.fill(&tag, mark, 3, &mut out);
        let text = String::from_utf8(out).unwrap();
        (tag, text)
    }

    const MARK: Mark = Mark {
        sender: 12,
        number: 3_456,
    };

    #[test]
    fn a_mark_is_found_in_whatever_is_around_it() {
        let (tag, text) = filled("{mark}", 0, MARK);
        assert_eq!(text.len(), MARK_BYTES);
        let around = format!("{{\"push\":\"{text}\"}}\n~~{text}{text}");
        let marks: Vec<_> = tag.marks(around.as_bytes()).collect();
        assert_eq!(marks, [MARK; 3]);
        for wrong in [&text[..MARK_BYTES - 1], "", "~aaaa00120000x3456"] {
            assert_eq!(tag.marks(wrong.as_bytes()).count(), 0, "{wrong}");
        }
    }

    #[test]
    fn a_message_is_as_long_as_it_is_to_be() {
        let (tag, text) = filled(
            r#"{"id":{id},"room":"{n}-{digit}","m":"{mark}{pad}"}"#,
            100,
            MARK,
        );
        assert_eq!(text.len(), 100);
        assert!(
            text.starts_with(r#"{"id":4456,"room":"3-6","m":"~"#),
            "{text}"
        );
        assert!(text.ends_with(r#"...."}"#), "{text}");
        assert_eq!(tag.marks(text.as_bytes()).next(), Some(MARK));
        let (_, text) = filled("{mark}, longer than it is to be{pad}", 1, MARK);
        assert!(text.ends_with("longer than it is to be"), "{text}");
    }

    #[test]
    fn a_template_without_its_mark_is_refused() {
        for wrong in ["", "{}", "{mark}{mark}", "{mark}{pad}{pad}"] {
            assert!(Template::parse(wrong, 100).is_err(), "{wrong}");
        }
    }
}
