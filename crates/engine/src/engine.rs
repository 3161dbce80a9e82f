//! The map of channels, shared by all shards.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;

use crate::channel::{Channel, Data, Fanout};
use crate::commit::{Commits, Origin, Outcome};
use crate::feeds::{FEEDS_BYTES_MAX, Feeds};
use crate::log::{Amends, Log, LogError, NoAmends, Position, Range, Record};
use crate::name::{ChannelName, Kept, Namespace};
use crate::node::{Draft, Now};
use crate::sync::{Mutex, MutexGuard};
use crate::tail::{TAILS_BYTES_MAX, Tails};

/// The number of a shard, counted from 0; below [`ShardSet::CAPACITY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShardId(pub u8);

/// A set of shards, as small as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShardSet(u64);

impl ShardSet {
    /// How many shards there can be.
    pub const CAPACITY: usize = u64::BITS as usize;

    pub(crate) fn insert(&mut self, shard: ShardId) {
        self.0 |= 1 << shard.0;
    }

    pub(crate) fn remove(&mut self, shard: ShardId) {
        self.0 &= !(1 << shard.0);
    }

    /// Whether no shard is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The shards of the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = ShardId> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let shard = (bits != 0).then(|| ShardId(bits.trailing_zeros() as u8));
            bits &= bits.wrapping_sub(1);
            shard
        })
    }
}

/// All channels that have a member somewhere, and the log behind them.
///
/// The map's lock is taken when a shard's first member joins a channel and
/// when its last one leaves, and for a page of the log; never by a publication,
/// and never while the log is read. It is always taken before a channel's own.
pub struct Engine {
    channels: Mutex<Channels>,
    log: Arc<dyn Log>,
    amends: Arc<dyn Amends>,
    commits: Commits,
    feeds: Feeds,
    tails: Arc<Tails>,
}

#[derive(Debug, Default)]
struct Channels {
    by_name: HashMap<ChannelName, Arc<Channel>>,
    /// How many channels were ever made: the next one's number.
    made: u64,
}

impl Engine {
    /// An engine without channels, in front of a log.
    #[must_use]
    pub fn new(log: Arc<dyn Log>) -> Self {
        Self {
            channels: Mutex::default(),
            log,
            amends: Arc::new(NoAmends),
            commits: Commits::default(),
            feeds: Feeds::new("", FEEDS_BYTES_MAX),
            tails: Arc::new(Tails::new(TAILS_BYTES_MAX)),
        }
    }

    /// The same, in which what was said may be amended by these rules.
    #[must_use]
    pub fn amended_by(mut self, amends: Arc<dyn Amends>) -> Self {
        self.amends = amends;
        self
    }

    /// What becomes of what is amended.
    pub(crate) fn amends(&self) -> &dyn Amends {
        &*self.amends
    }

    /// With this memory for its feeds.
    #[must_use]
    pub fn with_feeds(self, feeds: Feeds) -> Self {
        Self { feeds, ..self }
    }

    /// With so many bytes for the newest publications of all its channels.
    #[must_use]
    pub fn with_tails_bytes_max(self, bytes_max: usize) -> Self {
        let tails = Arc::new(Tails::new(bytes_max));
        Self { tails, ..self }
    }

    /// How many bytes of publications all channels keep at hand.
    #[must_use]
    pub fn tails_bytes(&self) -> usize {
        self.tails.bytes()
    }

    /// Where the channels keep too much at hand, drops the tails of those in
    /// which nothing was published for longest. It looks at all channels, so
    /// it makes room for many publications at once.
    pub(crate) fn shorten_tails(&self) {
        if !self.tails.are_too_long() {
            return;
        }
        let channels = self.channels().into_iter();
        let mut resting: Vec<_> = channels
            .filter_map(|channel| Some((channel.newest_at_hand()?, channel)))
            .collect();
        resting.sort_unstable_by_key(|(newest, _)| *newest);
        for (_, channel) in resting {
            if self.tails.have_room() {
                return;
            }
            channel.drop_tail();
        }
    }

    /// The memory of the feeds.
    #[must_use]
    pub fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// Up to `limit` records of a channel, from wherever they are kept.
    ///
    /// # Errors
    /// Those of the log.
    pub fn read(
        &self,
        name: &ChannelName,
        range: Range,
        limit: usize,
        now: Now,
    ) -> Result<Vec<Record>, LogError> {
        match name.namespace().kept() {
            Kept::Durably => self.read_told(name, range, limit),
            Kept::Briefly => Ok(self.feeds.read(name.as_str(), range, limit, now.steady())),
            Kept::Nothing => Ok(Vec::new()),
        }
    }

    /// What the log holds, but for what its writer has yet to tell: a member
    /// that had it from here would be ahead of its channel.
    fn read_told(
        &self,
        name: &ChannelName,
        range: Range,
        limit: usize,
    ) -> Result<Vec<Record>, LogError> {
        let mut records = self.log.read(name.as_str(), range, limit)?;
        // Where it is closed nothing is on its way.
        if let Some(channel) = self.find(name) {
            let top_offset = channel.top_offset();
            records.retain(|record| record.offset <= top_offset);
        }
        Ok(records)
    }

    /// Publishes on behalf of the application's server, in a channel that
    /// need not be open. What it returns has happened; `None` is on its way
    /// to the log, and `origin` will hear of it, once the log's writer has
    /// been woken.
    ///
    /// # Errors
    /// If the log cannot say how far a durable channel has come.
    pub fn publish(
        &self,
        name: &ChannelName,
        draft: Draft,
        now: Now,
        origin: Origin,
        fanout: &dyn Fanout,
    ) -> Result<(Arc<Channel>, Option<Outcome>), LogError> {
        let channel = self.hold(name)?;
        let outcome = match name.namespace().kept() {
            Kept::Durably => {
                let entry = draft.entry(name, None, now);
                self.commits.submit(&channel, entry, origin);
                None
            }
            _ => Some(self.tell(&channel, draft, None, now, fanout)),
        };
        self.release(&channel);
        Ok((channel, outcome))
    }

    /// A channel that is not forgotten before it is released.
    fn hold(&self, name: &ChannelName) -> Result<Arc<Channel>, LogError> {
        self.enter(name, Channel::submit)
    }

    fn release(&self, channel: &Channel) {
        if channel.settle() {
            self.forget(channel);
        }
    }

    /// A channel that is open.
    #[must_use]
    pub fn find(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        self.lock().by_name.get(name).cloned()
    }

    /// All channels that are open.
    #[must_use]
    pub fn channels(&self) -> Vec<Arc<Channel>> {
        self.lock().by_name.values().cloned().collect()
    }

    /// How far a channel has come, whether it is open or not.
    ///
    /// # Errors
    /// If the log cannot say how far a durable channel has come.
    pub fn top(&self, name: &ChannelName) -> Result<Position, LogError> {
        let channel = match name.namespace().kept() {
            // To ask is to make one: it must not be forgotten at once.
            Kept::Briefly => self.hold(name)?,
            _ => match self.find(name) {
                Some(channel) => channel,
                None => return self.position(name),
            },
        };
        let position = Position {
            offset: channel.top_offset(),
            epoch: channel.epoch().into(),
        };
        if name.namespace().kept() == Kept::Briefly {
            self.release(&channel);
        }
        Ok(position)
    }

    /// Publishes where nothing goes by the log, at once.
    pub(crate) fn tell(
        &self,
        channel: &Arc<Channel>,
        draft: Draft,
        info: Option<Bytes>,
        now: Now,
        fanout: &dyn Fanout,
    ) -> Outcome {
        if channel.name().namespace().kept() == Kept::Briefly {
            let entry = draft.entry(channel.name(), info, now);
            return channel.append(&self.feeds, entry, now, fanout);
        }
        let json = draft.json;
        channel.pass_on(Data::Json { json, info }, fanout);
        Outcome::Passed
    }

    /// The log behind the durable channels.
    #[must_use]
    pub fn log(&self) -> &dyn Log {
        &*self.log
    }

    /// The queue to the log's writer.
    #[must_use]
    pub fn commits(&self) -> &Commits {
        &self.commits
    }

    /// Counts a shard into a channel, which is made if there is none.
    /// From now on the shard hears every publication.
    ///
    /// # Errors
    /// If the log cannot say how far a durable channel has come.
    pub fn join(&self, name: &ChannelName, shard: ShardId) -> Result<Arc<Channel>, LogError> {
        self.enter(name, |channel| channel.join(shard))
    }

    /// Does what makes a channel be of use, before it can be forgotten.
    fn enter(
        &self,
        name: &ChannelName,
        enter: impl Fn(&Channel),
    ) -> Result<Arc<Channel>, LogError> {
        loop {
            let made = match self.enter_open(name, &enter) {
                Ok(channel) => return Ok(channel),
                Err(made) => made,
            };
            let position = self.position(name)?;
            let mut channels = self.lock();
            // Had a channel of this name come and gone meanwhile, it might
            // have moved on from the position that was read.
            if channels.made == made {
                channels.made += 1;
                let channel = Channel::new(name.clone(), channels.made, position, &self.tails);
                let channel = Arc::new(channel);
                enter(&channel);
                channels.by_name.insert(name.clone(), Arc::clone(&channel));
                return Ok(channel);
            }
        }
    }

    /// Enters a channel that is open; else tells how many were ever made.
    fn enter_open(
        &self,
        name: &ChannelName,
        enter: impl Fn(&Channel),
    ) -> Result<Arc<Channel>, u64> {
        let channels = self.lock();
        let channel = channels.by_name.get(name).ok_or(channels.made)?;
        enter(channel);
        Ok(Arc::clone(channel))
    }

    fn position(&self, name: &ChannelName) -> Result<Position, LogError> {
        match name.namespace().kept() {
            Kept::Durably => self.log.position(name.as_str()),
            Kept::Briefly => Ok(self.feeds.open(name.as_str())),
            Kept::Nothing => Ok(Position::default()),
        }
    }

    /// Counts a shard out of a channel. Where it was the last one the channel
    /// is forgotten, once nothing of it is on its way to the log.
    pub fn leave(&self, channel: &Channel, shard: ShardId) {
        if channel.leave(shard) {
            self.forget(channel);
        }
    }

    /// Takes a channel off the map if it is still of no use.
    pub(crate) fn forget(&self, channel: &Channel) {
        let mut channels = self.lock();
        if let Entry::Occupied(entry) = channels.by_name.entry(channel.name().clone())
            && entry.get().number() == channel.number()
            && entry.get().is_idle()
        {
            // Its publications name the channel: they would keep each other.
            entry.remove().drop_tail();
            if channel.name().namespace().kept() == Kept::Briefly {
                self.feeds.close(channel.name().as_str());
            }
        }
    }

    /// How many users are present in each open channel of a namespace. The
    /// map's lock is held to copy the list, not to count.
    #[must_use]
    pub fn presence_counts(&self, namespace: Namespace) -> Vec<(ChannelName, usize)> {
        let open: Vec<_> = {
            let channels = self.lock();
            let open = channels.by_name.values();
            open.filter(|one| one.name().namespace() == namespace)
                .cloned()
                .collect()
        };
        let count = |channel: Arc<Channel>| (channel.name().clone(), channel.n_present().1);
        open.into_iter().map(count).collect()
    }

    /// How many channels have a member.
    #[must_use]
    pub fn n_channels(&self) -> usize {
        self.lock().by_name.len()
    }

    /// No code inside the lock can panic half-way through a change, so a
    /// poisoned lock is taken as it is.
    fn lock(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("n_channels", &self.n_channels())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feeds::PUBLICATION_BYTES;
    use crate::log::{Entry as LogEntry, MemoryLog};
    use crate::testing::{Told, commit_all, origin};

    const A: ShardId = ShardId(0);
    const B: ShardId = ShardId(63);

    fn name(namespace: Namespace) -> ChannelName {
        ChannelName::new(namespace, "tea").unwrap()
    }

    fn engine() -> (Engine, Arc<MemoryLog>, Told) {
        let log = Arc::new(MemoryLog::new(1));
        let engine = Engine::new(Arc::clone(&log) as Arc<dyn Log>);
        (engine, log, Told::default())
    }

    fn submit(engine: &Engine, channel: &Arc<Channel>, id: &str) {
        let entry = LogEntry {
            channel: channel.name().as_str().into(),
            id: id.into(),
            time_ms: 7,
            data: "{}".into(),
            info: None,
            target: None,
        };
        engine.commits().submit(channel, entry, origin(1));
    }

    /// Publishes in a durable channel, and lets the writer have its turn.
    fn publish(engine: &Engine, channel: &Arc<Channel>, id: &str, told: &Told) {
        submit(engine, channel, id);
        commit_all(engine, told);
    }

    #[test]
    fn a_room_counts_from_one_and_tells_the_shards_with_members() {
        let (engine, _, told) = engine();
        let room = engine.join(&name(Namespace::Room), A).unwrap();
        publish(&engine, &room, "1", &told);
        engine.join(&name(Namespace::Room), B).unwrap();
        publish(&engine, &room, "2", &told);
        engine.leave(&room, A);
        publish(&engine, &room, "3", &told);
        let expected = [
            (vec![A], Some(1)),
            (vec![A, B], Some(2)),
            (vec![B], Some(3)),
        ];
        assert_eq!(told.publications(), expected);
        let offsets = told.outcomes().into_iter().map(|outcome| match outcome {
            Outcome::Stored { offset } => offset,
            other => panic!("{other:?}"),
        });
        assert_eq!(offsets.collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_repeat_is_answered_and_told_to_nobody() {
        let (engine, _, told) = engine();
        let room = engine.join(&name(Namespace::Room), A).unwrap();
        publish(&engine, &room, "1", &told);
        publish(&engine, &room, "1", &told);
        assert_eq!(told.publications().len(), 1);
        match &told.outcomes()[1] {
            Outcome::Repeated(record) => assert_eq!(record.offset, 1),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_log_does_not_take_is_told_to_its_sender_alone_and_burns_no_offset() {
        let (engine, log, told) = engine();
        let room = engine.join(&name(Namespace::Room), A).unwrap();
        log.fill();
        publish(&engine, &room, "1", &told);
        assert!(matches!(
            told.outcomes()[..],
            [Outcome::Failed { full: true, .. }]
        ));
        assert_eq!(told.publications(), []);
        log.make_room();
        publish(&engine, &room, "1", &told);
        assert_eq!(told.publications(), [(vec![A], Some(1))]);
    }

    #[test]
    fn neither_a_live_channel_nor_a_binary_message_is_counted() {
        let (engine, _, told) = engine();
        let room = engine.join(&name(Namespace::Room), A).unwrap();
        let binary = Data::Binary {
            bytes: vec![0].into(),
            from: (A, 0),
        };
        room.pass_on(binary, &told);
        assert_eq!(told.publications(), [(vec![A], None)]);
        assert_eq!(room.top_offset(), 0);
        let live = engine.join(&name(Namespace::Live), A).unwrap();
        assert_eq!(live.epoch(), "");
    }

    #[test]
    fn a_room_goes_on_where_it_was_when_it_is_opened_again() {
        let (engine, _, told) = engine();
        let first = engine.join(&name(Namespace::Room), A).unwrap();
        engine.join(&name(Namespace::Room), B).unwrap();
        publish(&engine, &first, "1", &told);
        engine.leave(&first, A);
        assert_eq!(engine.n_channels(), 1);
        engine.leave(&first, B);
        assert_eq!(engine.n_channels(), 0);

        let second = engine.join(&name(Namespace::Room), A).unwrap();
        assert_ne!(first.number(), second.number());
        assert_eq!(second.top_offset(), 1);
        assert_eq!(first.epoch(), second.epoch());
        engine.leave(&first, B);
        assert_eq!(
            engine.n_channels(),
            1,
            "a late leave must not end the newer channel"
        );
    }

    fn publish_from_outside(engine: &Engine, name: &ChannelName, told: &Told) -> Option<Outcome> {
        let draft = Draft {
            id: "".into(),
            json: "{}".into(),
            ..Draft::default()
        };
        let published = engine.publish(name, draft, Now::default(), origin(9), told);
        published.unwrap().1
    }

    #[test]
    fn a_feed_counts_without_the_log_and_is_remembered_without_members() {
        let (engine, log, told) = engine();
        log.fill();
        let name = name(Namespace::Feed);
        publish_from_outside(&engine, &name, &told);
        assert_eq!(engine.n_channels(), 0);
        let feed = engine.join(&name, A).unwrap();
        assert_eq!(feed.top_offset(), 1);
        publish_from_outside(&engine, &name, &told);
        assert_eq!(told.publications(), [(vec![A], Some(2))]);
        let read = |range| engine.read(&name, range, 9, Now::default()).unwrap();
        assert_eq!(read(Range::After(0)).len(), 2);
        engine.leave(&feed, A);
        let top = engine.top(&name).unwrap();
        assert_eq!((top.offset, &*top.epoch), (2, feed.epoch()));
        assert_eq!(engine.n_channels(), 0);
    }

    #[test]
    fn a_feed_keeps_nothing_for_the_tail() {
        let (engine, _, told) = engine();
        let name = name(Namespace::Feed);
        let feed = engine.join(&name, A).unwrap();
        publish_from_outside(&engine, &name, &told);
        assert!(feed.tail_after(0).0.is_none(), "it would outlive its day");
        assert!(feed.tail_after(1).0.is_some());
    }

    #[test]
    fn all_tails_together_have_a_limit_and_those_that_rest_go_first() {
        let (engine, _, told) = engine();
        let one = PUBLICATION_BYTES + 2;
        let engine = engine.with_tails_bytes_max(4 * one);
        let join = |name| {
            let name = ChannelName::new(Namespace::Room, name).unwrap();
            engine.join(&name, A).unwrap()
        };
        let (tea, rum, gin) = (join("tea"), join("rum"), join("gin"));
        let has_all = |channel: &Arc<Channel>| channel.tail_after(0).0.is_some();
        for (channel, id) in [(&tea, "1"), (&rum, "1"), (&rum, "2"), (&tea, "2")] {
            publish(&engine, channel, id, &told);
        }
        assert_eq!(engine.tails_bytes(), 4 * one);
        assert!(has_all(&tea) && has_all(&rum));

        publish(&engine, &gin, "1", &told);
        assert!(has_all(&tea) && has_all(&gin));
        assert!(!has_all(&rum), "nothing was published there for longest");
        assert_eq!(engine.tails_bytes(), 3 * one);

        publish(&engine, &rum, "3", &told);
        assert!(rum.tail_after(2).0.is_some(), "it begins anew");
        for channel in [&tea, &rum, &gin] {
            engine.leave(channel, A);
        }
        drop((tea, rum, gin));
        assert_eq!(engine.tails_bytes(), 0, "what is closed takes nothing");
    }

    #[test]
    fn the_application_publishes_in_a_room_that_nobody_has_open() {
        let (engine, _, told) = engine();
        let name = name(Namespace::Room);
        assert!(publish_from_outside(&engine, &name, &told).is_none());
        assert_eq!(engine.n_channels(), 1, "until it is on disk");
        commit_all(&engine, &told);
        assert!(matches!(
            told.outcomes()[..],
            [Outcome::Stored { offset: 1 }]
        ));
        assert_eq!(engine.n_channels(), 0);
        assert_eq!(engine.top(&name).unwrap().offset, 1);
    }

    #[test]
    fn a_room_that_was_left_stays_until_its_last_message_is_on_disk() {
        let (engine, _, told) = engine();
        let room = engine.join(&name(Namespace::Room), A).unwrap();
        submit(&engine, &room, "1");
        engine.leave(&room, A);
        assert_eq!(engine.n_channels(), 1);
        commit_all(&engine, &told);
        assert_eq!(engine.n_channels(), 0);
    }
}
