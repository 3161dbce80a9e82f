//! The map of channels, shared by all shards.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;

use crate::channel::Channel;
use crate::commit::{Commits, Origin, Outcome};
use crate::feeds::{FEEDS_BYTES_MAX, Feeds};
use crate::log::{Amends, Log, LogError, NoAmends, Position, Range, Record};
use crate::name::{ChannelName, Kept, Namespace};
use crate::node::{Draft, Now};
use crate::publication::{Data, Fanout};
use crate::shards::ShardId;
use crate::sync::{Mutex, MutexGuard};
use crate::tail::{TAILS_BYTES_MAX, Tails};

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
mod tests;
