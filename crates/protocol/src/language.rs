//! The languages in which Palabre speaks to people.

/// A language that Palabre's own sentences exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// The default, for whoever asks for nothing that we speak.
    #[default]
    English,
    /// The language of the brief.
    French,
}

impl Language {
    /// The best of ours for an `Accept-Language` header (RFC 9110 §12.5.4).
    ///
    /// A range counts by its primary tag alone, so `fr-CA` asks for French.
    /// Between equal weights the one named first wins.
    #[must_use]
    pub fn from_accept(header: &str) -> Self {
        let mut best = (0.0, Self::default());
        for range in header.split(',') {
            let (tag, weight) = parse_range(range);
            if let Some(language) = Self::from_tag(tag)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or(tag);
        match primary.to_ascii_lowercase().as_str() {
            "fr" => Some(Self::French),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

/// Splits `fr-CA;q=0.8` into its tag and weight; a weight that cannot be read is 0.
fn parse_range(range: &str) -> (&str, f32) {
    match range.split_once(';') {
        None => (range.trim(), 1.0),
        Some((tag, parameter)) => {
            let weight = parameter.trim().strip_prefix("q=");
            (
                tag.trim(),
                weight.and_then(|q| q.parse().ok()).unwrap_or(0.0),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, English, French};

    #[test]
    fn the_heaviest_language_that_we_speak_wins() {
        for (header, expected) in [
            ("", English),
            ("fr", French),
            ("fr-CA,en;q=0.8", French),
            ("de,fr;q=0.5,en;q=0.4", French),
            ("en-GB,fr;q=0.9", English),
            ("fr;q=0.2, EN;q=0.7", English),
            ("fr;q=none", English),
            ("ja,*;q=0.1", English),
        ] {
            assert_eq!(Language::from_accept(header), expected, "{header}");
        }
    }
}
