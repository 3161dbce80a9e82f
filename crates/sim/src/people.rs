//! Who lives in a world: drawn anew for each.

use crate::application::Application;
use crate::member::{App, Member, Papers, Plain, Style};
use crate::world::World;

impl World {
    pub(crate) fn populate(&mut self, is_heavy: bool) {
        let style = Style {
            n_messages: 5 + self.net.chance.below(if is_heavy { 10 } else { 40 }),
            pause_ms: [100, 600, 2000][self.net.chance.below(3) as usize],
            padding: if is_heavy { 40 << 10 } else { 200 },
            amends: self.net.chance.one_in(3),
        };
        for _ in 0..3 + self.net.chance.below(5) {
            let style = match self.net.chance.one_in(3) {
                true => Style::default(),
                false => style,
            };
            match self.net.chance.one_in(3) {
                true => self.add_plain(style, false),
                false => self.add_app(style, false),
            }
        }
        self.add_applications();
    }

    /// Applications, which publish in rooms and feeds.
    fn add_applications(&mut self) {
        for number in 0..self.net.chance.below(3) as usize {
            let channels = self.channels.rooms.iter().chain(&self.channels.feeds);
            let channels = channels.cloned().collect();
            let application = Application::new(number, channels, &mut self.net);
            self.applications.push(application);
        }
    }

    pub(crate) fn add_app(&mut self, style: Style, writes_down: bool) {
        let id = self.members.len();
        let followed = match writes_down {
            true => self.channels.all().cloned().collect(),
            false => self.channels.some(&mut self.net.chance),
        };
        // Who comes when all is over is not to be sent away in the middle of it.
        let papers = match self.has_tokens && !writes_down {
            true => Papers::ending(id, &mut self.net),
            false => Papers::lasting(id),
        };
        let limit = self.build.message_rate;
        let net = &mut self.net;
        let app = App::new(id, style, limit, &followed, writes_down, papers, net);
        self.members.push(Member::App(Box::new(app)));
        self.net.slow.push(false);
    }

    fn add_plain(&mut self, style: Style, writes_down: bool) {
        let open = self.channels.open();
        let channel = self.net.chance.pick(&open).cloned();
        let channel = channel.expect("there is one");
        self.add_plain_to(&channel, style, writes_down);
    }

    pub(crate) fn add_plain_to(&mut self, channel: &str, style: Style, writes_down: bool) {
        let id = self.members.len();
        let plain = Plain::new(
            id,
            style,
            self.build.message_rate,
            channel,
            self.disk.epoch(),
            writes_down,
            &mut self.net,
        );
        self.members.push(Member::Plain(Box::new(plain)));
        self.net.slow.push(false);
    }
}
