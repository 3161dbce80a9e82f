//! Where to talk: which server, and which room of it.

use anyhow::{Context as _, bail, ensure};
use chat::RoomName;
use engine::Namespace;
use http::Uri;
use percent_encoding::percent_decode_str;

/// The room at an address that names none.
const DEFAULT_ROOM: &str = "general";

/// A room of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) is_secure: bool,
    /// As a certificate names it: an IPv6 address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// As the `Host` header names it.
    pub(crate) authority: String,
    pub(crate) room: RoomName,
}

impl Place {
    /// The room of this name at the server of `url`; or where `room` is the
    /// address of a room's page, as one copies it from a browser, that one.
    pub(crate) fn parse(url: &str, room: &str) -> anyhow::Result<Self> {
        if room.contains("://") {
            let address: Uri = address(room)?;
            let name = room_at(&address).with_context(|| {
                format!("no room is at {room}; expected http://HOST/rooms/NAME")
            })?;
            return Self::at(&address, &name);
        }
        Self::at(&address(url)?, room)
    }

    /// The channel that the room is.
    pub(crate) fn channel(&self) -> String {
        self.room.channel(Namespace::Room).as_str().to_owned()
    }

    /// The server, for people.
    pub(crate) fn server(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }

    fn at(address: &Uri, room: &str) -> anyhow::Result<Self> {
        let is_secure = matches!(address.scheme_str(), Some("https" | "wss"));
        let host = address.host().unwrap_or_default();
        let port = address.port_u16();
        Ok(Self {
            is_secure,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.unwrap_or(if is_secure { 443 } else { 80 }),
            authority: match port {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            },
            room: RoomName::parse(room)?,
        })
    }
}

fn address(text: &str) -> anyhow::Result<Uri> {
    let expected = "expected such as http://localhost:8080 or https://chat.example.org";
    let address: Uri = text
        .parse()
        .with_context(|| format!("{text:?} is no address of a server; {expected}"))?;
    ensure!(
        matches!(address.scheme_str(), Some("http" | "https" | "ws" | "wss")),
        "{text:?} is no address of a server; {expected}"
    );
    let authority = address
        .authority()
        .map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        bail!("{text:?} holds a user's name, which no server here asks for; {expected}");
    }
    Ok(address)
}

/// The room whose page is at an address.
fn room_at(address: &Uri) -> Option<String> {
    let path = address.path();
    if path == "/" {
        return Some(DEFAULT_ROOM.to_owned());
    }
    let name = path.strip_prefix("/rooms/")?.trim_end_matches('/');
    Some(percent_decode_str(name).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str, room: &str) -> String {
        match Place::parse(url, room) {
            Ok(place) => format!(
                "{} {} {} {} {}",
                place.server(),
                place.host,
                place.port,
                place.authority,
                place.channel()
            ),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn a_room_is_at_a_server_or_at_an_address_of_its_own() {
        for (url, room, expected) in [
            (
                "http://localhost:8080",
                "tea",
                "http://localhost:8080 localhost 8080 localhost:8080 room:tea",
            ),
            (
                "wss://chat.example.org/",
                "fe\u{302}te",
                "https://chat.example.org chat.example.org 443 chat.example.org room:fête",
            ),
            (
                "http://[::1]:80",
                "a",
                "http://[::1]:80 ::1 80 [::1]:80 room:a",
            ),
            (
                "http://unused",
                "https://h.example/rooms/f%C3%AAte/",
                "https://h.example h.example 443 h.example room:fête",
            ),
            (
                "http://unused",
                "http://h.example:81",
                "http://h.example:81 h.example 81 h.example:81 room:general",
            ),
        ] {
            assert_eq!(shown(url, room), expected);
        }
    }

    #[test]
    fn what_is_no_place_is_answered_with_what_is_expected() {
        for (url, room, expected) in [
            ("localhost:8080", "tea", "no address of a server; expected"),
            ("", "tea", "no address of a server"),
            ("ftp://h", "tea", "no address of a server"),
            ("http://me@h", "tea", "a user's name"),
            ("http://h", "a/b", "holds '/'"),
            ("http://h", "", "the room has no name"),
            ("http://h", "http://h/about", "no room is at http://h/about"),
            ("http://h", "http://h/rooms/a%20b", "holds ' '"),
        ] {
            let shown = shown(url, room);
            assert!(shown.contains(expected), "{url} {room}: {shown}");
        }
    }
}
