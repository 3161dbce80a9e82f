//! Who is in a channel by a plain WebSocket. Such a guest has no id, but may
//! have a name: the one in its URL, else the one under which it spoke last.
//!
//! Names are counted, not connections listed: whoever has no name costs a
//! number, nobody is told who comes and goes, and who wants to know asks. So
//! ten thousand that come back are ten thousand steps, whatever else is here.
//! The list is bounded; who finds it full is counted as one more.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Names that a channel lists.
pub const GUEST_NAMES_MAX: usize = 200;

/// The guests of one channel.
#[derive(Debug, Default)]
pub(crate) struct Guests {
    /// How many bear each name; told in this order.
    names: BTreeMap<Arc<str>, usize>,
    n_nameless: usize,
    n_unlisted: usize,
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
