//! From publications to outboxes.

use std::sync::Arc;

use engine::{Member, Payload, Publication};

use super::Shard;
use crate::sabotage::Sabotage;

impl Shard {
    /// A turn's publications of one channel.
    pub(super) fn fan_out(&mut self, run: &[Arc<Publication>]) {
        let last_offset = run.iter().filter_map(|one| one.offset).next_back();
        let ignores_positions = self.sabotage == Some(Sabotage::IgnorePositions);
        for member in self.node.hub.members_mut(run[0].channel.number()) {
            if !member.is_live && self.sabotage != Some(Sabotage::LiveTooEarly) {
                continue;
            }
            let slot = member.connection as usize;
            let is_news = |offset: u64| offset > member.position || ignores_positions;
            for publication in run.iter().filter(|one| one.offset.is_none_or(is_news)) {
                if let Some(text) = encode(publication, member) {
                    self.connections[slot].send(text, &self.notary, self.node.now);
                }
            }
            member.position = member.position.max(last_offset.unwrap_or(0));
            self.to_flush.push(slot);
        }
    }
}

fn encode(publication: &Publication, member: &Member) -> Option<String> {
    match publication.payload(member.format.dialect)? {
        Payload::Text(text) => Some(String::from_utf8_lossy(&text).into_owned()),
        Payload::Binary(_) => None,
    }
}
