//! What is to be told in channels, and how much of it a turn takes.
//!
//! ```text
//! mail, by channel:  tea   d d d d d a d d a d │ d d a     waits
//!                    milk  d a                 │
//!                          ──── this turn ─────┘
//! ```
//!
//! A turn takes so many bytes of each channel, and nothing of a channel that
//! rests; what it leaves is for a later one. So a flood in one room makes no
//! batch that would overrun its members' queues, and delays another room by no
//! more than the turn that is on its way. Answers to publishers keep their
//! place among the publications of their channel: whoever hears that its own is
//! published has heard it before.

/// News of channels, each in its channel's order.
#[derive(Debug)]
pub(super) struct Backlog<T> {
    waiting: Vec<Waiting<T>>,
    /// Something was left that was due, and was too much for one turn.
    has_due: bool,
}

#[derive(Debug)]
struct Waiting<T> {
    channel: u64,
    bytes: usize,
    news: T,
}

impl<T> Backlog<T> {
    pub(super) fn new() -> Self {
        Self {
            waiting: Vec::new(),
            has_due: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether the last turn left something that did not rest.
    pub(super) fn has_due(&self) -> bool {
        self.has_due
    }

    /// Adds the newest of a channel, by its number.
    pub(super) fn push(&mut self, channel: u64, bytes: usize, news: T) {
        self.waiting.push(Waiting {
            channel,
            bytes,
            news,
        });
    }

    /// Takes the oldest of each channel, one channel after another: as much as
    /// fits into the share of the channel, and be it one that does not; nothing
    /// where there is no share, for the channel rests.
    pub(super) fn take(&mut self, share: impl Fn(u64) -> Option<usize>) -> impl Iterator<Item = T> {
        // Stable, so that the news of a channel stay in their order.
        self.waiting.sort_by_key(|one| one.channel);
        self.has_due = false;
        let mut taking = Taking::default();
        let has_due = &mut self.has_due;
        let is_due = move |one: &mut Waiting<T>| taking.admits(one, &share, has_due);
        self.waiting.extract_if(.., is_due).map(|one| one.news)
    }
}

/// How much of the channel at hand is taken.
#[derive(Default)]
struct Taking {
    channel: Option<u64>,
    share: Option<usize>,
    bytes: usize,
    is_full: bool,
}

impl Taking {
    fn admits<T>(
        &mut self,
        one: &Waiting<T>,
        share: impl Fn(u64) -> Option<usize>,
        has_due: &mut bool,
    ) -> bool {
        if self.channel != Some(one.channel) {
            *self = Self {
                channel: Some(one.channel),
                share: share(one.channel),
                ..Self::default()
            };
        }
        let Some(share) = self.share else {
            return false;
        };
        // Whatever comes after one that has to wait waits, too.
        self.is_full |= self.bytes > 0 && self.bytes + one.bytes > share;
        self.bytes += one.bytes;
        *has_due |= self.is_full;
        !self.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The channel that rests.
    const RESTING: u64 = 9;

    fn turn(backlog: &mut Backlog<&'static str>) -> String {
        let share = |channel| (channel != RESTING).then_some(10);
        backlog.take(share).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_turn_takes_a_share_of_each_channel_in_its_order() {
        let mut backlog = Backlog::new();
        for (channel, bytes, news) in [
            (7, 6, "tea1"),
            (7, 4, "tea2"),
            (7, 0, "answer1"),
            (7, 1, "tea3"),
            (3, 1, "milk1"),
            (7, 0, "answer3"),
        ] {
            backlog.push(channel, bytes, news);
        }
        assert_eq!(turn(&mut backlog), "milk1 tea1 tea2 answer1");
        assert!(backlog.has_due());
        backlog.push(3, 1, "milk2");
        backlog.push(7, 1, "tea4");
        assert_eq!(turn(&mut backlog), "milk2 tea3 answer3 tea4");
        assert!(backlog.is_empty());
    }

    #[test]
    fn what_is_bigger_than_a_share_goes_alone() {
        let mut backlog = Backlog::new();
        for news in ["a", "b"] {
            backlog.push(1, 11, news);
        }
        assert_eq!(turn(&mut backlog), "a");
        assert_eq!(turn(&mut backlog), "b");
    }

    #[test]
    fn a_channel_that_rests_waits_and_is_not_due() {
        let mut backlog = Backlog::new();
        backlog.push(RESTING, 1, "big1");
        backlog.push(7, 0, "tea1");
        backlog.push(RESTING, 0, "answer1");
        assert_eq!(turn(&mut backlog), "tea1");
        assert!(!backlog.has_due() && !backlog.is_empty());
        let all: Vec<_> = backlog.take(|_| Some(10)).collect();
        assert_eq!(all, ["big1", "answer1"]);
        assert!(backlog.is_empty());
    }
}
