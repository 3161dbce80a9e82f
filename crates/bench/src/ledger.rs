//! Who got what of a broadcast: deliveries, gaps and repetitions, counted exactly.
//!
//! For each receiver and sender stands the number of the last message that
//! came. The next one has the next number; a higher one is a gap, any other
//! one came twice or late.

use std::time::{Duration, Instant};

use crate::histogram::Histogram;
use crate::mark::Mark;

/// The books of one run.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Connections before this one receive; those from here on are counted
    /// for their deliveries only.
    n_receivers: usize,
    /// By sender: when each of its messages should have been sent.
    due: Vec<Vec<Instant>>,
    /// By receiver and sender: the number of the last message that came.
    last: Vec<u32>,
    /// Receivers that are not given up, and how many.
    listens: Vec<bool>,
    n_listening: usize,
    /// Receivers that have got a trial.
    n_tried: usize,
    tried: Vec<bool>,
    /// What receivers still have to get, of all that was sent.
    pub(crate) n_due: u64,
    pub(crate) figures: Figures,
}

/// What is counted between two moments.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) n_sent: u64,
    /// What came to all connections, those of the senders included.
    pub(crate) n_deliveries: u64,
    pub(crate) n_bytes: u64,
    pub(crate) n_lost: u64,
    /// Came a second time, or after a later one.
    pub(crate) n_repeated: u64,
    pub(crate) latency: Histogram,
}

impl Ledger {
    /// Books for senders whose messages all receivers are to get.
    pub(crate) fn new(n_receivers: usize, n_senders: usize) -> Self {
        Self {
            n_receivers,
            due: vec![Vec::new(); n_senders],
            last: vec![0; n_receivers * n_senders],
            listens: vec![true; n_receivers],
            n_listening: n_receivers,
            n_tried: 0,
            tried: vec![false; n_receivers],
            n_due: 0,
            figures: Figures::default(),
        }
    }

    /// A message that should be sent at `due`: its mark.
    pub(crate) fn send(&mut self, sender: usize, due: Instant) -> Mark {
        self.due[sender].push(due);
        self.n_due += self.n_listening as u64;
        self.figures.n_sent += 1;
        Mark {
            sender,
            number: self.due[sender].len() as u32,
        }
    }

    /// A mark that came to a connection; whether it is one more delivery.
    pub(crate) fn note(&mut self, connection: usize, mark: Mark, now: Instant) -> bool {
        let Some(due) = self.due.get(mark.sender) else {
            return false;
        };
        let Some(at) = mark.number.checked_sub(1) else {
            self.note_trial(connection);
            return false;
        };
        let Some(due) = due.get(at as usize) else {
            return false;
        };
        let late = now.saturating_duration_since(*due);
        self.figures.n_deliveries += 1;
        if connection >= self.n_receivers {
            return false;
        }
        let last = &mut self.last[connection * self.due.len() + mark.sender];
        match mark.number.checked_sub(*last + 1) {
            None => {
                self.figures.n_repeated += 1;
                false
            }
            Some(n_lost) => {
                *last = mark.number;
                self.lose(n_lost.into());
                self.n_due -= 1;
                self.figures.latency.record(late);
                true
            }
        }
    }

    /// How many receivers have got a trial.
    pub(crate) fn n_tried(&self) -> usize {
        self.n_tried
    }

    fn note_trial(&mut self, connection: usize) {
        if let Some(tried @ false) = self.tried.get_mut(connection) {
            *tried = true;
            self.n_tried += 1;
        }
    }

    /// How many receivers are still there.
    pub(crate) fn n_listening(&self) -> usize {
        self.n_listening
    }

    /// A receiver is gone: what it was still to get will not come.
    pub(crate) fn give_up(&mut self, receiver: usize) {
        if let Some(listens @ true) = self.listens.get_mut(receiver) {
            *listens = false;
            self.n_listening -= 1;
            self.lose_rest(receiver);
        }
    }

    /// Nothing more of what was sent will come to anybody.
    pub(crate) fn settle(&mut self) {
        for receiver in 0..self.n_receivers {
            if self.listens[receiver] {
                self.lose_rest(receiver);
            }
        }
    }

    fn lose_rest(&mut self, receiver: usize) {
        for sender in 0..self.due.len() {
            let n_sent = self.due[sender].len() as u32;
            let last = &mut self.last[receiver * self.due.len() + sender];
            let n_lost = n_sent - std::mem::replace(last, n_sent);
            self.lose(n_lost.into());
        }
    }

    fn lose(&mut self, n: u64) {
        self.figures.n_lost += n;
        self.n_due -= n;
    }

    /// The figures so far; they begin anew.
    pub(crate) fn take_figures(&mut self) -> Figures {
        std::mem::take(&mut self.figures)
    }
}

/// How long nothing may come before no more is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(sender: usize, number: u32) -> Mark {
        Mark { sender, number }
    }

    #[test]
    fn deliveries_gaps_and_repetitions_are_counted() {
        let start = Instant::now();
        let mut ledger = Ledger::new(2, 2);
        for _ in 0..4 {
            ledger.send(0, start);
        }
        ledger.send(1, start);
        assert_eq!(ledger.n_due, 10);
        let now = start + Duration::from_millis(3);
        for number in 1..=4 {
            assert!(ledger.note(0, mark(0, number), now));
        }
        assert!(ledger.note(0, mark(1, 1), now));
        assert_eq!((ledger.n_due, ledger.figures.n_lost), (5, 0));

        assert!(ledger.note(1, mark(0, 1), now));
        assert!(ledger.note(1, mark(0, 4), now), "after a gap of two");
        assert!(!ledger.note(1, mark(0, 2), now), "late");
        assert!(!ledger.note(1, mark(0, 4), now), "twice");
        let figures = &ledger.figures;
        assert_eq!((figures.n_lost, figures.n_repeated), (2, 2));
        assert_eq!(ledger.n_due, 1);

        ledger.give_up(1);
        ledger.give_up(1);
        let figures = ledger.take_figures();
        assert_eq!((figures.n_sent, figures.n_deliveries), (5, 9));
        assert_eq!((figures.n_lost, ledger.n_due), (3, 0));
        assert_eq!(figures.latency.max(), 3_000);
    }

    #[test]
    fn what_was_never_sent_counts_for_nothing() {
        let mut ledger = Ledger::new(1, 1);
        assert!(!ledger.note(0, mark(0, 1), Instant::now()));
        assert!(!ledger.note(0, mark(7, 1), Instant::now()));
        assert_eq!(ledger.figures.n_deliveries, 0);
    }

    #[test]
    fn a_sender_that_is_no_receiver_counts_for_the_deliveries_alone() {
        let mut ledger = Ledger::new(1, 1);
        let now = Instant::now();
        let mark = ledger.send(0, now);
        assert!(!ledger.note(1, mark, now));
        assert_eq!((ledger.figures.n_deliveries, ledger.n_due), (1, 1));
    }

    #[test]
    fn each_receiver_is_tried_once() {
        let mut ledger = Ledger::new(2, 1);
        for connection in [0, 0, 2] {
            ledger.note(connection, mark(0, 0), Instant::now());
        }
        assert_eq!(ledger.n_tried(), 1);
    }
}
