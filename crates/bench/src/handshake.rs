//! The client's side of the opening handshake (RFC 6455 §4.1).

use std::fmt::Write as _;

use websocket::{HANDSHAKE_VERSION, HandshakeKey};

use crate::mark::fill_number;
use crate::target::Target;

/// Bytes of an answer's head; more is none.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// The key of a connection. It need not be kept: it is made from the number.
fn key(number: usize) -> HandshakeKey {
    let mut bytes = *b"palabre bench 00";
    bytes[8..].copy_from_slice(&(number as u64).to_be_bytes());
    HandshakeKey::from_random(bytes)
}

/// What the connection with this number asks for.
pub(crate) fn request(target: &Target, headers: &[String], number: usize) -> Vec<u8> {
    let path = fill_number(&target.path, number);
    let key = key(number);
    let key = String::from_utf8_lossy(key.as_bytes());
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: {HANDSHAKE_VERSION}\r\nSec-WebSocket-Key: {key}\r\n",
        target.authority
    );
    for header in headers {
        let _ = write!(request, "{header}\r\n");
    }
    request.push_str("\r\n");
    request.into_bytes()
}

/// How many bytes the answer's head has; `None` while it is incomplete.
///
/// # Errors
/// If the server does not agree, with what it said.
pub(crate) fn response(received: &[u8], number: usize) -> Result<Option<usize>, String> {
    let Some(end) = memchr::memmem::find(received, b"\r\n\r\n") else {
        return match received.len() {
            0..HEAD_BYTES_MAX => Ok(None),
            _ => Err("the server answers the handshake with something endless".to_owned()),
        };
    };
    let head = String::from_utf8_lossy(&received[..end]);
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("101") {
        let body = String::from_utf8_lossy(&received[end + 4..]);
        let body = body.lines().next().unwrap_or_default();
        return Err(format!("the server refuses the handshake: {status} {body}")
            .trim()
            .to_owned());
    }
    let accept = lines
        .filter_map(|line| line.split_once(':'))
        .find_map(|(name, value)| {
            name.eq_ignore_ascii_case("Sec-WebSocket-Accept")
                .then(|| value.trim())
        });
    match accept {
        Some(accept) if accept.as_bytes() == key(number).accept() => Ok(Some(end + 4)),
        _ => Err("the server's Sec-WebSocket-Accept is not for our key".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(number: usize) -> String {
        let accept = key(number).accept();
        let accept = String::from_utf8_lossy(&accept);
        format!("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {accept}\r\n\r\n")
    }

    #[test]
    fn the_answer_to_our_key_is_taken_and_no_other() {
        let fine = answer(7);
        assert_eq!(
            response(format!("{fine}more").as_bytes(), 7),
            Ok(Some(fine.len()))
        );
        assert_eq!(response(&fine.as_bytes()[..fine.len() - 1], 7), Ok(None));
        for (wrong, expected) in [
            (answer(8), "not for our key"),
            ("HTTP/1.1 101 Fine\r\n\r\n".to_owned(), "not for our key"),
            (
                "HTTP/1.1 403 Forbidden\r\n\r\nno pages".to_owned(),
                "403 Forbidden no pages",
            ),
            ("x".repeat(HEAD_BYTES_MAX), "endless"),
        ] {
            let error = response(wrong.as_bytes(), 7).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_request_names_the_number_and_more_headers() {
        let target = Target::new("ws://127.0.0.1:1/rooms/{n}", false).unwrap();
        let request = request(&target, &["X-A: b".to_owned()], 3);
        let request = String::from_utf8(request).unwrap();
        assert!(request.starts_with("GET /rooms/3 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n"));
        assert!(request.ends_with("\r\nX-A: b\r\n\r\n"), "{request}");
    }
}
