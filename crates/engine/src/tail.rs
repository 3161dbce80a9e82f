//! The newest publications of a channel, in memory.
//!
//! Most of those who come back were away for a moment: what they missed is
//! here. What is older is read from the log.
//!
//! Each channel's tail has a limit, and so have all tails together:
//!
//! ```text
//! push ─▶ tail: [ 41 42 43 ]  beyond TAIL_…_MAX: its oldest goes
//!          └▶ Tails: one sum  beyond bytes_max, once a batch is committed:
//!                             the tails that rest longest go, whole
//! ```
//!
//! A publication costs one atomic addition for that. Whoever makes room frees
//! a quarter of the limit, so that looking at all channels is rare.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::feeds::PUBLICATION_BYTES;
use crate::publication::Publication;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Publications that a channel keeps at hand.
pub const TAIL_PUBLICATIONS_MAX: usize = 256;

/// Bytes that a channel keeps at hand.
pub const TAIL_BYTES_MAX: usize = 256 << 10;

/// Bytes that all channels together keep at hand unless it is said otherwise;
/// beyond it the tails of those in which nothing was published for longest
/// are dropped.
pub const TAILS_BYTES_MAX: usize = 64 << 20;

/// What all tails of an engine take together.
#[derive(Debug)]
pub(crate) struct Tails {
    bytes_max: usize,
    bytes: AtomicUsize,
    /// How many publications there were: tells which tail rests longest.
    n_pushed: AtomicU64,
}

impl Tails {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            bytes: AtomicUsize::new(0),
            n_pushed: AtomicU64::new(0),
        }
    }

    /// How many bytes all tails have.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn are_too_long(&self) -> bool {
        self.bytes() > self.bytes_max
    }

    /// Whether there is room again for a good while.
    pub(crate) fn have_room(&self) -> bool {
        self.bytes() <= self.bytes_max / 4 * 3
    }

    fn change(&self, from: usize, to: usize) {
        // Wrapping: to take away is to add what is missing to 2⁶⁴.
        self.bytes
            .fetch_add(to.wrapping_sub(from), Ordering::Relaxed);
    }
}

/// A run of publications without a gap, up to the channel's top.
#[derive(Debug)]
pub(crate) struct Tail {
    publications: VecDeque<Arc<Publication>>,
    bytes: usize,
    /// The number of the newest, among those of all tails.
    number: u64,
    all: Arc<Tails>,
}

impl Tail {
    /// The empty tail of a channel that is opened.
    pub(crate) fn new(all: &Arc<Tails>) -> Self {
        Self {
            publications: VecDeque::new(),
            bytes: 0,
            number: 0,
            all: Arc::clone(all),
        }
    }

    /// Adds the publication with the next offset; the oldest give way.
    pub(crate) fn push(&mut self, publication: Arc<Publication>) {
        let before = self.bytes;
        self.number = self.all.n_pushed.fetch_add(1, Ordering::Relaxed);
        self.bytes += bytes_of(&publication);
        self.publications.push_back(publication);
        self.make_room();
        self.all.change(before, self.bytes);
    }

    /// Puts another in the place of a publication, where that is at hand.
    pub(crate) fn replace(&mut self, offset: u64, top_offset: u64, with: Arc<Publication>) {
        let below_top = top_offset.checked_sub(offset).map(|n| n as usize);
        let index = below_top.and_then(|n| self.publications.len().checked_sub(n + 1));
        if let Some(there) = index.and_then(|index| self.publications.get_mut(index)) {
            let before = self.bytes;
            self.bytes = self.bytes - bytes_of(there) + bytes_of(&with);
            *there = with;
            self.make_room();
            self.all.change(before, self.bytes);
        }
    }

    fn make_room(&mut self) {
        while self.publications.len() > TAIL_PUBLICATIONS_MAX || self.bytes > TAIL_BYTES_MAX {
            let Some(oldest) = self.publications.pop_front() else {
                break;
            };
            self.bytes -= bytes_of(&oldest);
        }
    }

    /// Forgets all that is at hand; the log has it.
    pub(crate) fn drop_all(&mut self) {
        self.publications = VecDeque::new();
        self.all.change(std::mem::take(&mut self.bytes), 0);
    }

    /// The number of the newest publication, among those of all tails; `None`
    /// where nothing is at hand.
    pub(crate) fn newest(&self) -> Option<u64> {
        (!self.publications.is_empty()).then_some(self.number)
    }

    /// All publications after an offset; `None` if some are not here.
    pub(crate) fn after(&self, offset: u64, top_offset: u64) -> Option<Vec<Arc<Publication>>> {
        let n_missing = top_offset.checked_sub(offset)? as usize;
        let first = self.publications.len().checked_sub(n_missing)?;
        Some(self.publications.range(first..).cloned().collect())
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.all.change(self.bytes, 0);
    }
}

fn bytes_of(publication: &Publication) -> usize {
    PUBLICATION_BYTES + publication.bytes()
}
