//! The channels of a world: rooms always, feeds and live channels in some.

use engine::{ChannelName, GUARDED, Namespace};

use crate::chance::Chance;

/// All channels, by what is kept of them.
#[derive(Debug)]
pub(crate) struct Channels {
    pub(crate) rooms: Vec<Box<str>>,
    pub(crate) feeds: Vec<Box<str>>,
    pub(crate) lives: Vec<Box<str>>,
}

impl Channels {
    /// Where there are tokens, some channels want one.
    pub(crate) fn draw(has_tokens: bool, chance: &mut Chance) -> Self {
        let mut draw = |stem, least| {
            let mut all = named(stem, least + chance.below(3));
            if has_tokens && chance.one_in(2) {
                all.push(format!("{GUARDED}{stem}").into());
            }
            all
        };
        Self {
            rooms: draw("room:r", 1),
            feeds: draw("feed:f", 0),
            lives: draw("live:l", 0),
        }
    }

    /// The rooms that want no token.
    pub(crate) fn open_rooms(&self) -> Vec<Box<str>> {
        let rooms = self.rooms.iter().filter(|room| !is_guarded(room));
        rooms.cloned().collect()
    }

    /// Where one may be by a plain WebSocket.
    pub(crate) fn open(&self) -> Vec<Box<str>> {
        let lives = self.lives.iter().filter(|live| !is_guarded(live));
        self.open_rooms()
            .into_iter()
            .chain(lives.cloned())
            .collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Box<str>> {
        self.rooms.iter().chain(&self.feeds).chain(&self.lives)
    }

    /// Those that somebody follows: at least one room.
    pub(crate) fn some(&self, chance: &mut Chance) -> Vec<Box<str>> {
        let mut some = self.rooms.clone();
        let n = some.len() as u64;
        some.rotate_left(chance.below(n) as usize);
        some.truncate(1 + chance.below(n) as usize);
        let others = self.feeds.iter().chain(&self.lives);
        some.extend(others.filter(|_| chance.one_in(2)).cloned());
        some
    }
}

fn named(stem: &str, n: u64) -> Vec<Box<str>> {
    (0..n).map(|n| format!("{stem}{n}").into()).collect()
}

/// Whether only those with a token may follow it.
pub(crate) fn is_guarded(channel: &str) -> bool {
    channel.starts_with(GUARDED)
}

/// What the engine calls a channel.
pub(crate) fn name_of(channel: &str) -> ChannelName {
    let unmarked = channel.strip_prefix(GUARDED).unwrap_or(channel);
    let (namespace, name) = unmarked.split_once(':').unwrap_or_default();
    let namespaces = Namespace::ALL;
    let namespace = namespaces
        .into_iter()
        .find(|one| one.as_str() == namespace)
        .expect("channels are named here");
    let name = match unmarked == channel {
        true => ChannelName::new(namespace, name),
        false => ChannelName::guarded(namespace, name),
    };
    name.expect("a short name is one")
}
