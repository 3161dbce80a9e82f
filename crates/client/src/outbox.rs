//! What was published and is not acknowledged yet, in the order it was said.
//!
//! ```text
//!   add ──▶ waiting ──take──▶ in flight ──settle──▶ gone
//!              ▲                  │
//!              └─────recall───────┘   the connection is lost
//! ```
//!
//! What has an `id` of its own goes out again then, as the server stores an id
//! once; what has none is refused. What waited leaves at a pace that the server
//! takes; what is published while nothing waits goes out at once.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use serde_json::value::RawValue;

/// More wait for no network: what comes on top is refused at once.
pub const ENTRIES_MAX: usize = 1_000;
/// Between two that waited: the server takes 30 messages a second.
const PACE: Duration = Duration::from_millis(50);
/// So many leave in one go first: the server takes 60.
const BURST: u32 = 20;

/// What an acknowledgement names.
pub type Ticket = u64;

/// Too much waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueFull;

impl fmt::Display for QueueFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ENTRIES_MAX} publications wait to be sent already")
    }
}

impl std::error::Error for QueueFull {}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) ticket: Ticket,
    pub(crate) channel: String,
    pub(crate) data: Box<RawValue>,
    is_in_flight: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: VecDeque<Entry>,
    n_tickets: Ticket,
    /// When all the burst may leave again; each entry that leaves puts it off.
    rested_at: Duration,
    /// Whether the rest has waited, and so leaves at the pace.
    is_late: bool,
}

impl Outbox {
    pub(crate) fn add(&mut self, channel: &str, data: Box<RawValue>) -> Result<Ticket, QueueFull> {
        if self.entries.len() >= ENTRIES_MAX {
            return Err(QueueFull);
        }
        self.n_tickets += 1;
        self.entries.push_back(Entry {
            ticket: self.n_tickets,
            channel: channel.into(),
            data,
            is_in_flight: false,
        });
        Ok(self.n_tickets)
    }

    /// The next to send, where there is one and its time has come.
    pub(crate) fn take(&mut self, now: Duration) -> Option<&Entry> {
        let next = self.entries.iter_mut().find(|entry| !entry.is_in_flight);
        let Some(entry) = next else {
            self.is_late = false;
            return None;
        };
        if self.is_late {
            let rested_at = self.rested_at.max(now) + PACE;
            if rested_at > now + PACE * BURST {
                return None;
            }
            self.rested_at = rested_at;
        }
        entry.is_in_flight = true;
        Some(entry)
    }

    /// When the next may leave; none where none waits.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        let waits = self.entries.iter().any(|entry| !entry.is_in_flight);
        waits.then(|| (self.rested_at + PACE).saturating_sub(PACE * BURST))
    }

    /// It was answered.
    pub(crate) fn settle(&mut self, ticket: Ticket) {
        self.entries.retain(|entry| entry.ticket != ticket);
    }

    /// The oldest in flight is what the server closed the connection for.
    pub(crate) fn blame(&mut self) -> Option<Ticket> {
        let at = self.entries.iter().position(|entry| entry.is_in_flight)?;
        self.entries.remove(at).map(|entry| entry.ticket)
    }

    /// Everything in flight waits again, or is given up: these.
    pub(crate) fn recall(&mut self) -> Vec<Ticket> {
        self.is_late = true;
        let mut given_up = Vec::new();
        self.entries.retain_mut(|entry| {
            let stays = !entry.is_in_flight || is_repeatable(&entry.data);
            entry.is_in_flight = false;
            if !stays {
                given_up.push(entry.ticket);
            }
            stays
        });
        given_up
    }

    /// Nothing will be sent any more.
    pub(crate) fn clear(&mut self) -> Vec<Ticket> {
        self.entries.drain(..).map(|entry| entry.ticket).collect()
    }
}

fn is_repeatable(data: &RawValue) -> bool {
    let data = serde_json::from_str::<serde_json::Value>(data.get());
    data.is_ok_and(|data| data["id"].as_str().is_some_and(|id| !id.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(all: &[&str]) -> Outbox {
        let mut outbox = Outbox::default();
        for data in all {
            add(&mut outbox, data).unwrap();
        }
        outbox
    }

    fn add(outbox: &mut Outbox, data: &str) -> Result<Ticket, QueueFull> {
        outbox.add("room:tea", RawValue::from_string(data.into()).unwrap())
    }

    fn take_all(outbox: &mut Outbox, now: Duration) -> Vec<Ticket> {
        std::iter::from_fn(|| outbox.take(now).map(|entry| entry.ticket)).collect()
    }

    #[test]
    fn what_has_an_id_is_sent_again_in_its_order() {
        let mut outbox = outbox(&[r#"{"id":"a"}"#, "1", r#"{"id":""}"#, r#"{"id":"b"}"#]);
        assert_eq!(take_all(&mut outbox, Duration::ZERO), [1, 2, 3, 4]);
        assert_eq!(outbox.recall(), [2, 3]);
        assert_eq!(take_all(&mut outbox, Duration::ZERO), [1, 4]);
        outbox.settle(1);
        assert_eq!(outbox.blame(), Some(4));
        assert_eq!(outbox.blame(), None);
    }

    #[test]
    fn what_waited_leaves_at_a_pace() {
        let mut outbox = outbox(&[r#"{"id":"a"}"#; 50]);
        outbox.recall();
        assert_eq!(take_all(&mut outbox, Duration::ZERO).len(), 20);
        let next_at = outbox.next_at().unwrap();
        assert_eq!(next_at, PACE);
        assert_eq!(take_all(&mut outbox, next_at).len(), 1);
        assert_eq!(take_all(&mut outbox, Duration::from_secs(60)).len(), 20);
    }

    #[test]
    fn more_than_the_limit_is_refused() {
        let mut outbox = outbox(&["1"; ENTRIES_MAX]);
        assert_eq!(add(&mut outbox, "1"), Err(QueueFull));
        assert_eq!(outbox.clear().len(), ENTRIES_MAX);
        assert!(add(&mut outbox, "1").is_ok());
    }
}
