//! Calls that the application answers.

use protocol::centrifuge::{Answer, Json, RpcRequest};

use super::{CentrifugeSession, Done, Effect, Node};

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
        let result = node
            .rules
            .rpc(&request.method, data, &node.engine, node.now)?;
        let answer = Answer::Rpc(Some(Json::trusted(&result)));
        self.reply(id, Ok(answer), effects);
        Ok(None)
    }
}
