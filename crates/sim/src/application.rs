//! An application's server: it publishes in feeds and rooms, by the HTTP API.
//!
//! ```text
//! call, with a key ──▶ server        either may be lost; after a while it
//!      position   ◀── server        calls again, with the same key
//! ```
//!
//! It publishes one thing at a time, so what it publishes is in order.

use std::time::Duration;

use engine::Namespace;
use engine::log::Position;

use crate::channels::name_of;
use crate::event::Event;
use crate::figures::Count;
use crate::ledger::{Kept, Ledger, broken};
use crate::net::Net;

/// Where nothing has been answered until then, it calls again.
const PATIENCE: Duration = Duration::from_secs(2);

/// One call, and which try of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) application: usize,
    number: u64,
    n_try: u32,
}

/// What a call says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) channel: Box<str>,
    pub(crate) key: Box<str>,
}

/// Somebody who publishes.
#[derive(Debug)]
pub(crate) struct Application {
    number: usize,
    channels: Vec<Box<str>>,
    /// How many things it has still to publish.
    n_left: u64,
    pause_ms: u64,
    call: Call,
    /// What is called and not answered.
    pub(crate) notice: Option<Notice>,
}

impl Notice {
    /// What members are sent.
    pub(crate) fn data(&self) -> String {
        let key = &self.key;
        format!(r#"{{"sender":"application","message":"w","id":"{key}"}}"#)
    }
}

impl Application {
    pub(crate) fn new(number: usize, channels: Vec<Box<str>>, net: &mut Net) -> Self {
        let application = Self {
            number,
            channels,
            n_left: 5 + net.chance.below(20),
            pause_ms: [100, 1000, 3000][net.chance.below(3) as usize],
            call: Call {
                application: number,
                number: 0,
                n_try: 0,
            },
            notice: None,
        };
        application.plan(net);
        application
    }

    fn plan(&self, net: &mut Net) {
        if self.n_left > 0 {
            net.within(1, self.pause_ms, Event::Publish(self.number));
        }
    }

    /// Something new is to be published.
    pub(crate) fn publish(&mut self, net: &mut Net) {
        let Some(channel) = net.chance.pick(&self.channels).cloned() else {
            return;
        };
        self.n_left -= 1;
        self.call.number += 1;
        let key = format!("f{}-{}", self.number, self.call.number).into();
        self.notice = Some(Notice { channel, key });
        self.try_again(net);
    }

    fn try_again(&mut self, net: &mut Net) {
        self.call.n_try += 1;
        if let Some(notice) = self.notice.clone() {
            net.send_call(Event::Call(self.call, notice));
        }
        net.after(PATIENCE, Event::Unanswered(self.call));
    }

    /// Nothing has come for this call; if it still waits it tries again.
    pub(crate) fn unanswered(&mut self, call: Call, net: &mut Net) {
        if self.call == call && self.notice.is_some() {
            net.note(format_args!("{call:?} has no answer"));
            self.try_again(net);
        }
    }

    /// The server has answered this call, or an earlier try of it.
    pub(crate) fn answered(
        &mut self,
        call: Call,
        answer: Option<Position>,
        net: &mut Net,
        ledger: &mut Ledger,
    ) -> Kept {
        let Some(notice) = self.notice.take_if(|_| call.number == self.call.number) else {
            return Ok(());
        };
        let Some(Position { offset, epoch }) = answer else {
            self.notice = Some(notice);
            return Ok(()); // It will try again.
        };
        if offset == 0 {
            return broken!("{} was acknowledged without a place", notice.key);
        }
        let (channel, key) = (&notice.channel, &notice.key);
        net.figures.count(match name_of(channel).namespace() {
            Namespace::Feed => Count::FeedPublications,
            _ => Count::RoomPublications,
        });
        ledger.check_heard(channel, &epoch, offset, key)?;
        ledger.acknowledge(channel, key)?;
        self.plan(net);
        Ok(())
    }
}
