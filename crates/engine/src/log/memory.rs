//! A log that survives nothing: what [`Log`] promises, in memory.
//!
//! For tests and simulations. It keeps every record until it is dropped, and
//! its epoch follows from a seed, so that a run can be repeated; two logs of
//! one seed do not tell their epochs apart.

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::sync::{Mutex, MutexGuard};

use super::{Amended, Amends, Appended, Entry, Log, LogError, Position, Range, Record};

/// A [`Log`] in memory. Every failure that it shows is one that was asked
/// for, by [`MemoryLog::fill`].
#[derive(Debug, Default)]
pub struct MemoryLog {
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    channels: HashMap<Box<str>, Channel>,
    full: bool,
}

#[derive(Debug, Default)]
struct Channel {
    /// The record of offset `n` is at `n - 1`.
    records: Vec<Record>,
    offsets: HashMap<Box<str>, u64>,
    /// The offsets of what amends a record, by its offset.
    amendments: HashMap<u64, Vec<u64>>,
}

impl MemoryLog {
    /// An empty log, whose epoch follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let state = Mutex::default();
        Self { seed, state }
    }

    /// From now on every write fails, as on a full disk.
    pub fn fill(&self) {
        self.state().full = true;
    }

    /// Ends what [`MemoryLog::fill`] began.
    pub fn make_room(&self) {
        self.state().full = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for MemoryLog {
    fn position(&self, channel: &str) -> Result<Position, LogError> {
        let state = self.state();
        let records = state.channels.get(channel).map(|one| one.records.len());
        Ok(Position {
            offset: records.unwrap_or(0) as u64,
            epoch: format!("{:x}", self.seed).into(),
        })
    }

    fn read(&self, channel: &str, range: Range, limit: usize) -> Result<Vec<Record>, LogError> {
        let state = self.state();
        let records = state
            .channels
            .get(channel)
            .map_or(&[][..], |channel| &channel.records);
        Ok(match range {
            Range::After(offset) => {
                let from = records.len().min(clamp(offset));
                records[from..].iter().take(limit).cloned().collect()
            }
            Range::Before(offset) => {
                let to = records.len().min(clamp(offset.saturating_sub(1)));
                records[..to].iter().rev().take(limit).cloned().collect()
            }
        })
    }

    fn append_by(&self, batch: &[Entry], amends: &dyn Amends) -> Result<Vec<Appended>, LogError> {
        let mut state = self.state();
        if state.full {
            return Err(LogError::Full);
        }
        let put = |entry: &Entry| {
            let channel = state.channels.entry(entry.channel.clone());
            channel.or_default().put(entry, amends)
        };
        Ok(batch.iter().map(put).collect())
    }
}

impl Channel {
    fn put(&mut self, entry: &Entry, amends: &dyn Amends) -> Appended {
        if let Some(&offset) = self.offsets.get(&entry.id) {
            return Appended::Repeated(self.records[clamp(offset - 1)].clone());
        }
        let Some(target) = entry.target else {
            let offset = self.push(entry);
            return Appended::Stored { offset };
        };
        let index = clamp(target).wrapping_sub(1);
        let amended = match amends.amend(self.records.get(index), entry) {
            Ok(amended) => amended,
            Err(refusal) => return Appended::Refused(refusal),
        };
        let changed = self.change(target, index, amended, amends);
        let offset = self.push(entry);
        self.amendments.entry(target).or_default().push(offset);
        Appended::Amended { offset, changed }
    }

    fn change(
        &mut self,
        target: u64,
        index: usize,
        amended: Amended,
        amends: &dyn Amends,
    ) -> Vec<Record> {
        let Some(record) = self.records.get_mut(index) else {
            return Vec::new();
        };
        record.data = amended.data;
        let mut changed = vec![record.clone()];
        let amendments = self.amendments.get(&target).into_iter().flatten();
        for &offset in amendments.filter(|_| amended.erases) {
            let record = &mut self.records[clamp(offset - 1)];
            if let Some(data) = amends.erase(record) {
                record.data = data;
                changed.push(record.clone());
            }
        }
        changed
    }

    fn push(&mut self, entry: &Entry) -> u64 {
        let offset = self.records.len() as u64 + 1;
        self.records.push(entry.clone().into_record(offset));
        self.offsets.insert(entry.id.clone(), offset);
        offset
    }
}

fn clamp(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
