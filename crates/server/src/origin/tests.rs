//! The policy's table, line by line.

use super::Decision::{Refused, Welcome as Welcomed};
use super::Welcome::{Allowed, File, Loopback, NoOrigin, SameHost};
use super::*;

const HERE: &str = "127.0.0.1";
const HERE_6: &str = "::1";
const HERE_MAPPED: &str = "::ffff:127.0.0.1";
const LAN: &str = "192.168.1.7";
const FAR: &str = "203.0.113.9";

/// The decision on a handshake with this `Origin` and `Host` (empty for none) from this peer.
fn decide(allowed: &[&str], origin: &str, host: &str, peer: &str) -> Decision {
    let value = |text: &str| (!text.is_empty()).then(|| HeaderValue::from_str(text).unwrap());
    let policy = OriginPolicy::new(allowed).unwrap();
    policy.decide(
        value(origin).as_ref(),
        value(host).as_ref(),
        peer.parse().unwrap(),
    )
}

#[test]
fn who_is_welcome_without_any_option() {
    let table = [
        // Not a browser.
        ("", "chat.example", FAR, NoOrigin),
        ("", "", FAR, NoOrigin),
        // Our own page, also behind a proxy that terminates TLS.
        ("http://chat.example", "chat.example", FAR, SameHost),
        (
            "http://chat.example:8080",
            "chat.example:8080",
            FAR,
            SameHost,
        ),
        ("http://chat.example", "chat.example:80", FAR, SameHost),
        ("https://chat.example", "chat.example", FAR, SameHost),
        ("https://chat.example", "chat.example:443", FAR, SameHost),
        ("https://chat.example", "Chat.Example", FAR, SameHost),
        ("https://chat.example", "chat.example", HERE, SameHost),
        ("http://192.168.1.5:8080", "192.168.1.5:8080", LAN, SameHost),
        (
            "http://192.168.1.5:8080",
            "192.168.1.5:8080",
            HERE,
            SameHost,
        ),
        ("http://[fd00::5]:8080", "[fd00::5]:8080", LAN, SameHost),
        ("http://workshop:8080", "workshop:8080", HERE, SameHost),
        (
            "http://workshop.local:8080",
            "workshop.local:8080",
            HERE,
            SameHost,
        ),
        (
            "http://chat.corp.example",
            "chat.corp.example",
            LAN,
            SameHost,
        ),
        // Somebody develops a page on the machine that also shows it.
        ("http://localhost:8080", "localhost:8080", HERE, Loopback),
        ("http://localhost:5173", "localhost:8080", HERE, Loopback),
        ("http://127.0.0.1:5500", "localhost:8080", HERE_6, Loopback),
        ("http://[::1]:5500", "localhost:8080", HERE_MAPPED, Loopback),
        ("http://app.localhost", "localhost:8080", HERE, Loopback),
        ("https://localhost", "chat.example", FAR, Loopback),
        (
            "http://localhost:5173",
            "172.17.0.2:8080",
            "172.17.0.1",
            Loopback,
        ),
        // Somebody double-clicked the page of the brief.
        ("null", "localhost:8080", HERE, File),
        ("null", "127.0.0.1:8080", HERE, File),
        ("null", "[::1]:8080", HERE_6, File),
        ("file://", "localhost:8080", HERE_MAPPED, File),
    ];
    for (origin, host, peer, expected) in table {
        assert_eq!(
            decide(&[], origin, host, peer),
            Welcomed(expected),
            "{origin} {host} {peer}"
        );
    }
}

#[test]
fn who_is_not() {
    let stranger = |origin: &str| Refusal::Stranger(origin.to_owned());
    let rebinding = |origin: &str| Refusal::Rebinding(origin.to_owned());
    let malformed = |_: &str| Refusal::Malformed;
    let file = |_: &str| Refusal::File;
    type Expected<'a> = &'a dyn Fn(&str) -> Refusal;
    let table: &[(&str, &str, &str, Expected<'_>)] = &[
        // Cross-site hijacking.
        ("https://evil.example", "localhost:8080", HERE, &stranger),
        ("https://evil.example", "chat.example", FAR, &stranger),
        ("http://evil.example", "192.168.1.5:8080", LAN, &stranger),
        (
            "https://localhost.evil.example",
            "localhost:8080",
            HERE,
            &stranger,
        ),
        (
            "https://chat.example.evil.example",
            "chat.example",
            FAR,
            &stranger,
        ),
        // Another port of the same host is another origin.
        (
            "http://chat.example:3000",
            "chat.example:8080",
            FAR,
            &stranger,
        ),
        ("https://chat.example", "chat.example:8080", FAR, &stranger),
        ("https://chat.example:8443", "chat.example", FAR, &stranger),
        // No Host, or none to speak of.
        ("https://chat.example", "", FAR, &stranger),
        ("https://chat.example", "chat.example/", FAR, &stranger),
        // Only pages that came over HTTP are served by this machine.
        ("capacitor://localhost", "chat.example", FAR, &stranger),
        (
            "chrome-extension://abcdef",
            "localhost:8080",
            HERE,
            &stranger,
        ),
        // The name of a stranger that points here.
        (
            "http://evil.example:8080",
            "evil.example:8080",
            HERE,
            &rebinding,
        ),
        ("http://evil.example", "evil.example", HERE_6, &rebinding),
        (
            "http://evil.example.",
            "evil.example.",
            HERE_MAPPED,
            &rebinding,
        ),
        // From a file, but not on this machine or not addressed as such: behind a proxy here, say.
        ("null", "localhost:8080", FAR, &file),
        ("null", "chat.example", HERE, &file),
        ("null", "evil.example:8080", HERE, &file),
        ("null", "", HERE, &file),
        ("file://", "chat.example", FAR, &file),
        // Not an origin.
        ("localhost", "localhost:8080", HERE, &malformed),
        (
            "http://localhost http://evil.example",
            "localhost:8080",
            HERE,
            &malformed,
        ),
        (
            "http://localhost@evil.example",
            "localhost:8080",
            HERE,
            &malformed,
        ),
        ("http://localhost/", "localhost:8080", HERE, &malformed),
    ];
    for (origin, host, peer, expected) in table {
        let expected = Refused(expected(origin));
        assert_eq!(
            decide(&[], origin, host, peer),
            expected,
            "{origin} {host} {peer}"
        );
    }
}

#[test]
fn an_option_admits_more_and_never_less() {
    let allowed = [
        "https://app.example",
        "https://*.example.org",
        "http://chat.example",
    ];
    let table = [
        ("https://app.example", "chat.example", FAR, Allowed),
        ("https://www.example.org", "chat.example", FAR, Allowed),
        ("http://chat.example", "chat.example", HERE, Allowed),
        ("http://localhost:3000", "chat.example", FAR, Loopback),
        ("https://chat.example", "chat.example", FAR, SameHost),
        ("null", "localhost:8080", HERE, File),
    ];
    for (origin, host, peer, expected) in table {
        let decision = decide(&allowed, origin, host, peer);
        assert_eq!(decision, Welcomed(expected), "{origin} {host} {peer}");
    }
    let refused = decide(&allowed, "https://evil.example", "chat.example", FAR);
    assert_eq!(
        refused,
        Refused(Refusal::Stranger("https://evil.example".to_owned()))
    );
    assert_eq!(
        decide(&["null"], "null", "chat.example", FAR),
        Welcomed(Allowed)
    );
    assert_eq!(
        decide(&["*"], "whatever, they say", "chat.example", FAR),
        Welcomed(Allowed)
    );
}

#[test]
fn bytes_that_are_not_text_are_not_an_origin() {
    let policy = OriginPolicy::default();
    let origin = HeaderValue::from_bytes(b"http://localhost\xff").unwrap();
    let decision = policy.decide(Some(&origin), None, HERE.parse().unwrap());
    assert_eq!(decision, Refused(Refusal::Malformed));
}

#[test]
fn a_refusal_says_what_would_admit_the_page() {
    let Refused(refusal) = decide(&[], "https://app.example", "chat.example", FAR) else {
        panic!("a stranger is welcome");
    };
    let text = "origin https://app.example is not welcome here; \
                --allow-origin https://app.example would admit it";
    assert_eq!(refusal.to_string(), text);
}

#[test]
fn a_wrong_option_is_named() {
    let wrong = OriginPolicy::new(["https://a.example", "b.example"]).unwrap_err();
    assert_eq!(wrong, PatternError::NoScheme("b.example".to_owned()));
}
