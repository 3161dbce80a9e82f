//! A member with ten lines of a WebSocket: it comes back with `?since=`, says
//! again what was not echoed, and takes an echo for an acknowledgement. Or it
//! is in a live channel, where it says everything once.

use std::time::Duration;

use engine::{Dialect, Namespace, RateLimit};

use super::voice::State;
use super::{Heard, Style, Voice, let_go};
use crate::channels::name_of;
use crate::event::Event;
use crate::figures::Count;
use crate::ledger::{Broken, Kept, Ledger, broken};
use crate::live::LiveView;
use crate::net::{Frame, MemberId, Net, Target, WireId};
use crate::sabotage::Sabotage;
use crate::view::View;

/// After such a silence the network is taken for gone: pings come more often.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// What it has heard.
pub(crate) enum Sight {
    Room(View),
    Live(LiveView),
}

/// Somebody in one channel.
pub(crate) struct Plain {
    member: MemberId,
    wire: Option<WireId>,
    is_open: bool,
    heard_at: Duration,
    has_left: bool,
    pub(crate) voice: Voice,
    pub(crate) sight: Sight,
}

impl Plain {
    /// Hears a room from its beginning, or a live channel from now on.
    pub(crate) fn new(
        member: MemberId,
        style: Style,
        limit: RateLimit,
        channel: &str,
        epoch: &str,
        writes_down: bool,
        net: &mut Net,
    ) -> Self {
        let voice = Voice::new(member, Dialect::Plain, style, limit);
        voice.plan(net);
        net.within(0, 1000, Event::Tick(member));
        let sight = match name_of(channel).namespace() {
            Namespace::Live => Sight::Live(LiveView::new(channel)),
            _ => Sight::Room(View::new(channel, epoch, writes_down)),
        };
        Self {
            member,
            wire: None,
            is_open: false,
            heard_at: Duration::ZERO,
            has_left: false,
            voice,
            sight,
        }
    }

    /// Connects where it is not, or gives up a connection that is silent.
    pub(crate) fn tick(&mut self, net: &mut Net) -> Kept {
        match self.wire {
            _ if self.has_left => {}
            None => self.connect(net),
            Some(wire) if net.now >= self.heard_at + SILENCE_MAX => {
                let_go(wire, net);
                self.wire = None;
                self.voice.let_be();
                self.connect(net);
            }
            Some(_) => net.at(self.heard_at + SILENCE_MAX, Event::Tick(self.member)),
        }
        Ok(())
    }

    fn connect(&mut self, net: &mut Net) {
        let at = match &self.sight {
            Sight::Room(view) => view.at,
            Sight::Live(_) => 0,
        };
        let since = match net.sabotage {
            Some(Sabotage::ForgetLast) => at.saturating_sub(1),
            Some(Sabotage::SkipNext) if at > 0 => at + 1,
            _ => at,
        };
        let channel = name_of(self.channel());
        let target = Target::Plain { channel, since };
        self.wire = Some(net.open(self.member, target));
        self.is_open = false;
        self.heard_at = net.now;
        net.after(SILENCE_MAX, Event::Tick(self.member));
    }

    pub(crate) fn frame(
        &mut self,
        wire: WireId,
        frame: &Frame,
        net: &mut Net,
        ledger: &mut Ledger,
    ) -> Kept {
        if self.wire != Some(wire) {
            return Ok(());
        }
        self.heard_at = net.now;
        match frame {
            Frame::Open => {
                self.is_open = true;
                self.say_all_again(net);
                self.begin(wire, net, ledger)
            }
            Frame::Text(text) => self
                .hear(text, net, ledger)
                .map_err(|Broken(why)| Broken(format!("member {}: {why}", self.member))),
            Frame::Close(_) => {
                let_go(wire, net);
                self.lost(wire, net)
            }
            Frame::Ping => {
                net.send_up(wire, Frame::Pong);
                Ok(())
            }
            Frame::Pong => Ok(()),
        }
    }

    /// From now on it hears what is told in a live channel.
    fn begin(&mut self, wire: WireId, net: &mut Net, ledger: &Ledger) -> Kept {
        if let Sight::Live(live) = &mut self.sight
            && live.begin(&format!("wire {wire}"), ledger)?
        {
            net.figures.count(Count::LiveReturns);
        }
        Ok(())
    }

    pub(crate) fn lost(&mut self, wire: WireId, net: &mut Net) -> Kept {
        if self.wire == Some(wire) {
            self.wire = None;
            self.voice.let_be();
            net.within(50, 3000, Event::Tick(self.member));
        }
        Ok(())
    }

    pub(crate) fn say(&mut self, net: &mut Net) -> Kept {
        let channel: Box<str> = self.channel().into();
        match self.voice.say(&[&*channel], net) {
            Some(index) => self.again(index, net),
            None => Ok(()),
        }
    }

    pub(crate) fn again(&mut self, index: usize, net: &mut Net) -> Kept {
        let said = &mut self.voice.said[index];
        said.state = State::Waiting;
        if let Some(wire) = self.wire.filter(|_| self.is_open) {
            net.send_up(wire, Frame::Text(said.data.clone()));
        }
        Ok(())
    }

    fn say_all_again(&self, net: &mut Net) {
        let waiting = self.voice.unanswered();
        for said in waiting.filter(|said| said.state == State::Waiting) {
            if let Some(wire) = self.wire {
                net.send_up(wire, Frame::Text(said.data.clone()));
            }
        }
    }

    pub(crate) fn leave(&mut self, net: &mut Net) -> Kept {
        self.has_left = true;
        if let Some(wire) = self.wire.take() {
            let_go(wire, net);
        }
        Ok(())
    }

    fn hear(&mut self, text: &str, net: &mut Net, ledger: &mut Ledger) -> Kept {
        let heard: Heard<'_> = serde_json::from_str(text)
            .map_err(|error| Broken(format!("it was sent no object: {error}")))?;
        match heard.r#type {
            Some("error") => self.refused(&heard, net),
            Some("gap") => {
                self.gap(&heard, ledger)?;
                // What it said itself may lie in there.
                self.say_all_again(net);
                Ok(())
            }
            _ => self.said(&heard, text, ledger),
        }
    }

    fn gap(&mut self, heard: &Heard<'_>, ledger: &Ledger) -> Kept {
        match &mut self.sight {
            Sight::Room(view) if heard.from == view.at + 1 => view.skip(heard.to, ledger),
            Sight::Room(view) => broken!("it is at {} and was told {heard:?}", view.at),
            Sight::Live(_) => broken!("it misses {heard:?}, of which nothing is kept"),
        }
    }

    fn refused(&mut self, heard: &Heard<'_>, net: &mut Net) -> Kept {
        match (heard.code, self.voice.find(heard.id)) {
            (Some("not-stored"), Some(index)) => self.voice.retry(index, net),
            (Some("rate-limited"), Some(index)) => self.voice.too_many(index, net),
            _ => return broken!("it was refused: {heard:?}"),
        }
        Ok(())
    }

    fn said(&mut self, heard: &Heard<'_>, text: &str, ledger: &mut Ledger) -> Kept {
        if let Some(index) = self.voice.find(heard.id) {
            let said = &mut self.voice.said[index];
            said.state = State::Answered;
            ledger.acknowledge(&said.channel, &said.id)?;
        }
        let is_own = self.voice.find(heard.id).is_some();
        match &mut self.sight {
            // What was said twice is answered twice.
            Sight::Room(view) if is_own && heard.offset <= view.at => {
                ledger.check_heard(&view.channel, &view.epoch, heard.offset, heard.id)
            }
            Sight::Room(view) => view.hear(heard.offset, heard.id, text, ledger),
            Sight::Live(live) => live.hear(heard.id, ledger),
        }
    }

    fn channel(&self) -> &str {
        match &self.sight {
            Sight::Room(view) => &view.channel,
            Sight::Live(live) => &live.channel,
        }
    }

    /// The room that it is in, and how far it has come.
    pub(crate) fn view(&self) -> Option<&View> {
        match &self.sight {
            Sight::Room(view) => Some(view),
            Sight::Live(_) => None,
        }
    }

    /// The live channel that it is in.
    pub(crate) fn live(&self) -> Option<&LiveView> {
        match &self.sight {
            Sight::Room(_) => None,
            Sight::Live(live) => Some(live),
        }
    }
}
