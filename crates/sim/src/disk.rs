//! A log on a disk that can fill, stop answering, and forget what was not synced.
//!
//! ```text
//! append ─▶ current, and the journal ──sync──▶ durable
//!              │ kill: stays, as the kernel has it
//!              └ loss of power: durable, and the journal up to where it is torn
//! ```
//!
//! Transactions are whole: one that is torn never was. An append is synced
//! before it returns, a trim only with the next append.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chat::Amendments;
use engine::log::{Amends, Appended, Entry, Log, LogError, Position, Range, Record};

use crate::chance::Chance;
use crate::sabotage::Sabotage;

/// The disk, which outlives each server.
#[derive(Debug)]
pub(crate) struct Disk {
    epoch: Box<str>,
    sabotage: Option<Sabotage>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    current: Tables,
    durable: Tables,
    journal: Vec<Transaction>,
    is_full: bool,
    is_unreadable: bool,
    doom: Option<Doom>,
}

/// When in its next append the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doom {
    Unwritten,
    Unsynced,
    Synced,
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    Kill,
    PowerLoss,
}

#[derive(Debug, Clone)]
enum Transaction {
    Append(Vec<Entry>),
    Trim { channel: Box<str>, through: u64 },
}

#[derive(Debug, Default)]
struct Tables {
    channels: BTreeMap<Box<str>, Table>,
}

#[derive(Debug, Default)]
struct Table {
    /// The offset of the newest that was dropped.
    dropped: u64,
    records: Vec<Record>,
    offsets: BTreeMap<Box<str>, u64>,
    /// The offsets of what amends a record, by its offset.
    amendments: BTreeMap<u64, Vec<u64>>,
}

impl Disk {
    pub(crate) fn new(seed: u64, sabotage: Option<Sabotage>) -> Self {
        Self {
            epoch: format!("{seed:x}").into(),
            sabotage,
            state: Mutex::default(),
        }
    }

    /// The epoch of all rooms.
    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Whether what is written from now on finds no space.
    pub(crate) fn set_full(&self, is_full: bool) {
        self.state().is_full = is_full;
    }

    /// Whether what is read from now on fails.
    pub(crate) fn set_unreadable(&self, is_unreadable: bool) {
        self.state().is_unreadable = is_unreadable;
    }

    /// The process will die in its next append.
    pub(crate) fn doom(&self, doom: Doom) {
        self.state().doom = Some(doom);
    }

    /// Drops all but the newest of a channel.
    pub(crate) fn trim(&self, channel: &str, n_kept: u64) {
        let mut state = self.state();
        let Some(table) = state.current.channels.get(channel) else {
            return;
        };
        let through = table.top().saturating_sub(n_kept);
        let trim = Transaction::Trim {
            channel: channel.into(),
            through,
        };
        state.current.apply(&trim, &Amendments);
        state.journal.push(trim);
    }

    /// The process is gone; what is left is what the next one finds.
    pub(crate) fn crash(&self, crash: Crash, chance: &mut Chance) {
        let mut state = self.state();
        state.doom = None;
        if crash == Crash::PowerLoss {
            let n_left = chance.below(state.journal.len() as u64 + 1) as usize;
            state.journal.truncate(n_left);
        }
        state.sync();
        state.current = state.durable.copy();
    }

    /// The ids of a channel after an offset, as far as they are synced.
    pub(crate) fn durable_after(&self, channel: &str, offset: u64) -> Vec<Box<str>> {
        let state = self.state();
        let table = state.durable.channels.get(channel);
        let records = table.map_or(&[][..], |table| table.after(offset));
        records.iter().map(|record| record.id.clone()).collect()
    }

    /// The top of a channel, as far as it is synced, and the newest offset
    /// that was dropped.
    pub(crate) fn durable_ends(&self, channel: &str) -> (u64, u64) {
        let state = self.state();
        let top = state.durable.channels.get(channel).map_or(0, Table::top);
        let dropped = state
            .current
            .channels
            .get(channel)
            .map_or(0, |table| table.dropped);
        (top, dropped)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for Disk {
    fn position(&self, channel: &str) -> Result<Position, LogError> {
        let state = self.state();
        state.check_readable()?;
        Ok(Position {
            offset: state.current.channels.get(channel).map_or(0, Table::top),
            epoch: self.epoch.clone(),
        })
    }

    fn read(&self, channel: &str, range: Range, limit: usize) -> Result<Vec<Record>, LogError> {
        let state = self.state();
        state.check_readable()?;
        let Some(table) = state.current.channels.get(channel) else {
            return Ok(Vec::new());
        };
        Ok(match range {
            Range::After(offset) => table.after(offset).iter().take(limit).cloned().collect(),
            Range::Before(offset) => table.before(offset).take(limit).cloned().collect(),
        })
    }

    fn append_by(&self, batch: &[Entry], amends: &dyn Amends) -> Result<Vec<Appended>, LogError> {
        let mut state = self.state();
        let doom = state.doom.take();
        if doom == Some(Doom::Unwritten) {
            return Err(killed());
        }
        if state.is_full {
            return Err(LogError::Full);
        }
        if self.sabotage == Some(Sabotage::ForgetIds) {
            state.current.forget_ids();
            state.durable.forget_ids();
        }
        let append = Transaction::Append(batch.to_vec());
        let appended = state.current.apply(&append, amends);
        state.journal.push(append);
        if doom == Some(Doom::Unsynced) {
            return Err(killed());
        }
        if self.sabotage != Some(Sabotage::AnswerUnsynced) {
            state.sync();
        }
        match doom {
            Some(_) => Err(killed()),
            None => Ok(appended),
        }
    }
}

fn killed() -> LogError {
    LogError::Unusable("the process was killed".into())
}

impl State {
    fn check_readable(&self) -> Result<(), LogError> {
        match self.is_unreadable {
            true => Err(LogError::Unusable("the disk does not answer".into())),
            false => Ok(()),
        }
    }

    fn sync(&mut self) {
        for transaction in self.journal.drain(..) {
            self.durable.apply(&transaction, &Amendments);
        }
    }
}

impl Tables {
    fn apply(&mut self, transaction: &Transaction, amends: &dyn Amends) -> Vec<Appended> {
        match transaction {
            Transaction::Append(batch) => {
                let put = |entry: &Entry| {
                    let table = self.channels.entry(entry.channel.clone()).or_default();
                    table.put(entry, amends)
                };
                batch.iter().map(put).collect()
            }
            Transaction::Trim { channel, through } => {
                if let Some(table) = self.channels.get_mut(channel) {
                    table.trim(*through);
                }
                Vec::new()
            }
        }
    }

    fn copy(&self) -> Self {
        let channels = self.channels.iter();
        Self {
            channels: channels
                .map(|(name, table)| (name.clone(), table.copy()))
                .collect(),
        }
    }

    fn forget_ids(&mut self) {
        for table in self.channels.values_mut() {
            table.offsets.clear();
        }
    }
}

impl Table {
    fn top(&self) -> u64 {
        self.dropped + self.records.len() as u64
    }

    fn index(&self, offset: u64) -> Option<usize> {
        let index = offset.checked_sub(self.dropped + 1)? as usize;
        (index < self.records.len()).then_some(index)
    }

    fn after(&self, offset: u64) -> &[Record] {
        let from = offset.saturating_sub(self.dropped) as usize;
        self.records.get(from..).unwrap_or(&[])
    }

    fn before(&self, offset: u64) -> impl Iterator<Item = &Record> {
        let newest_first = self.records.iter().rev();
        newest_first.skip_while(move |record| record.offset >= offset)
    }

    fn trim(&mut self, through: u64) {
        let n_dropped = through.saturating_sub(self.dropped) as usize;
        for record in self.records.drain(..n_dropped.min(self.records.len())) {
            self.dropped = record.offset;
            self.offsets.remove(&record.id);
        }
    }

    fn put(&mut self, entry: &Entry, amends: &dyn Amends) -> Appended {
        if let Some(&offset) = self.offsets.get(&entry.id)
            && let Some(index) = self.index(offset)
        {
            return Appended::Repeated(self.records[index].clone());
        }
        let Some(target) = entry.target else {
            let offset = self.push(entry);
            return Appended::Stored { offset };
        };
        let index = self.index(target);
        let amended = match amends.amend(index.map(|index| &self.records[index]), entry) {
            Ok(amended) => amended,
            Err(refusal) => return Appended::Refused(refusal),
        };
        let mut changed = Vec::new();
        if let Some(index) = index {
            self.records[index].data = amended.data;
            changed.push(self.records[index].clone());
        }
        let earlier = self.amendments.get(&target).cloned().unwrap_or_default();
        for offset in earlier.into_iter().filter(|_| amended.erases) {
            if let Some(index) = self.index(offset)
                && let Some(data) = amends.erase(&self.records[index])
            {
                self.records[index].data = data;
                changed.push(self.records[index].clone());
            }
        }
        let offset = self.push(entry);
        self.amendments.entry(target).or_default().push(offset);
        Appended::Amended { offset, changed }
    }

    fn push(&mut self, entry: &Entry) -> u64 {
        let offset = self.top() + 1;
        self.records.push(entry.clone().into_record(offset));
        self.offsets.insert(entry.id.clone(), offset);
        offset
    }

    fn copy(&self) -> Self {
        Self {
            dropped: self.dropped,
            records: self.records.clone(),
            offsets: self.offsets.clone(),
            amendments: self.amendments.clone(),
        }
    }
}
