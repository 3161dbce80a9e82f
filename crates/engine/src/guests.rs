//! Who is in a channel by a plain WebSocket. Such a guest has no id, but may
//! have a name: the one in its URL, else the one under which it spoke last.
//!
//! Names are counted, not connections listed: whoever has no name costs a
//! number, and nobody is told of each one who comes and goes. So ten thousand
//! that come back are ten thousand steps, whatever else is here. The list is
//! bounded; who finds it full is counted as one more.
//!
//! Those members who want to know are told what has come of it, in a second:
//!
//! ```text
//!            first change           a second, or the rest, is over
//!   quiet ────────────────▶ promised ───────────────────────▶ told: quiet
//!                           │    ▲                            and at rest
//!                           └────┘ more changes
//! ```
//!
//! The shard of the first change promises to tell, so a crowd is told of once.
//! After a list that was long, or for many, the channel rests, 20 seconds at
//! most: what is told in it stays below [`GUESTS_BYTES_PER_SECOND`], but where
//! one list is more than that for all members.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Names that a channel lists.
pub const GUEST_NAMES_MAX: usize = 200;

/// How much a channel tells its members of its guests, all of them together,
/// as long as no list is more than 20 seconds of it.
pub const GUESTS_BYTES_PER_SECOND: usize = 1 << 20;

/// No channel rests for longer.
const REST_MAX: Duration = Duration::from_secs(20);

/// The guests of one channel.
#[derive(Debug, Default)]
pub(crate) struct Guests {
    /// How many bear each name; told in this order.
    names: BTreeMap<Arc<str>, usize>,
    n_nameless: usize,
    n_unlisted: usize,
    /// Whether somebody is about to tell what has changed.
    is_promised: bool,
    /// Nothing is told before.
    rests_until: Duration,
}

/// The name of a guest, if it has one, given back when it goes. It is the one
/// of the list, and no other that reads the same, where the list had room.
pub(crate) type Guest = Option<Arc<str>>;

/// What is told of the guests of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuestList {
    /// How many bear each name, by name.
    pub names: Vec<(Arc<str>, usize)>,
    /// How many have none.
    pub n_nameless: usize,
    /// How many have one for which the list has no room.
    pub n_unlisted: usize,
}

impl Guests {
    /// Counts one in.
    pub(crate) fn enter(&mut self, name: Option<&str>) -> Guest {
        let Some(name) = name else {
            self.n_nameless += 1;
            return None;
        };
        let known = self.names.get_key_value(name).map(|(known, _)| known);
        let name = known.map_or_else(|| name.into(), Arc::clone);
        match known.is_some() || self.names.len() < GUEST_NAMES_MAX {
            true => *self.names.entry(Arc::clone(&name)).or_default() += 1,
            false => self.n_unlisted += 1,
        }
        Some(name)
    }

    /// Counts one out.
    pub(crate) fn exit(&mut self, guest: &Guest) {
        let Some(name) = guest else {
            self.n_nameless -= 1;
            return;
        };
        let listed = self.names.get_key_value(name);
        if !listed.is_some_and(|(known, _)| Arc::ptr_eq(known, name)) {
            self.n_unlisted -= 1;
        } else if let Some(n) = self.names.get_mut(name).filter(|n| **n > 1) {
            *n -= 1;
        } else {
            self.names.remove(name);
        }
    }

    /// Whether somebody has to promise now that what has changed will be told.
    pub(crate) fn want_promise(&mut self) -> bool {
        !std::mem::replace(&mut self.is_promised, true)
    }

    /// The list, if it is time to keep the promise.
    pub(crate) fn keep_promise(&mut self, now: Duration) -> Option<GuestList> {
        if now < self.rests_until {
            return None;
        }
        self.is_promised = false;
        Some(self.list())
    }

    /// So much was told.
    pub(crate) fn rest(&mut self, now: Duration, bytes: usize) {
        let rest = Duration::from_secs_f64(bytes as f64 / GUESTS_BYTES_PER_SECOND as f64);
        self.rests_until = now + rest.min(REST_MAX);
    }

    /// How many there are.
    pub(crate) fn n(&self) -> usize {
        self.names.values().sum::<usize>() + self.n_nameless + self.n_unlisted
    }

    pub(crate) fn list(&self) -> GuestList {
        let names = self.names.iter().map(|(name, n)| (Arc::clone(name), *n));
        GuestList {
            names: names.collect(),
            n_nameless: self.n_nameless,
            n_unlisted: self.n_unlisted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(guests: &Guests) -> String {
        let list = guests.list();
        let names: Vec<_> = list
            .names
            .iter()
            .map(|(n, of)| format!("{n} {of}"))
            .collect();
        format!(
            "{} + {} + {}",
            names.join(", "),
            list.n_nameless,
            list.n_unlisted
        )
    }

    #[test]
    fn names_are_counted_in_and_out() {
        let mut guests = Guests::default();
        let all: Vec<_> = [Some("Mo"), None, Some("Léa"), Some("Mo")]
            .into_iter()
            .map(|name| guests.enter(name))
            .collect();
        assert_eq!(told(&guests), "Léa 1, Mo 2 + 1 + 0");
        assert_eq!(guests.n(), 4);
        guests.exit(&all[0]);
        guests.exit(&all[1]);
        assert_eq!(told(&guests), "Léa 1, Mo 1 + 0 + 0");
        for guest in &all[2..] {
            guests.exit(guest);
        }
        assert_eq!(guests.list(), GuestList::default());
        assert_eq!(guests.n(), 0);
    }

    #[test]
    fn a_crowd_is_told_of_once_and_a_long_list_seldom() {
        let mut guests = Guests::default();
        let second = Duration::from_secs;
        assert!(guests.want_promise());
        assert!(!guests.want_promise());
        guests.enter(Some("Mo"));
        assert_eq!(guests.keep_promise(second(1)), Some(guests.list()));
        guests.rest(second(1), 4 * GUESTS_BYTES_PER_SECOND);
        assert!(guests.want_promise());
        assert_eq!(guests.keep_promise(second(4)), None);
        assert!(!guests.want_promise());
        assert!(guests.keep_promise(second(5)).is_some());
        guests.rest(second(5), usize::MAX);
        assert!(guests.keep_promise(second(5) + REST_MAX).is_some());
    }

    #[test]
    fn who_finds_the_list_full_is_one_more_and_goes_as_it_came() {
        let mut guests = Guests::default();
        let first = guests.enter(Some("0"));
        for n in 1..GUEST_NAMES_MAX {
            guests.enter(Some(&n.to_string()));
        }
        let late = guests.enter(Some("late"));
        let again = guests.enter(Some("1"));
        assert_eq!(
            (guests.n(), guests.list().n_unlisted),
            (GUEST_NAMES_MAX + 2, 1)
        );
        guests.exit(&again);
        guests.exit(&first);
        // There is room now: another of the same name is listed, and stays.
        guests.enter(Some("late"));
        guests.exit(&late);
        assert_eq!(guests.list().names.last(), Some(&("late".into(), 1)));
        assert_eq!((guests.n(), guests.list().n_unlisted), (GUEST_NAMES_MAX, 0));
    }
}
