//! The opening handshake (RFC 6455 §4.2): who may come in, and what with.
//!
//! ```text
//! GET /rooms/tea?name=L%C3%A9a HTTP/1.1        HTTP/1.1 101 Switching Protocols
//! Host: localhost:8080                         Upgrade: websocket
//! Upgrade: websocket                     ──▶   Connection: Upgrade
//! Connection: Upgrade                          Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//! Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
//! Sec-WebSocket-Version: 13
//! ```

use std::net::SocketAddr;

use bytes::Bytes;
use chat::SenderName;
use engine::{ChannelName, Start};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::Full;
use protocol::Language;
use websocket::{DeflateAgreement, HandshakeKey, WindowBits};

use super::routes::text;
use crate::origin::{Decision, OriginPolicy};

/// What a handshake asked for and got.
#[derive(Debug)]
pub(crate) struct Welcome {
    /// The answer, as it looks on the wire; the shard sends it.
    pub(crate) greeting: Bytes,
    pub(crate) target: Target,
    pub(crate) language: Language,
    pub(crate) deflated: bool,
}

/// What is to be spoken, and where.
#[derive(Debug)]
pub(crate) enum Target {
    /// The plain dialect, in one channel.
    Plain {
        channel: ChannelName,
        name: Option<SenderName>,
        start: Start,
    },
    /// The Centrifuge dialect, which names its channels itself.
    Centrifuge,
}

/// The subprotocol's name for the JSON form of the Centrifuge dialect.
const CENTRIFUGE_JSON: &str = "centrifuge-json";

type Refused = Response<Full<Bytes>>;

/// Whether a request means to become a WebSocket.
pub(super) fn is_asked_for(headers: &HeaderMap) -> bool {
    has_token(headers, header::UPGRADE, "websocket")
}

/// Judges a handshake. An error is the answer to one that is not accepted.
pub(super) fn accept<B>(
    request: &Request<B>,
    target: Target,
    peer: SocketAddr,
    origins: &OriginPolicy,
) -> Result<Welcome, Refused> {
    let headers = request.headers();
    check_form(request)?;
    let subprotocol = subprotocol(headers, &target)?;
    let key = key(headers)?;
    let host = headers.get(header::HOST);
    if let Decision::Refused(why) = origins.decide(headers.get(header::ORIGIN), host, peer.ip()) {
        tracing::info!(%peer, %why, "handshake refused");
        return Err(text(StatusCode::FORBIDDEN, &why.to_string()));
    }
    let extensions = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS);
    let extensions = extensions.iter().map(HeaderValue::as_bytes);
    // Only those with the largest window can share one compressed frame.
    let deflate = DeflateAgreement::negotiate(extensions, WindowBits::MAX);
    Ok(Welcome {
        greeting: switching_protocols(&key, deflate, subprotocol),
        target,
        language: language(headers),
        deflated: deflate.is_some(),
    })
}

/// The answer to a plain request where only a WebSocket makes sense.
pub(super) fn required() -> Response<Full<Bytes>> {
    let mut response = text(
        StatusCode::UPGRADE_REQUIRED,
        "only a WebSocket can be opened here: new WebSocket(…) in JavaScript",
    );
    set(&mut response, header::UPGRADE, "websocket");
    set(&mut response, header::CONNECTION, "Upgrade");
    response
}

fn check_form<B>(request: &Request<B>) -> Result<(), Refused> {
    let headers = request.headers();
    if request.method() != Method::GET {
        let mut response = text(
            StatusCode::METHOD_NOT_ALLOWED,
            "a WebSocket is opened with GET",
        );
        set(&mut response, header::ALLOW, "GET");
        return Err(response);
    }
    if request.version() != Version::HTTP_11 {
        return Err(bad_request("a WebSocket is opened with HTTP/1.1"));
    }
    if !has_token(headers, header::CONNECTION, "upgrade") {
        return Err(bad_request(
            "the header 'Connection: Upgrade' is missing; a proxy in between may have taken it away",
        ));
    }
    if headers
        .get(header::SEC_WEBSOCKET_VERSION)
        .map(HeaderValue::as_bytes)
        != Some(b"13")
    {
        let mut response = text(
            StatusCode::UPGRADE_REQUIRED,
            "the header 'Sec-WebSocket-Version' must be 13",
        );
        set(&mut response, header::SEC_WEBSOCKET_VERSION, "13");
        set(&mut response, header::UPGRADE, "websocket");
        return Err(response);
    }
    Ok(())
}

fn key(headers: &HeaderMap) -> Result<HandshakeKey, Refused> {
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    match (keys.next(), keys.next()) {
        (None, _) => Err(bad_request("the header 'Sec-WebSocket-Key' is missing")),
        (Some(key), None) => HandshakeKey::parse(key.as_bytes()).ok_or_else(|| {
            bad_request("the header 'Sec-WebSocket-Key' must be 16 bytes in base64")
        }),
        (Some(_), Some(_)) => Err(bad_request("the header 'Sec-WebSocket-Key' is there twice")),
    }
}

/// The subprotocol to agree on, if the client offers any.
fn subprotocol(headers: &HeaderMap, target: &Target) -> Result<Option<&'static str>, Refused> {
    if !headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        return Ok(None);
    }
    match target {
        Target::Plain { .. } => Err(bad_request(
            "no subprotocol is spoken here; open the WebSocket without one",
        )),
        Target::Centrifuge
            if has_token(headers, header::SEC_WEBSOCKET_PROTOCOL, CENTRIFUGE_JSON) =>
        {
            Ok(Some(CENTRIFUGE_JSON))
        }
        Target::Centrifuge => Err(bad_request(NOT_JSON)),
    }
}

const NOT_JSON: &str = "only the JSON form of the Centrifuge protocol is spoken here; \
     offer the subprotocol 'centrifuge-json', or none";

/// Refuses the forms of the Centrifuge dialect that a query can ask for and
/// that we do not speak.
pub(super) fn check_format(query: Option<&str>) -> Result<(), Refused> {
    let mut fields = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let is_protobuf = fields
        .any(|(field, value)| matches!(&*field, "format" | "cf_protocol") && value == "protobuf");
    match is_protobuf {
        true => Err(bad_request(NOT_JSON)),
        false => Ok(()),
    }
}

/// What the URL of a plain connection asks for.
///
/// | field | meaning |
/// |---|---|
/// | `name` | who speaks where a message carries no name |
/// | `history` | begin with so many of the last messages |
/// | `since` | begin after this offset; 0 is from the first message on |
pub(super) fn plain<B>(request: &Request<B>, channel: ChannelName) -> Result<Target, Refused> {
    let (mut name, mut is_named) = (None, false);
    let mut start = Start::Now;
    let query = request.uri().query().unwrap_or_default();
    for (field, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*field {
            // Of two names the first counts.
            "name" if !is_named => {
                is_named = true;
                name = SenderName::parse(&value)
                    .map_err(|error| bad_request(&format!("?name=: {error}")))?;
            }
            "history" => start = Start::Last(number("history", &value)?),
            "since" => start = Start::After(number("since", &value)?),
            _ => {}
        }
    }
    Ok(Target::Plain {
        channel,
        name,
        start,
    })
}

fn number(field: &str, value: &str) -> Result<u64, Refused> {
    value
        .parse()
        .map_err(|_| bad_request(&format!("?{field}= must be a whole number, such as 50")))
}

fn language(headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE);
    accepted
        .and_then(|value| value.to_str().ok())
        .map(Language::from_accept)
        .unwrap_or_default()
}

/// The answer is written here and not by the HTTP stack, as a shard sends it.
fn switching_protocols(
    key: &HandshakeKey,
    deflate: Option<DeflateAgreement>,
    subprotocol: Option<&str>,
) -> Bytes {
    let mut head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-accept: {}\r\n",
        key.accept().escape_ascii(),
    );
    if let Some(agreement) = deflate {
        head.push_str(&format!("sec-websocket-extensions: {agreement}\r\n"));
    }
    if let Some(subprotocol) = subprotocol {
        head.push_str(&format!("sec-websocket-protocol: {subprotocol}\r\n"));
    }
    head.push_str("\r\n");
    head.into()
}

fn bad_request(sentence: &str) -> Refused {
    text(StatusCode::BAD_REQUEST, sentence)
}

fn set(response: &mut Response<Full<Bytes>>, name: HeaderName, value: &'static str) {
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
}

/// Whether a header that is a list holds a token, whatever its case.
fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}
