//! What `--keep` says: so many messages, or none that are older.

use std::time::Duration;

use server::Keep;

/// One thing that `--keep` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Count(u64),
    Age(Duration),
}

impl Kept {
    pub(super) fn add(keep: Keep, kept: &Self) -> Keep {
        match *kept {
            Self::Count(count) => Keep {
                count: Some(count),
                ..keep
            },
            Self::Age(age) => Keep {
                age: Some(age),
                ..keep
            },
        }
    }
}

pub(super) fn parse_keep(text: &str) -> Result<Kept, String> {
    const HOUR_S: u64 = 3600;
    let (number, seconds) = match text.strip_suffix(['h', 'd']) {
        None => (text, None),
        Some(number) if text.ends_with('d') => (number, Some(24 * HOUR_S)),
        Some(number) => (number, Some(HOUR_S)),
    };
    match (number.parse::<u32>(), seconds) {
        (Ok(count @ 1..), None) => Ok(Kept::Count(count.into())),
        (Ok(n @ 1..), Some(seconds)) => Ok(Kept::Age(Duration::from_secs(seconds * u64::from(n)))),
        _ => Err("expected a number of messages, or an age such as 30d or 12h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_a_number_or_an_age() {
        assert_eq!(parse_keep("500"), Ok(Kept::Count(500)));
        let hours = |n: u64| Ok(Kept::Age(Duration::from_secs(n * 3600)));
        assert_eq!(parse_keep("12h"), hours(12));
        assert_eq!(parse_keep("30d"), hours(30 * 24));
        for wrong in ["", "0", "d", "-1", "1w"] {
            assert!(parse_keep(wrong).is_err(), "{wrong}");
        }
    }
}
