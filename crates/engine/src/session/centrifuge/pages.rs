//! Pages of the log: who has asked for which, and to whom each goes.
//!
//! A page is asked for by an effect, and comes when the log's reader has it.

use std::sync::Arc;

use super::history::PendingHistory;
use super::subscribe::PendingSubscribe;
use super::{CentrifugeSession, Effect, Node};
use crate::channel::Channel;
use crate::commit::Origin;
use crate::log::{LogError, Range, Record};
use crate::node::Read;

/// The number of a page that was asked for. The log answers in order, but not
/// to whom: a command and several subscriptions may wait for one each, and who
/// has asked may be gone.
pub(super) type Page = u32;

/// A command that waits for a page of the log, or for who answers calls.
#[derive(Debug)]
pub(super) enum Waiting {
    Subscribe(Page, PendingSubscribe),
    History(Page, PendingHistory),
    /// The number of its command.
    Call(u32),
}

impl Waiting {
    fn is_for(&self, asked: Page) -> bool {
        match self {
            Self::Subscribe(page, _) | Self::History(page, _) => *page == asked,
            Self::Call(_) => false,
        }
    }
}

impl CentrifugeSession {
    /// Gets a page that it asked the log for. One that nobody waits for any
    /// more is dropped.
    pub fn read(
        &mut self,
        page: u32,
        records: Result<Vec<Record>, LogError>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        match self.waiting.take_if(|waiting| waiting.is_for(page)) {
            Some(Waiting::Subscribe(_, pending)) => self.recovered(pending, records, node, effects),
            Some(Waiting::History(_, pending)) => self.remembered(&pending, records, effects),
            Some(Waiting::Call(_)) | None => self.caught(page, records, node, effects),
        }
        self.end_what_waited(node, effects);
        self.go_on(node, effects);
    }

    /// Asks for a page.
    pub(super) fn ask(
        &mut self,
        channel: &Arc<Channel>,
        range: Range,
        limit: usize,
        effects: &mut Vec<Effect>,
    ) -> Page {
        self.n_pages = self.n_pages.wrapping_add(1);
        effects.push(Effect::Read(Read {
            origin: Origin {
                tag: self.n_pages,
                ..self.client.origin
            },
            channel: Arc::clone(channel),
            range,
            limit,
        }));
        self.n_pages
    }
}
