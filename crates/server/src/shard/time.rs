//! What happens because time has passed: pings, and the ends of patience.
//!
//! No connection has a timer. Pings go round by slot: in each second those
//! whose slot falls into it are pinged, and those who were pinged more than a
//! pong timeout ago and are still silent are taken as gone.
//!
//! ```text
//! slot      0   1   2 … 24   25  26 …      interval 25 s, timeout 10 s
//! pinged in second 0, 25   1, 26   2, 27 …
//! judged in second 11, 36  12, 37  …
//! ```
//!
//! Who comes in the first half before its second goes round half an interval
//! later. So everyone's first ping comes after half an interval to a whole
//! one, and who reconnects with all the others is not pinged with them.
//!
//! All closing connections have the same patience, so their deadlines are a
//! queue that is in order by itself.

use std::collections::VecDeque;
use std::time::Duration;

use super::Shard;

/// For so many deadlines a queue keeps its memory when there are fewer.
const KEPT_MAX: usize = 1_000;

/// When connections that are closing are dropped.
#[derive(Debug, Default)]
pub(crate) struct Deadlines(VecDeque<Deadline>);

#[derive(Debug)]
struct Deadline {
    at: Duration,
    slot: u32,
    /// Tells whether the slot still holds the connection that was meant.
    serial: u32,
}

impl Deadlines {
    /// Adds a deadline; `at` is never before the one added last.
    pub(crate) fn push(&mut self, at: Duration, slot: u32, serial: u32) {
        self.0.push_back(Deadline { at, slot, serial });
    }

    fn next(&self) -> Option<Duration> {
        self.0.front().map(|deadline| deadline.at)
    }

    fn pop_due(&mut self, uptime: Duration) -> Option<Deadline> {
        let due = self.0.pop_front_if(|deadline| deadline.at <= uptime)?;
        // What a storm took is given back.
        if self.0.capacity() > KEPT_MAX && self.0.len() < self.0.capacity() / 4 {
            self.0.shrink_to(self.0.capacity() / 2);
        }
        Some(due)
    }
}

impl Shard {
    /// How long the shard may sleep when nothing happens.
    pub(super) fn next_alarm(&self) -> Option<Duration> {
        if self.connections.is_empty() && !self.desk.node.hub.has_promised() {
            return None;
        }
        let uptime = self.desk.shared.clock.now().steady();
        if !self.backlog.is_empty() {
            // The poll rounds it up to a millisecond.
            return Some(self.rest.left(uptime));
        }
        let next_second = Duration::from_secs(self.second + 1);
        let next = self
            .desk
            .deadlines
            .next()
            .map_or(next_second, |at| at.min(next_second));
        // The clock is read after the sleep; a millisecond more keeps a
        // rounded timeout from waking the shard just before its time.
        Some(next.saturating_sub(uptime) + Duration::from_millis(1))
    }

    pub(super) fn keep_time(&mut self) {
        let uptime = self.desk.now().steady();
        while let Some(deadline) = self.desk.deadlines.pop_due(uptime) {
            let connection = self.connections.get_mut(deadline.slot as usize);
            if let Some(connection) = connection.filter(|c| c.serial() == deadline.serial) {
                connection.give_up(&mut self.desk);
            }
        }
        while let Some(deadline) = self.desk.introductions.pop_due(uptime) {
            let connection = self.connections.get_mut(deadline.slot as usize);
            if let Some(connection) = connection.filter(|c| c.serial() == deadline.serial) {
                connection.judge_introduction(&mut self.desk);
            }
        }
        // Seconds that the shard has slept through are left out: were they
        // made up for, somebody could be pinged and judged in one moment.
        if self.second != uptime.as_secs() {
            self.second = uptime.as_secs();
            self.tick();
        }
    }

    fn tick(&mut self) {
        let second = self.second;
        let interval = self.desk.shared.limits.ping_interval.as_secs();
        // A ping may go out late in its second, and still has all of its time.
        let patience = self.desk.shared.limits.pong_timeout.as_secs() + 1;
        for slot in self.slots_of(second + interval - patience, interval) {
            self.connections[slot].judge_silence(&mut self.desk);
        }
        for slot in self.slots_of(second, interval) {
            let connection = &mut self.connections[slot];
            connection.ping(&mut self.desk);
            connection.judge_tokens(&mut self.desk);
            self.tell_moved();
        }
        self.desk.node.tell_guests();
    }

    /// The occupied slots that fall into a second of the interval.
    fn slots_of(&self, second: u64, interval: u64) -> Vec<usize> {
        let round = |second: u64, is_late: bool| {
            ((second % interval) as usize..self.connections.capacity())
                .step_by(interval as usize)
                .filter(move |&slot| {
                    let connection = self.connections.get(slot);
                    connection.is_some_and(|one| one.is_late == is_late)
                })
        };
        let late = round(second + interval - interval / 2, true);
        round(second, false).chain(late).collect()
    }
}

/// Whether who comes now goes round half an interval after its slot's second.
pub(super) fn is_late(slot: u32, now: Duration, interval: Duration) -> bool {
    let (now, interval) = (now.as_secs(), interval.as_secs());
    // From 1 to the interval: this second's pings are out.
    let first = interval - (now + interval - u64::from(slot) % interval) % interval;
    first + interval / 2 <= interval
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ping_comes_after_half_an_interval_to_a_whole_one() {
        for interval in [2, 3, 24, 25] {
            for (slot, now) in (0..60).flat_map(|slot| (0..60).map(move |now| (slot, now))) {
                let second = Duration::from_secs;
                let late = match is_late(slot, second(now), second(interval)) {
                    true => interval / 2,
                    false => 0,
                };
                let is_pinged =
                    |at: &u64| (at + interval - late) % interval == u64::from(slot) % interval;
                let first = (now + 1..).find(is_pinged).unwrap() - now;
                assert!(
                    (interval.div_ceil(2)..=interval).contains(&first),
                    "{interval} {first}"
                );
            }
        }
    }

    #[test]
    fn deadlines_come_due_in_order() {
        let mut deadlines = Deadlines::default();
        let second = Duration::from_secs;
        deadlines.push(second(5), 1, 10);
        deadlines.push(second(7), 2, 20);
        assert_eq!(deadlines.next(), Some(second(5)));
        assert!(deadlines.pop_due(second(4)).is_none());
        assert_eq!(deadlines.pop_due(second(6)).map(|due| due.slot), Some(1));
        assert!(deadlines.pop_due(second(6)).is_none());
        assert_eq!(deadlines.pop_due(second(7)).map(|due| due.slot), Some(2));
    }

    #[test]
    fn the_memory_of_many_deadlines_is_given_back() {
        let mut deadlines = Deadlines::default();
        for slot in 0..20_000 {
            deadlines.push(Duration::from_secs(5), slot, 0);
        }
        let due = std::iter::from_fn(|| deadlines.pop_due(Duration::from_secs(5)));
        assert!(due.map(|due| due.slot).eq(0..20_000));
        assert!(deadlines.0.capacity() <= KEPT_MAX);
    }
}
