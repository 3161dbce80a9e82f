//! Which part of a file is asked for (RFC 9110 §14): what a player of sounds
//! and films needs to begin in the middle.

/// What of a file is sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: nothing else was asked for, or nothing that makes sense.
    Whole,
    /// The bytes from one to another, which is not sent.
    Bytes(std::ops::Range<u64>),
    /// Nothing is there.
    None,
}

/// What `Range` asks for of so many bytes. Several parts at once are too much
/// to ask, and may be answered with the whole.
pub(super) fn part(range: &str, n_bytes: u64) -> Part {
    asked(range, n_bytes).map_or(Part::Whole, |range| match range.is_empty() {
        false => Part::Bytes(range),
        true => Part::None,
    })
}

fn asked(range: &str, n_bytes: u64) -> Option<std::ops::Range<u64>> {
    let (unit, set) = range.split_once('=')?;
    let (first, last) = set.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    match (first, last) {
        ("", last) => Some(n_bytes.saturating_sub(number(last)?)..n_bytes),
        (first, "") => Some(number(first)?..n_bytes),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| first..n_bytes.min(last.saturating_add(1)))
        }
    }
}

/// Digits alone: no sign, no blank.
fn number(text: &str) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_part_of_what_is_there() {
        for (range, expected) in [
            ("bytes=0-1", Part::Bytes(0..2)),
            ("bytes=5-", Part::Bytes(5..10)),
            ("bytes=5-99999999999999999999", Part::Bytes(5..10)),
            ("bytes=-3", Part::Bytes(7..10)),
            ("bytes=-30", Part::Bytes(0..10)),
            ("Bytes = 9-9", Part::Bytes(9..10)),
            ("bytes=10-", Part::None),
            ("bytes=10-11", Part::None),
            ("bytes=-0", Part::None),
            ("bytes=2-1", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes", Part::Whole),
            ("lines=1-2", Part::Whole),
        ] {
            assert_eq!(part(range, 10), expected, "{range}");
        }
    }
}
