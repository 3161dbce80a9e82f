//! `palabre join`: a room, live.
//!
//! History comes first: what is said while it is fetched is held back, and
//! shown after it. When the connection is lost the machine comes back to where
//! it was, so nothing is missing and nothing is shown twice.

use std::collections::BTreeMap;
use std::io;

use anyhow::{anyhow, bail};
use client::{Event, Problem, Publication, Question};
use jiff::tz::TimeZone;
use serde_json::Value;
use tokio::sync::mpsc::Receiver;

use super::screen::{self, Screen};
use super::session::{Session, Told};
use super::transcript::Transcript;
use super::{Said, check, input};
use crate::args::talk::JoinArgs;

/// More that is not sent yet is not read from the input.
const UNSAID_MAX: usize = 64;

const HELP: &str = "type a line and Enter says it; /who tells who is here, /quit leaves, \
                    //… says a line that begins with /";

/// Takes part until the input ends, or somebody quits.
pub(super) async fn run(args: JoinArgs, mut session: Session) -> anyhow::Result<Said> {
    let (mut lines, screen) = open()?;
    let is_interactive = matches!(screen, Screen::Terminal { .. });
    let style = screen::style();
    let transcript = Transcript::new(style, TimeZone::system(), session.server());
    session.follow();
    let mut join = Join {
        session,
        transcript,
        screen,
        history: History::Wanted(args.history),
        shown: 0,
        is_known: false,
        me: String::new(),
        members: None,
        is_ended: false,
    };
    let stays = args.stay;
    while !join.is_over(stays) {
        let takes_lines = !join.is_ended && join.session.n_unsaid() < UNSAID_MAX;
        let done = tokio::select! {
            told = join.session.next() => join.told(told?),
            line = lines.recv(), if takes_lines => match line {
                Some(line) if is_interactive => join.typed(&line),
                Some(line) => join.say(&line),
                None if is_interactive => break,
                None => {
                    join.is_ended = true;
                    Ok(())
                }
            },
        };
        match done {
            Err(error) if is_broken_pipe(&error) => break,
            done => done?,
        }
    }
    let Join { session, .. } = join;
    session.leave().await;
    Ok(Said::All)
}

fn open() -> anyhow::Result<(Receiver<String>, Screen)> {
    if !screen::is_interactive() {
        return Ok((input::piped(), Screen::Pipe));
    }
    let (lines, printer) = input::typed()?;
    Ok((lines, Screen::terminal(printer)))
}

/// Nobody reads any more, as behind `| head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// How far the history is.
enum History {
    Wanted(u32),
    /// On its way; what is said meanwhile.
    Asked(Vec<Publication>),
    Shown,
}

struct Join {
    session: Session,
    transcript: Transcript,
    screen: Screen,
    history: History,
    /// The last offset of the history; 0 once the room counts anew.
    shown: u64,
    /// Whether the server has answered once.
    is_known: bool,
    me: String,
    /// Who is here, until it is known who is by a plain WebSocket.
    members: Option<Vec<String>>,
    /// Whether the input has ended.
    is_ended: bool,
}

impl Join {
    fn is_over(&self, stays: bool) -> bool {
        let is_done = self.session.n_unsaid() == 0 && matches!(self.history, History::Shown);
        self.is_ended && !stays && is_done
    }

    fn told(&mut self, told: Told) -> anyhow::Result<()> {
        match told {
            Told::Kept => Ok(()),
            Told::Refused(problem) => self.note(&format!("not sent: {}", problem.message)),
            Told::Event(event) => self.happened(event),
        }
    }

    fn happened(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Connected { client } => {
                self.me = client;
                if std::mem::replace(&mut self.is_known, true) {
                    self.note("connected again")?;
                }
            }
            Event::Connecting { problem, .. } => self.lost(problem)?,
            Event::Disconnected(problem) | Event::Unsubscribed { problem, .. } => {
                bail!("the server ended it: {}", problem.message);
            }
            Event::Subscribed { .. } => self.arrived(),
            Event::History { publications, .. } => self.show_history(publications)?,
            Event::Unanswered {
                question: Question::Newest { .. },
                ..
            } => {
                self.note("the history cannot be had now")?;
                self.show_history(Vec::new())?;
            }
            Event::Publication { publication, .. } => self.heard(publication)?,
            Event::Gap { n_missing, .. } => self.missed(n_missing)?,
            Event::Presence { members, .. } => self.members = Some(members),
            Event::Guests { guests, .. } => self.tell_who(&guests)?,
            // An older server, perhaps.
            Event::Unanswered {
                question: Question::Guests,
                ..
            } => self.tell_who("")?,
            Event::Join { info, .. } => self.moved(&info, "is here")?,
            Event::Leave { info, .. } => self.moved(&info, "has left")?,
            Event::Unanswered { .. }
            | Event::TokenWanted { .. }
            | Event::Acknowledged(_)
            | Event::Refused { .. } => {}
        }
        Ok(())
    }

    /// At the start the error is one's own to read; later on one comes back.
    fn lost(&mut self, problem: Problem) -> anyhow::Result<()> {
        if !self.is_known {
            return Err(anyhow!(problem.message));
        }
        self.note(&format!("{}; trying again", problem.message))
    }

    fn arrived(&mut self) {
        if let History::Wanted(limit) = self.history {
            self.history = match limit {
                0 => History::Shown,
                _ => History::Asked(Vec::new()),
            };
            if limit > 0 {
                self.session.ask(Question::Newest { limit });
            }
            self.ask_who();
        }
    }

    fn ask_who(&mut self) {
        self.session.ask(Question::Presence);
        self.session.ask(Question::Guests);
    }

    fn tell_who(&mut self, guests: &str) -> anyhow::Result<()> {
        match self.members.take() {
            Some(members) => self.note(&here(&members, guests)),
            None => Ok(()), // Lost on the way.
        }
    }

    fn show_history(&mut self, newest_first: Vec<Publication>) -> anyhow::Result<()> {
        let mut text = String::new();
        for Publication { data, offset } in newest_first.into_iter().rev() {
            text.extend(self.transcript.recall(&data, offset));
            self.shown = offset;
        }
        if let History::Asked(held) = std::mem::replace(&mut self.history, History::Shown) {
            for Publication { data, offset } in held {
                if offset > self.shown {
                    text.extend(self.transcript.tell(&data, offset));
                }
            }
        }
        if !text.is_empty() {
            self.screen.message(text)?;
        }
        Ok(())
    }

    fn heard(&mut self, publication: Publication) -> anyhow::Result<()> {
        if let History::Asked(held) = &mut self.history {
            held.push(publication);
            return Ok(());
        }
        let Publication { data, offset } = publication;
        if offset <= self.shown {
            return Ok(()); // It was in the history.
        }
        let told = self.transcript.tell(&data, offset);
        // What one has typed stands there already.
        let is_seen =
            matches!(self.screen, Screen::Terminal { .. }) && self.session.is_saying(&data);
        if let Some(text) = told.filter(|_| !is_seen) {
            self.screen.message(text)?;
        }
        Ok(())
    }

    fn missed(&mut self, n_missing: Option<u64>) -> anyhow::Result<()> {
        let what = "messages are missing here, and cannot be had any more";
        if let Some(n) = n_missing {
            return self.note(&format!("{n} {what}"));
        }
        // The room counts anew, so no offset says what was shown.
        self.shown = 0;
        self.transcript.forget();
        self.note(what)
    }

    fn moved(&mut self, info: &str, how: &str) -> anyhow::Result<()> {
        let info: Value = serde_json::from_str(info).unwrap_or_default();
        if info["client"] != self.me {
            self.note(&format!("{} {how}", name(&info)))?;
        }
        Ok(())
    }

    // What one types.

    fn typed(&mut self, line: &str) -> anyhow::Result<()> {
        match line.trim_end() {
            "/who" => self.ask_who(),
            "/quit" => self.is_ended = true,
            _ if line.starts_with("//") => return self.say(&line[1..]),
            _ if line.starts_with('/') => return self.note(HELP),
            _ => return self.say(line),
        }
        Ok(())
    }

    fn say(&mut self, line: &str) -> anyhow::Result<()> {
        match check(line) {
            Ok(true) => self.session.say(line.to_owned()),
            Ok(false) => {}
            Err(error) => self.note(&format!("not sent: {error}"))?,
        }
        Ok(())
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        let note = self.transcript.note(text);
        Ok(self.screen.note(note)?)
    }
}

/// Everybody who is here, by name; those by a plain WebSocket apart, as nothing
/// but what they say tells who they are.
fn here(members: &[String], guests: &str) -> String {
    let mut names = BTreeMap::<String, u64>::new();
    for info in members {
        let info = serde_json::from_str(info).unwrap_or_default();
        *names.entry(name(&info)).or_default() += 1;
    }
    let names = names.iter().map(|(name, n)| counted(name, *n));
    let here = format!("here: {}", names.collect::<Vec<_>>().join(", "));
    match by_plain_websocket(guests) {
        guests if guests.is_empty() => here,
        guests => format!("{here}; by a plain WebSocket: {}", guests.join(", ")),
    }
}

fn by_plain_websocket(guests: &str) -> Vec<String> {
    let told: Value = serde_json::from_str(guests).unwrap_or_default();
    let named = told["guests"].as_array().into_iter().flatten();
    let named =
        named.filter_map(|one| Some(counted(one["name"].as_str()?, one["present"].as_u64()?)));
    let unnamed = [("nameless", "without a name"), ("more", "more")];
    let unnamed = unnamed.into_iter().filter_map(|(field, what)| {
        let n = told[field].as_u64().filter(|n| *n > 0)?;
        Some(format!("{n} {what}"))
    });
    named.chain(unnamed).collect()
}

fn counted(name: &str, n: u64) -> String {
    match n {
        1 => name.to_owned(),
        n => format!("{name} ({n})"),
    }
}

fn name(info: &Value) -> String {
    let name = info["conn_info"]["name"]
        .as_str()
        .unwrap_or_default()
        .trim();
    if name.is_empty() {
        chat::ANONYMOUS
    } else {
        name
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_by_a_plain_websocket_are_told_apart() {
        let member = |name: &str| format!(r#"{{"user":"u","conn_info":{{"name":"{name}"}}}}"#);
        let members = [member("Léa"), member(" "), member("Léa")];
        let guests = r#"{"guests":[{"name":"ci","present":1},{"name":"Léa","present":3},{}],"nameless":2,"more":4}"#;
        assert_eq!(
            here(&members, guests),
            "here: Anonyme, Léa (2); by a plain WebSocket: ci, Léa (3), 2 without a name, 4 more"
        );
        for nobody in ["", "[]", r#"{"guests":[],"nameless":0,"more":0}"#] {
            assert_eq!(here(&members[..1], nobody), "here: Léa");
        }
    }
}
