//! Who lives in a world: drawn anew for each.

use crate::member::{App, Member, Plain, Style};
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
    }

    pub(crate) fn add_app(&mut self, style: Style, writes_down: bool) {
        let id = self.members.len();
        let n_followed = 1 + self.net.chance.below(self.channels.len() as u64) as usize;
        let first = self.net.chance.below(self.channels.len() as u64) as usize;
        let mut followed = self.channels.clone();
        if !writes_down {
            followed.rotate_left(first);
            followed.truncate(n_followed);
        }
        let app = App::new(
            id,
            style,
            self.build.message_rate,
            &followed,
            writes_down,
            &mut self.net,
        );
        self.members.push(Member::App(Box::new(app)));
        self.net.slow.push(false);
    }

    fn add_plain(&mut self, style: Style, writes_down: bool) {
        let channel = self.net.chance.pick(&self.channels).cloned();
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
            writes_down,
            &mut self.net,
        );
        self.members.push(Member::Plain(Box::new(plain)));
        self.net.slow.push(false);
    }
}
