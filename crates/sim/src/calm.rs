//! The end of a world: the weather clears, and everybody gets everything.

use std::sync::Arc;
use std::time::Duration;

use engine::log::{Range, Record};
use engine::{Channel, Namespace};
use protocol::plain;

use crate::channels::name_of;
use crate::event::{Clearing, Event};
use crate::ledger::{Broken, Kept, broken};
use crate::member::{Member, Style};
use crate::world::World;

/// How long it may take until everybody has everything.
const CALM_MAX: Duration = Duration::from_secs(180);
/// A connection that is over is known to be so by then.
const FAREWELL: Duration = Duration::from_secs(20);

impl World {
    pub(crate) fn calm_down(&mut self) {
        self.net.note(format_args!("calm"));
        self.clear(Clearing::DiskHasRoom);
        self.clear(Clearing::DiskAnswers);
        self.net.slow.fill(false);
        for member in &mut self.members {
            member.renew_at_once();
        }
        self.net.loses_calls = false;
        let cut = self.net.wires.iter().filter(|(_, wire)| wire.is_cut);
        for wire in cut.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.net.end_up(wire);
            self.net.end_down(wire);
        }
        self.net.within(0, 10, Event::Start);
    }

    pub(crate) fn welcome_newcomers(&mut self) {
        self.net.note(format_args!("newcomers"));
        for channel in self.channels.open_rooms() {
            self.add_plain_to(&channel, Style::default(), true);
        }
        self.add_app(Style::default(), true);
    }

    /// All that was said is there; but for what amends something that cannot
    /// be amended any more.
    pub(crate) fn check_said(&self) -> Kept {
        let here = self.members.iter().filter(|one| !one.is_away_from(""));
        for said in here.flat_map(|one| &one.voice().said) {
            let (channel, id) = (&said.channel, &said.id);
            let is_kept = name_of(channel).namespace() == Namespace::Room;
            if is_kept && !said.is_amendment && !self.ledger.has(channel, id) {
                return broken!("{id} was said in {channel}, and is not there");
            }
        }
        Ok(())
    }

    /// Who comes last hears what is kept, in the words that are kept.
    pub(crate) fn check_newcomers(&self) -> Kept {
        for member in &self.members {
            for view in member.views() {
                let Some(heard) = &view.heard else {
                    continue;
                };
                let kept = self.kept(&view.channel)?.into_iter().map(|record| {
                    let words = match member {
                        Member::App(_) => record.data.to_vec(),
                        Member::Plain(_) => plain::with_offset(&record.data, record.offset),
                    };
                    (record.offset, String::from_utf8_lossy(&words).into_owned())
                });
                let kept: Vec<_> = kept.collect();
                // What was dropped on disk may be at hand in memory still, and
                // who cannot recover goes on from the top in the one dialect.
                let may_skip = matches!(member, Member::App(_)) && view.has_gaps;
                if !(heard.ends_with(&kept) || may_skip && kept.ends_with(heard)) {
                    let (channel, n, n_kept) = (&view.channel, heard.len(), kept.len());
                    return broken!("a newcomer to {channel} hears {n} that are not the {n_kept}");
                }
            }
        }
        Ok(())
    }

    /// Those who are here are those who are counted.
    fn miscounted(&self) -> Option<String> {
        self.channels.all().find_map(|channel| {
            let is_here = |one: &&Member| one.follows(channel) && !one.is_away_from(channel);
            let n_here = self.members.iter().filter(is_here).count();
            let open = self.open_channel(channel);
            let n_counted = open.map_or(0, |channel| channel.n_present().0);
            (n_here != n_counted)
                .then(|| format!("{n_here} are in {channel}, and {n_counted} are counted"))
        })
    }

    fn open_channel(&self, name: &str) -> Option<Arc<Channel>> {
        self.server.as_ref()?.engine.find(&name_of(name))
    }

    /// What is kept of a room or a feed.
    fn kept(&self, channel: &str) -> Result<Vec<Record>, Broken> {
        let Some(server) = &self.server else {
            return broken!("there is no server, and it is calm");
        };
        let (all, now) = (Range::After(0), self.net.server_now());
        Ok(server
            .engine
            .read(&name_of(channel), all, usize::MAX, now)?)
    }

    /// Everybody leaves, and nothing of them stays.
    pub(crate) fn see_off(&mut self) -> Kept {
        self.net.note(format_args!("farewell"));
        for member in &mut self.members {
            member.leave(&mut self.net, &mut self.ledger)?;
        }
        self.run_until(self.net.now + FAREWELL)?;
        let server = self.server.as_ref();
        match server.map_or(0, |server| server.engine.n_channels()) {
            0 => Ok(()),
            n => broken!("{n} channels are open, and nobody is there"),
        }
    }

    pub(crate) fn run_until_settled(&mut self) -> Kept {
        let latest = self.net.now + CALM_MAX;
        while self.net.now < latest {
            let second = self.net.now + Duration::from_secs(1);
            self.run_until(second)?;
            if self.unsettled().is_none() {
                return Ok(());
            }
        }
        match self.unsettled() {
            Some(what) => broken!("after {CALM_MAX:?} of calm, {what}"),
            None => Ok(()),
        }
    }

    /// What is still to come, if anything.
    fn unsettled(&self) -> Option<String> {
        for (id, member) in self.members.iter().enumerate() {
            if member.is_away_from("") {
                continue;
            }
            if let Some(said) = member.voice().unanswered().next() {
                return Some(format!("{} of member {id} has no answer", said.id));
            }
            let views = member.views().iter();
            for view in views.filter(|view| !member.is_away_from(&view.channel)) {
                let (at, channel) = (view.at, &view.channel);
                let open = self.open_channel(channel);
                let epoch = open.map_or("".into(), |open| Box::from(open.epoch()));
                let top = self.ledger.top(channel, &epoch);
                if (at, &view.epoch) != (top, &epoch) {
                    let there = &view.epoch;
                    return Some(format!(
                        "member {id} is at {at} {there} of {top} {epoch} in {channel}"
                    ));
                }
            }
            let lives = member.lives().iter();
            for view in lives.filter(|view| !member.is_away_from(&view.channel)) {
                let (n, channel) = (view.n_to_come(&self.ledger), &view.channel);
                if n > 0 {
                    return Some(format!("member {id} has not heard {n} of {channel}"));
                }
            }
        }
        let mut notices = self.applications.iter().filter_map(|it| it.notice.as_ref());
        if let Some(notice) = notices.next() {
            return Some(format!("{} has no answer", notice.key));
        }
        self.miscounted()
    }
}
