//! Things going wrong in a world, one after the other.

use crate::disk::{Crash, Doom};
use crate::event::{Clearing, Event, Job};
use crate::figures::Count;
use crate::ledger::Kept;
use crate::net::MemberId;
use crate::weather::Fault;
use crate::world::{STORM, World};

impl World {
    pub(crate) fn storm(&mut self) -> Kept {
        if self.net.now > STORM {
            return Ok(());
        }
        let pause_ms = self.weather.pause_ms;
        self.net.within(1, pause_ms, Event::Weather);
        let Some(fault) = self.weather.next(&mut self.net.chance) else {
            return Ok(());
        };
        self.net.figures.count(Count::Faults);
        self.net.note(format_args!("fault: {fault:?}"));
        match fault {
            Fault::Drop | Fault::Ghost | Fault::Silence => self.cut(fault),
            Fault::SlowReader => {
                let id = self.net.chance.below(self.members.len() as u64) as MemberId;
                self.net.slow[id] = true;
                self.net
                    .within(500, 10_000, Event::Clear(Clearing::Reads(id)));
            }
            Fault::FullDisk => {
                self.disk.set_full(true);
                self.net
                    .within(100, 4000, Event::Clear(Clearing::DiskHasRoom));
            }
            Fault::UnreadableDisk => {
                self.disk.set_unreadable(true);
                self.net
                    .within(50, 1500, Event::Clear(Clearing::DiskAnswers));
            }
            Fault::Trim => {
                let channel = self.net.chance.pick(&self.channels.rooms).cloned();
                let n_kept = self.net.chance.below(30);
                self.disk.trim(&channel.unwrap_or_default(), n_kept);
                return self.forget_feed();
            }
            Fault::Kill => return self.crash(Crash::Kill),
            Fault::PowerLoss => return self.crash(Crash::PowerLoss),
            Fault::Restart => self.stop(),
        }
        Ok(())
    }

    /// A feed forgets all that it keeps, as the API may want it.
    fn forget_feed(&mut self) -> Kept {
        let feed = self.net.chance.pick(&self.channels.feeds);
        if let (Some(feed), Some(server)) = (feed, &self.server) {
            server.engine.feeds().remove(feed);
            let now = self.net.server_now();
            self.ledger.learn_feeds(&server.engine, now)?;
        }
        Ok(())
    }

    fn cut(&mut self, fault: Fault) {
        let whole = self.net.wires.iter();
        let whole = whole.filter(|(_, wire)| wire.is_held && !wire.is_cut);
        let whole: Vec<_> = whole.map(|(id, _)| *id).collect();
        let Some(&wire) = self.net.chance.pick(&whole) else {
            return;
        };
        self.net.note(format_args!("wire {wire} is cut"));
        self.net.wire(wire).is_cut = true;
        if fault != Fault::Silence {
            self.net.within(0, 500, Event::LostDown(wire));
            let heard_ms = if fault == Fault::Ghost { 15_000 } else { 500 };
            self.net.within(0, heard_ms, Event::LostUp(wire));
        }
    }

    pub(crate) fn clear(&mut self, clearing: Clearing) {
        match clearing {
            Clearing::DiskHasRoom => self.disk.set_full(false),
            Clearing::DiskAnswers => self.disk.set_unreadable(false),
            Clearing::Reads(id) => self.net.slow[id] = false,
        }
    }

    fn crash(&mut self, crash: Crash) -> Kept {
        let Some(server) = &mut self.server else {
            return Ok(());
        };
        self.net.note(format_args!("{crash:?}"));
        let dooms = [
            None,
            Some(Doom::Unwritten),
            Some(Doom::Unsynced),
            Some(Doom::Synced),
        ];
        let doom = dooms[self.net.chance.below(4) as usize];
        server.die(doom, &self.disk, &mut self.net);
        let forgets_sent = self.net.chance.one_in(2);
        self.bury(forgets_sent);
        self.disk.crash(crash, &mut self.net.chance);
        self.ledger.learn(&self.disk)?;
        self.ledger.check_acknowledged(&self.disk)
    }

    fn stop(&mut self) {
        if let Some(server) = self.server.as_mut().filter(|one| !one.is_stopping) {
            let number = server.number;
            self.net.note(format_args!("server {number} stops"));
            server.stop();
            self.net
                .within(200, 1500, Event::Server(number, Job::Stopped));
        }
    }
}
