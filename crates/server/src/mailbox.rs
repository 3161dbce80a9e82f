//! Between shards there are only mailboxes.
//!
//! Anyone may put mail in; the shard that owns the box takes all of it at once,
//! once a turn. Whoever has put in what came together wakes the shards for all
//! of it: a shard that was woken for the first message of ten would write each
//! of its sockets twice. A shard that is at work is not woken: it looks again
//! before it sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::{Answer, Fanout, Publication, ShardId, ShardSet, Tray};
use mio::Waker;

use crate::delivery::Delivery;
use crate::door::Arrival;
use crate::keeper::{CallAnswer, Records};
use crate::limits::MAILBOX_BYTES_MAX;
use crate::order::Order;
use crate::outside::Outside;

/// What a shard is told from outside.
pub(crate) enum Mail {
    /// Somebody's connection is upgraded; it is yours now.
    Arrival(Box<Arrival>),
    /// Something has happened in a channel.
    News(News),
    /// The log has been read for a connection of yours.
    Records(Box<Records>),
    /// A call of a connection of yours is answered.
    CallAnswer(Box<CallAnswer>),
    /// An application's server wants something done with a user's connections.
    Order(Arc<Order>),
    /// Close every connection with 1001, then end.
    Stop,
}

/// What a shard is told of a channel; the order in it is to be kept.
pub(crate) enum News {
    /// Something was published, and members of it are with you.
    Delivery(Arc<Delivery>),
    /// A connection of yours has published something; this became of it.
    Answer(Box<Answer>),
}

impl News {
    /// The number of the channel.
    pub(crate) fn channel(&self) -> u64 {
        match self {
            Self::Delivery(delivery) => delivery.publication.channel.number(),
            Self::Answer(answer) => answer.channel.number(),
        }
    }

    /// How much of a mailbox it fills.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Delivery(delivery) => delivery.bytes(),
            Self::Answer(_) => 0,
        }
    }
}

/// The mailbox of one shard.
#[derive(Debug)]
pub(crate) struct Mailbox {
    mail: Tray<Mail>,
    /// What the news weigh that are not yet on their way to sockets.
    news_bytes: AtomicUsize,
    waker: Waker,
}

impl Mailbox {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            mail: Tray::default(),
            news_bytes: AtomicUsize::new(0),
            waker,
        }
    }

    /// Puts mail in; its shard has to be woken for it.
    fn put(&self, mail: Mail) {
        if let Mail::News(news) = &mail {
            self.news_bytes.fetch_add(news.bytes(), Ordering::Relaxed);
        }
        self.mail.put(mail);
    }

    /// Wakes the shard if it is asleep and has mail.
    fn wake(&self) {
        if self.mail.has_to_be_woken()
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "cannot wake a shard");
        }
    }

    /// Puts mail in that came alone.
    pub(crate) fn send(&self, mail: Mail) {
        self.put(mail);
        self.wake();
    }

    /// What the news weigh that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.news_bytes.load(Ordering::Relaxed)
    }

    /// Takes everything that waits, and leaves an empty list in its place.
    /// News weigh on the box until they are [`told`](Self::told).
    pub(crate) fn swap(&self, mail: &mut Vec<Mail>) {
        self.mail.swap(mail);
    }

    /// Says that news of so many bytes are on their way to sockets.
    pub(crate) fn told(&self, bytes: usize) {
        self.news_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Says that the shard is about to sleep; returns whether it may.
    pub(crate) fn lie_down(&self) -> bool {
        self.mail.lie_down()
    }

    /// Says that the shard is awake and will look at its mail.
    pub(crate) fn get_up(&self) {
        self.mail.get_up();
    }

    fn is_full(&self) -> bool {
        self.news_bytes.load(Ordering::Relaxed) > MAILBOX_BYTES_MAX
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Arrival(_) => "Arrival",
            Self::News(News::Delivery(_)) => "Delivery",
            Self::News(News::Answer(_)) => "Answer",
            Self::Records(_) => "Records",
            Self::CallAnswer(_) => "CallAnswer",
            Self::Order(_) => "Order",
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

    /// Wakes every shard that is asleep and has mail.
    pub(crate) fn wake(&self) {
        self.boxes.iter().for_each(Mailbox::wake);
    }

    /// Whether some shard has so much mail that nobody should make more.
    pub(crate) fn are_full(&self) -> bool {
        self.boxes.iter().any(Mailbox::is_full)
    }
}

/// What is fanned out wakes nobody before [`Mailboxes::wake`].
impl Fanout for Mailboxes {
    fn fan_out(&self, shards: ShardSet, publication: Arc<Publication>) {
        let delivery = Arc::new(Delivery::new(publication));
        for shard in shards.iter() {
            let news = News::Delivery(Arc::clone(&delivery));
            self.of(shard).put(Mail::News(news));
        }
    }

    fn answer(&self, answer: Answer) {
        if let Some(answer) = self.outside.take(answer) {
            let shard = answer.origin.shard;
            let news = News::Answer(Box::new(answer));
            self.of(shard).put(Mail::News(news));
        }
    }
}
