//! Who is in a channel: by client id those that have one, by name the guests.
//!
//! What happens is told inside the channel's lock, so a join comes before the
//! leave. Of guests a shard tells by itself, once for all that has changed:
//! see [`guests`](crate::guests).

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::{Channel, State};
use crate::guests::{Guest, GuestList};
use crate::node::Now;
use crate::publication::{Data, Fanout};

/// Somebody who is here.
#[derive(Debug, Clone)]
pub struct Present {
    /// The user id.
    pub user: Box<str>,
    /// What others are shown, as JSON.
    pub info: Bytes,
}

/// Whether a change among those without an id is for somebody to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum News {
    /// Nobody wants to know, or another has promised already.
    None,
    /// Whoever made it promises to tell: [`Hub::promise`](crate::Hub).
    ToPromise,
}

impl Channel {
    /// Somebody is here now; those who want to know are told.
    pub fn enter(self: &Arc<Self>, client: Uuid, present: Present, fanout: &dyn Fanout) {
        let mut state = self.lock();
        let info = present.info.clone();
        state.presence.insert(client, present);
        self.fan_out(&state, None, Data::Join(info), fanout);
    }

    /// Somebody is here no more.
    pub fn exit(self: &Arc<Self>, client: Uuid, fanout: &dyn Fanout) {
        let mut state = self.lock();
        if let Some(present) = state.presence.remove(&client) {
            self.fan_out(&state, None, Data::Leave(present.info), fanout);
        }
    }

    /// Who is here: each client's id, and what others are shown of it.
    #[must_use]
    pub fn presence(&self) -> Vec<(Uuid, Bytes)> {
        let state = self.lock();
        let clients = state.presence.iter();
        clients.map(|(id, one)| (*id, one.info.clone())).collect()
    }

    /// Somebody without an id is here now, perhaps with a name.
    pub(crate) fn enter_guest(&self, name: Option<&str>) -> (Guest, News) {
        let mut state = self.lock();
        (state.guests.enter(name), state.guest_news())
    }

    /// Somebody without an id is called otherwise now.
    pub(crate) fn rename_guest(&self, guest: &mut Guest, name: &str) -> News {
        let mut state = self.lock();
        state.guests.exit(guest);
        *guest = state.guests.enter(Some(name));
        state.guest_news()
    }

    /// Somebody without an id is here no more.
    pub(crate) fn exit_guest(&self, guest: &Guest) -> News {
        let mut state = self.lock();
        state.guests.exit(guest);
        state.guest_news()
    }

    /// Tells members who is here without an id, in the words of `say`, unless
    /// it is too soon; returns whether that is done.
    pub(crate) fn tell_guests(
        self: &Arc<Self>,
        now: Now,
        say: impl FnOnce(&GuestList) -> Bytes,
        fanout: &dyn Fanout,
    ) -> bool {
        let mut state = self.lock();
        let Some(list) = state.guests.keep_promise(now.steady()) else {
            return false;
        };
        let json = say(&list);
        let bytes = json.len() * state.presence.len();
        state.guests.rest(now.steady(), bytes);
        self.fan_out(&state, None, Data::Guests(json), fanout);
        true
    }

    /// Who is here without an id.
    #[must_use]
    pub fn guests(&self) -> GuestList {
        self.lock().guests.list()
    }

    /// How many clients are here, and how many users they are. Each of those
    /// without an id counts as a user.
    #[must_use]
    pub fn n_present(&self) -> (usize, usize) {
        let state = self.lock();
        let users: HashSet<&str> = state.presence.values().map(|one| &*one.user).collect();
        let n = state.guests.n();
        (state.presence.len() + n, users.len() + n)
    }
}

impl State {
    /// Where nobody has an id, nobody is told.
    fn guest_news(&mut self) -> News {
        match !self.presence.is_empty() && self.guests.want_promise() {
            true => News::ToPromise,
            false => News::None,
        }
    }
}
