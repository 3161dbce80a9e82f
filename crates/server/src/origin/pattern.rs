//! What `--allow-origin` takes.

use std::str::FromStr;

use super::url::{self, Host, Origin};

/// One `--allow-origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// `*`: every page there is.
    Any,
    /// `https://example.org`: this origin.
    Exact(Origin),
    /// `https://*.example.org`: every name below this one, at this port.
    Below {
        scheme: String,
        domain: String,
        port: Option<u16>,
    },
}

/// An `--allow-origin` that cannot be taken, with what to write instead.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// A host alone would leave open whether the unprotected page is meant too.
    #[error("origin '{0}' has no scheme; write https://{0}, or http://{0}")]
    NoScheme(String),
    /// A page's address was pasted; its origin ends before the path.
    #[error("origin '{given}' goes on after the host; write {instead}")]
    TooLong {
        /// What was written.
        given: String,
        /// The origin in it.
        instead: String,
    },
    /// The `*` is somewhere else than where it means something.
    #[error(
        "'*' in origin '{0}' may stand alone, or for what precedes a name: https://*.example.org"
    )]
    Star(String),
    /// Something between `://` and the end is not a host and port.
    #[error(
        "origin '{0}' is not scheme://host or scheme://host:port; \
         names with other than ASCII letters are written in their xn-- form"
    )]
    NotAnOrigin(String),
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Pattern, PatternError> {
        if text == "*" {
            return Ok(Pattern::Any);
        }
        if let Some(origin) = Origin::parse(text) {
            return Ok(Pattern::Exact(origin));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(PatternError::NoScheme(text.to_owned()));
        };
        if let Some((authority, _)) = rest.split_once(['/', '?', '#']) {
            let instead = format!("{scheme}://{authority}");
            return Err(PatternError::TooLong {
                given: text.to_owned(),
                instead,
            });
        }
        if !rest.contains('*') {
            return Err(PatternError::NotAnOrigin(text.to_owned()));
        }
        below(scheme, rest).ok_or_else(|| PatternError::Star(text.to_owned()))
    }
}

fn below(scheme: &str, rest: &str) -> Option<Pattern> {
    let scheme = url::scheme(scheme)?;
    match url::authority(rest.strip_prefix("*.")?, url::default_port(&scheme))? {
        (Host::Name(domain), port) => Some(Pattern::Below {
            scheme,
            domain,
            port,
        }),
        (Host::Address(_), _) => None,
    }
}

impl Pattern {
    /// The pattern as a source of a Content-Security-Policy, where there is one.
    pub(super) fn source(&self) -> Option<String> {
        let (scheme, host, port) = match self {
            Pattern::Any => return Some("*".to_owned()),
            Pattern::Exact(Origin::Opaque) => return None,
            Pattern::Exact(Origin::Web { scheme, host, port }) => (scheme, host.to_string(), port),
            Pattern::Below {
                scheme,
                domain,
                port,
            } => (scheme, format!("*.{domain}"), port),
        };
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        Some(format!("{scheme}://{host}{port}"))
    }

    /// Whether this pattern admits `origin`; `None` is a header that is not an origin.
    pub(super) fn matches(&self, origin: Option<&Origin>) -> bool {
        match (self, origin) {
            (Pattern::Any, _) => true,
            (Pattern::Exact(exact), Some(origin)) => exact == origin,
            (
                Pattern::Below {
                    scheme,
                    domain,
                    port,
                },
                Some(Origin::Web {
                    scheme: other,
                    host: Host::Name(name),
                    port: at,
                }),
            ) => scheme == other && port == at && url::is_below(name, domain),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_sources_of_a_policy() {
        for (pattern, source) in [
            ("*", Some("*")),
            ("null", None),
            ("https://Example.org", Some("https://example.org:443")),
            ("http://10.0.0.7:3000", Some("http://10.0.0.7:3000")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("https://*.example.org", Some("https://*.example.org:443")),
            ("capacitor://localhost", Some("capacitor://localhost")),
        ] {
            let parsed: Pattern = pattern.parse().unwrap();
            assert_eq!(parsed.source().as_deref(), source, "{pattern}");
        }
    }

    #[test]
    fn patterns_match_what_they_say() {
        let table = [
            ("*", "https://evil.example", true),
            ("*", "null", true),
            ("*", "not an origin", true),
            ("https://example.org", "https://example.org", true),
            ("https://example.org:443", "https://example.org", true),
            ("HTTPS://Example.Org", "https://example.org", true),
            ("https://example.org", "http://example.org", false),
            ("https://example.org", "https://example.org:8443", false),
            ("https://example.org", "https://www.example.org", false),
            (
                "https://example.org",
                "https://example.org.evil.example",
                false,
            ),
            ("https://example.org", "not an origin", false),
            ("http://10.0.0.7:3000", "http://10.0.0.7:3000", true),
            ("http://[::1]:3000", "http://[0::1]:3000", true),
            ("https://*.example.org", "https://www.example.org", true),
            ("https://*.example.org", "https://a.b.example.org", true),
            ("https://*.example.org", "https://example.org", false),
            ("https://*.example.org", "https://evilexample.org", false),
            ("https://*.example.org", "https://.example.org", false),
            (
                "https://*.example.org",
                "https://www.example.org:8443",
                false,
            ),
            (
                "https://*.example.org:8443",
                "https://www.example.org:8443",
                true,
            ),
            ("https://*.example.org", "http://www.example.org", false),
            ("capacitor://localhost", "capacitor://localhost", true),
            ("null", "null", true),
            ("null", "file://", true),
            ("null", "https://example.org", false),
        ];
        for (pattern, origin, expected) in table {
            let pattern: Pattern = pattern.parse().unwrap();
            let matches = pattern.matches(Origin::parse(origin).as_ref());
            assert_eq!(matches, expected, "{pattern:?} {origin}");
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        let table = [
            (
                "example.org",
                "origin 'example.org' has no scheme; write https://example.org, or http://example.org",
            ),
            (
                "https://example.org/",
                "origin 'https://example.org/' goes on after the host; write https://example.org",
            ),
            (
                "https://*.a.org/x?y",
                "origin 'https://*.a.org/x?y' goes on after the host; write https://*.a.org",
            ),
        ];
        for (pattern, expected) in table {
            assert_eq!(
                pattern.parse::<Pattern>().unwrap_err().to_string(),
                expected
            );
        }
        for pattern in [
            "https://*",
            "https://w*.a.org",
            "https://a.*",
            "https://*.10.0.0.1",
            "https://*.a.org:*",
        ] {
            assert_eq!(
                pattern.parse::<Pattern>(),
                Err(PatternError::Star(pattern.to_owned()))
            );
        }
        for pattern in [
            "https://",
            "https://exämple.org",
            "https://a.org:http",
            "https://u@a.org",
            "https://a b",
        ] {
            assert_eq!(
                pattern.parse::<Pattern>(),
                Err(PatternError::NotAnOrigin(pattern.to_owned()))
            );
        }
    }
}
