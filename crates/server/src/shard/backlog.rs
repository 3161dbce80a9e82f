//! What is to be told in channels, and how much of it a turn takes.
//!
//! ```text
//! mail, by channel:  tea   d d d d d a d d a d │ d d a     waits
//!                    milk  d a                 │
//!                          ──── this turn ─────┘
//! ```
//!
//! A turn takes so many bytes of each channel, fewer where they go to many
//! members; what it leaves is for the next. So a flood in one room makes no
//! batch that would overrun its members' queues, and delays another room by no
//! more than the turn that is on its way. Answers to publishers keep their place among the publications of their
//! channel: whoever hears that its own is published has heard it before.

/// News of channels, each in its channel's order.
#[derive(Debug)]
pub(super) struct Backlog<T> {
    waiting: Vec<Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    channel: u64,
    bytes: usize,
    news: T,
}

impl<T> Backlog<T> {
    pub(super) fn new() -> Self {
        let waiting = Vec::new();
        Self { waiting }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
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
    /// fits into `bytes_max` of the channel, and be it one that does not.
    pub(super) fn take(&mut self, bytes_max: impl Fn(u64) -> usize) -> impl Iterator<Item = T> {
        // Stable, so that the news of a channel stay in their order.
        self.waiting.sort_by_key(|one| one.channel);
        let mut share = Share::default();
        let is_due = move |one: &mut Waiting<T>| share.admits(one.channel, one.bytes, &bytes_max);
        self.waiting.extract_if(.., is_due).map(|one| one.news)
    }
}

/// How much of the channel at hand is taken.
#[derive(Default)]
struct Share {
    channel: Option<u64>,
    bytes: usize,
    bytes_max: usize,
    is_full: bool,
}

impl Share {
    fn admits(&mut self, channel: u64, bytes: usize, bytes_max: impl Fn(u64) -> usize) -> bool {
        if self.channel != Some(channel) {
            *self = Self {
                channel: Some(channel),
                bytes_max: bytes_max(channel),
                ..Self::default()
            };
        }
        // Whatever comes after one that has to wait waits, too.
        self.is_full |= self.bytes > 0 && self.bytes + bytes > self.bytes_max;
        self.bytes += bytes;
        !self.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The channel with so many members that a turn takes little of it.
    const BIG: u64 = 9;

    fn turn(backlog: &mut Backlog<&'static str>) -> String {
        backlog
            .take(|channel| if channel == BIG { 1 } else { 10 })
            .collect::<Vec<_>>()
            .join(" ")
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
    fn a_channel_has_a_share_of_its_own() {
        let mut backlog = Backlog::new();
        for news in ["big1", "big2"] {
            backlog.push(BIG, 1, news);
        }
        for news in ["tea1", "tea2"] {
            backlog.push(7, 5, news);
        }
        assert_eq!(turn(&mut backlog), "tea1 tea2 big1");
        assert_eq!(turn(&mut backlog), "big2");
    }
}
