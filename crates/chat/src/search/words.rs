//! Words, in any script, and in one form for all the ways to write them.
//!
//! | written | found as | why |
//! |---|---|---|
//! | `Café`, `CAFÉ`, `cafe` | `cafe` | case and accents do not count |
//! | `Straße`, `œuvre`, `Ｔea` | `strasse`, `oeuvre`, `tea` | nor how a letter is drawn |
//! | `שָׁלוֹם`, `أَهْلًا` | `שלום`, `اهلا` | nor points, nor the seat of a hamza |
//! | `東京`, `ひらがな`, `ภาษาไทย`, `한국` | one word each sign | nobody writes blanks there |
//! | `👩🏽‍💻` | `👩`, `💻` | an emoji is a word; its skin is not |
//!
//! A word in a script without blanks is a phrase of signs that follow each
//! other, so every part of it is found, without a dictionary. Vowel signs of
//! Thai or Hindi and the voicing of kana are letters and count.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, compose, is_combining_mark};

/// The longest word, in characters; a longer one is several.
pub const WORD_CHARS_MAX: usize = 40;

/// A word, and where it stands in the text, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

/// What a character is to a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It belongs to a word with the letters around it.
    Letter,
    /// It is a word.
    Sign,
    /// It belongs to the letter or sign before it.
    Mark,
    /// It is as if it were not there.
    Nothing,
    /// It stands between words.
    Gap,
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut before = Part::Gap;
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        let part = part(c);
        match part {
            Part::Nothing => continue,
            Part::Gap => {}
            Part::Mark if before == Part::Gap => continue,
            Part::Letter if before == Part::Letter && has_room(&words) => {
                extend(&mut words, c, end)
            }
            Part::Mark => extend(&mut words, c, end),
            Part::Letter | Part::Sign => {
                words.push(Word {
                    text: String::new(),
                    range: start..start,
                });
                extend(&mut words, c, end);
            }
        }
        // A mark leaves its word as open as it was.
        if part != Part::Mark {
            before = part;
        }
    }
    words.retain(|word| !word.text.is_empty());
    words
}

fn has_room(words: &[Word]) -> bool {
    words
        .last()
        .is_some_and(|word| word.text.chars().count() < WORD_CHARS_MAX)
}

fn extend(words: &mut [Word], c: char, end: usize) {
    let Some(word) = words.last_mut() else {
        return;
    };
    word.range.end = end;
    fold(c, &mut word.text);
}

/// Adds a character in the form in which all its like are found.
fn fold(c: char, to: &mut String) {
    let last = to.chars().next_back();
    if let Some(whole) = last.and_then(|last| joined(last, c)) {
        to.pop();
        return to.push(whole);
    }
    if is_hangul(c) || is_kana(c) {
        return to.push(c);
    }
    for part in std::iter::once(c).nfkd() {
        match joined(to.chars().next_back().unwrap_or(' '), part) {
            Some(whole) => {
                to.pop();
                to.push(whole);
            }
            None if is_accent(part) => {}
            None => to.extend(part.to_lowercase().flat_map(spelt)),
        }
    }
}

/// The letter that has no accent to lose, in letters that everybody has.
fn spelt(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'ø' => ('o', None),
        'đ' | 'ð' => ('d', None),
        'ł' => ('l', None),
        'ı' => ('i', None),
        'ς' => ('σ', None),
        c => (c, None),
    };
    Some(first).into_iter().chain(second)
}

/// A syllable or a kana of two, if the second only completes the first.
fn joined(first: char, second: char) -> Option<char> {
    let completes = matches!(
        second,
        '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' | '\u{3099}' | '\u{309a}'
    );
    completes.then(|| compose(first, second)).flatten()
}

fn part(c: char) -> Part {
    match c {
        // Joiners, directions, soft hyphens, variants, skins, and the like.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{feff}' => Part::Nothing,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Part::Nothing,
        '\u{2060}'..='\u{2069}' | '\u{20d0}'..='\u{20ff}' => Part::Nothing,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' => Part::Nothing,
        '\u{1f3fb}'..='\u{1f3ff}' => Part::Nothing,
        // What completes a kana or a syllable.
        '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}' => Part::Mark,
        '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' => Part::Mark,
        _ if is_combining_mark(c) => Part::Mark,
        _ if is_emoji(c) || has_no_blanks(c) && c.is_alphanumeric() => Part::Sign,
        _ if c.is_alphanumeric() => Part::Letter,
        _ => Part::Gap,
    }
}

/// A mark that people leave out: accents, the points of Hebrew and Arabic; but
/// no vowel sign, which has class 0 or one of its script's own.
fn is_accent(c: char) -> bool {
    matches!(canonical_combining_class(c), 10..=36 | 200..=240)
}

fn is_emoji(c: char) -> bool {
    matches!(
        c,
        '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}'
            | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}'
    )
}

/// Whether words of its script follow each other without blanks, or, as in
/// Korean, are found by their beginnings only if their parts are.
fn has_no_blanks(c: char) -> bool {
    is_kana(c)
        || is_hangul(c)
        || matches!(
            c,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
                | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4dbf}'
                | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
                | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}'
        )
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let words: Vec<_> = words(text).into_iter().map(|word| word.text).collect();
        assert_eq!(words.join(" "), expected, "{text}");
    }

    #[test]
    fn case_and_accents_do_not_count() {
        check("L'Été, ÇA va?", "l ete ca va");
        check("e\u{301}te\u{301}", "ete");
        check(
            "Straße ŒUVRE Łódź Øre Đà Nẵng",
            "strasse oeuvre lodz ore da nang",
        );
        check("İstanbul ıslak", "istanbul islak");
        check("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ");
        check("Ёлка ёлка", "елка елка");
        check("Ｔｅａ ﬁn x²", "tea fin x2");
    }

    #[test]
    fn points_do_not_count_and_vowel_signs_do() {
        check("שָׁלוֹם עֲלֵיכֶם", "שלום עליכם");
        check("أَهْلًا آل مـــرحبا", "اهلا ال مرحبا");
        check("कि की", "कि की");
    }

    #[test]
    fn scripts_without_blanks_are_words_sign_by_sign() {
        check("東京に行く", "東 京 に 行 く");
        check("がカﾞか\u{3099}パ", "が ガ が パ");
        check("ﾊﾟﾝ", "パ ン");
        check("กินข้าว", "กิ น ข้ า ว");
        check("한국어", "한 국 어");
        check("\u{1112}\u{1161}\u{11ab}국", "한 국");
        check("iPhone用ケース3個", "iphone 用 ケ ー ス 3 個");
    }

    #[test]
    fn an_emoji_is_a_word_and_its_colour_is_not() {
        check("ok👍🏽!", "ok 👍");
        check("👩🏽\u{200d}💻❤\u{fe0f}", "👩 💻 ❤");
        check("🇫🇷", "🇫 🇷");
    }

    #[test]
    fn what_cannot_be_seen_hides_no_word() {
        check("pa\u{200b}la\u{ad}bre\u{202e}x", "palabrex");
        check("\u{301}\u{200d} \u{fe0f}", "");
        check("…«»!? — ()", "");
    }

    #[test]
    fn a_long_word_is_several() {
        let long = "x".repeat(2 * WORD_CHARS_MAX + 1);
        let lengths: Vec<_> = words(&long).iter().map(|word| word.text.len()).collect();
        assert_eq!(lengths, [WORD_CHARS_MAX, WORD_CHARS_MAX, 1]);
    }

    #[test]
    fn a_word_knows_where_it_stands() {
        let text = "« Été\u{301}! » 東";
        let found: Vec<_> = words(text)
            .iter()
            .map(|word| &text[word.range.clone()])
            .collect();
        assert_eq!(found, ["Été\u{301}", "東"]);
    }
}
