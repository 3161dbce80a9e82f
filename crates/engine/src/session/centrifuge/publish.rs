//! Saying something, and hearing what became of it.

use protocol::centrifuge::{Answer, Error, ErrorCode, PublishRequest};
use protocol::plain::Refusal;

use super::{CentrifugeSession, Done, Effect, Failure, Node};
use crate::commit::{self, Origin, Outcome};
use crate::format::Dialect;
use crate::node::Speaker;

impl CentrifugeSession {
    pub(super) fn publish(
        &mut self,
        id: u32,
        request: &PublishRequest<'_>,
        node: &mut Node,
    ) -> Done {
        let channel = self.subscribed_channel(&request.channel, node)?;
        if !channel.name().namespace().is_open_to_members() {
            return Err(ErrorCode::PermissionDenied.into());
        }
        let data = request.data.ok_or(ErrorCode::BadRequest)?;
        let speaker = Speaker {
            dialect: Dialect::Centrifuge,
            name: self.identity.name.as_deref(),
            verified_name: self.identity.name.as_deref(),
            last_name: None,
        };
        let draft = node
            .rules
            .admit(channel.name(), &speaker, data.get(), node.now)
            .map_err(|refusal| Failure::Error(refused(refusal)))?;
        self.unanswered.push_back(id);
        let info = self.info_in(channel.name().as_str());
        let origin = Origin {
            tag: id,
            ..self.client.origin
        };
        node.publish(&channel, draft, Some(info), origin);
        Ok(None)
    }

    pub(super) fn answer_publish(&mut self, answer: &commit::Answer, effects: &mut Vec<Effect>) {
        let id = answer.origin.tag;
        self.unanswered.retain(|unanswered| *unanswered != id);
        let result = match answer.outcome {
            Outcome::Passed | Outcome::Stored { .. } | Outcome::Repeated(_) => Ok(Answer::Publish),
            Outcome::Refused { refusal, .. } => Err(refused(refusal)),
            Outcome::Failed { .. } => Err(ErrorCode::Internal.into()),
        };
        self.reply(id, result, effects);
    }
}

/// The chat's own error where it has a number, else the dialect's; with the
/// sentence of the room.
fn refused(refusal: Refusal) -> Error<'static> {
    let dialects_own = Error::from(ErrorCode::BadRequest);
    Error {
        code: refusal.number().unwrap_or(dialects_own.code),
        message: refusal.to_string().into(),
        ..dialects_own
    }
}
