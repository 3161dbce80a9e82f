//! Catching up by publications: what a recovery did not fit into its answer.
//!
//! A member that is behind is not live. It gets page after page from the log,
//! at the pace at which its client reads, until the rest is at hand in memory;
//! taking that rest and becoming live is one step.
//!
//! All channels of a client share that pace: a page at a time is read for it,
//! and what it has not read yet has a limit. So whoever comes back to a hundred
//! channels is not closed for being slow. They take turns.

use protocol::centrifuge::UnsubscribeCode;

use super::{CentrifugeSession, Effect, Node, Page};
use crate::format::Dialect;
use crate::hub::CatchUp;
use crate::log::{LogError, Range, Record};
use crate::node::PAGE_PUBLICATIONS_MAX;
use crate::session::send;

impl CentrifugeSession {
    /// Takes what is behind a step further. To be called when the client has
    /// read what it was sent.
    pub fn catch_up_all(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        self.unread_bytes = 0;
        self.catch_up_some(node, effects);
    }

    /// The same, as far as it has not enough to read already.
    pub(super) fn catch_up_some(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        while !self.has_enough_to_read(node) && !self.is_being_read() {
            let mut subscriptions = self.subscriptions.iter();
            let Some(index) = subscriptions.position(|one| one.is_catching_up) else {
                return;
            };
            self.subscriptions[index].is_catching_up = false;
            // Who has had its turn goes behind the others.
            self.subscriptions.rotate_left(index + 1);
            self.catch_up(self.subscriptions.len() - 1, node, effects);
        }
    }

    /// Whether there is a step to be taken once the client has read all.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        let mut subscriptions = self.subscriptions.iter();
        let is_behind = subscriptions.any(|one| one.is_catching_up) && !self.is_being_read();
        is_behind || self.unread_bytes > 0
    }

    /// Whether what it misses has to wait until it has read what it was sent.
    pub(super) fn has_enough_to_read(&self, node: &Node) -> bool {
        self.unread_bytes >= node.limits.unread_bytes_max
    }

    /// Whether a page is on its way for a channel that is behind.
    fn is_being_read(&self) -> bool {
        self.subscriptions.iter().any(|one| one.page.is_some())
    }

    pub(super) fn set_catching_up(&mut self, channel: &str, is_catching_up: bool) {
        if let Some(index) = self.find(channel) {
            self.subscriptions[index].is_catching_up = is_catching_up;
        }
    }

    fn catch_up(&mut self, index: usize, node: &mut Node, effects: &mut Vec<Effect>) {
        match node.hub.catch_up(self.subscriptions[index].seat) {
            CatchUp::Rest(rest) => {
                for publication in rest {
                    self.unread_bytes += publication.bytes();
                    send(&publication, Dialect::Centrifuge, effects);
                }
            }
            CatchUp::Read { channel, after } => {
                let range = Range::After(after);
                let page = self.ask(&channel, range, PAGE_PUBLICATIONS_MAX, effects);
                self.subscriptions[index].page = Some(page);
            }
        }
    }

    /// A page has come for a channel that is behind.
    pub(super) fn caught(
        &mut self,
        page: Page,
        records: Result<Vec<Record>, LogError>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        let mut pages = self.subscriptions.iter().map(|one| one.page);
        let Some(index) = pages.position(|waited_for| waited_for == Some(page)) else {
            return;
        };
        self.subscriptions[index].page = None;
        let seat = self.subscriptions[index].seat;
        let after = node.hub.member_mut(seat).position;
        match records {
            Ok(records)
                if records
                    .first()
                    .is_some_and(|first| first.offset == after + 1) =>
            {
                let channel = std::sync::Arc::clone(node.hub.channel(seat));
                for record in records {
                    node.hub.member_mut(seat).position = record.offset;
                    let publication = channel.publication(record);
                    self.unread_bytes += publication.bytes();
                    send(&publication, Dialect::Centrifuge, effects);
                }
                self.subscriptions[index].is_catching_up = true;
            }
            // A gap that cannot be filled is named: the client subscribes
            // again, and is told that it cannot recover.
            _ => {
                let name = self.subscriptions[index].name.clone();
                self.end_subscription(name, UnsubscribeCode::InsufficientState, node, effects);
            }
        }
    }
}
