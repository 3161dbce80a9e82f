//! Tokens: what an application signs, and what the server's sessions are told
//! of it. How a token is written is not what this is about; whose it is, until
//! when it is good and who has signed it is.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::{Grant, Identities, Identity, Now, TokenError};

use crate::channels::is_guarded;
use crate::ledger::{Broken, Kept};
use crate::sabotage::Sabotage;
use crate::shard::PING_INTERVAL_S;

/// Seconds that the server lets a token outlive its end.
pub(crate) const GRACE_S: u64 = 2;

/// The end of what has none.
const NEVER: u64 = u64::MAX;

/// Who has signed a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signer {
    Application,
    Forger,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) user: Box<str>,
    /// The channel that it opens; empty for one that lets connect.
    pub(crate) channel: Box<str>,
    /// When it ends, in seconds since 1970; or never.
    pub(crate) expires_s: Option<u64>,
}

impl Claims {
    pub(crate) fn sign(&self, by: Signer) -> String {
        let (user, channel) = (&self.user, &self.channel);
        let expires_s = self.expires_s.unwrap_or(0);
        format!("{user}|{channel}|{expires_s}|{by:?}")
    }

    /// Takes a token apart; nothing for what is none.
    fn parse(token: &str) -> Option<(Self, Signer)> {
        let mut parts = token.split('|');
        let (user, channel) = (parts.next()?, parts.next()?);
        let expires_s = parts.next()?.parse().ok()?;
        let signer = match parts.next()? {
            "Application" => Signer::Application,
            _ => Signer::Forger,
        };
        let claims = Self {
            user: user.into(),
            channel: channel.into(),
            expires_s: (expires_s > 0).then_some(expires_s),
        };
        Some((claims, signer))
    }
}

/// A connection: its shard, and its number there.
pub(crate) type Holder = (usize, u32);

/// Who somebody is, for one server; and whether its sessions keep to it.
#[derive(Debug)]
pub(crate) struct Notary {
    sabotage: Option<Sabotage>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whose turn it is to show a token.
    holder: Holder,
    /// When what was accepted ends, by connection and channel.
    ends_s: BTreeMap<(Holder, Box<str>), u64>,
    broken: Option<String>,
}

impl Notary {
    pub(crate) fn new(sabotage: Option<Sabotage>) -> Self {
        Self {
            sabotage,
            state: Mutex::default(),
        }
    }

    /// What is shown from now on is shown by this connection.
    pub(crate) fn attend(&self, holder: Holder) {
        self.state().holder = holder;
    }

    /// A connection is sent this. A publication has to be of a channel, and in
    /// a time, that its tokens are good for.
    pub(crate) fn check_sent(&self, holder: Holder, text: &str, now: Now) {
        const LATEST_S: u64 = GRACE_S + PING_INTERVAL_S as u64;
        let Some((channel, "pub")) = pushed(text) else {
            return;
        };
        let now_s = now.unix_ms / 1000;
        for of in ["", channel] {
            match self.end_of(holder, of) {
                Some(ends_s) if now_s > ends_s.saturating_add(LATEST_S) => {
                    self.report(format!("{holder:?} hears {channel}, long after {ends_s}"));
                }
                None if of.is_empty() || is_guarded(of) => {
                    self.report(format!("{holder:?} hears {channel}, without a token"));
                }
                _ => {}
            }
        }
    }

    /// What a token gave is taken back: for a channel, or for the connection.
    pub(crate) fn check_ended(&self, holder: Holder, channel: &str, now: Now) {
        let ends_s = self.end_of(holder, channel).unwrap_or(NEVER);
        if now.unix_ms / 1000 < ends_s.saturating_add(GRACE_S) {
            self.report(format!("{holder:?} loses {channel:?} before {ends_s}"));
        }
    }

    /// What was broken, if anything.
    pub(crate) fn check_kept(&self) -> Kept {
        self.state()
            .broken
            .take()
            .map_or(Ok(()), |why| Err(Broken(why)))
    }

    /// When what a connection has shown ends, if it has shown something.
    fn end_of(&self, holder: Holder, channel: &str) -> Option<u64> {
        self.state().ends_s.get(&(holder, channel.into())).copied()
    }

    fn report(&self, why: String) {
        self.state().broken.get_or_insert(why);
    }

    /// Looks at a token as the server does.
    fn claims(&self, token: &str, now: Now) -> Result<Claims, TokenError> {
        let (mut claims, signer) = Claims::parse(token).ok_or(TokenError::Invalid)?;
        if signer == Signer::Forger && self.sabotage != Some(Sabotage::TrustForgers) {
            return Err(TokenError::Invalid);
        }
        let is_over = claims
            .expires_s
            .is_some_and(|ends_s| ends_s <= now.unix_ms / 1000);
        if is_over && self.sabotage != Some(Sabotage::TakeEnded) {
            return Err(TokenError::Expired);
        }
        let mut state = self.state();
        let key = (state.holder, claims.channel.clone());
        let ends_s = claims.expires_s.unwrap_or(NEVER);
        let before = state.ends_s.insert(key, ends_s);
        if self.sabotage == Some(Sabotage::KeepFirstEnd) {
            claims.expires_s = before.or(claims.expires_s);
        }
        Ok(claims)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Identities for Notary {
    fn verify(&self, token: &str, now: Now) -> Result<Identity, TokenError> {
        let claims = self.claims(token, now)?;
        match claims.channel.is_empty() {
            true => Ok(Identity {
                user: claims.user,
                expires_s: claims.expires_s,
                ..Identity::default()
            }),
            false => Err(TokenError::Invalid),
        }
    }

    fn verify_subscription(&self, token: &str, now: Now) -> Result<Grant, TokenError> {
        let claims = self.claims(token, now)?;
        Ok(Grant {
            user: claims.user,
            channel: claims.channel,
            expires_s: claims.expires_s,
            ..Grant::default()
        })
    }

    fn issue(&self, _: Now) -> (Identity, String) {
        (Identity::default(), String::new())
    }
}

/// The channel of a push, and what it is.
pub(crate) fn pushed(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(r#"{"push":{"channel":""#)?;
    let (channel, rest) = rest.split_once(r#"",""#)?;
    Some((channel, rest.split_once('"')?.0))
}
