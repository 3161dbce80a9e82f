//! From a turn's publications to those who are to hear them.
//!
//! A turn's publications are put together by channel, and those of a channel
//! into one batch for each wire format. Nearly every member takes the whole
//! batch; the frames are only picked one by one for a member that joined among
//! them, or sent some of them.
//!
//! Whoever can get nothing else in this turn is written to on the spot, from
//! the batch itself: its socket is at hand, and coming back to it later would
//! bring it into the cache a second time. All others are written to at the end
//! of the turn, as their outboxes gather the batches of several channels.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use engine::{Data, Dialect, Format, Member, ShardId};
use slab::Slab;
use websocket::Deflater;

use super::connection::Connection;
use super::desk::Desk;
use crate::delivery::Delivery;

/// Queues each delivery for the members of its channel, in its order. Those of
/// a channel stand together; small channels come first, so that they do not
/// wait until a big one is written. Returns how many members the biggest has.
pub(super) fn fan_out(
    deliveries: &[Arc<Delivery>],
    desk: &mut Desk,
    connections: &mut Slab<Box<Connection>>,
) -> usize {
    let mut runs: Vec<_> = deliveries.chunk_by(is_same_channel).collect();
    let n_members = |run: &&[Arc<Delivery>]| desk.node.hub.n_members(channel(&run[0]));
    runs.sort_by_key(n_members);
    let n_members_max = runs.last().map_or(0, n_members);
    let is_only_run = runs.len() == 1;
    let (mut n_sent, mut bytes_sent) = (0, 0);
    for run in runs {
        let mut batch = Batch::new(run, desk.node.shard);
        for member in desk.node.hub.members_mut(channel(&run[0])) {
            if !member.is_live {
                continue;
            }
            let connection = &mut connections[member.connection as usize];
            if batch.is_whole_for(member) {
                let frames = batch.whole(member.format, &mut desk.deflater);
                n_sent += run.len();
                bytes_sent += frames.len();
                // Who speaks the plain dialect is in one channel alone.
                if is_only_run || member.format.dialect == Dialect::Plain {
                    connection.deliver_now(frames, &mut desk.to_flush);
                } else {
                    connection.deliver(frames.clone(), &mut desk.to_flush);
                }
            } else {
                for bytes in batch.picked_for(member, &mut desk.deflater) {
                    n_sent += 1;
                    bytes_sent += bytes.len();
                    connection.deliver(bytes, &mut desk.to_flush);
                }
            }
            member.position = member.position.max(batch.last_offset);
        }
    }
    let sent = &desk.counts().sent;
    sent.messages.add(n_sent as u64);
    sent.bytes.add(bytes_sent as u64);
    n_members_max
}

/// One channel's publications of a turn.
struct Batch<'a> {
    shard: ShardId,
    run: &'a [Arc<Delivery>],
    /// The offsets at its ends; of a run that counts nothing they let everyone
    /// take everything.
    first_offset: u64,
    last_offset: u64,
    /// Members of this shard whose own binary messages are in the run.
    senders: Vec<u32>,
    whole: [Option<Bytes>; Format::COUNT],
}

impl<'a> Batch<'a> {
    fn new(run: &'a [Arc<Delivery>], shard: ShardId) -> Self {
        let mut offsets = run
            .iter()
            .filter_map(|delivery| delivery.publication.offset);
        let first_offset = offsets.next();
        let senders = run.iter().filter_map(|delivery| sender(delivery, shard));
        Self {
            shard,
            run,
            first_offset: first_offset.unwrap_or(u64::MAX),
            last_offset: offsets.next_back().or(first_offset).unwrap_or(0),
            senders: senders.collect(),
            whole: Default::default(),
        }
    }

    /// Whether a member is to hear all of it.
    fn is_whole_for(&self, member: &Member) -> bool {
        member.position < self.first_offset && !self.senders.contains(&member.connection)
    }

    /// All frames, in one piece that all members of the format share.
    fn whole(&mut self, format: Format, deflater: &mut Deflater) -> &Bytes {
        let run = self.run;
        self.whole[format.index()].get_or_insert_with(|| match run {
            [only] => only.frame(format, deflater).clone(),
            run => {
                let mut frames = BytesMut::new();
                for delivery in run {
                    frames.extend_from_slice(delivery.frame(format, deflater));
                }
                frames.freeze()
            }
        })
    }

    /// The frames that a member is to hear, one by one.
    fn picked_for(&self, member: &Member, deflater: &mut Deflater) -> impl Iterator<Item = Bytes> {
        let (shard, member) = (self.shard, *member);
        let wanted = move |delivery: &&Arc<Delivery>| match delivery.publication.offset {
            Some(offset) => offset > member.position,
            None => sender(delivery, shard) != Some(member.connection),
        };
        self.run
            .iter()
            .filter(wanted)
            .map(move |delivery| delivery.frame(member.format, deflater).clone())
    }
}

fn is_same_channel(a: &Arc<Delivery>, b: &Arc<Delivery>) -> bool {
    channel(a) == channel(b)
}

fn channel(delivery: &Delivery) -> u64 {
    delivery.publication.channel.number()
}

/// The member of this shard that a binary message came from.
fn sender(delivery: &Delivery, shard: ShardId) -> Option<u32> {
    match delivery.publication.data {
        Data::Binary { from, .. } if from.0 == shard => Some(from.1),
        _ => None,
    }
}
