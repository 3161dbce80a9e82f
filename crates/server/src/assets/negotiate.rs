//! What a request's headers say about the form of the answer: which content coding, and whether the
//! browser's copy is still the right one (RFC 9110, sections 12.5.3 and 13.1.2).

use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

/// A content coding that a file of the page can be stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The value of `Content-Encoding`; `None` where the header is left out.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Coding::Brotli => Some("br"),
            Coding::Gzip => Some("gzip"),
            Coding::Identity => None,
        }
    }
}

/// The coding that the request likes best among those `offered`, the first of them where it likes
/// several alike.
///
/// `Identity` where it likes none: even who refuses that does better with a plain body than with
/// a 406.
pub(super) fn coding(headers: &HeaderMap, offered: impl IntoIterator<Item = Coding>) -> Coding {
    let mut best = (0.0, Coding::Identity);
    for coding in offered {
        let weight = weight(headers, coding);
        if weight > best.0 {
            best = (weight, coding);
        }
    }
    best.1
}

/// How much the request likes `coding`, from 0, not at all, to 1.
fn weight(headers: &HeaderMap, coding: Coding) -> f32 {
    let (mut named, mut starred) = (None, None);
    for (name, weight) in items(headers, ACCEPT_ENCODING).map(weighed) {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let same = match coding {
            Coding::Brotli => is("br"),
            Coding::Gzip => is("gzip") || is("x-gzip"),
            Coding::Identity => is("identity"),
        };
        if same {
            named = Some(weight);
        } else if is("*") {
            starred = Some(weight);
        }
    }
    // Identity is acceptable unless refused, but after whatever was asked for by name.
    let unnamed = if coding == Coding::Identity {
        f32::MIN_POSITIVE
    } else {
        0.0
    };
    named.or(starred).unwrap_or(unnamed)
}

/// `gzip;q=0.5` as its name and weight. A weight that is none counts as a refusal.
fn weighed(item: &str) -> (&str, f32) {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    let valid = |weight: &f32| (0.0..=1.0).contains(weight);
    let weight = match weight {
        Some(weight) => weight.parse().ok().filter(valid).unwrap_or(0.0),
        None => 1.0,
    };
    (name, weight)
}

/// Whether `If-None-Match` names `etag` (quoted, as in the header), or `*`.
///
/// The comparison is the weak one, as the RFC asks for here: a proxy that compresses turns our
/// strong tags into weak ones.
pub(crate) fn is_unchanged(headers: &HeaderMap, etag: &str) -> bool {
    // Splitting at commas is safe though a foreign tag may hold one: it cannot hold our quotes.
    items(headers, IF_NONE_MATCH).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// The items of a comma-separated list, which may be spread over several header lines.
fn items(headers: &HeaderMap, name: http::HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers
        .get_all(name)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, lines: &[&str]) -> HeaderMap {
        let line = |line: &&str| (name.clone(), line.parse().unwrap());
        lines.iter().map(line).collect()
    }

    #[test]
    fn the_coding_is_the_one_liked_best() {
        use Coding::{Brotli, Gzip, Identity};
        let all = [Brotli, Gzip, Identity];
        let table: &[(&[&str], &[Coding], Coding)] = &[
            (&["gzip, deflate, br, zstd"], &all, Brotli),
            (&["gzip, deflate, br"], &[Gzip, Identity], Gzip),
            (&["gzip, deflate, br"], &[Identity], Identity),
            (&["gzip", "br"], &all, Brotli),
            (&["GZIP"], &all, Gzip),
            (&["x-gzip"], &all, Gzip),
            (&["deflate"], &all, Identity),
            (&[""], &all, Identity),
            (&[], &all, Identity),
            (&["*"], &all, Brotli),
            (&["br;q=0, *"], &all, Gzip),
            (&["br;q=0.5, gzip;q=0.8"], &all, Gzip),
            (&["br; q=0.9 , gzip ;Q=0.8"], &all, Brotli),
            (&["gzip;q=0.001"], &all, Gzip),
            (&["gzip;q=0.5, identity"], &all, Identity),
            (&["br;q=0, gzip;q=0"], &all, Identity),
            (&["br;q=much, gzip;q=2, *;q=NaN"], &all, Identity),
            (&["identity;q=0"], &all, Identity),
            (&["*;q=0"], &all, Identity),
        ];
        for (lines, offered, expected) in table {
            let headers = headers(ACCEPT_ENCODING, lines);
            assert_eq!(
                coding(&headers, offered.iter().copied()),
                *expected,
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_copy_is_unchanged_where_its_tag_is_named() {
        let table: &[(&[&str], bool)] = &[
            (&["\"a1\""], true),
            (&["W/\"a1\""], true),
            (&["\"b2\", W/\"a1\""], true),
            (&["\"b2\"", "\"a1\""], true),
            (&["*"], true),
            (&["\"A1\""], false),
            (&["a1"], false),
            (&["\"a1-br\""], false),
            (&["\"x,a1,y\""], false),
            (&[""], false),
            (&[], false),
        ];
        for (lines, expected) in table {
            let headers = headers(IF_NONE_MATCH, lines);
            assert_eq!(is_unchanged(&headers, "\"a1\""), *expected, "{lines:?}");
        }
    }
}
