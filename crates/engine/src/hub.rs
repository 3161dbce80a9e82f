//! A shard's own register: which of its connections are members of what.
//!
//! A hub belongs to one shard alone, so joining, leaving and looking up need
//! no lock; the [`Engine`] hears of a channel only when the shard's first
//! member joins and when its last one leaves.

use std::collections::HashMap;
use std::sync::Arc;

use slab::Slab;

use crate::channel::{Channel, News};
use crate::engine::Engine;
use crate::format::Format;
use crate::log::LogError;
use crate::name::ChannelName;
use crate::publication::Publication;
use crate::shards::ShardId;

/// One connection's membership in one channel.
///
/// The wire format is kept beside the position, where a delivery has it at
/// hand.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The connection, by the number that its shard gave it.
    pub connection: u32,
    /// How it wants to be written to.
    pub format: Format,
    /// The offset up to which it has heard everything that it is to hear.
    pub position: u64,
    /// Whether it hears what is published; if not it is still catching up,
    /// and will find it when it gets there.
    pub is_live: bool,
}

/// What a member that is behind needs next.
#[derive(Debug)]
pub enum CatchUp {
    /// These publications; after them it is live.
    Rest(Vec<Arc<Publication>>),
    /// What the log holds after this offset.
    Read {
        /// The channel of which to read.
        channel: Arc<Channel>,
        /// The offset after which to read.
        after: u64,
    },
}

/// Where a member sits: it is found again without a search.
///
/// A seat changes when somebody before it leaves; see [`Hub::leave`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    table: u32,
    index: u32,
}

/// A member that has a new seat because somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Whose seat it is.
    pub connection: u32,
    /// The seat that it had.
    pub from: Seat,
    /// The seat that it has.
    pub to: Seat,
}

/// The members of all channels on one shard.
#[derive(Debug)]
pub struct Hub {
    shard: ShardId,
    tables: Slab<Table>,
    by_name: HashMap<ChannelName, u32>,
    by_number: HashMap<u64, u32>,
    /// Channels of whose guests this shard has promised to tell.
    promised: Vec<Arc<Channel>>,
}

/// A channel as one shard sees it.
#[derive(Debug)]
struct Table {
    channel: Arc<Channel>,
    members: Vec<Member>,
}

impl Hub {
    /// The empty hub of a shard.
    #[must_use]
    pub fn new(shard: ShardId) -> Self {
        Self {
            shard,
            tables: Slab::new(),
            by_name: HashMap::new(),
            by_number: HashMap::new(),
            promised: Vec::new(),
        }
    }

    /// Makes a connection a member of a channel.
    ///
    /// It hears what is published from now on: its position is the channel's
    /// top offset, so that what waits in a mailbox already is not for it.
    ///
    /// # Errors
    /// If the log cannot say how far a durable channel has come.
    pub fn join(
        &mut self,
        engine: &Engine,
        name: &ChannelName,
        connection: u32,
        format: Format,
    ) -> Result<Seat, LogError> {
        let table = match self.by_name.get(name) {
            Some(&table) => table,
            None => self.open(engine, name)?,
        };
        let Table { channel, members } = &mut self.tables[table as usize];
        members.push(Member {
            connection,
            format,
            position: channel.top_offset(),
            is_live: true,
        });
        let index = members.len() as u32 - 1;
        Ok(Seat { table, index })
    }

    fn open(&mut self, engine: &Engine, name: &ChannelName) -> Result<u32, LogError> {
        let channel = engine.join(name, self.shard)?;
        let number = channel.number();
        let table = self.tables.insert(Table {
            channel,
            members: Vec::new(),
        }) as u32;
        self.by_name.insert(name.clone(), table);
        self.by_number.insert(number, table);
        Ok(table)
    }

    /// Ends a membership. The last member of the channel takes the seat that
    /// is free now; its connection has to be told.
    pub fn leave(&mut self, engine: &Engine, seat: Seat) -> Option<Moved> {
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
        let index = members.len() as u32;
        let moved = members.get(seat.index as usize)?;
        Some(Moved {
            connection: moved.connection,
            from: Seat { index, ..seat },
            to: seat,
        })
    }

    /// Puts a member back to an offset that it has heard; it is not live until
    /// it has caught up.
    pub fn put_back(&mut self, seat: Seat, offset: u64) {
        let member = self.member_mut(seat);
        member.position = offset;
        member.is_live = false;
    }

    /// Takes a member that is behind a step further: if all that it misses is
    /// at hand it is live from now on, in the same moment.
    pub fn catch_up(&mut self, seat: Seat) -> CatchUp {
        let Table { channel, members } = &mut self.tables[seat.table as usize];
        let member = &mut members[seat.index as usize];
        match channel.tail_after(member.position) {
            (Some(rest), top_offset) => {
                member.position = top_offset;
                member.is_live = true;
                CatchUp::Rest(rest)
            }
            (None, _) => CatchUp::Read {
                channel: Arc::clone(channel),
                after: member.position,
            },
        }
    }

    /// One member's state.
    pub fn member_mut(&mut self, seat: Seat) -> &mut Member {
        &mut self.tables[seat.table as usize].members[seat.index as usize]
    }

    /// The channel in which somebody sits.
    #[must_use]
    pub fn channel(&self, seat: Seat) -> &Arc<Channel> {
        &self.tables[seat.table as usize].channel
    }

    /// Takes note of what has changed among a channel's guests.
    pub(crate) fn heard(&mut self, channel: &Arc<Channel>, news: News) {
        if news == News::ToPromise {
            self.promised.push(Arc::clone(channel));
        }
    }

    /// Whether this shard has to tell of guests: see
    /// [`Node::tell_guests`](crate::Node::tell_guests).
    #[must_use]
    pub fn has_promised(&self) -> bool {
        !self.promised.is_empty()
    }

    /// Keeps those promises that `tell` does not keep.
    pub(crate) fn keep_promises(&mut self, mut tell: impl FnMut(&Arc<Channel>) -> bool) {
        self.promised.retain(|channel| !tell(channel));
    }

    /// How many members the channel with this number has.
    #[must_use]
    pub fn n_members(&self, channel: u64) -> usize {
        let table = self.by_number.get(&channel);
        table.map_or(0, |&table| self.tables[table as usize].members.len())
    }

    /// The members of the channel with this number; none if the last one left
    /// while a publication was on its way.
    pub fn members_mut(&mut self, channel: u64) -> &mut [Member] {
        match self.by_number.get(&channel) {
            Some(&table) => &mut self.tables[table as usize].members,
            None => &mut [],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Dialect;
    use crate::log::{Entry, MemoryLog};
    use crate::name::Namespace;
    use crate::testing::{Told, commit_all, origin};

    const FORMAT: Format = Format {
        dialect: Dialect::Plain,
        deflated: false,
    };

    fn name(name: &str) -> ChannelName {
        ChannelName::new(Namespace::Room, name).unwrap()
    }

    fn empty() -> (Engine, Hub) {
        let engine = Engine::new(Arc::new(MemoryLog::new(1)));
        (engine, Hub::new(ShardId(0)))
    }

    fn join(engine: &Engine, hub: &mut Hub, room: &str, connection: u32) -> Seat {
        hub.join(engine, &name(room), connection, FORMAT).unwrap()
    }

    fn members(hub: &mut Hub, seat: Seat) -> Vec<u32> {
        let number = hub.channel(seat).number();
        let members = hub.members_mut(number).iter();
        members.map(|member| member.connection).collect()
    }

    #[test]
    fn who_leaves_gives_its_seat_to_the_last_one() {
        let (engine, mut hub) = empty();
        let seats: Vec<_> = (10..13)
            .map(|n| join(&engine, &mut hub, "tea", n))
            .collect();
        let moved = hub.leave(&engine, seats[0]).unwrap();
        let expected = Moved {
            connection: 12,
            from: seats[2],
            to: seats[0],
        };
        assert_eq!(moved, expected);
        assert_eq!(members(&mut hub, seats[0]), [12, 11]);
        assert_eq!(
            hub.leave(&engine, seats[1]),
            None,
            "the last seat is nobody's to take"
        );
        assert_eq!(hub.leave(&engine, seats[0]), None);
        assert_eq!(engine.n_channels(), 0);
    }

    #[test]
    fn channels_do_not_mix() {
        let (engine, mut hub) = empty();
        let tea = join(&engine, &mut hub, "tea", 1);
        let milk = join(&engine, &mut hub, "milk", 2);
        assert_eq!(members(&mut hub, tea), [1]);
        assert_eq!(members(&mut hub, milk), [2]);
        assert_eq!(hub.members_mut(99).len(), 0);
    }

    #[test]
    fn a_room_that_empties_gives_its_memory_back() {
        let (engine, mut hub) = empty();
        let seats: Vec<_> = (0..1000)
            .map(|n| join(&engine, &mut hub, "tea", n))
            .collect();
        for seat in seats[10..].iter().rev() {
            hub.leave(&engine, *seat);
        }
        assert!(hub.tables[0].members.capacity() <= 40);
    }

    #[test]
    fn who_is_behind_gets_the_rest_and_is_live_in_one_step() {
        let (engine, mut hub) = empty();
        let told = Told::default();
        let seat = join(&engine, &mut hub, "tea", 1);
        let channel = Arc::clone(hub.channel(seat));
        for n in 0..crate::TAIL_PUBLICATIONS_MAX as u64 + 1 {
            let entry = Entry {
                channel: "room:tea".into(),
                id: n.to_string().into(),
                time_ms: n,
                data: "{}".into(),
                info: None,
                target: None,
            };
            engine.commits().submit(&channel, entry, origin(1));
        }
        commit_all(&engine, &told);

        hub.put_back(seat, 0);
        assert!(!hub.member_mut(seat).is_live);
        match hub.catch_up(seat) {
            CatchUp::Read { after, .. } => assert_eq!(after, 0),
            CatchUp::Rest(_) => panic!("the first publication is no longer in the tail"),
        }
        hub.put_back(seat, 1);
        match hub.catch_up(seat) {
            CatchUp::Rest(rest) => assert_eq!(rest.len(), crate::TAIL_PUBLICATIONS_MAX),
            CatchUp::Read { .. } => panic!("the rest is in the tail"),
        }
        assert!(hub.member_mut(seat).is_live);
        assert_eq!(hub.member_mut(seat).position, channel.top_offset());
    }
}
