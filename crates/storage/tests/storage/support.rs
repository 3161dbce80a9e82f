//! Directories that vanish, entries, and short ways to ask.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use engine::log::{Appended, Entry, Log, Range, Record};
use storage::{Options, Store};

/// A directory of a test's own, gone with it.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("palabre-storage-{}-{n}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("palabre.db")
    }

    pub(crate) fn wal(&self) -> PathBuf {
        self.0.join("palabre.db-wal")
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.0, Options::default()).unwrap()
    }

    /// What a killed process would leave: the files while they are open.
    pub(crate) fn snapshot(&self) -> Self {
        let copy = Self::new();
        for name in ["palabre.db", "palabre.db-wal"] {
            std::fs::copy(self.0.join(name), copy.0.join(name)).unwrap();
        }
        copy
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An entry whose data follows from its id.
pub(crate) fn entry(channel: &str, id: &str) -> Entry {
    Entry {
        channel: channel.into(),
        id: id.into(),
        time_ms: 1_000,
        data: format!("data of {id}").into_bytes().into(),
        info: None,
        target: None,
    }
}

/// Entries `from..to` of a channel, in which the number is the id.
pub(crate) fn entries(channel: &str, numbers: std::ops::Range<u64>) -> Vec<Entry> {
    numbers.map(|n| entry(channel, &n.to_string())).collect()
}

pub(crate) fn stored(offsets: impl IntoIterator<Item = u64>) -> Vec<Appended> {
    let stored = |offset| Appended::Stored { offset };
    offsets.into_iter().map(stored).collect()
}

pub(crate) fn all(log: &dyn Log, channel: &str) -> Vec<Record> {
    log.read(channel, Range::After(0), usize::MAX).unwrap()
}

pub(crate) fn offsets(log: &dyn Log, channel: &str, range: Range, limit: usize) -> Vec<u64> {
    let records = log.read(channel, range, limit).unwrap();
    records.iter().map(|record| record.offset).collect()
}

/// A small generator of numbers that look random (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
