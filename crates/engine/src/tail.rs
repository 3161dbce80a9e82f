//! The newest publications of a channel, in memory.
//!
//! Most of those who come back were away for a moment: what they missed is
//! here. What is older is read from the log.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::channel::Publication;

/// Publications that a channel keeps at hand.
pub const TAIL_PUBLICATIONS_MAX: usize = 256;

/// Bytes of data that a channel keeps at hand.
pub const TAIL_BYTES_MAX: usize = 256 << 10;

/// A run of publications without a gap, up to the channel's top.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    publications: VecDeque<Arc<Publication>>,
    bytes: usize,
}

impl Tail {
    /// Adds the publication with the next offset; the oldest give way.
    pub(crate) fn push(&mut self, publication: Arc<Publication>) {
        self.bytes += publication.bytes();
        self.publications.push_back(publication);
        self.make_room();
    }

    /// Puts another in the place of a publication, where that is at hand.
    pub(crate) fn replace(&mut self, offset: u64, top_offset: u64, with: Arc<Publication>) {
        let below_top = top_offset.checked_sub(offset).map(|n| n as usize);
        let index = below_top.and_then(|n| self.publications.len().checked_sub(n + 1));
        if let Some(there) = index.and_then(|index| self.publications.get_mut(index)) {
            self.bytes = self.bytes - there.bytes() + with.bytes();
            *there = with;
            self.make_room();
        }
    }

    fn make_room(&mut self) {
        while self.publications.len() > TAIL_PUBLICATIONS_MAX || self.bytes > TAIL_BYTES_MAX {
            let Some(oldest) = self.publications.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes();
        }
    }

    /// All publications after an offset; `None` if some are not here.
    pub(crate) fn after(&self, offset: u64, top_offset: u64) -> Option<Vec<Arc<Publication>>> {
        let n_missing = top_offset.checked_sub(offset)? as usize;
        let first = self.publications.len().checked_sub(n_missing)?;
        Some(self.publications.range(first..).cloned().collect())
    }
}
