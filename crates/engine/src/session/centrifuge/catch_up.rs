//! Catching up by publications: what a recovery did not fit into its answer.
//!
//! A member that is behind is not live. It gets page after page from the log,
//! at the pace at which its client reads, until the rest is at hand in memory;
//! taking that rest and becoming live is one step.

use protocol::centrifuge::UnsubscribeCode;

use super::{CentrifugeSession, Effect, Node, Page};
use crate::format::Dialect;
use crate::hub::CatchUp;
use crate::log::{LogError, Range, Record};
use crate::node::PAGE_PUBLICATIONS_MAX;
use crate::session::send;

impl CentrifugeSession {
    /// Takes everything that is behind a step further. To be called when the
    /// client has read what it was sent.
    pub fn catch_up_all(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        for index in 0..self.subscriptions.len() {
            if std::mem::replace(&mut self.subscriptions[index].is_catching_up, false) {
                self.catch_up(index, node, effects);
            }
        }
    }

    /// Whether something is behind, and not being read already.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.subscriptions.iter().any(|one| one.is_catching_up)
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
