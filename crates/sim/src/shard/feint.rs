//! What a shard that is broken on purpose says, and does not hear.

use engine::Effect;
use protocol::centrifuge::{Answer, Reply, Request, commands};

use super::Shard;

impl Shard {
    /// Says that a feed has taken what a member publishes, as it must not.
    pub(super) fn feigns(&mut self, slot: usize, text: &str) -> bool {
        let Some(Ok(command)) = commands(text).next() else {
            return false;
        };
        let is_for_feed = |channel: &str| channel.starts_with("feed:");
        match command.request {
            Request::Publish(request) if is_for_feed(&request.channel) => {
                let mut answer = Vec::new();
                let (id, result) = (command.id, Ok(Answer::Publish));
                Reply { id, result }.write(&mut answer);
                self.effects.push(Effect::Send(answer));
                self.perform(slot);
                true
            }
            _ => false,
        }
    }
}

/// Commands that name no epoch, as if nobody looked at it.
pub(super) fn without_epochs(commands: &str) -> String {
    const EPOCH: &str = r#""epoch":""#;
    let mut parts = commands.split(EPOCH);
    let mut without = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once('"').unwrap_or_default();
        without.push_str(EPOCH);
        without.push('"');
        without.push_str(rest);
    }
    without
}
