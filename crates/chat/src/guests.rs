//! Who is in a channel by a plain WebSocket, as clients and servers are told.

use bytes::Bytes;
use engine::{ChannelName, GuestList};
use serde::{Deserialize, Serialize};

/// The guests of a channel, to be written as JSON.
#[derive(Debug, Serialize)]
pub struct Guests<'a> {
    guests: Vec<Guest<'a>>,
    /// Those without a name.
    nameless: usize,
    /// Those whose names the list has no room for.
    more: usize,
}

#[derive(Debug, Serialize)]
struct Guest<'a> {
    name: &'a str,
    present: usize,
}

/// What members are told without asking. The channel is named within, for
/// clients that pass on no more than this.
#[derive(Serialize)]
struct News<'a> {
    channel: &'a str,
    #[serde(flatten)]
    guests: Guests<'a>,
}

#[derive(Deserialize)]
struct Asked {
    channel: String,
}

impl<'a> From<&'a GuestList> for Guests<'a> {
    fn from(list: &'a GuestList) -> Self {
        let guests = list.names.iter().map(|(name, present)| Guest {
            name,
            present: *present,
        });
        Self {
            guests: guests.collect(),
            nameless: list.n_nameless,
            more: list.n_unlisted,
        }
    }
}

/// Of which channel one asks, if one does.
pub(crate) fn channel_asked(data: Option<&str>) -> Option<String> {
    let asked: Asked = serde_json::from_str(data?).ok()?;
    Some(asked.channel)
}

/// The answer; where nobody is, the channel need not be there.
pub(crate) fn answer(list: Option<GuestList>) -> Bytes {
    written(&Guests::from(&list.unwrap_or_default()))
}

pub(crate) fn news(channel: &ChannelName, list: &GuestList) -> Bytes {
    let (channel, guests) = (channel.as_str(), list.into());
    written(&News { channel, guests })
}

fn written(told: &impl Serialize) -> Bytes {
    let json = serde_json::to_vec(told);
    json.expect("texts and numbers are JSON").into()
}
