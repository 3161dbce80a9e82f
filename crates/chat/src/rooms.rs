//! Which rooms are open: the list that the page shows.

use bytes::Bytes;
use engine::{ChannelName, Engine, Namespace, Now};
use serde::Serialize;

/// How many rooms the list names.
pub const ROOMS_MAX: usize = 100;

/// How long a list is good for: each shard makes one of its own at most so
/// often, whatever its clients ask.
pub const ROOMS_AGE_US_MAX: u64 = 1_000_000;

/// A list, and when it was made.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    made: Option<(u64, Bytes)>,
}

#[derive(Serialize)]
struct List<'a> {
    rooms: Vec<Room<'a>>,
}

#[derive(Serialize)]
struct Room<'a> {
    room: &'a str,
    present: usize,
}

impl Rooms {
    /// The public rooms with somebody in them, those with most first.
    pub(crate) fn list(&mut self, engine: &Engine, now: Now) -> Bytes {
        if let Some((made_us, list)) = &self.made
            && now.steady_us.saturating_sub(*made_us) < ROOMS_AGE_US_MAX
        {
            return list.clone();
        }
        let list = Bytes::from(list(&engine.presence_counts(Namespace::Room)));
        self.made = Some((now.steady_us, list.clone()));
        list
    }
}

fn list(counts: &[(ChannelName, usize)]) -> Vec<u8> {
    let mut rooms: Vec<_> = counts
        .iter()
        .filter_map(|(name, present)| {
            let (_, room) = name.as_str().split_once(':')?;
            let present = *present;
            (present > 0 && !is_private(room) && !name.is_guarded())
                .then_some(Room { room, present })
        })
        .collect();
    rooms.sort_unstable_by(|a, b| b.present.cmp(&a.present).then(a.room.cmp(b.room)));
    rooms.truncate(ROOMS_MAX);
    serde_json::to_vec(&List { rooms }).expect("texts and numbers are JSON")
}

/// Whether a room is in no list, as hidden files are on Unix.
fn is_private(room: &str) -> bool {
    room.starts_with('.')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::log::MemoryLog;

    use super::*;

    fn counted(rooms: &[(&str, usize)]) -> String {
        let name = |room| ChannelName::new(Namespace::Room, room).unwrap();
        let counts: Vec<_> = rooms.iter().map(|(room, n)| (name(room), *n)).collect();
        String::from_utf8(list(&counts)).unwrap()
    }

    #[test]
    fn the_list_has_the_public_rooms_with_most_in_them_first() {
        assert_eq!(
            counted(&[("rum", 2), (".k3f9", 9), ("tea", 3), ("b", 2), ("empty", 0)]),
            r#"{"rooms":[{"room":"tea","present":3},{"room":"b","present":2},{"room":"rum","present":2}]}"#
        );
        assert_eq!(counted(&[]), r#"{"rooms":[]}"#);
    }

    #[test]
    fn what_wants_a_token_is_in_no_list() {
        let guarded = ChannelName::guarded(Namespace::Room, "tea").unwrap();
        assert_eq!(list(&[(guarded, 2)]), br#"{"rooms":[]}"#);
    }

    #[test]
    fn the_list_has_a_limit() {
        let names: Vec<_> = (0..=ROOMS_MAX).map(|n| n.to_string()).collect();
        let rooms: Vec<_> = names.iter().map(|name| (&**name, 1)).collect();
        assert_eq!(counted(&rooms).matches("present").count(), ROOMS_MAX);
    }

    #[test]
    fn a_list_is_made_once_a_second() {
        let engine = Engine::new(Arc::new(MemoryLog::new(1)));
        let at = |steady_us| Now {
            steady_us,
            ..Now::default()
        };
        let mut rooms = Rooms {
            made: Some((5, Bytes::from_static(b"old"))),
        };
        assert_eq!(rooms.list(&engine, at(4 + ROOMS_AGE_US_MAX)), "old");
        assert_eq!(
            rooms.list(&engine, at(5 + ROOMS_AGE_US_MAX)),
            r#"{"rooms":[]}"#
        );
    }
}
