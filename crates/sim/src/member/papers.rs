//! The tokens of one member, as its application gives them.
//!
//! Most have one that never ends, or another as soon as it is asked for. Some
//! get it late, so that the server ends what the first one gave; some never.
//! And some try first with one that nobody has signed.

use std::collections::BTreeSet;

use super::name;
use crate::channels::is_guarded;
use crate::event::Event;
use crate::figures::Count;
use crate::net::{MemberId, Net};
use crate::tokens::{Claims, Signer};

/// When another token comes, once it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewal {
    AtOnce,
    Late,
    Never,
}

/// Whose they are, and how they come.
#[derive(Debug)]
pub(crate) struct Papers {
    user: Box<str>,
    /// Seconds that those of the connection are good for; none: always.
    lifetime_s: Option<u64>,
    /// Seconds that those of channels are.
    channel_lifetime_s: Option<u64>,
    renewal: Renewal,
    /// Whether the next one that is asked for is forged; it is so once.
    forges: bool,
    /// The channels with a forged token; the empty name is the connection.
    forged: Vec<Box<str>>,
    /// The channels for which there will be none any more.
    lacking: BTreeSet<Box<str>>,
}

impl Papers {
    /// Tokens that never end.
    pub(crate) fn lasting(member: MemberId) -> Self {
        Self {
            user: name(member).into(),
            lifetime_s: None,
            channel_lifetime_s: None,
            renewal: Renewal::AtOnce,
            forges: false,
            forged: Vec::new(),
            lacking: BTreeSet::new(),
        }
    }

    /// Tokens that end.
    pub(crate) fn ending(member: MemberId, net: &mut Net) -> Self {
        let chance = &mut net.chance;
        let renewal = match chance.below(8) {
            0 => Renewal::Never,
            1..4 => Renewal::Late,
            _ => Renewal::AtOnce,
        };
        Self {
            lifetime_s: chance.one_in(2).then(|| 3 + chance.below(8)),
            channel_lifetime_s: Some(2 + chance.below(8)),
            renewal,
            // What is shown later may be shown while an answer is on its way
            // that is not about it.
            forges: renewal == Renewal::AtOnce && chance.one_in(3),
            ..Self::lasting(member)
        }
    }

    /// A token for a channel, or with an empty name for the connection.
    pub(crate) fn token(&mut self, channel: &str, net: &mut Net) -> String {
        let lifetime_s = match channel {
            "" => self.lifetime_s,
            _ => self.channel_lifetime_s,
        };
        let now_s = net.server_now().unix_ms / 1000;
        let claims = Claims {
            user: self.user.clone(),
            channel: channel.into(),
            expires_s: lifetime_s.map(|lifetime_s| now_s + lifetime_s),
        };
        self.forged.retain(|forged| **forged != *channel);
        if self.forges && net.chance.one_in(2) {
            self.forges = false;
            self.forged.push(channel.into());
            return claims.sign(Signer::Forger);
        }
        claims.sign(Signer::Application)
    }

    /// A token for a channel that wants one.
    pub(crate) fn pass(&mut self, channel: &str, net: &mut Net) -> String {
        match is_guarded(channel) {
            true => self.token(channel, net),
            false => String::new(),
        }
    }

    /// Another is asked for; returns whether it comes now, and not later or
    /// never.
    pub(crate) fn asked(&mut self, member: MemberId, channel: &str, net: &mut Net) -> bool {
        let channel: Box<str> = channel.into();
        match self.renewal {
            Renewal::AtOnce => net.figures.count(Count::Renewals),
            Renewal::Late => {
                net.figures.count(Count::LateRenewals);
                net.within(500, 20_000, Event::Renew(member, channel));
            }
            Renewal::Never => {
                if self.lacking.insert(channel) {
                    net.figures.count(Count::LackingTokens);
                }
            }
        }
        self.renewal == Renewal::AtOnce
    }

    /// From now on they are not late any more.
    pub(crate) fn hurry(&mut self) {
        if self.renewal == Renewal::Late {
            self.renewal = Renewal::AtOnce;
        }
    }

    /// Whether there is none, nor will be.
    pub(crate) fn lacks(&self, channel: &str) -> bool {
        self.lacking.contains("") || self.lacking.contains(channel)
    }

    /// Whether it may come to lack one for this channel.
    pub(crate) fn may_end(&self, channel: &str) -> bool {
        self.renewal == Renewal::Never && is_guarded(channel)
    }

    /// Whether what it has shown for a channel is forged.
    pub(crate) fn is_forged(&self, channel: &str) -> bool {
        self.forged.iter().any(|forged| **forged == *channel)
    }

    /// Whether anything that it has shown is.
    pub(crate) fn forged(&self) -> Option<Box<str>> {
        self.forged.first().cloned()
    }
}
