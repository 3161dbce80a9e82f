//! What was said in a channel, page by page.
//!
//! | `limit` | `since` | `reverse` | gives |
//! |---|---|---|---|
//! | 0 | any | any | nothing but the top |
//! | n | none | no | the oldest n |
//! | n | none | yes | the newest n, newest first |
//! | n | o | no | n after o |
//! | n | o | yes | n before o, newest first; o = 0 is a bad request |
//!
//! A limit of -1, or above [`PAGE_PUBLICATIONS_MAX`], is that many.

use std::sync::Arc;

use protocol::centrifuge::{Answer, ErrorCode, HistoryRequest, HistoryResult};

use super::subscribe::published;
use super::{CentrifugeSession, Done, Effect, Node, Waiting};
use crate::channel::Channel;
use crate::log::{LogError, Range, Record};
use crate::name::Kept;
use crate::node::PAGE_PUBLICATIONS_MAX;

/// A `history` whose page is being read.
#[derive(Debug)]
pub(super) struct PendingHistory {
    id: u32,
    channel: Arc<Channel>,
}

impl CentrifugeSession {
    pub(super) fn history(
        &mut self,
        id: u32,
        request: &HistoryRequest<'_>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let name = node.rules.channel(&request.channel)?;
        if name.namespace().kept() == Kept::Nothing {
            return Err(ErrorCode::NotAvailable.into());
        }
        let channel = self.subscribed_channel(&request.channel, node)?;
        let range = range(request, &channel)?;
        let pending = PendingHistory { id, channel };
        if request.limit == 0 {
            self.remember(&pending, Vec::new(), effects);
            return Ok(None);
        }
        let limit = usize::try_from(request.limit).unwrap_or(PAGE_PUBLICATIONS_MAX);
        let limit = limit.min(PAGE_PUBLICATIONS_MAX);
        let page = self.ask(&pending.channel, range, limit, effects);
        self.waiting = Some(Waiting::History(page, pending));
        Ok(None)
    }

    /// The log has answered.
    pub(super) fn remembered(
        &mut self,
        pending: &PendingHistory,
        records: Result<Vec<Record>, LogError>,
        effects: &mut Vec<Effect>,
    ) {
        match records {
            Ok(records) => self.remember(pending, records, effects),
            Err(_) => self.reply(pending.id, Err(ErrorCode::Internal.into()), effects),
        }
    }

    fn remember(&self, pending: &PendingHistory, records: Vec<Record>, effects: &mut Vec<Effect>) {
        let channel = &pending.channel;
        let page = records
            .into_iter()
            .map(|record| channel.publication(record));
        let page: Vec<_> = page.collect();
        let result = HistoryResult {
            publications: page.iter().filter_map(published).collect(),
            epoch: channel.epoch().into(),
            offset: channel.top_offset(),
        };
        self.reply(pending.id, Ok(Answer::History(result)), effects);
    }
}

/// Which records a request is about.
fn range(request: &HistoryRequest<'_>, channel: &Channel) -> Result<Range, ErrorCode> {
    let Some(since) = &request.since else {
        return Ok(match request.reverse {
            true => Range::Before(u64::MAX),
            false => Range::After(0),
        });
    };
    if !since.epoch.is_empty() && since.epoch != channel.epoch() {
        return Err(ErrorCode::UnrecoverablePosition);
    }
    match (request.reverse, since.offset) {
        (true, 0) => Err(ErrorCode::BadRequest),
        // An offset that is not there yet has nothing before it.
        (true, offset) if offset > channel.top_offset() => Ok(Range::Before(0)),
        (true, offset) => Ok(Range::Before(offset)),
        (false, offset) => Ok(Range::After(offset)),
    }
}
