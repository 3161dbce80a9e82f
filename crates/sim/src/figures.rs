//! What happened in a world, counted: how much, and how often what is rare.

use std::fmt;
use std::ops::AddAssign;

/// Something that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Events.
    Steps,
    /// What was published, in all channels.
    Publications,
    /// What members have heard, all together.
    Deliveries,
    /// Times that something went wrong.
    Faults,
    /// Server processes, one after the other.
    Servers,
    /// Messages that were refused as too many, to be said again.
    TooMany,
}

impl Count {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Steps,
        Self::Publications,
        Self::Deliveries,
        Self::Faults,
        Self::Servers,
        Self::TooMany,
    ];

    /// What is counted, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Publications => "publications",
            Self::Deliveries => "deliveries",
            Self::Faults => "faults",
            Self::Servers => "servers",
            Self::TooMany => "messages over the rate",
        }
    }
}

/// How often each has happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures([u64; Count::ALL.len()]);

impl Figures {
    /// How often this has happened.
    #[must_use]
    pub fn of(&self, what: Count) -> u64 {
        self.0[what as usize]
    }

    /// It has happened.
    pub(crate) fn count(&mut self, what: Count) {
        self.add(what, 1);
    }

    /// It has happened so often.
    pub(crate) fn add(&mut self, what: Count, n: u64) {
        self.0[what as usize] += n;
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        for what in Count::ALL {
            self.add(what, other.of(what));
        }
    }
}

/// A line for each.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Count::ALL
            .into_iter()
            .try_for_each(|what| writeln!(f, "{:<26} {:>11}", what.name(), self.of(what)))
    }
}
