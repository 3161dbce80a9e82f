//! Calls that the application answers.
//!
//! What the rules cannot answer at once is answered elsewhere; until then the
//! session waits, as it does for the log.

use bytes::Bytes;
use protocol::centrifuge::{Answer, Error, Json, RpcRequest};

use super::{CentrifugeSession, Done, Effect, Node, Waiting};
use crate::node::{Call, Called};

impl CentrifugeSession {
    /// Asks the rules.
    pub(super) fn rpc(
        &mut self,
        id: u32,
        request: &RpcRequest<'_>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let data = request.data.map(|data| data.get());
        let called = node
            .rules
            .rpc(&request.method, data, &node.engine, node.now)?;
        match called {
            Called::Answer(result) => self.reply_call(id, Ok(&result), effects),
            Called::Slow => {
                self.waiting = Some(Waiting::Call(id));
                effects.push(Effect::Call(Call {
                    origin: self.client.origin,
                    channels: self
                        .subscriptions
                        .iter()
                        .map(|one| one.name.clone())
                        .collect(),
                    method: (&*request.method).into(),
                    data: data.map(Into::into),
                }));
            }
        }
        Ok(None)
    }

    /// Gets the answer to a call that took its time.
    pub fn called(
        &mut self,
        result: Result<Bytes, Error<'static>>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        debug_assert!(matches!(self.waiting, Some(Waiting::Call(_))));
        if let Some(Waiting::Call(id)) = self.waiting {
            self.waiting = None;
            self.reply_call(id, result.as_ref().map_err(Clone::clone), effects);
            self.go_on(node, effects);
        }
    }

    fn reply_call(
        &self,
        id: u32,
        result: Result<&Bytes, Error<'static>>,
        effects: &mut Vec<Effect>,
    ) {
        let answer = result.map(|result| Answer::Rpc(Some(Json::trusted(result))));
        self.reply(id, answer, effects);
    }
}
