//! A shard: one thread that owns its connections outright.
//!
//! Nothing about a connection is shared, so no lock lies between a message
//! and a socket. The thread goes round in turns:
//!
//! ```text
//!        ┌──────────────────────────────────────────────────────────┐
//!        ▼                                                          │
//! sleep ─▶ read what is readable ─▶ open the mail ─▶ keep time ─▶ write
//!          decode, admit, publish   fan out to       pings,      once per
//!                                   outboxes         deadlines   socket
//! ```
//!
//! Everything that came in during a turn goes out at its end with one write
//! per socket. When little happens a turn holds one message, which leaves at
//! once; under load turns hold more by themselves, and each costs less.
//!
//! A turn is bounded: it reads once from each socket, and takes a bounded share
//! of what each channel has to tell (`backlog`). After a long one big channels
//! `rest`, so that the next write carries more.
//!
//! The poll is edge-triggered and each socket is registered once, for both
//! directions: a connection costs no system call but its reads and writes.

mod backlog;
mod connection;
mod desk;
mod dialogue;
mod fan_out;
mod rest;
#[cfg(test)]
mod scale;
mod time;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use engine::{Answer, Origin, ShardId};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;
use websocket::CloseCode;

use self::backlog::Backlog;
use self::connection::{Connection, Reader};
use self::fan_out::fan_out;
use self::rest::Rest;
use crate::delivery::Delivery;
use crate::door::Arrival;
use crate::keeper::{Calls, Reads};
use crate::limits::TURN_BYTES_MAX;
use crate::mailbox::{Mail, Mailbox, News};
use crate::order::Order;

pub(crate) use self::desk::{Desk, Shared};

/// The token of the mailbox's waker; connections have their slot's number.
const MAILBOX: Token = Token(usize::MAX);

/// How many events one poll takes.
const EVENTS_MAX: usize = 1024;

/// Nap while another shard's mailbox is full and nothing may be read.
const FULL_NAP: Duration = Duration::from_millis(1);

/// One thread's share of the connections.
pub(crate) struct Shard {
    poll: Poll,
    connections: Slab<Box<Connection>>,
    reader: Reader,
    desk: Desk,
    /// News that earlier turns have left.
    backlog: Backlog<News>,
    /// Of the big channels.
    rest: Rest,
    /// Lists that are empty between turns, kept for their memory.
    mail: Vec<Mail>,
    deliveries: Vec<Arc<Delivery>>,
    answers: Vec<Answer>,
    /// The second for which pings were last sent.
    second: u64,
    /// How many connections were made: the next one's serial number.
    made: u32,
    stopping: bool,
}

/// The poll of a shard to be, and the mailbox that can wake it.
pub(crate) fn poll_and_mailbox() -> io::Result<(Poll, Mailbox)> {
    let poll = Poll::new()?;
    let waker = mio::Waker::new(poll.registry(), MAILBOX)?;
    Ok((poll, Mailbox::new(waker)))
}

impl Shard {
    pub(crate) fn new(
        id: ShardId,
        poll: Poll,
        shared: Arc<Shared>,
        reads: Reads,
        calls: Calls,
    ) -> Self {
        let reader = Reader::new(&shared.limits);
        Self {
            poll,
            connections: Slab::new(),
            reader,
            desk: Desk::new(id, shared, reads, calls),
            backlog: Backlog::new(),
            rest: Rest::default(),
            mail: Vec::new(),
            deliveries: Vec::new(),
            answers: Vec::new(),
            second: 0,
            made: 0,
            stopping: false,
        }
    }

    /// Works until it is told to stop and its last connection is closed.
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS_MAX);
        while !(self.stopping && self.connections.is_empty()) {
            self.sleep(&mut events).expect("a poll of our own works");
            self.desk.look_at_the_clock();
            self.read(&events);
            self.open_mail();
            self.keep_time();
            self.write();
            let (turn, clock) = (self.desk.now(), self.desk.shared.clock);
            self.rest.begin(turn.steady(), || clock.now().steady());
            self.remove_gone();
        }
    }

    fn sleep(&mut self, events: &mut Events) -> io::Result<()> {
        self.desk.shared.wake();
        let may_sleep = self.desk.mailbox().lie_down() && !self.backlog.has_due();
        let timeout = if !may_sleep || !self.desk.to_flush.is_empty() {
            Some(Duration::ZERO)
        } else if self.desk.unread.is_empty() {
            self.next_alarm()
        } else if self.desk.shared.is_full() {
            Some(FULL_NAP)
        } else {
            Some(Duration::ZERO)
        };
        let polled = self.poll.poll(events, timeout);
        self.desk.mailbox().get_up();
        match polled {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    /// Notes who can be written to again, and reads from whom it can.
    fn read(&mut self, events: &Events) {
        for event in events.iter().filter(|event| event.token() != MAILBOX) {
            let Some(connection) = self.connections.get_mut(event.token().0) else {
                continue;
            };
            if event.is_writable() {
                connection.mark_writable(&mut self.desk);
            }
            if event.is_read_closed() {
                connection.mark_ended();
            }
            if event.is_readable() || event.is_error() {
                connection.mark_unread(&mut self.desk);
            }
        }
        if self.desk.shared.is_full() {
            return;
        }
        let n_unread = self.desk.unread.len();
        for index in 0..n_unread {
            let slot = self.desk.unread[index] as usize;
            if let Some(connection) = self.connections.get_mut(slot) {
                let (reader, desk) = (&mut self.reader, &mut self.desk);
                guarded(connection, reader, desk, Connection::read);
                self.tell_moved();
            }
        }
        // What has been added meanwhile is for the next turn.
        self.desk.unread.drain(..n_unread);
        self.desk.shared.wake();
    }

    fn open_mail(&mut self) {
        let mut mail = std::mem::take(&mut self.mail);
        self.desk.mailbox().swap(&mut mail);
        for mail in mail.extract_if(.., |mail| matches!(mail, Mail::News(_))) {
            if let Mail::News(news) = mail {
                self.backlog.push(news.channel(), news.bytes(), news);
            }
        }
        // News first: who arrives only now was not there.
        self.tell();
        for mail in mail.drain(..) {
            match mail {
                Mail::News(_) => {}
                Mail::Arrival(arrival) => self.welcome(*arrival),
                Mail::Records(records) => {
                    self.bring(records.origin, |connection, reader, desk| {
                        connection.records(*records, reader, desk);
                    });
                }
                Mail::CallAnswer(answer) => {
                    self.bring(answer.origin, |connection, reader, desk| {
                        connection.call_answer(*answer, reader, desk);
                    });
                }
                Mail::Order(order) => self.obey(&order),
                Mail::Stop => self.stop(),
            }
        }
        self.mail = mail;
    }

    /// Tells members what has happened in their channels, as much of it as a
    /// turn takes, and then publishers what became of theirs: whoever hears
    /// that its own is published has heard it before.
    fn tell(&mut self) {
        let share = TURN_BYTES_MAX.min(self.desk.shared.limits.queue_bytes_max / 4);
        let (hub, now) = (&self.desk.node.hub, self.desk.now().steady());
        let share = |channel| (!self.rest.holds(hub.n_members(channel), now)).then_some(share);
        let mut bytes = 0;
        for news in self.backlog.take(share) {
            bytes += news.bytes();
            match news {
                News::Delivery(delivery) => self.deliveries.push(delivery),
                News::Answer(answer) => self.answers.push(*answer),
            }
        }
        for answer in &self.answers {
            // It gets both with one write.
            let connection = self.connections.get_mut(answer.origin.connection as usize);
            if let Some(connection) = connection {
                connection.mark_to_flush(&mut self.desk.to_flush);
            }
        }
        let n_members_max = fan_out(&self.deliveries, &mut self.desk, &mut self.connections);
        self.rest.note(n_members_max);
        self.deliveries.clear();
        self.desk.mailbox().told(bytes);
        let mut answers = std::mem::take(&mut self.answers);
        for answer in answers.drain(..) {
            self.bring(answer.origin, |connection, reader, desk| {
                connection.answer(answer, reader, desk);
            });
        }
        self.answers = answers;
    }

    /// Brings something to the connection that it is for, if that still is.
    fn bring(
        &mut self,
        origin: Origin,
        work: impl FnOnce(&mut Connection, &mut Reader, &mut Desk),
    ) {
        let connection = self.connections.get_mut(origin.connection as usize);
        if let Some(connection) = connection.filter(|c| c.serial() == origin.serial) {
            guarded(connection, &mut self.reader, &mut self.desk, work);
            self.tell_moved();
        }
    }

    /// Does to each connection that is meant what is to be done with it.
    fn obey(&mut self, order: &Order) {
        let slots: Vec<_> = self.connections.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            self.connections[slot].obey(order, &mut self.desk);
            self.tell_moved();
        }
    }

    /// Tells members that they have new seats, before anybody acts on them.
    fn tell_moved(&mut self) {
        for moved in self.desk.moved.drain(..) {
            if let Some(connection) = self.connections.get_mut(moved.connection as usize) {
                connection.moved(moved);
            }
        }
    }

    fn welcome(&mut self, arrival: Arrival) {
        if self.stopping {
            return;
        }
        self.made = self.made.wrapping_add(1);
        let entry = self.connections.vacant_entry();
        let slot = entry.key() as u32;
        let seated = Connection::new(arrival, slot, self.made, &mut self.desk);
        let Some((connection, mut early)) = seated else {
            return;
        };
        let connection = entry.insert(Box::new(connection));
        let registered = self.poll.registry().register(
            connection.socket(),
            Token(slot as usize),
            Interest::READABLE | Interest::WRITABLE,
        );
        match registered {
            Ok(()) => {
                let (reader, desk) = (&mut self.reader, &mut self.desk);
                guarded(connection, reader, desk, |c, reader, desk| {
                    c.take_early(&mut early, reader, desk);
                });
                self.tell_moved();
            }
            Err(error) => {
                tracing::error!(%connection, %error, "cannot poll this connection");
                connection.give_up(&mut self.desk);
            }
        }
    }

    /// Writes once to each socket for which something waits.
    fn write(&mut self) {
        let n_to_flush = self.desk.to_flush.len();
        for index in 0..n_to_flush {
            let slot = self.desk.to_flush[index] as usize;
            if let Some(connection) = self.connections.get_mut(slot) {
                connection.flush(&mut self.desk);
            }
        }
        self.desk.to_flush.drain(..n_to_flush);
    }

    fn stop(&mut self) {
        self.stopping = true;
        self.rest = Rest::default();
        self.tell();
        for (_, connection) in &mut self.connections {
            connection.close_for_stop(&mut self.desk);
        }
    }

    /// Removes those who are over, once however often they asked.
    fn remove_gone(&mut self) {
        while let Some(slot) = self.desk.gone.pop() {
            let Some(mut connection) = self.connections.try_remove(slot as usize) else {
                continue;
            };
            let channel = connection.channel(&self.desk);
            connection.end_session(&mut self.desk);
            connection.count_end(self.desk.counts());
            self.tell_moved();
            tracing::info!(%connection, channel, end = %connection.end(), "left");
            // A socket that closes leaves the poll by itself; one that failed
            // to register was never there.
            let _ = self.poll.registry().deregister(connection.socket());
        }
    }
}

/// Lets a connection work on what its client sent. A broken invariant that the
/// input has laid bare ends that connection, not the server.
fn guarded(
    connection: &mut Connection,
    reader: &mut Reader,
    desk: &mut Desk,
    work: impl FnOnce(&mut Connection, &mut Reader, &mut Desk),
) {
    let done = catch_unwind(AssertUnwindSafe(|| work(connection, reader, desk)));
    if done.is_err() {
        tracing::error!(%connection, "a bug: what this connection sent made us panic");
        *reader = Reader::new(&desk.shared.limits);
        connection.close(CloseCode::INTERNAL_ERROR, "internal error", desk);
    }
}
