//! What a session works with, as a script needs it: a log that wears out, a
//! mailbox that is opened when it is said, rules that take any JSON, and
//! tokens that are believed.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use protocol::centrifuge::ErrorCode;
use protocol::plain::Refusal;

use crate::commit::Answer;
use crate::guests::GuestList;
use crate::log::{Amends, Appended, Entry, Log, LogError, MemoryLog, Position, Range, Record};
use crate::name::{ChannelName, Namespace};
use crate::node::{Draft, Identities, Identity, Now, Rules, Speaker, TokenError};
use crate::publication::{Fanout, Publication};
use crate::shards::ShardSet;

/// What waits for the shard.
#[derive(Debug, Default)]
pub(super) struct Post {
    pub(super) deliveries: Mutex<Vec<Arc<Publication>>>,
    pub(super) answers: Mutex<Vec<Answer>>,
}

impl Fanout for Post {
    fn fan_out(&self, _: ShardSet, publication: Arc<Publication>) {
        self.deliveries.lock().unwrap().push(publication);
    }

    fn answer(&self, answer: Answer) {
        self.answers.lock().unwrap().push(answer);
    }
}

/// A log that may have lost its oldest records, or not be able to read.
pub(super) struct Worn {
    inner: MemoryLog,
    dropped: AtomicU64,
    page_max: AtomicUsize,
    is_unreadable: AtomicBool,
}

impl Worn {
    pub(super) fn new() -> Self {
        Self {
            inner: MemoryLog::new(0xe),
            dropped: AtomicU64::new(0),
            page_max: AtomicUsize::new(usize::MAX),
            is_unreadable: AtomicBool::new(false),
        }
    }

    /// It takes nothing more.
    pub(super) fn fill(&self) {
        self.inner.fill();
    }

    /// It keeps nothing up to an offset.
    pub(super) fn drop_to(&self, offset: u64) {
        self.dropped.store(offset, Ordering::Relaxed);
    }

    /// It gives a record at a time.
    pub(super) fn shorten(&self) {
        self.page_max.store(1, Ordering::Relaxed);
    }

    pub(super) fn be_unreadable(&self) {
        self.is_unreadable.store(true, Ordering::Relaxed);
    }

    /// It takes and gives again.
    pub(super) fn mend(&self) {
        self.inner.make_room();
        self.is_unreadable.store(false, Ordering::Relaxed);
    }
}

impl Log for Worn {
    fn position(&self, channel: &str) -> Result<Position, LogError> {
        self.inner.position(channel)
    }

    fn read(&self, channel: &str, range: Range, limit: usize) -> Result<Vec<Record>, LogError> {
        if self.is_unreadable.load(Ordering::Relaxed) {
            return Err(LogError::Unusable("it is said so".into()));
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        let range = match range {
            Range::After(offset) => Range::After(offset.max(dropped)),
            Range::Before(offset) => Range::Before(offset),
        };
        let limit = limit.min(self.page_max.load(Ordering::Relaxed));
        let mut records = self.inner.read(channel, range, limit)?;
        records.retain(|record| record.offset > dropped);
        Ok(records)
    }

    fn append_by(&self, batch: &[Entry], amends: &dyn Amends) -> Result<Vec<Appended>, LogError> {
        self.inner.append_by(batch, amends)
    }
}

/// Any JSON goes but `"no"`, and is its own id.
pub(super) struct AnyJson;

impl Rules for AnyJson {
    fn describe(&self, data: &str) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(data.as_bytes()))
    }

    fn guests(&self, _: &ChannelName, list: &GuestList) -> Bytes {
        list.n_nameless.to_string().into()
    }

    fn channel(&self, name: &str) -> Result<ChannelName, ErrorCode> {
        let (namespace, name) = name.split_once(':').ok_or(ErrorCode::UnknownChannel)?;
        let mut all = Namespace::ALL.into_iter();
        let namespace = all.find(|one| one.as_str() == namespace);
        ChannelName::new(namespace.ok_or(ErrorCode::UnknownChannel)?, name)
            .map_err(|_| ErrorCode::BadRequest)
    }

    fn admit(
        &mut self,
        _: &ChannelName,
        _: &Speaker<'_>,
        json: &str,
        _: Now,
    ) -> Result<Draft, Refusal> {
        if json == r#""no""# {
            return Err(Refusal::MessageEmpty);
        }
        Ok(Draft {
            id: json.into(),
            json: Bytes::copy_from_slice(json.as_bytes()),
            ..Draft::default()
        })
    }
}

/// A token is the name of its user.
pub(super) struct Trusting;

impl Identities for Trusting {
    fn verify(&self, token: &str, _: Now) -> Result<Identity, TokenError> {
        match token {
            "expired" => Err(TokenError::Expired),
            "forged" => Err(TokenError::Invalid),
            user => Ok(Identity {
                user: user.into(),
                ..Identity::default()
            }),
        }
    }

    fn issue(&self, _: Now) -> (Identity, String) {
        (Identity::default(), "token".into())
    }
}
