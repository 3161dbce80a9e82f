//! A query: what it looks for, and where a text has it.
//!
//! ```text
//! thé vert        both words, anywhere; the last may go on: "verte"
//! "thé vert"      one after the other, and whole
//! l'arbre 東京    what is written together belongs together
//! ```

use std::ops::Range;

use engine::search::Phrase;

use super::words::{Word, words};

const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];

/// The phrases of a query. Outside of quotes the last word may be only the
/// beginning of one, unless a blank follows.
pub(super) fn phrases(query: &str) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    for (index, piece) in query.split(QUOTES).enumerate() {
        let is_quoted = index % 2 == 1;
        match is_quoted {
            true => phrases.extend(phrase(piece)),
            false => phrases.extend(piece.split_whitespace().filter_map(phrase)),
        }
    }
    let goes_on = query.ends_with(|c: char| !c.is_whitespace() && !QUOTES.contains(&c));
    let is_open = query.matches(QUOTES).count().is_multiple_of(2);
    if let Some(last) = phrases.last_mut() {
        last.is_prefix = goes_on && is_open;
    }
    phrases
}

fn phrase(piece: &str) -> Option<Phrase> {
    let words: Vec<_> = words(piece).into_iter().map(|word| word.text).collect();
    (!words.is_empty()).then_some(Phrase {
        words,
        is_prefix: false,
    })
}

/// Where a text has the phrases, in order and apart from each other; `None` if
/// it has not all of them.
pub(super) fn marks(text: &str, phrases: &[Phrase]) -> Option<Vec<Range<usize>>> {
    let words = words(text);
    let mut marks = Vec::new();
    for phrase in phrases {
        let before = marks.len();
        let places = words.windows(phrase.words.len());
        marks.extend(
            places
                .filter(|place| matches(place, phrase))
                .map(|place| place[0].range.start..place[place.len() - 1].range.end),
        );
        if marks.len() == before {
            return None;
        }
    }
    Some(merged(marks))
}

fn matches(place: &[Word], phrase: &Phrase) -> bool {
    let last = phrase.words.len() - 1;
    let mut pairs = place.iter().zip(&phrase.words).enumerate();
    pairs.all(
        |(index, (word, wanted))| match phrase.is_prefix && index == last {
            true => word.text.starts_with(&**wanted),
            false => word.text == *wanted,
        },
    )
}

fn merged(mut marks: Vec<Range<usize>>) -> Vec<Range<usize>> {
    marks.sort_unstable_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        match merged.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => merged.push(mark),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[&str]) {
        let shown = phrases(query).into_iter().map(|phrase| {
            let star = if phrase.is_prefix { "*" } else { "" };
            phrase.words.join("+") + star
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected, "{query}");
    }

    #[test]
    fn a_query_is_phrases() {
        check("Thé Ver", &["the", "ver*"]);
        check("thé ", &["the"]);
        check("\"thé vert\" ch", &["the+vert", "ch*"]);
        check("“thé vert”", &["the+vert"]);
        check("«thé", &["the"]);
        check("l'arbre", &["l+arbre*"]);
        check("東京", &["東+京*"]);
    }

    #[test]
    fn nothing_in_a_query_is_an_instruction() {
        check("a* OR NEAR(b)", &["a", "or", "near+b*"]);
        check("text:x -y ^z {q} '; --", &["text+x", "y", "z", "q*"]);
        check("\" \" * : ^", &[]);
    }

    fn marked(text: &str, query: &str) -> Option<String> {
        let marks = marks(text, &phrases(query))?;
        let mut marked = text.to_owned();
        for mark in marks.into_iter().rev() {
            marked.insert(mark.end, ']');
            marked.insert(mark.start, '[');
        }
        Some(marked)
    }

    #[test]
    fn marks_stand_in_the_text_as_it_is_written() {
        let check = |text, query, expected: &str| {
            assert_eq!(marked(text, query).as_deref(), Some(expected));
        };
        check("Un Café, des cafés.", "cafe", "Un [Café], des [cafés].");
        check("Un Café, des cafés.", "\"cafe\"", "Un [Café], des cafés.");
        check("vert, le thé vert", "\"thé vert\"", "vert, le [thé vert]");
        check("私は東京に行く", "東京", "私は[東京]に行く");
        check("aa aaa", "aa a", "[aa] [aaa]");
        check("go 👍🏽!", "👍", "go [👍]🏽!");
        assert_eq!(marked("le thé", "thé vert"), None);
        assert_eq!(marked("", "x"), None);
    }
}
