//! Subscribing, recovering what was missed, and leaving again.
//!
//! The session and the shard's hub share a thread, so there is no race to win:
//! from `join` on nothing is lost, since it waits in the shard's mailbox, and
//! nothing is doubled, since a member does not take what its position covers.
//!
//! ```text
//! join: position = top ─▶ not recovering ────────────────────────▶ reply, live
//!                      └▶ put back to the client's offset
//!                           ├ others gave it enough to read ─────▶ reply, and it follows
//!                           ├ the rest is at hand ───────────────▶ reply with it, live
//!                           └ read a page from the log ─▶ reply with it,
//!                                                         catch up by publications
//! ```

use std::sync::Arc;

use protocol::centrifuge::{
    Answer, ErrorCode, Json, Publication as Published, SubscribeRequest, SubscribeResult,
};

use super::grant::ttl;
use super::{CentrifugeSession, Done, Effect, Failure, Node, Subscription, Waiting};
use crate::channel::{Channel, Present};
use crate::hub::{CatchUp, Seat};
use crate::log::{LogError, Range, Record};
use crate::name::{ChannelName, Kept};
use crate::node::PAGE_PUBLICATIONS_MAX;
use crate::publication::{Data, Publication};

/// A subscription whose missed publications are being read.
#[derive(Debug)]
pub(super) struct PendingSubscribe {
    id: u32,
    seat: Seat,
    channel: Arc<Channel>,
    /// The offset that the client has seen.
    from: u64,
    /// The offset after which the client would go on if it cannot recover.
    top_offset: u64,
    rejects_unrecovered: bool,
}

/// How a recovery came out.
enum Recovery {
    NotTried,
    Done(Vec<Publication>),
    Failed,
}

impl PendingSubscribe {
    pub(super) fn name(&self) -> &ChannelName {
        self.channel.name()
    }
}

impl CentrifugeSession {
    pub(super) fn subscribe(
        &mut self,
        id: u32,
        request: &SubscribeRequest<'_>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        if request.kind != 0 {
            return Err(ErrorCode::NotAvailable.into());
        }
        let name = node.rules.channel(&request.channel)?;
        let granted = self.granted(&name, &request.token, node)?;
        if request.filtered {
            return Err(ErrorCode::BadRequest.into());
        }
        if self.find(name.as_str()).is_some() {
            return Err(ErrorCode::AlreadySubscribed.into());
        }
        if self.subscriptions.len() >= node.limits.channels_max {
            return Err(ErrorCode::LimitExceeded.into());
        }
        let format = self.format(request.join_leave);
        let connection = self.client.origin.connection;
        let seat = node.hub.join(&node.engine, &name, connection, format)?;
        let channel = Arc::clone(node.hub.channel(seat));
        if self.subscriptions.is_empty() {
            // Most clients are in one channel, and stay so.
            self.subscriptions.reserve_exact(1);
        }
        self.subscriptions.push(Subscription {
            // The channel's own, so that a thousand members share one text.
            name: channel.name().clone(),
            seat,
            is_catching_up: false,
            granted,
            page: None,
        });
        let pending = PendingSubscribe {
            id,
            seat,
            channel,
            from: request.offset,
            top_offset: node.hub.member_mut(seat).position,
            rejects_unrecovered: request.rejects_unrecovered(),
        };
        match self.recover(pending, request, node, effects) {
            None => Ok(None),
            Some((pending, recovery)) => self.subscribed(pending, recovery, node, effects),
        }
    }

    /// Tries to recover; `None` if the log has to be asked first.
    fn recover(
        &mut self,
        pending: PendingSubscribe,
        request: &SubscribeRequest<'_>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Option<(PendingSubscribe, Recovery)> {
        if !request.recover || pending.channel.name().namespace().kept() == Kept::Nothing {
            return Some((pending, Recovery::NotTried));
        }
        let is_other_epoch = !request.epoch.is_empty() && request.epoch != pending.channel.epoch();
        if is_other_epoch || pending.from > pending.top_offset {
            return Some((pending, Recovery::Failed));
        }
        node.hub.put_back(pending.seat, pending.from);
        if pending.from < pending.top_offset && self.has_enough_to_read(node) {
            self.set_catching_up(pending.channel.name().as_str(), true);
            return Some((pending, Recovery::Done(Vec::new())));
        }
        match node.hub.catch_up(pending.seat) {
            CatchUp::Rest(rest) => {
                let rest = rest.iter().map(|one| Publication::clone(one)).collect();
                Some((pending, Recovery::Done(rest)))
            }
            CatchUp::Read { channel, after } => {
                let range = Range::After(after);
                let page = self.ask(&channel, range, PAGE_PUBLICATIONS_MAX, effects);
                self.waiting = Some(Waiting::Subscribe(page, pending));
                None
            }
        }
    }

    /// The log has answered: a page of what was missed, or an error.
    pub(super) fn recovered(
        &mut self,
        pending: PendingSubscribe,
        records: Result<Vec<Record>, LogError>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        let id = pending.id;
        let channel = pending.channel.name().clone();
        let seat = self
            .find(channel.as_str())
            .map(|one| self.subscriptions[one].seat);
        // Its seat may have changed while it waited.
        let pending = PendingSubscribe {
            seat: seat.unwrap_or(pending.seat),
            ..pending
        };
        let done = match records {
            Err(error) => {
                self.forget(channel.as_str(), node, effects);
                Err(error.into())
            }
            Ok(records) => {
                let recovery = self.take_page(&pending, records, node);
                self.subscribed(pending, recovery, node, effects)
            }
        };
        match done {
            Ok(Some(answer)) => self.reply(id, Ok(answer), effects),
            Ok(None) => {}
            Err(Failure::Error(error)) => self.reply(id, Err(error), effects),
            Err(Failure::Close(code)) => effects.push(code.into()),
        }
        self.catch_up_some(node, effects);
    }

    fn take_page(
        &mut self,
        pending: &PendingSubscribe,
        records: Vec<Record>,
        node: &mut Node,
    ) -> Recovery {
        let is_whole = records.first().map(|first| first.offset) == Some(pending.from + 1);
        let member = node.hub.member_mut(pending.seat);
        match records.last() {
            Some(last) if is_whole => member.position = last.offset,
            // What was missed is not kept any more: go on from the top.
            _ => {
                member.position = pending.top_offset;
                self.set_catching_up(pending.channel.name().as_str(), true);
                return Recovery::Failed;
            }
        }
        self.set_catching_up(pending.channel.name().as_str(), true);
        let channel = &pending.channel;
        let page = records
            .into_iter()
            .map(|record| channel.publication(record));
        Recovery::Done(page.collect())
    }

    /// The subscription stands, or falls with the recovery.
    fn subscribed(
        &mut self,
        pending: PendingSubscribe,
        recovery: Recovery,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let channel = &pending.channel;
        if matches!(recovery, Recovery::Failed) && pending.rejects_unrecovered {
            self.forget(channel.name().as_str(), node, effects);
            return Err(ErrorCode::UnrecoverablePosition.into());
        }
        let index = self.find(channel.name().as_str());
        let granted = index.and_then(|index| self.subscriptions[index].granted.as_deref());
        let ttl = ttl(granted.and_then(|granted| granted.expires_s), node);
        let is_kept = channel.name().namespace().kept() != Kept::Nothing;
        let (publications, is_recovered) = match &recovery {
            Recovery::Done(publications) => (&publications[..], true),
            Recovery::NotTried | Recovery::Failed => (&[][..], false),
        };
        self.unread_bytes += publications.iter().map(Publication::bytes).sum::<usize>();
        let result = SubscribeResult {
            expires: ttl.is_some(),
            ttl: ttl.unwrap_or(0),
            recoverable: is_kept,
            positioned: is_kept,
            epoch: channel.epoch().into(),
            offset: match is_recovered {
                true => pending.from,
                false => pending.top_offset,
            },
            recovered: is_recovered,
            was_recovering: !matches!(recovery, Recovery::NotTried),
            publications: publications.iter().filter_map(published).collect(),
            ..SubscribeResult::default()
        };
        self.reply(pending.id, Ok(Answer::Subscribe(result)), effects);
        let present = Present {
            user: self.identity.user.clone(),
            info: self.info_in(channel.name().as_str()),
        };
        channel.enter(self.client.id, present, &*node.fanout);
        Ok(None)
    }

    pub(super) fn unsubscribe(
        &mut self,
        channel: &str,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        // What is no channel has no subscription to be ended.
        if let Ok(name) = node.rules.channel(channel) {
            self.forget(name.as_str(), node, effects);
        }
        Ok(Some(Answer::Unsubscribe))
    }

    /// Ends a subscription, if there is one.
    pub(super) fn forget(&mut self, channel: &str, node: &mut Node, effects: &mut Vec<Effect>) {
        if let Some(index) = self.find(channel) {
            let subscription = self.subscriptions.swap_remove(index);
            self.leave(&subscription, node, effects);
        }
    }

    pub(super) fn leave(
        &mut self,
        subscription: &Subscription,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        let channel = Arc::clone(node.hub.channel(subscription.seat));
        if let Some(moved) = node.hub.leave(&node.engine, subscription.seat) {
            match moved.connection == self.client.origin.connection {
                true => self.moved(moved),
                false => effects.push(Effect::Moved(moved)),
            }
        }
        channel.exit(self.client.id, &*node.fanout);
    }
}

/// A publication as the dialect writes it; `None` for what is none.
pub(super) fn published(publication: &Publication) -> Option<Published<'_>> {
    match &publication.data {
        Data::Json { json, info } => Some(Published {
            data: Json::trusted(json),
            info: info.as_deref().map(Json::trusted),
            tags: None,
            offset: publication.offset.unwrap_or(0),
            epoch: "".into(),
        }),
        _ => None,
    }
}
