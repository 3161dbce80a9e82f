//! What others say, made harmless for a terminal.
//!
//! A terminal obeys what it is shown: escape sequences move the cursor, set
//! the window's title, paste; an override of direction shows a text backwards.
//! So each character that could is shown as a picture of itself instead. Line
//! breaks are left to the caller, who indents what follows them: else a
//! message could look like somebody else's.

/// The text on one line: a line break is shown as a picture, too.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(picture).collect()
}

/// The lines of a text, each without anything that a terminal obeys.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split(['\n', '\u{2028}', '\u{2029}', '\u{85}'])
        .map(|each| line(each.strip_suffix('\r').unwrap_or(each)))
}

fn picture(c: char) -> char {
    match c {
        '\t' => ' ',
        // U+2400 and on are the control characters' own pictures.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        // The second set of control characters, and what breaks a line.
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => '\u{fffd}',
        // What sets the direction of others' text, and what annotates it.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(line("\x1b[2J\x07\x7f\t"), "␛[2J␇␡ ");
        assert_eq!(
            line("\u{9b}31m\u{202e}gnp.exe"),
            "\u{fffd}31m\u{fffd}gnp.exe"
        );
        assert_eq!(line("a\r\nb\u{2028}"), "a␍␊b\u{fffd}");
        for c in '\0'..=char::MAX {
            let shown = picture(c);
            assert!(!shown.is_control(), "{c:?}");
            assert!(!matches!(shown, '\u{2028}'..='\u{202e}'), "{c:?}");
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in ["Ça va ? 👩‍👩‍👧‍👦 🇸🇳", "שלום", "مرحبا", "नमस्ते", "a\u{300}"]
        {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn a_text_falls_into_its_lines() {
        let all = |text| lines(text).collect::<Vec<_>>();
        assert_eq!(all("a\r\nb\n\nc\n"), ["a", "b", "", "c"]);
        assert_eq!(all("a\u{2028}b\u{85}c"), ["a", "b", "c"]);
        assert_eq!(all(""), [""]);
    }
}
