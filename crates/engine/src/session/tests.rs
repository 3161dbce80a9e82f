//! Conversations as text: what comes in, and what goes out.
//!
//! A script has a line for each thing that happens; `check` compares what all
//! clients are sent with what is expected, a line for each message:
//!
//! ```text
//! ann> {"id":1,"connect":{}}     ann sends this; `|` begins another line of it
//! ann connects                   ann connects as ann, unshown
//! ann+                           ann connects and follows room:tea, unshown
//! ann says 2                     ann publishes {"n":1} and {"n":2} in room:tea, unshown
//! ann says 1 in room:milk        the same elsewhere; the numbers go on
//! ann: history 2                 ann connects in the plain dialect
//! ann.                           ann's connection is gone
//! ~bob> …                        the same, and nothing else happens yet
//! commit, mail, read, page       … until it is said: the log's writer has its
//!                                turn, the shard takes its mail, the log's
//!                                reader reads, or hands over what it has read
//! drop 3                         the log keeps nothing up to here any more
//! full, unreadable, well         what the log can do from now on
//! short                          pages hold a record each from now on
//! narrow                         one page of what was missed is enough at once
//! second                         a second passes: guests are told of
//! ping ann                       ann is asked whether it is there
//! ```
//!
//! Names stand for ids, and what is always the same is left out.

mod centrifuge;
mod outside;
mod plain;
mod recovery;
mod stage;

use self::stage::Stage;

/// Plays a script, and compares what was sent.
#[track_caller]
pub(super) fn check(script: &str, expected: &str) {
    let mut stage = Stage::new();
    lines(script).for_each(|line| stage.play(line));
    let expected: Vec<_> = lines(expected).collect();
    let (sent, expected) = (stage.sent.join("\n"), expected.join("\n"));
    assert!(sent == expected, "sent:\n{sent}\n\nexpected:\n{expected}");
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty())
}

impl Stage {
    /// Does what a line says.
    fn play(&mut self, line: &str) {
        if self.happens_around(line) {
            return;
        }
        match line.strip_prefix('~') {
            Some(line) => self.does(line),
            None => {
                self.does(line);
                self.settle();
            }
        }
    }

    /// What happens to the shard or its log; `false` if the line says nothing
    /// of that.
    fn happens_around(&mut self, line: &str) -> bool {
        match line {
            "commit" => self.commit(),
            "mail" => self.open_mail(),
            "read" => self.read(),
            "page" => self.hand_over(),
            "second" => self.pass_a_second(),
            "narrow" => self.node.limits.unread_bytes_max = 1,
            "short" => self.log.shorten(),
            "full" => self.log.fill(),
            "unreadable" => self.log.be_unreadable(),
            "well" => self.log.mend(),
            _ => match line.strip_prefix("drop ") {
                Some(offset) => self.log.drop_to(offset.parse().unwrap()),
                None => return false,
            },
        }
        true
    }

    /// What a client does, or has done to it.
    fn does(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("ping ") {
            self.ping(name);
        } else if let Some((name, text)) = line.split_once("> ") {
            self.receive(name, &text.replace('|', "\n"));
        } else if let Some(name) = line.strip_suffix(" connects") {
            self.unshown(|stage| stage.connect(name));
        } else if let Some(name) = line.strip_suffix('+') {
            self.unshown(|stage| stage.follow(name));
        } else if let Some((name, what)) = line.split_once(" says ") {
            self.unshown(|stage| stage.say(name, what));
        } else if let Some((name, start)) = line.split_once(": ") {
            self.join(name, start);
        } else {
            self.end(line.trim_end_matches('.'));
        }
    }
}
