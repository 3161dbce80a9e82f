//! Who is in a channel by a plain WebSocket, as the page lists them.

use bytes::Bytes;
use engine::GuestList;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Asked {
    channel: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    guests: Vec<Guest<'a>>,
    /// Those without a name.
    nameless: usize,
    /// Those whose names the list has no room for.
    more: usize,
}

#[derive(Serialize)]
struct Guest<'a> {
    name: &'a str,
    present: usize,
}

/// Of which channel one asks, if one does.
pub(crate) fn channel_asked(data: Option<&str>) -> Option<String> {
    let asked: Asked = serde_json::from_str(data?).ok()?;
    Some(asked.channel)
}

/// The answer; where nobody is, the channel need not be there.
pub(crate) fn answer(list: Option<GuestList>) -> Bytes {
    let list = list.unwrap_or_default();
    let guests = list.names.iter().map(|(name, present)| Guest {
        name,
        present: *present,
    });
    let answer = Answer {
        guests: guests.collect(),
        nameless: list.n_nameless,
        more: list.n_unlisted,
    };
    let json = serde_json::to_vec(&answer).expect("texts and numbers are JSON");
    json.into()
}
