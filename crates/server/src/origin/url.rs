//! As much of URLs as an origin has: a scheme, a host, a port.
//!
//! Browsers write origins in one canonical form (RFC 6454, and the URL standard), so this is no URL
//! parser: whatever it does not know is not an origin.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// An origin, with the port of its scheme filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `null`, or `file://`: nobody in particular.
    Opaque,
    /// A page that came over the network; also the likes of `capacitor://localhost`.
    Web {
        scheme: String,
        host: Host,
        /// `None` only where the scheme has no port of its own.
        port: Option<u16>,
    },
}

/// A host, ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A name in lower case, without the dot at its end.
    Name(String),
    /// An IPv4 address, or an IPv6 one in brackets.
    Address(IpAddr),
}

impl Origin {
    /// Reads `scheme://host` or `scheme://host:port`, with nothing behind it.
    pub(super) fn parse(text: &str) -> Option<Origin> {
        if text == "null" || text == "file://" {
            return Some(Origin::Opaque);
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = self::scheme(scheme)?;
        let (host, port) = authority(rest, default_port(&scheme))?;
        Some(Origin::Web { scheme, host, port })
    }

    pub(super) fn is_http(&self) -> bool {
        matches!(self, Origin::Web { scheme, .. } if scheme == "http" || scheme == "https")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => address.fmt(f),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl Host {
    fn parse(text: &str) -> Option<Host> {
        if let Some(address) = text.strip_prefix('[') {
            let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
            return Some(Host::Address(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = text.parse() {
            return Some(Host::Address(IpAddr::V4(address)));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let spelt = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let valid = !name.split('.').any(str::is_empty) && name.bytes().all(spelt);
        valid.then(|| Host::Name(name.to_ascii_lowercase()))
    }

    /// Whether this is the visitor's own machine, without asking DNS (RFC 6761, section 6.3).
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Host::Name(name) => name == "localhost" || is_below(name, "localhost"),
            Host::Address(address) => address.is_loopback(),
        }
    }
}

/// A scheme in lower case.
pub(super) fn scheme(text: &str) -> Option<String> {
    let spelt = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let valid = text.starts_with(|first: char| first.is_ascii_alphabetic());
    (valid && text.bytes().all(spelt)).then(|| text.to_ascii_lowercase())
}

/// Reads `host` or `host:port`, as in the `Host` header, with the port to take where there is none.
pub(super) fn authority(text: &str, default: Option<u16>) -> Option<(Host, Option<u16>)> {
    let colon = text
        .rfind(':')
        .filter(|colon| !text[*colon..].contains(']'));
    let (host, port) = match colon {
        // The form `+80` is a number to Rust but not to URLs.
        Some(colon) if !text[colon + 1..].bytes().all(|byte| byte.is_ascii_digit()) => return None,
        Some(colon) => (&text[..colon], Some(text[colon + 1..].parse().ok()?)),
        None => (text, default),
    };
    Some((Host::parse(host)?, port))
}

/// The port that a URL of this scheme means where it names none.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Whether `name` is a name below `domain`.
pub(super) fn is_below(name: &str, domain: &str) -> bool {
    let label = name
        .strip_suffix(domain)
        .and_then(|label| label.strip_suffix('.'));
    label.is_some_and(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read() {
        let name = |name: &str| Host::Name(name.to_owned());
        let address = |address: &str| Host::Address(address.parse().unwrap());
        let table = [
            ("http://example.org", "http", name("example.org"), Some(80)),
            (
                "https://example.org",
                "https",
                name("example.org"),
                Some(443),
            ),
            (
                "https://example.org:8443",
                "https",
                name("example.org"),
                Some(8443),
            ),
            (
                "HTTPS://Example.ORG.",
                "https",
                name("example.org"),
                Some(443),
            ),
            (
                "http://127.0.0.1:5500",
                "http",
                address("127.0.0.1"),
                Some(5500),
            ),
            ("http://[::1]", "http", address("::1"), Some(80)),
            ("http://[0:0::1]:3000", "http", address("::1"), Some(3000)),
            (
                "http://[::ffff:127.0.0.1]",
                "http",
                address("127.0.0.1"),
                Some(80),
            ),
            (
                "capacitor://localhost",
                "capacitor",
                name("localhost"),
                None,
            ),
            (
                "moz-extension://0a1b-2c",
                "moz-extension",
                name("0a1b-2c"),
                None,
            ),
        ];
        for (text, scheme, host, port) in table {
            let expected = Origin::Web {
                scheme: scheme.to_owned(),
                host,
                port,
            };
            assert_eq!(Origin::parse(text), Some(expected), "{text}");
        }
        assert_eq!(Origin::parse("null"), Some(Origin::Opaque));
        assert_eq!(Origin::parse("file://"), Some(Origin::Opaque));
    }

    #[test]
    fn what_is_no_origin_is_not_read() {
        let table = [
            "",
            "NULL",
            "example.org",
            "//example.org",
            "http://",
            "://x",
            "http:/x",
            "1http://x",
            "http://x/",
            "http://x/path",
            "http://x?q",
            "http://x#f",
            "http://u@x",
            "http://x y",
            "http://x http://y",
            "http://x:",
            "http://x:port",
            "http://x:+80",
            "http://x:65536",
            "http://[::1",
            "http://::1",
            "http://[::1]x",
            "http://[x]",
            "http://a..b",
            "http://.",
            "http://exa%6dple.org",
            "http://ex\u{e9}.org",
            "http://*.example.org",
            "http://x\0",
        ];
        for text in table {
            assert_eq!(Origin::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn loopback_is_told_by_name_and_address() {
        let loopback = [
            "localhost",
            "LOCALHOST.",
            "app.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
        ];
        let others = [
            "localhost.example",
            "notlocalhost",
            "128.0.0.1",
            "0.0.0.0",
            "[::2]",
            "127.1",
        ];
        let is_loopback = |text: &str| Host::parse(text).unwrap().is_loopback();
        assert!(loopback.into_iter().all(is_loopback));
        assert!(!others.into_iter().any(is_loopback));
    }
}
