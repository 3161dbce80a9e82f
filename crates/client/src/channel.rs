//! One channel as a client follows it: where in it we are, and how to stay
//! there over lost connections.
//!
//! ```text
//!                 reply                        lost, hole, push 25xx
//!   subscribing ─────────▶ subscribed ──────────────────────────────┐
//!    ▲   ▲  │ refused, for good      │ push 2000…                   │
//!    │   │  └──────────────┐         ▼                              │
//!    │   │                 └──▶ unsubscribed                        │
//!    │   └── refused for now, after a wait                          │
//!    └──────────────────────────────────────────────────────────────┘
//! ```
//!
//! A channel for some wants a token. Where one has ended, another is waited
//! for before the channel is asked for again.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::centrifuge::{
    self, Ended, ErrorCode, Expiry, SubscribeRequest, SubscribeResult, UnsubscribeCode,
};

use crate::backoff::{self, Chance};
use crate::event::{Event, Position, Problem, Publication, text};
use crate::token::Token;

/// How a channel is followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Following {
    /// Where to go on; else from now on.
    pub since: Option<Position>,
    /// To be told who comes and leaves.
    pub joins: bool,
    /// What lets one in where the channel is not for everybody. When it ends,
    /// [`Event::TokenWanted`] asks for another.
    pub token: String,
}

/// What is to be done after something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Nothing,
    /// Leave and come back, from the last that we have.
    Resubscribe,
    /// Come back; the server has ended it already.
    Subscribe,
    /// Leave; it is over.
    Leave,
    /// It is over.
    End,
}

/// What is to be done with another token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// The subscription goes on with it.
    Refresh,
    /// It was waited for.
    Subscribe,
    /// It goes along when the channel is asked for again.
    Later,
}

#[derive(Debug)]
pub(crate) struct Channel {
    name: String,
    joins: bool,
    token: Token,
    position: Option<Position>,
    is_subscribed: bool,
    /// The command whose answer counts; those to earlier tries say nothing.
    pub(crate) asked: Option<u32>,
    /// So for the command that renews the token: of a subscription that has
    /// ended meanwhile it says nothing.
    pub(crate) refreshed: Option<u32>,
    n_failures: u32,
    retry_at: Option<Duration>,
    /// Where a hole was met: met there again, it will not be filled.
    hole: Option<u64>,
}

impl Channel {
    pub(crate) fn new(name: &str, following: Following) -> Self {
        Self {
            name: name.into(),
            joins: following.joins,
            token: Token::new(following.token),
            position: following.since,
            is_subscribed: false,
            asked: None,
            refreshed: None,
            n_failures: 0,
            retry_at: None,
            hole: None,
        }
    }

    pub(crate) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    pub(crate) fn retry_at(&self) -> Option<Duration> {
        self.retry_at
    }

    pub(crate) fn renew_at(&self) -> Option<Duration> {
        self.token.renew_at()
    }

    /// Whether another token is to come before it makes sense to ask.
    pub(crate) fn wants_token(&mut self, now: Duration) -> bool {
        self.token.is_over(now)
    }

    /// Asks for another token.
    pub(crate) fn want_token(&mut self, events: &mut VecDeque<Event>) {
        self.retry_at = None;
        self.token.rest();
        let channel = Some(self.name.clone());
        events.push_back(Event::TokenWanted { channel });
    }

    /// The token from now on: what is to be done with it.
    pub(crate) fn set_token(&mut self, token: &str) -> Given {
        let was_wanted = self.token.set(token);
        match self.is_subscribed {
            true => Given::Refresh,
            false if was_wanted => Given::Subscribe,
            false => Given::Later,
        }
    }

    /// How long the token is good for, as the server says.
    pub(crate) fn expires(&mut self, now: Duration, expiry: Expiry) {
        self.token.keep(now, expiry);
    }

    /// The token that was to take the place of another was refused.
    pub(crate) fn not_renewed(&mut self, now: Duration, problem: &Problem) -> Next {
        match self.token.not_renewed(now, problem) {
            true => Next::Nothing,
            false => Next::Leave,
        }
    }

    /// The request that brings us to where we were.
    pub(crate) fn request(&mut self) -> SubscribeRequest<'_> {
        self.is_subscribed = false;
        self.refreshed = None;
        self.retry_at = None;
        self.token.rest();
        let mut request = SubscribeRequest {
            channel: self.name.as_str().into(),
            positioned: true,
            recoverable: true,
            join_leave: self.joins,
            token: self.token.as_str().into(),
            ..SubscribeRequest::default()
        };
        if let Some(position) = &self.position {
            request.recover = true;
            request.offset = position.offset;
            request.epoch = position.epoch.as_str().into();
        }
        request
    }

    /// The connection is gone; the next one begins with [`Self::request`].
    pub(crate) fn lose(&mut self) {
        self.is_subscribed = false;
        self.asked = None;
        self.refreshed = None;
        self.retry_at = None;
        self.token.rest();
    }

    pub(crate) fn subscribed(
        &mut self,
        now: Duration,
        result: &SubscribeResult<'_>,
        events: &mut VecDeque<Event>,
    ) -> Next {
        let from = self.position.take();
        self.is_subscribed = true;
        self.n_failures = 0;
        self.position = self.place(from.as_ref(), result);
        let (expires, ttl) = (result.expires, result.ttl);
        self.expires(now, Expiry { expires, ttl });
        events.push_back(Event::Subscribed {
            channel: self.name.clone(),
            position: self.position.clone(),
        });
        if let Some(from) = from.filter(|_| !result.recovered) {
            let is_countable = from.epoch == result.epoch;
            let n_missing = result
                .offset
                .checked_sub(from.offset)
                .filter(|_| is_countable);
            self.tell_gap(n_missing, events);
        }
        for publication in &result.publications {
            let next = self.published(publication, events);
            if next != Next::Nothing {
                return next;
            }
        }
        Next::Nothing
    }

    /// Recovered, the publications lead on from where we were; else the reply
    /// says where the channel is.
    fn place(&self, from: Option<&Position>, result: &SubscribeResult<'_>) -> Option<Position> {
        if !result.recoverable {
            return None;
        }
        let epoch = result.epoch.to_string();
        Some(match from.filter(|_| result.recovered) {
            Some(from) => Position {
                offset: from.offset,
                epoch: if epoch.is_empty() {
                    from.epoch.clone()
                } else {
                    epoch
                },
            },
            None => Position {
                offset: result.offset,
                epoch,
            },
        })
    }

    pub(crate) fn refused(
        &mut self,
        now: Duration,
        problem: &Problem,
        chance: &mut Chance,
    ) -> Next {
        self.asked = None;
        let is_over = problem.code == ErrorCode::TokenExpired.code() && self.token.end();
        if !problem.temporary && !is_over {
            return Next::End;
        }
        self.n_failures += 1;
        self.retry_at = Some(now + backoff::delay(self.n_failures, chance));
        Next::Nothing
    }

    /// What comes before the reply is of a subscription that was, and comes again.
    pub(crate) fn push(
        &mut self,
        event: &centrifuge::Event<'_>,
        events: &mut VecDeque<Event>,
    ) -> Next {
        if !self.is_subscribed {
            return Next::Nothing;
        }
        let channel = self.name.clone();
        match event {
            centrifuge::Event::Publication(publication) => {
                return self.published(publication, events);
            }
            centrifuge::Event::Unsubscribe(ended) => return self.unsubscribed(ended),
            centrifuge::Event::Join(info) => events.push_back(Event::Join {
                channel,
                info: text(*info),
            }),
            centrifuge::Event::Leave(info) => events.push_back(Event::Leave {
                channel,
                info: text(*info),
            }),
            _ => {}
        }
        Next::Nothing
    }

    fn published(
        &mut self,
        publication: &centrifuge::Publication<'_>,
        events: &mut VecDeque<Event>,
    ) -> Next {
        let offset = publication.offset;
        if let Some(position) = self.position.clone().filter(|_| offset > 0) {
            let epoch = &*publication.epoch;
            // The first of all names the epoch, for those who came before there was one.
            if !epoch.is_empty() && !position.epoch.is_empty() && *epoch != position.epoch {
                self.hole = Some(0);
                return Next::Resubscribe;
            }
            if offset <= position.offset {
                return Next::Nothing;
            }
            let n_missing = offset - position.offset - 1;
            if n_missing > 0 {
                if self.hole.replace(position.offset) != Some(position.offset) {
                    return Next::Resubscribe;
                }
                self.tell_gap(Some(n_missing), events);
            }
            let epoch = if position.epoch.is_empty() {
                epoch.into()
            } else {
                position.epoch
            };
            self.position = Some(Position { offset, epoch });
        }
        events.push_back(Event::Publication {
            channel: self.name.clone(),
            publication: Publication::from(publication),
        });
        Next::Nothing
    }

    fn unsubscribed(&mut self, ended: &Ended<'_>) -> Next {
        if ended.code < UnsubscribeCode::InsufficientState.code() {
            return Next::End;
        }
        if ended.code == UnsubscribeCode::Expired.code() {
            self.token.end();
        }
        // An epoch that no channel has: what we know is void, and the gap will be told.
        if ended.code == UnsubscribeCode::StateInvalidated.code() {
            self.position = Some(Position {
                offset: 0,
                epoch: "_".into(),
            });
        }
        self.is_subscribed = false;
        self.refreshed = None;
        Next::Subscribe
    }

    fn tell_gap(&self, n_missing: Option<u64>, events: &mut VecDeque<Event>) {
        events.push_back(Event::Gap {
            channel: self.name.clone(),
            n_missing,
        });
    }
}
