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
    /// What an application published in feeds, and was told where it is.
    FeedPublications,
    /// What one published in rooms, and was told where it is.
    RoomPublications,
    /// Calls for what was there already: their answers were lost.
    CallRepeats,
    /// Members told that a feed does not keep any more what they missed.
    FeedGaps,
    /// Members told that a feed has another epoch, and a gap.
    FeedEpochs,
    /// Members told that they may not publish in a feed.
    FeedRefusals,
    /// What was heard in live channels.
    LiveDeliveries,
    /// Members that came back to a live channel.
    LiveReturns,
    /// Tokens that were renewed as soon as they had to be.
    Renewals,
    /// Tokens that were renewed late.
    LateRenewals,
    /// Tokens that were not renewed at all.
    LackingTokens,
    /// Connections that were closed since their token had ended.
    EndedConnections,
    /// Subscriptions that were.
    EndedSubscriptions,
    /// Connections that were refused for a token that had ended.
    EndedTokens,
    /// Tokens that nobody had signed, and that were refused.
    Forgeries,
}

impl Count {
    /// Every one.
    pub const ALL: [Self; 21] = [
        Self::Steps,
        Self::Publications,
        Self::Deliveries,
        Self::Faults,
        Self::Servers,
        Self::TooMany,
        Self::FeedPublications,
        Self::RoomPublications,
        Self::CallRepeats,
        Self::FeedGaps,
        Self::FeedEpochs,
        Self::FeedRefusals,
        Self::LiveDeliveries,
        Self::LiveReturns,
        Self::Renewals,
        Self::LateRenewals,
        Self::LackingTokens,
        Self::EndedConnections,
        Self::EndedSubscriptions,
        Self::EndedTokens,
        Self::Forgeries,
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
            Self::FeedPublications => "calls to publish in feeds",
            Self::RoomPublications => "calls to publish in rooms",
            Self::CallRepeats => "calls that were repeats",
            Self::FeedGaps => "gaps in feeds",
            Self::FeedEpochs => "feeds begun anew",
            Self::FeedRefusals => "refusals of feeds",
            Self::LiveDeliveries => "deliveries in live channels",
            Self::LiveReturns => "returns to live channels",
            Self::Renewals => "tokens renewed",
            Self::LateRenewals => "tokens renewed late",
            Self::LackingTokens => "tokens never renewed",
            Self::EndedConnections => "connections ended by time",
            Self::EndedSubscriptions => "subscriptions ended by time",
            Self::EndedTokens => "tokens refused as ended",
            Self::Forgeries => "forged tokens refused",
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
            .try_for_each(|what| writeln!(f, "{:<28} {:>11}", what.name(), self.of(what)))
    }
}
