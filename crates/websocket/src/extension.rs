//! The agreement on permessage-deflate in the handshake (RFC 7692 §7.1).
//!
//! ```text
//! client  Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, permessage-deflate
//!                                   └─ first offer ──────────────────────────┘  └─ second ──────┘
//! server  Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_…
//! ```
//!
//! A client lists offers, best first, in one header or several. The server
//! takes the first that it understands to the last parameter. It always asks
//! for no context takeover on both sides, which it may whatever was offered
//! (§7.1.1): so the compressor and the inflater can be shared.

use std::borrow::Cow;
use std::fmt;

use crate::WindowBits;

const NAME: &[u8] = b"permessage-deflate";

/// Permessage-deflate as both sides agreed on it, without context takeover on
/// either.
///
/// `Display` gives the server's answer: the value of its
/// `Sec-WebSocket-Extensions` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateAgreement {
    server_max_window_bits: Option<WindowBits>,
}

impl DeflateAgreement {
    /// What a client offers, in its `Sec-WebSocket-Extensions` header.
    pub const OFFER: &str =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    /// The server's choice among the offers in all the client's
    /// `Sec-WebSocket-Extensions` headers; `None` when it takes none, and the
    /// connection goes uncompressed.
    ///
    /// An offer that limits the server's window to less than `window_bits_min`
    /// is declined. With [`WindowBits::MAX`] all receivers have the largest
    /// window, and can share one compressed frame.
    pub fn negotiate<'h>(
        headers: impl IntoIterator<Item = &'h [u8]>,
        window_bits_min: WindowBits,
    ) -> Option<Self> {
        headers
            .into_iter()
            .flat_map(|header| split_unquoted(header, b','))
            .filter_map(Params::parse)
            .find_map(|offer| match offer.server_max_window_bits {
                None => Some(Self {
                    server_max_window_bits: None,
                }),
                Some(bits) => {
                    let bits = WindowBits::new(bits?).filter(|bits| *bits >= window_bits_min)?;
                    Some(Self {
                        server_max_window_bits: Some(bits),
                    })
                }
            })
    }

    /// The client's reading of the server's answer to [`OFFER`](Self::OFFER):
    /// `Ok(None)` when the server declined. After an error the client must
    /// fail the connection (RFC 7692 §5.1).
    pub fn from_response<'h>(
        headers: impl IntoIterator<Item = &'h [u8]>,
    ) -> Result<Option<Self>, InvalidResponse> {
        let mut extensions = headers
            .into_iter()
            .flat_map(|header| split_unquoted(header, b','))
            .filter(|extension| !extension.is_empty());
        let Some(extension) = extensions.next() else {
            return Ok(None);
        };
        let params = Params::parse(extension).ok_or(InvalidResponse)?;
        let accepted = params.server_no_context_takeover && params.client_max_window_bits.is_none();
        if !accepted || extensions.next().is_some() {
            return Err(InvalidResponse);
        }
        // The server's window limits nothing here: any can be inflated.
        Ok(Some(Self {
            server_max_window_bits: None,
        }))
    }

    /// The largest window with which this side may compress.
    pub fn window_bits(&self) -> WindowBits {
        self.server_max_window_bits.unwrap_or(WindowBits::MAX)
    }
}

impl fmt::Display for DeflateAgreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::OFFER)?;
        match self.server_max_window_bits {
            Some(bits) => write!(f, "; server_max_window_bits={}", bits.bits()),
            None => Ok(()),
        }
    }
}

/// A server answered with an extension or a parameter that was not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("server agreed to an extension that was not offered")]
pub struct InvalidResponse;

/// The parameters of one permessage-deflate element.
#[derive(Debug, Default)]
struct Params {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    /// The value may be missing only in `client_max_window_bits`.
    server_max_window_bits: Option<Option<u8>>,
    client_max_window_bits: Option<Option<u8>>,
}

impl Params {
    /// `None` for another extension, and where a parameter is unknown, comes
    /// twice or has an invalid value (RFC 7692 §7.1).
    fn parse(element: &[u8]) -> Option<Self> {
        let mut parts = split_unquoted(element, b';');
        if parts.next()? != NAME {
            return None;
        }
        let mut params = Self::default();
        for part in parts {
            let (name, value) = match part.iter().position(|&byte| byte == b'=') {
                Some(at) => (
                    part[..at].trim_ascii_end(),
                    Some(part[at + 1..].trim_ascii_start()),
                ),
                None => (part, None),
            };
            match (name, value) {
                (b"server_no_context_takeover", None) => {
                    set(&mut params.server_no_context_takeover)?;
                }
                (b"client_no_context_takeover", None) => {
                    set(&mut params.client_no_context_takeover)?;
                }
                (b"server_max_window_bits", Some(_)) => {
                    set_bits(&mut params.server_max_window_bits, value)?;
                }
                (b"client_max_window_bits", _) => {
                    set_bits(&mut params.client_max_window_bits, value)?;
                }
                _ => return None,
            }
        }
        Some(params)
    }
}

fn set(flag: &mut bool) -> Option<()> {
    (!std::mem::replace(flag, true)).then_some(())
}

fn set_bits(bits: &mut Option<Option<u8>>, value: Option<&[u8]>) -> Option<()> {
    let value = match value {
        Some(value) => Some(parse_window_bits(&unquote(value)?)?),
        None => None,
    };
    bits.replace(value).is_none().then_some(())
}

/// 8 to 15, without leading zeros (RFC 7692 §7.1.2).
fn parse_window_bits(value: &[u8]) -> Option<u8> {
    match *value {
        [digit @ b'8'..=b'9'] => Some(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => Some(10 + digit - b'0'),
        _ => None,
    }
}

/// The text of a token or of a quoted string (RFC 9110 §5.6.4).
fn unquote(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    let Some(quoted) = value.strip_prefix(b"\"") else {
        return Some(value.into());
    };
    let mut text = Vec::new();
    let mut bytes = quoted.strip_suffix(b"\"")?.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => text.push(*bytes.next()?),
            b'"' => return None,
            _ => text.push(byte),
        }
    }
    Some(text.into())
}

/// The parts of `list` between `separator`s outside quotes, without the space
/// around them.
fn split_unquoted(list: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    let mut escaped = false;
    list.split(move |&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'"' => quoted = !quoted,
            b'\\' => escaped = quoted,
            _ => {}
        }
        byte == separator && !quoted
    })
    .map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = DeflateAgreement::OFFER;

    /// What the server answers; "" where it declines.
    fn answer(headers: &[&str], window_bits_min: u8) -> String {
        let headers = headers.iter().map(|header| header.as_bytes());
        let window_bits_min = WindowBits::new(window_bits_min).unwrap();
        DeflateAgreement::negotiate(headers, window_bits_min)
            .map(|agreement| agreement.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn an_offer_is_taken_as_a_whole_or_declined() {
        for (offer, expected) in [
            // What browsers send.
            ("permessage-deflate", Some("")),
            ("permessage-deflate; client_max_window_bits", Some("")),
            // Every parameter, and every way to write one.
            (
                "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
                Some(""),
            ),
            ("permessage-deflate; server_max_window_bits=9", Some("9")),
            ("permessage-deflate; server_max_window_bits=15", Some("15")),
            ("permessage-deflate; client_max_window_bits=8", Some("")),
            (
                "permessage-deflate; server_max_window_bits=\"10\"",
                Some("10"),
            ),
            (
                "permessage-deflate; server_max_window_bits=\"1\\0\"",
                Some("10"),
            ),
            (
                "\tpermessage-deflate ;server_max_window_bits = 10 ",
                Some("10"),
            ),
            (", permessage-deflate,", Some("")),
            // A window that the compressor cannot keep to.
            ("permessage-deflate; server_max_window_bits=8", None),
            // Values that are missing, superfluous or wrong.
            ("permessage-deflate; server_max_window_bits", None),
            ("permessage-deflate; server_max_window_bits=", None),
            ("permessage-deflate; server_max_window_bits=7", None),
            ("permessage-deflate; server_max_window_bits=16", None),
            ("permessage-deflate; server_max_window_bits=09", None),
            ("permessage-deflate; server_max_window_bits=+9", None),
            ("permessage-deflate; client_max_window_bits=", None),
            ("permessage-deflate; client_max_window_bits=20", None),
            ("permessage-deflate; client_max_window_bits=\"10", None),
            ("permessage-deflate; client_max_window_bits=\"10\\\"", None),
            ("permessage-deflate; client_max_window_bits=\"1\"0\"", None),
            ("permessage-deflate; server_no_context_takeover=1", None),
            ("permessage-deflate; client_no_context_takeover=true", None),
            // Parameters that are unknown, empty or come twice.
            ("permessage-deflate; mystery", None),
            ("permessage-deflate;", None),
            (
                "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
                None,
            ),
            (
                "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
                None,
            ),
            // No offer at all.
            ("", None),
            ("x-webkit-deflate-frame", None),
            ("permessage-deflate=9", None),
        ] {
            let expected = match expected {
                None => String::new(),
                Some("") => PLAIN.to_owned(),
                Some(bits) => format!("{PLAIN}; server_max_window_bits={bits}"),
            };
            assert_eq!(answer(&[offer], 9), expected, "{offer}");
        }
    }

    #[test]
    fn the_first_offer_that_can_be_taken_wins() {
        let nine = "permessage-deflate; server_max_window_bits=9";
        let ten = "permessage-deflate; server_max_window_bits=10";
        let answer_ten = format!("{PLAIN}; server_max_window_bits=10");
        assert_eq!(
            answer(&["bogus; a=\",\", permessage-deflate; b", "x", ten], 9),
            answer_ten
        );
        assert_eq!(answer(&[&format!("{ten}, {nine}")], 9), answer_ten);
        assert_eq!(answer(&[nine, ten], 10), answer_ten);
        assert_eq!(answer(&[nine, ten, "permessage-deflate"], 15), PLAIN);
        assert_eq!(answer(&[nine, ten], 15), "");
        assert_eq!(answer(&[], 15), "");
    }

    #[test]
    fn a_client_takes_only_what_it_offered() {
        let response = |header: &str| DeflateAgreement::from_response([header.as_bytes()]);
        let agreed = Ok(Some(DeflateAgreement {
            server_max_window_bits: None,
        }));
        assert_eq!(response(""), Ok(None));
        assert_eq!(response(PLAIN), agreed);
        assert_eq!(
            response("permessage-deflate; server_no_context_takeover"),
            agreed
        );
        assert_eq!(
            response(&format!("{PLAIN}; server_max_window_bits=8")),
            agreed
        );
        for header in [
            "permessage-deflate".to_owned(),
            "mystery".to_owned(),
            format!("{PLAIN}, {PLAIN}"),
            format!("{PLAIN}; client_max_window_bits=15"),
            format!("{PLAIN}; mystery"),
        ] {
            assert_eq!(response(&header), Err(InvalidResponse), "{header}");
        }
    }
}
