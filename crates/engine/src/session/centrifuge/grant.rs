//! What tokens give and take: the right to subscribe, what others are shown
//! there, and the end of both.
//!
//! ```text
//! subscribe ──▶ granted until exp ──grace over──▶ unsubscribe push 2501
//!                  ▲                 │
//!                  └── sub_refresh ──┘ in time
//! ```

use bytes::Bytes;
use protocol::centrifuge::{
    Answer, CloseCode, ErrorCode, Event, Expiry, Push, SubRefreshRequest, UnsubscribeCode,
};
use uuid::Uuid;

use super::{CentrifugeSession, Done, Effect, Failure, Node, Waiting};
use crate::name::ChannelName;
use crate::node::{Grant, TokenError};

/// What a token has given to a subscription; most have none.
#[derive(Debug)]
pub(super) struct Granted {
    /// What others are shown there: a `ClientInfo`, as JSON.
    pub(super) info: Bytes,
    /// When it ends, in seconds since 1970.
    pub(super) expires_s: Option<u64>,
}

impl CentrifugeSession {
    /// What a token gives in a channel; nothing where there is none and none
    /// is needed.
    pub(super) fn granted(
        &self,
        name: &ChannelName,
        token: &str,
        node: &Node,
    ) -> Result<Option<Box<Granted>>, Failure> {
        if token.is_empty() {
            return match name.is_guarded() {
                true => Err(ErrorCode::PermissionDenied.into()),
                false => Ok(None),
            };
        }
        match node.identities.verify_subscription(token, node.now) {
            Ok(grant) => self.accept(grant, name, node).map(Some),
            Err(TokenError::Expired) => Err(ErrorCode::TokenExpired.into()),
            Err(TokenError::Invalid) => Err(ErrorCode::PermissionDenied.into()),
        }
    }

    /// A token is for one user in one channel. Whoever brings another's is
    /// no client that errs but one that tries.
    fn accept(
        &self,
        grant: Grant,
        name: &ChannelName,
        node: &Node,
    ) -> Result<Box<Granted>, Failure> {
        let is_for_it = node.rules.channel(&grant.channel).as_ref() == Ok(name);
        if !is_for_it || grant.user != self.identity.user {
            return Err(CloseCode::InvalidToken.into());
        }
        Ok(Box::new(Granted {
            info: self.client_info(&self.identity, grant.info.as_deref()),
            expires_s: grant.expires_s,
        }))
    }

    pub(super) fn sub_refresh(&mut self, request: &SubRefreshRequest<'_>, node: &Node) -> Done {
        let name = node.rules.channel(&request.channel)?;
        let index = self.find(name.as_str());
        let index = index.ok_or(ErrorCode::PermissionDenied)?;
        if request.token.is_empty() {
            return Err(ErrorCode::BadRequest.into());
        }
        let granted = match node
            .identities
            .verify_subscription(&request.token, node.now)
        {
            Ok(grant) => self.accept(grant, &name, node)?,
            Err(TokenError::Expired) => return Err(ErrorCode::TokenExpired.into()),
            Err(TokenError::Invalid) => return Err(CloseCode::InvalidToken.into()),
        };
        let ttl = ttl(granted.expires_s, node);
        // Others go on to see what they were shown at the subscription.
        let subscription = &mut self.subscriptions[index];
        match &mut subscription.granted {
            Some(before) => before.expires_s = granted.expires_s,
            none => *none = Some(granted),
        }
        Ok(Some(Answer::SubRefresh(Expiry {
            expires: ttl.is_some(),
            ttl: ttl.unwrap_or(0),
        })))
    }

    /// What others are shown of this client in a channel.
    pub(super) fn info_in(&self, channel: &str) -> Bytes {
        let index = self.find(channel);
        let granted = index.and_then(|index| self.subscriptions[index].granted.as_deref());
        granted.map_or(&self.info, |granted| &granted.info).clone()
    }

    /// Ends what tokens gave, where they ended so many seconds ago and no new
    /// one came: subscriptions, and the connection.
    pub fn expire(&mut self, grace_s: u64, node: &mut Node, effects: &mut Vec<Effect>) {
        let now_s = node.now.unix_ms / 1000;
        let is_over = |ends_s: u64| now_s >= ends_s.saturating_add(grace_s);
        if self.identity.expires_s.is_some_and(is_over) {
            return effects.push(CloseCode::Expired.into());
        }
        let over = self.subscriptions.iter().filter(|one| {
            let granted = one.granted.as_deref();
            granted.and_then(|one| one.expires_s).is_some_and(is_over)
        });
        let over: Vec<_> = over.map(|one| one.name.clone()).collect();
        for name in over {
            self.end_subscription(name, UnsubscribeCode::Expired, node, effects);
        }
    }

    /// Ends a subscription, if there is one, and says so. One that still waits
    /// for the log is answered first.
    pub fn end_subscription(
        &mut self,
        name: ChannelName,
        code: UnsubscribeCode,
        node: &mut Node,
        effects: &mut Vec<Effect>,
    ) {
        if self.find(name.as_str()).is_none() {
            return;
        }
        if matches!(&self.waiting, Some(Waiting::Subscribe(_, one)) if *one.name() == name) {
            return self.ending = Some((name, code));
        }
        self.forget(name.as_str(), node, effects);
        let mut message = Vec::new();
        Push {
            channel: name.as_str().into(),
            event: Event::Unsubscribe(code.into()),
        }
        .write(&mut message);
        effects.push(Effect::Send(message));
    }

    /// Ends what was to be ended while it waited.
    pub(super) fn end_what_waited(&mut self, node: &mut Node, effects: &mut Vec<Effect>) {
        if let Some((name, code)) = self.ending.take() {
            self.end_subscription(name, code, node, effects);
        }
    }

    /// The user that it is; empty before it has said so.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.identity.user
    }

    /// How others know the connection.
    #[must_use]
    pub fn client(&self) -> Uuid {
        self.client.id
    }

    /// The channels that it is subscribed to.
    #[must_use]
    pub fn channels(&self) -> Vec<ChannelName> {
        let names = self.subscriptions.iter().map(|one| one.name.clone());
        names.collect()
    }
}

/// Seconds until a token ends, at most a year; `None` if it does not.
pub(super) fn ttl(expires_s: Option<u64>, node: &Node) -> Option<u32> {
    const YEAR_S: u64 = 365 * 24 * 3600;
    let ttl = expires_s?.saturating_sub(node.now.unix_ms / 1000);
    Some(ttl.min(YEAR_S) as u32)
}
