//! Saying who one is: the first command, and a new token while it goes on.
//!
//! Who brings no token is given an identity, with a token that brings it back.
//! A token that has ended is an error, after which the client gets another and
//! comes again; one that is none ends the connection.

use bytes::Bytes;
use protocol::centrifuge::{
    Answer, ClientInfo, CloseCode, ConnectRequest, ConnectResult, ErrorCode, Json, RefreshRequest,
    RefreshResult,
};

use super::grant::ttl;
use super::{CentrifugeSession, Done, Effect, Failure, Node, State, vouch};
use crate::node::{Identity, TokenError};

impl CentrifugeSession {
    pub(super) fn connect(
        &mut self,
        id: u32,
        request: &ConnectRequest<'_>,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let (mut identity, token) = self.identify(&request.token, node)?;
        if let Some(name) = &identity.name {
            identity.info = Some(vouch::shown(name, identity.info.take()));
        } else if identity.info.is_none() {
            let data = request.data;
            identity.info = data.and_then(|data| node.rules.describe(data.get()));
        }
        self.info = self.client_info(&identity, None);
        self.state = State::Connected;
        let ttl = ttl(identity.expires_s, node);
        let data = connect_data(&identity, token.as_deref());
        self.identity = identity;
        let result = ConnectResult {
            client: self.client.id.to_string().into(),
            version: env!("CARGO_PKG_VERSION").into(),
            expires: ttl.is_some(),
            ttl: ttl.unwrap_or(0),
            data: Some(Json::trusted(data.as_bytes())),
            ping: node.limits.ping_interval_s,
            pong: true,
            ..ConnectResult::default()
        };
        self.reply(id, Ok(Answer::Connect(result)), effects);
        Ok(None)
    }

    /// Who it is: who its token says, or somebody new, with the token that
    /// brings it back.
    fn identify(
        &mut self,
        token: &str,
        node: &Node,
    ) -> Result<(Identity, Option<String>), Failure> {
        if token.is_empty() {
            let (identity, token) = node.identities.issue(node.now);
            return Ok((identity, Some(token)));
        }
        match node.identities.verify(token, node.now) {
            Ok(identity) => Ok((identity, None)),
            Err(TokenError::Invalid) => Err(CloseCode::InvalidToken.into()),
            Err(TokenError::Expired) => {
                self.state = State::Refused;
                Err(ErrorCode::TokenExpired.into())
            }
        }
    }

    /// What others are shown of this connection, perhaps in a channel.
    pub(super) fn client_info(&self, identity: &Identity, in_channel: Option<&[u8]>) -> Bytes {
        let client = self.client.id.to_string();
        let info = ClientInfo {
            user: (&*identity.user).into(),
            client: client.into(),
            conn_info: identity.info.as_deref().map(Json::trusted),
            chan_info: in_channel.map(Json::trusted),
        };
        info.to_json().into()
    }

    pub(super) fn refresh(&mut self, request: &RefreshRequest<'_>, node: &Node) -> Done {
        if request.token.is_empty() {
            return Err(CloseCode::BadRequest.into());
        }
        match node.identities.verify(&request.token, node.now) {
            Ok(identity) if identity.user == self.identity.user => {
                let ttl = ttl(identity.expires_s, node);
                self.identity = identity;
                Ok(Some(Answer::Refresh(RefreshResult {
                    expires: ttl.is_some(),
                    ttl: ttl.unwrap_or(0),
                    client: self.client.id.to_string().into(),
                    version: env!("CARGO_PKG_VERSION").into(),
                })))
            }
            Err(TokenError::Expired) => Err(CloseCode::Expired.into()),
            _ => Err(CloseCode::InvalidToken.into()),
        }
    }
}

/// What the client gets to know about itself: its user id, and the token that
/// brings it back.
fn connect_data(identity: &Identity, token: Option<&str>) -> String {
    let mut data = serde_json::Map::new();
    data.insert("user".into(), (&*identity.user).into());
    if let Some(token) = token {
        data.insert("token".into(), token.into());
    }
    serde_json::Value::Object(data).to_string()
}
