//! What is shown of a message that was found: a piece of its text around the
//! first mark, with the marks as data.

use std::ops::Range;

/// The longest excerpt, in characters.
const EXCERPT_CHARS_MAX: usize = 240;

/// How much of it stands before the first mark.
const LEAD_CHARS: usize = 60;

/// Shows that something is left out.
const CUT: &str = "…";

/// The parts of an excerpt: not marked, marked, not marked, and so on.
pub(super) fn excerpt(text: &str, marks: &[Range<usize>]) -> Vec<String> {
    let piece = piece(text, marks.first().map_or(0, |mark| mark.start));
    let mut parts = Vec::new();
    let mut done = piece.start;
    for mark in marks {
        let mark = mark.start.max(done)..mark.end.min(piece.end);
        if mark.is_empty() {
            continue;
        }
        parts.push(text[done..mark.start].to_owned());
        parts.push(text[mark.clone()].to_owned());
        done = mark.end;
    }
    parts.push(text[done..piece.end].to_owned());
    if piece.start > 0 {
        parts[0].insert_str(0, CUT);
    }
    if piece.end < text.len() {
        let last = parts.len() - 1;
        parts[last].push_str(CUT);
    }
    parts
}

/// Which bytes are shown: all, or so many characters, from a little before the
/// first mark, where there is room for that.
fn piece(text: &str, first_mark: usize) -> Range<usize> {
    let starts: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
    if starts.len() <= EXCERPT_CHARS_MAX {
        return 0..text.len();
    }
    let first = starts.partition_point(|at| *at < first_mark);
    let latest = starts.len() - EXCERPT_CHARS_MAX;
    let start = first.saturating_sub(LEAD_CHARS).min(latest);
    let start = at_blank(text, starts[start]..first_mark);
    let n_before = starts.partition_point(|at| *at < start);
    let end = starts.get(n_before + EXCERPT_CHARS_MAX);
    start..end.copied().unwrap_or(text.len())
}

/// The first place behind a blank, so that no word is torn; else the first.
fn at_blank(text: &str, range: Range<usize>) -> usize {
    if range.start == 0 {
        return 0;
    }
    let blank = text[range.clone()].find(char::is_whitespace);
    blank.map_or(range.start, |at| {
        let rest = &text[range.start + at..];
        range.start + at + (rest.len() - rest.trim_start().len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, mark: Range<usize>) -> Vec<String> {
        excerpt(text, &[mark])
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        assert_eq!(marked("le thé vert", 3..7), ["le ", "thé", " vert"]);
        assert_eq!(marked("thé", 0..4), ["", "thé", ""]);
        assert_eq!(excerpt("thé", &[]), ["thé"]);
    }

    #[test]
    fn of_a_long_text_the_first_mark_is_shown_with_what_is_around() {
        let text = format!("{}été {}", "mot ".repeat(500), "mot ".repeat(500));
        let parts = marked(&text, 2000..2005);
        assert_eq!(parts[1], "été");
        assert!(parts[0].starts_with("…mot mot"), "{}", parts[0]);
        assert!(parts[2].ends_with('…'));
        let chars: usize = parts.iter().map(|part| part.chars().count()).sum();
        assert_eq!(chars, EXCERPT_CHARS_MAX + 2);
    }

    #[test]
    fn marks_beyond_the_piece_are_cut_with_it() {
        let text = "x".repeat(3000);
        let parts = marked(&text, 0..3000);
        assert_eq!(parts, ["", &"x".repeat(EXCERPT_CHARS_MAX), "…"]);
        let late = marked(&text, 2990..3000);
        assert_eq!(late[1], "x".repeat(10));
        assert_eq!(late[2], "");
    }
}
