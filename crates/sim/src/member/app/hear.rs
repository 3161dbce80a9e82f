//! What a member is told, held against what is true.

use client::{Event as Told, Position, Problem, Publication, Ticket};

use engine::Namespace;

use super::super::Heard;
use super::super::voice::State;
use super::{App, Published};
use crate::channels::{is_guarded, name_of};
use crate::event::Event;
use crate::figures::Count;
use crate::ledger::{Broken, Kept, Ledger, broken};
use crate::net::Net;
use crate::view::View;

/// The client's own error for what it lost with a connection.
const CONNECTION_LOST: u32 = 2;
/// What it says of what was given up with all connections.
const DISCONNECTED: u32 = 3;
/// The server's error for what its log could not do.
const INTERNAL: u32 = 100;
/// What it says to who is not subscribed, for now.
const PERMISSION_DENIED: u32 = 103;
/// What it says to whose token has ended.
const TOKEN_EXPIRED: u32 = 109;
/// What it says to who says too much.
const TOO_MANY_REQUESTS: u32 = 111;
/// How it closes a connection whose token is not signed as it should be.
const INVALID_TOKEN: u32 = 3500;
/// The first of the chat's own errors: they are about amendments, and final.
const CHATS_OWN: u32 = 400;

impl App {
    pub(super) fn hear(&mut self, told: Told, net: &mut Net, ledger: &mut Ledger) -> Kept {
        match told {
            Told::Publication {
                channel,
                publication,
            } => self.published(&channel, &publication, ledger),
            Told::Gap { channel, n_missing } => self.gap(&channel, n_missing, net, ledger),
            Told::Subscribed { channel, position } => {
                self.subscribed(&channel, position, net, ledger)
            }
            Told::Acknowledged(ticket) => self.acknowledged(ticket, net, ledger),
            Told::Refused { ticket, problem } => self.refused(ticket, &problem, net),
            Told::Disconnected(_) if self.has_left => Ok(()),
            Told::Disconnected(problem) => self.sent_away(&problem, net),
            Told::Unsubscribed { channel, problem } => self.unsubscribed(&channel, &problem, net),
            Told::TokenWanted { channel } => {
                self.asked_for_token(&channel.unwrap_or_default(), net);
                Ok(())
            }
            Told::Connecting { problem, .. } => {
                let (member, code) = (self.member, problem.code);
                net.note(format_args!("member {member} is on its own: {code}"));
                if code == TOKEN_EXPIRED {
                    net.figures.count(Count::EndedTokens);
                }
                Ok(())
            }
            Told::History {
                channel,
                publications,
            } => self.check_history(&channel, &publications, ledger),
            Told::Connected { client } => {
                self.id = client.into();
                self.check_let_in("")
            }
            Told::Join { .. }
            | Told::Leave { .. }
            | Told::Presence { .. }
            | Told::Guests { .. }
            | Told::Unanswered { .. } => Ok(()),
        }
    }

    fn published(&mut self, channel: &str, publication: &Publication, ledger: &mut Ledger) -> Kept {
        let heard: Heard<'_> = serde_json::from_str(&publication.data)
            .map_err(|error| Broken(format!("it was sent no publication: {error}")))?;
        if let Some(live) = self.lives.iter_mut().find(|one| *one.channel == *channel) {
            return live.hear(heard.id, ledger);
        }
        let offset = publication.offset;
        self.voice.heard_own(channel, heard.id, offset);
        let epoch = self.epoch(channel);
        let view = self.view(channel)?;
        view.enter(&epoch)?;
        view.hear(offset, heard.id, &publication.data, ledger)
    }

    fn gap(
        &mut self,
        channel: &str,
        n_missing: Option<u64>,
        net: &mut Net,
        ledger: &mut Ledger,
    ) -> Kept {
        let joined_at = self.joined_at.clone();
        let view = self.view(channel)?;
        let is_other_epoch = match (n_missing, joined_at) {
            (Some(n_missing), _) => view.skip(view.at + n_missing, ledger).map(|()| false)?,
            // Who has never learnt the epoch is not told how much it is.
            (None, Some(joined_at)) => view.leap(&joined_at, ledger)?,
            (None, None) => return broken!("{channel} has a gap, and no place"),
        };
        if name_of(channel).namespace() == Namespace::Feed {
            net.figures.count(match is_other_epoch {
                true => Count::FeedEpochs,
                false => Count::FeedGaps,
            });
        }
        Ok(())
    }

    fn subscribed(
        &mut self,
        channel: &str,
        position: Option<Position>,
        net: &mut Net,
        ledger: &mut Ledger,
    ) -> Kept {
        self.check_let_in(channel)?;
        if let Some(live) = self.lives.iter_mut().find(|one| *one.channel == *channel) {
            if position.is_some() {
                return broken!("{channel} has a place, and keeps nothing");
            }
            if live.begin(&self.id, ledger)? {
                net.figures.count(Count::LiveReturns);
            }
            return Ok(());
        }
        let Some(position) = position else {
            return broken!("{channel} has no place");
        };
        let view = self.view(channel)?;
        if view.epoch.is_empty() {
            view.enter(&position.epoch)?;
        }
        self.joined_at = Some(position);
        Ok(())
    }

    fn acknowledged(&mut self, ticket: Ticket, net: &mut Net, ledger: &mut Ledger) -> Kept {
        self.voice.allowance.take(net.now)?;
        let Published::Said(index) = self.tickets[&ticket] else {
            return broken!("a feed has taken what it published");
        };
        let said = &mut self.voice.said[index];
        said.state = State::Answered;
        ledger.acknowledge(&said.channel, &said.id)?;
        // Whose token ends meanwhile may have published and not hear it.
        let mut lives = self.lives.iter().filter(|one| !is_guarded(&one.channel));
        match lives.find(|one| one.channel == said.channel) {
            Some(live) => live.check_own(&said.id, ledger),
            None => Ok(()),
        }
    }

    fn refused(&mut self, ticket: Ticket, problem: &Problem, net: &mut Net) -> Kept {
        let Published::Said(index) = self.tickets[&ticket] else {
            if problem.code == PERMISSION_DENIED {
                net.figures.count(Count::FeedRefusals);
            }
            return Ok(());
        };
        let is_live = self
            .lives
            .iter()
            .any(|one| one.channel == self.voice.said[index].channel);
        let said = &mut self.voice.said[index];
        match problem.code {
            _ if self.has_left => {}
            CHATS_OWN.. if said.is_amendment => said.state = State::Answered,
            CONNECTION_LOST | DISCONNECTED if is_live => said.state = State::Answered,
            TOO_MANY_REQUESTS => self.voice.too_many(index, net),
            DISCONNECTED | INTERNAL => self.voice.retry(index, net),
            PERMISSION_DENIED => self.voice.retry_late(index, net),
            code => return broken!("{} was refused with {code}", said.id),
        }
        Ok(())
    }

    /// A client that the server does not want back: with a forged token.
    fn sent_away(&mut self, problem: &Problem, net: &mut Net) -> Kept {
        match self.papers.forged() {
            Some(channel) if problem.code == INVALID_TOKEN => {
                net.figures.count(Count::Forgeries);
                self.show_token(&channel, net);
                self.tick_at = None;
                net.within(100, 2000, Event::Tick(self.member));
                Ok(())
            }
            _ => broken!("it was sent away: {problem:?}"),
        }
    }

    fn unsubscribed(&mut self, channel: &str, problem: &Problem, net: &mut Net) -> Kept {
        match problem.code {
            PERMISSION_DENIED if self.papers.is_forged(channel) => {
                net.figures.count(Count::Forgeries);
                self.follow(channel, net);
                Ok(())
            }
            _ => broken!("it was unsubscribed from {channel}: {problem:?}"),
        }
    }

    fn asked_for_token(&mut self, channel: &str, net: &mut Net) {
        if self.papers.asked(self.member, channel, net) {
            self.show_token(channel, net);
        }
    }

    /// Nobody is let in with a token that is forged.
    fn check_let_in(&self, channel: &str) -> Kept {
        match self.papers.is_forged(channel) {
            true => broken!("it was let in with a forged token: {channel:?}"),
            false => Ok(()),
        }
    }

    /// What was said last, newest first, is as it is kept.
    fn check_history(&self, channel: &str, newest_first: &[Publication], ledger: &Ledger) -> Kept {
        let epoch = self.epoch(channel);
        for publication in newest_first {
            let heard: Heard<'_> = serde_json::from_str(&publication.data)
                .map_err(|error| Broken(format!("history holds no publication: {error}")))?;
            ledger.check_heard(channel, &epoch, publication.offset, heard.id)?;
        }
        let offsets = newest_first.iter().map(|publication| publication.offset);
        match offsets
            .clone()
            .zip(offsets.skip(1))
            .all(|(one, next)| next + 1 == one)
        {
            true => Ok(()),
            false => broken!("the history of {channel} has a hole"),
        }
    }

    /// The epoch that a channel is in, as the client was told.
    fn epoch(&self, channel: &str) -> String {
        let position = self.client.position(channel);
        position.map_or_else(String::new, |position| position.epoch.clone())
    }

    fn view(&mut self, channel: &str) -> Result<&mut View, Broken> {
        let mut views = self.views.iter_mut();
        views
            .find(|view| *view.channel == *channel)
            .ok_or_else(|| Broken(format!("it does not follow {channel}")))
    }
}
