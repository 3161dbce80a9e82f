//! Those who talk: some by the client of the Centrifuge dialect, some by a
//! few lines of the plain one.

mod allowance;
mod app;
mod papers;
mod plain;
mod voice;

use serde::Deserialize;

use crate::ledger::{Kept, Ledger};
use crate::live::LiveView;
use crate::net::{Frame, MemberId, Net, WireId};
use crate::view::View;

pub(crate) use self::app::App;
pub(crate) use self::papers::Papers;
pub(crate) use self::plain::Plain;
pub(crate) use self::voice::{Style, Voice};

/// Somebody, in one dialect or the other.
pub(crate) enum Member {
    App(Box<App>),
    Plain(Box<Plain>),
}

impl Member {
    pub(crate) fn frame(
        &mut self,
        wire: WireId,
        frame: &Frame,
        net: &mut Net,
        ledger: &mut Ledger,
    ) -> Kept {
        match self {
            Self::App(app) => app.frame(wire, frame, net, ledger),
            Self::Plain(plain) => plain.frame(wire, frame, net, ledger),
        }
    }

    pub(crate) fn lost(&mut self, wire: WireId, net: &mut Net, ledger: &mut Ledger) -> Kept {
        match self {
            Self::App(app) => app.lost(wire, net, ledger),
            Self::Plain(plain) => plain.lost(wire, net),
        }
    }

    pub(crate) fn tick(&mut self, net: &mut Net, ledger: &mut Ledger) -> Kept {
        match self {
            Self::App(app) => app.tick(net, ledger),
            Self::Plain(plain) => plain.tick(net),
        }
    }

    /// Says something new.
    pub(crate) fn say(&mut self, net: &mut Net, ledger: &mut Ledger) -> Kept {
        match self {
            Self::App(app) => app.say(net, ledger),
            Self::Plain(plain) => plain.say(net),
        }
    }

    /// Says again what was refused.
    pub(crate) fn again(&mut self, index: usize, net: &mut Net, ledger: &mut Ledger) -> Kept {
        match self {
            Self::App(app) => app.again(index, net, ledger),
            Self::Plain(plain) => plain.again(index, net),
        }
    }

    /// Goes, for good.
    pub(crate) fn leave(&mut self, net: &mut Net, ledger: &mut Ledger) -> Kept {
        match self {
            Self::App(app) => app.leave(net, ledger),
            Self::Plain(plain) => plain.leave(net),
        }
    }

    pub(crate) fn voice(&self) -> &Voice {
        match self {
            Self::App(app) => &app.voice,
            Self::Plain(plain) => &plain.voice,
        }
    }

    /// Is given a token, for a channel or the connection.
    pub(crate) fn renew(&mut self, channel: &str, net: &mut Net, ledger: &mut Ledger) -> Kept {
        match self {
            Self::App(app) => app.renew(channel, net, ledger),
            Self::Plain(_) => Ok(()),
        }
    }

    /// Is not kept waiting for a token any more.
    pub(crate) fn renew_at_once(&mut self) {
        if let Self::App(app) = self {
            app.papers.hurry();
        }
    }

    /// Whether it has no token for a channel, or for the connection where none
    /// is named, and will get none.
    pub(crate) fn is_away_from(&self, channel: &str) -> bool {
        match self {
            Self::App(app) => app.papers.lacks(channel),
            Self::Plain(_) => false,
        }
    }

    /// Whether it wants to hear of a channel.
    pub(crate) fn follows(&self, channel: &str) -> bool {
        let views = self.views().iter().map(|view| &*view.channel);
        let lives = self.lives().iter().map(|view| &*view.channel);
        views.chain(lives).any(|followed| followed == channel)
    }

    /// The live channels that it follows, and what it has heard there.
    pub(crate) fn lives(&self) -> &[LiveView] {
        match self {
            Self::App(app) => &app.lives,
            Self::Plain(plain) => plain.live().map_or(&[], std::slice::from_ref),
        }
    }

    /// The channels that it follows, and how far it has come.
    pub(crate) fn views(&self) -> &[View] {
        match self {
            Self::App(app) => &app.views,
            Self::Plain(plain) => plain.view().map_or(&[], std::slice::from_ref),
        }
    }
}

/// The fields of a publication that count here.
#[derive(Debug, Deserialize)]
struct Heard<'a> {
    #[serde(default, alias = "live")]
    id: &'a str,
    #[serde(default)]
    offset: u64,
    r#type: Option<&'a str>,
    code: Option<&'a str>,
    #[serde(default)]
    from: u64,
    #[serde(default)]
    to: u64,
}

/// Lets go of a wire; the server hears of it if the wire still carries.
fn let_go(wire: WireId, net: &mut Net) {
    net.wire(wire).is_held = false;
    net.send_up(wire, Frame::Close(1000));
    net.end_up(wire);
}

/// What a member is called.
fn name(member: MemberId) -> String {
    format!("m{member}")
}
