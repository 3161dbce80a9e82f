//! A log that survives nothing: what [`Log`] promises, in memory.
//!
//! For tests and simulations. It keeps every record until it is dropped, and
//! its epoch follows from a seed, so that a run can be repeated; two logs of
//! one seed do not tell their epochs apart.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Appended, Entry, Log, LogError, Position, Range, Record};

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

    fn append(&self, batch: &[Entry]) -> Result<Vec<Appended>, LogError> {
        let mut state = self.state();
        if state.full {
            return Err(LogError::Full);
        }
        let put = |entry: &Entry| {
            let channel = state.channels.entry(entry.channel.clone());
            channel.or_default().put(entry)
        };
        Ok(batch.iter().map(put).collect())
    }
}

impl Channel {
    fn put(&mut self, entry: &Entry) -> Appended {
        if let Some(&offset) = self.offsets.get(&entry.id) {
            return Appended::Repeated(self.records[clamp(offset - 1)].clone());
        }
        let offset = self.records.len() as u64 + 1;
        self.records.push(Record {
            offset,
            id: entry.id.clone(),
            time_ms: entry.time_ms,
            data: entry.data.clone(),
            info: entry.info.clone(),
        });
        self.offsets.insert(entry.id.clone(), offset);
        Appended::Stored { offset }
    }
}

fn clamp(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
