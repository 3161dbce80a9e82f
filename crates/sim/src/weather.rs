//! What goes wrong, and how often: drawn anew for each world.

use crate::chance::Chance;

/// One thing that can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A connection ends, and both sides hear of it.
    Drop,
    /// The member hears of it, the server much later: after the member has
    /// come back.
    Ghost,
    /// Nobody hears of it: only silence tells.
    Silence,
    /// A member reads slowly for a while.
    SlowReader,
    /// The disk is full for a while.
    FullDisk,
    /// The log cannot be read for a while.
    UnreadableDisk,
    /// What is old is dropped.
    Trim,
    /// The process is killed; the kernel has what it wrote.
    Kill,
    /// The power is lost, and with it what was not synced.
    PowerLoss,
    /// The server is stopped, and started again.
    Restart,
}

const FAULTS: [Fault; 10] = [
    Fault::Drop,
    Fault::Ghost,
    Fault::Silence,
    Fault::SlowReader,
    Fault::FullDisk,
    Fault::UnreadableDisk,
    Fault::Trim,
    Fault::Kill,
    Fault::PowerLoss,
    Fault::Restart,
];

/// The faults of one world. Few worlds have all of them: what one hides,
/// another shows.
#[derive(Debug)]
pub(crate) struct Weather {
    faults: Vec<Fault>,
    /// Milliseconds between two faults, at most.
    pub(crate) pause_ms: u64,
}

impl Weather {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        Self {
            faults: FAULTS.into_iter().filter(|_| chance.one_in(2)).collect(),
            pause_ms: [500, 2000, 6000][chance.below(3) as usize],
        }
    }

    pub(crate) fn next(&self, chance: &mut Chance) -> Option<Fault> {
        chance.pick(&self.faults).copied()
    }

    /// Whether nothing is ever refused: then what one says stays in order.
    pub(crate) fn refuses_nothing(&self) -> bool {
        const REFUSING: [Fault; 3] = [Fault::FullDisk, Fault::UnreadableDisk, Fault::Trim];
        !self.faults.iter().any(|fault| REFUSING.contains(fault))
    }
}
