//! Between shards there are only mailboxes.
//!
//! Anyone may put mail in; the shard that owns the box takes all of it at once,
//! once a turn. A shard that is asleep in its poll is woken, one that is at
//! work is not: it looks again before it sleeps.
//!
//! ```text
//! sender                          shard
//! put mail in                     asleep = true
//! asleep? yes: asleep = false,    mail there? yes: do not sleep
//!              wake it            no: sleep until an event or a wake
//! ```
//!
//! Whichever comes first, one of the two sees what the other did.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use engine::{Answer, Fanout, Publication, ShardId, ShardSet};
use mio::Waker;

use crate::delivery::Delivery;
use crate::door::Arrival;
use crate::keeper::Records;
use crate::limits::MAILBOX_BYTES_MAX;
use crate::outside::Outside;

/// What a shard is told from outside.
pub(crate) enum Mail {
    /// Somebody's connection is upgraded; it is yours now.
    Arrival(Box<Arrival>),
    /// Something was published in a channel that has members with you.
    Delivery(Arc<Delivery>),
    /// A connection of yours has published something; this became of it.
    Answer(Box<Answer>),
    /// The log has been read for a connection of yours.
    Records(Box<Records>),
    /// Close every connection with 1001, then end.
    Stop,
}

/// The mailbox of one shard.
#[derive(Debug)]
pub(crate) struct Mailbox {
    mail: Mutex<Vec<Mail>>,
    delivery_bytes: AtomicUsize,
    asleep: AtomicBool,
    waker: Waker,
}

impl Mailbox {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            mail: Mutex::default(),
            delivery_bytes: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            waker,
        }
    }

    /// Puts mail in and sees that its shard wakes up for it.
    pub(crate) fn put(&self, mail: Mail) {
        if let Mail::Delivery(delivery) = &mail {
            self.delivery_bytes
                .fetch_add(delivery.bytes(), Ordering::Relaxed);
        }
        self.lock().push(mail);
        if self.asleep.swap(false, Ordering::SeqCst)
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "cannot wake a shard");
        }
    }

    /// Takes everything that waits, and leaves an empty list in its place.
    pub(crate) fn swap(&self, mail: &mut Vec<Mail>) {
        debug_assert!(mail.is_empty());
        std::mem::swap(&mut *self.lock(), mail);
        let bytes = mail.iter().map(|mail| match mail {
            Mail::Delivery(delivery) => delivery.bytes(),
            _ => 0,
        });
        self.delivery_bytes
            .fetch_sub(bytes.sum(), Ordering::Relaxed);
    }

    /// Says that the shard is about to sleep; returns whether it may.
    pub(crate) fn lie_down(&self) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        let may_sleep = self.lock().is_empty();
        if !may_sleep {
            self.get_up();
        }
        may_sleep
    }

    /// Says that the shard is awake and will look at its mail.
    pub(crate) fn get_up(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }

    fn is_full(&self) -> bool {
        self.delivery_bytes.load(Ordering::Relaxed) > MAILBOX_BYTES_MAX
    }

    /// A push cannot be interrupted half-way, so a poisoned lock is sound.
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Mail>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Arrival(_) => "Arrival",
            Self::Delivery(_) => "Delivery",
            Self::Answer(_) => "Answer",
            Self::Records(_) => "Records",
            Self::Stop => "Stop",
        })
    }
}

/// The mailboxes of all shards: where the engine's publications go.
#[derive(Debug)]
pub(crate) struct Mailboxes {
    boxes: Vec<Mailbox>,
    /// Those who publish and belong to no shard.
    pub(crate) outside: Outside,
}

impl Mailboxes {
    pub(crate) fn new(mailboxes: Vec<Mailbox>) -> Self {
        debug_assert!(mailboxes.len() <= ShardSet::CAPACITY);
        Self {
            boxes: mailboxes,
            outside: Outside::default(),
        }
    }

    /// The mailbox of a shard.
    pub(crate) fn of(&self, shard: ShardId) -> &Mailbox {
        &self.boxes[usize::from(shard.0)]
    }

    /// All mailboxes.
    pub(crate) fn all(&self) -> &[Mailbox] {
        &self.boxes
    }

    /// The mailbox whose turn it is, going round.
    pub(crate) fn nth(&self, turn: usize) -> &Mailbox {
        &self.boxes[turn % self.boxes.len()]
    }

    /// Whether some shard has so much mail that nobody should make more.
    pub(crate) fn are_full(&self) -> bool {
        self.boxes.iter().any(Mailbox::is_full)
    }
}

impl Fanout for Mailboxes {
    fn fan_out(&self, shards: ShardSet, publication: Arc<Publication>) {
        let delivery = Arc::new(Delivery::new(publication));
        for shard in shards.iter() {
            self.of(shard).put(Mail::Delivery(Arc::clone(&delivery)));
        }
    }

    fn answer(&self, answer: Answer) {
        if let Some(answer) = self.outside.take(answer) {
            let shard = answer.origin.shard;
            self.of(shard).put(Mail::Answer(Box::new(answer)));
        }
    }
}
