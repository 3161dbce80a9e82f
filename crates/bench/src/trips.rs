//! Round trips: what each connection has said and not heard yet.
//!
//! The order is not judged: who speaks in several rooms hears each of them in
//! its order, and the rooms as they come.

use std::collections::VecDeque;
use std::time::Instant;

use crate::ledger::Figures;
use crate::mark::Mark;

/// The books of those who are to hear themselves.
#[derive(Debug)]
pub(crate) struct Trips {
    senders: Vec<Sender>,
    /// Messages under way, of all senders.
    pub(crate) n_due: u64,
    pub(crate) figures: Figures,
}

#[derive(Debug, Default)]
struct Sender {
    /// How many messages before the first one under way.
    n_done: u32,
    /// When each was sent, from the first one under way on; none that was
    /// heard.
    under_way: VecDeque<Option<Instant>>,
    gone: bool,
}

impl Trips {
    pub(crate) fn new(n: usize) -> Self {
        Self {
            senders: std::iter::repeat_with(Sender::default).take(n).collect(),
            n_due: 0,
            figures: Figures::default(),
        }
    }

    /// A message that is sent now: its mark.
    pub(crate) fn send(&mut self, sender: usize, now: Instant) -> Mark {
        let Sender {
            n_done, under_way, ..
        } = &mut self.senders[sender];
        under_way.push_back(Some(now));
        self.n_due += 1;
        self.figures.n_sent += 1;
        Mark {
            sender,
            number: *n_done + under_way.len() as u32,
        }
    }

    /// A mark that came to a connection; whether it ends a round trip.
    pub(crate) fn note(&mut self, connection: usize, mark: Mark, now: Instant) -> bool {
        if connection != mark.sender {
            return false;
        }
        let Some(sender) = self.senders.get_mut(connection) else {
            return false;
        };
        let place = mark.number.checked_sub(sender.n_done + 1);
        let sent = place.and_then(|place| sender.under_way.get_mut(place as usize)?.take());
        let Some(sent) = sent else {
            self.figures.n_repeated += 1;
            return false;
        };
        while let Some(None) = sender.under_way.front() {
            sender.under_way.pop_front();
            sender.n_done += 1;
        }
        self.n_due -= 1;
        self.figures.n_deliveries += 1;
        self.figures
            .latency
            .record(now.saturating_duration_since(sent));
        true
    }

    /// Whether this connection is still there.
    pub(crate) fn is_there(&self, sender: usize) -> bool {
        !self.senders[sender].gone
    }

    /// A connection is gone: what it was still to hear will not come.
    pub(crate) fn give_up(&mut self, sender: usize) {
        self.senders[sender].gone = true;
        self.lose_rest(sender);
    }

    /// Nothing more of what was sent will come to anybody.
    pub(crate) fn settle(&mut self) {
        for sender in 0..self.senders.len() {
            self.lose_rest(sender);
        }
    }

    fn lose_rest(&mut self, sender: usize) {
        let sender = &mut self.senders[sender];
        let n_lost = sender.under_way.iter().flatten().count() as u64;
        sender.n_done += sender.under_way.len() as u32;
        sender.under_way.clear();
        self.n_due -= n_lost;
        self.figures.n_lost += n_lost;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_trip_ends_once_in_whatever_order() {
        let start = Instant::now();
        let mut trips = Trips::new(2);
        let marks: Vec<_> = (0..3).map(|_| trips.send(0, start)).collect();
        let now = start + Duration::from_millis(2);
        assert!(
            !trips.note(1, marks[0], now),
            "what another says ends no trip"
        );
        assert!(trips.note(0, marks[2], now));
        assert!(trips.note(0, marks[0], now));
        assert!(!trips.note(0, marks[0], now), "twice, and done with");
        assert!(!trips.note(0, marks[2], now), "twice, behind one under way");
        assert_eq!((trips.n_due, trips.figures.n_repeated), (1, 2));
        assert!(trips.note(0, marks[1], now));
        assert_eq!((trips.n_due, trips.figures.n_deliveries), (0, 3));
        assert_eq!(trips.figures.latency.max(), 2_000);
        assert_eq!(trips.send(0, now).number, 4);
    }

    #[test]
    fn what_does_not_come_is_lost_once() {
        let now = Instant::now();
        let mut trips = Trips::new(2);
        let mark = trips.send(0, now);
        trips.send(0, now);
        trips.send(1, now);
        assert!(trips.note(0, mark, now));
        trips.give_up(0);
        trips.give_up(0);
        assert_eq!((trips.n_due, trips.figures.n_lost), (1, 1));
        assert_eq!((trips.is_there(0), trips.is_there(1)), (false, true));
        trips.settle();
        assert_eq!((trips.n_due, trips.figures.n_lost), (0, 2));
    }
}
