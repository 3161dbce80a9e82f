//! A shard's own register: which of its connections are members of what.
//!
//! A hub belongs to one shard alone, so joining, leaving and looking up need
//! no lock; the [`Engine`] hears of a channel only when the shard's first
//! member joins and when its last one leaves.

use std::collections::HashMap;
use std::sync::Arc;

use slab::Slab;

use crate::channel::Channel;
use crate::engine::{Engine, ShardId};
use crate::name::ChannelName;

/// One connection's membership in one channel.
///
/// `F` is the wire format in which the connection wants its frames; the hub
/// only keeps it, beside the position, where a delivery has it at hand.
#[derive(Debug, Clone, Copy)]
pub struct Member<F> {
    /// The connection, by the number that its shard gave it.
    pub connection: u32,
    /// How it wants to be written to.
    pub format: F,
    /// The offset up to which it has heard everything that it is to hear.
    pub position: u64,
}

/// Where a member sits: it is found again without a search.
///
/// A seat changes when somebody before it leaves; see [`Hub::leave`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    table: u32,
    index: u32,
}

/// The members of all channels on one shard.
#[derive(Debug)]
pub struct Hub<F> {
    shard: ShardId,
    tables: Slab<Table<F>>,
    by_name: HashMap<ChannelName, u32>,
    by_number: HashMap<u64, u32>,
}

/// A channel as one shard sees it.
#[derive(Debug)]
struct Table<F> {
    channel: Arc<Channel>,
    members: Vec<Member<F>>,
}

impl<F> Hub<F> {
    /// The empty hub of a shard.
    #[must_use]
    pub fn new(shard: ShardId) -> Self {
        Self {
            shard,
            tables: Slab::new(),
            by_name: HashMap::new(),
            by_number: HashMap::new(),
        }
    }

    /// Makes a connection a member of a channel.
    ///
    /// It hears what is published from now on: its position is the channel's
    /// top offset, so that what waits in a mailbox already is not for it.
    pub fn join(
        &mut self,
        engine: &Engine,
        name: &ChannelName,
        connection: u32,
        format: F,
    ) -> Seat {
        let table = match self.by_name.get(name) {
            Some(&table) => table,
            None => self.open(engine, name),
        };
        let Table { channel, members } = &mut self.tables[table as usize];
        members.push(Member {
            connection,
            format,
            position: channel.top_offset(),
        });
        Seat {
            table,
            index: members.len() as u32 - 1,
        }
    }

    fn open(&mut self, engine: &Engine, name: &ChannelName) -> u32 {
        let channel = engine.join(name, self.shard);
        let number = channel.number();
        let table = self.tables.insert(Table {
            channel,
            members: Vec::new(),
        }) as u32;
        self.by_name.insert(name.clone(), table);
        self.by_number.insert(number, table);
        table
    }

    /// Ends a membership. The last member of the channel takes the seat that
    /// is free now; its connection is returned, to be told of its new seat,
    /// which is the one that was left.
    pub fn leave(&mut self, engine: &Engine, seat: Seat) -> Option<u32> {
        let Table { channel, members } = &mut self.tables[seat.table as usize];
        members.swap_remove(seat.index as usize);
        if members.is_empty() {
            engine.leave(channel, self.shard);
            self.by_name.remove(channel.name());
            self.by_number.remove(&channel.number());
            self.tables.remove(seat.table as usize);
            return None;
        }
        if members.len() * 4 < members.capacity() {
            members.shrink_to(members.len() * 2);
        }
        members
            .get(seat.index as usize)
            .map(|moved| moved.connection)
    }

    /// The channel in which somebody sits.
    #[must_use]
    pub fn channel(&self, seat: Seat) -> &Arc<Channel> {
        &self.tables[seat.table as usize].channel
    }

    /// The members of the channel with this number; none if the last one left
    /// while a publication was on its way.
    pub fn members_mut(&mut self, channel: u64) -> &mut [Member<F>] {
        match self.by_number.get(&channel) {
            Some(&table) => &mut self.tables[table as usize].members,
            None => &mut [],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Namespace;

    fn name(name: &str) -> ChannelName {
        ChannelName::new(Namespace::Room, name).unwrap()
    }

    fn members(hub: &mut Hub<()>, seat: Seat) -> Vec<u32> {
        let number = hub.channel(seat).number();
        hub.members_mut(number)
            .iter()
            .map(|member| member.connection)
            .collect()
    }

    #[test]
    fn who_leaves_gives_its_seat_to_the_last_one() {
        let (engine, mut hub) = (Engine::new(), Hub::new(ShardId(0)));
        let first = hub.join(&engine, &name("tea"), 10, ());
        let second = hub.join(&engine, &name("tea"), 11, ());
        let third = hub.join(&engine, &name("tea"), 12, ());
        assert_eq!(hub.leave(&engine, first), Some(12));
        assert_eq!(members(&mut hub, first), [12, 11]);
        assert_eq!(
            hub.leave(&engine, second),
            None,
            "the last seat is nobody's to take"
        );
        assert_eq!(hub.leave(&engine, first), None);
        assert_ne!(first, third);
        assert_eq!(engine.n_channels(), 0);
    }

    #[test]
    fn channels_do_not_mix() {
        let (engine, mut hub) = (Engine::new(), Hub::new(ShardId(0)));
        let tea = hub.join(&engine, &name("tea"), 1, ());
        let milk = hub.join(&engine, &name("milk"), 2, ());
        assert_eq!(members(&mut hub, tea), [1]);
        assert_eq!(members(&mut hub, milk), [2]);
        assert_eq!(hub.members_mut(99).len(), 0);
    }

    #[test]
    fn a_room_that_empties_gives_its_memory_back() {
        let (engine, mut hub) = (Engine::new(), Hub::new(ShardId(0)));
        let seats: Vec<_> = (0..1000)
            .map(|n| hub.join(&engine, &name("tea"), n, ()))
            .collect();
        for seat in seats[10..].iter().rev() {
            hub.leave(&engine, *seat);
        }
        assert!(hub.tables[0].members.capacity() <= 40);
    }
}
