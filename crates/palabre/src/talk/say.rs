//! `palabre say`: a message, and the certainty that it is there.

use std::io::{self, Write as _};
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use client::Event;
use tokio::sync::mpsc::Receiver;

use super::session::{Session, Told};
use super::{Said, check, input};
use crate::args::talk::SayArgs;

/// Says it all; tells whether there was anything to say.
pub(super) async fn run(args: SayArgs, mut session: Session) -> anyhow::Result<Said> {
    session.follow();
    let mut lines = None;
    if args.lines {
        lines = Some(input::piped());
    } else {
        let text = match args.message.is_empty() {
            true => input::whole().context("cannot read what to say")?,
            false => args.message.join(" "),
        };
        if !check(&text)? {
            return Ok(Said::Nothing);
        }
        session.say(text);
    }
    let mut say = Say {
        n_kept: 0,
        n_refused: 0,
        progress_at: Instant::now(),
        trouble: None,
    };
    while lines.is_some() || session.n_unsaid() > 0 {
        let give_up_at = say.progress_at + args.timeout;
        let is_idle = session.n_unsaid() == 0;
        tokio::select! {
            told = session.next() => say.told(told?)?,
            line = next_of(&mut lines), if is_idle => say.take(line, &mut lines, &mut session),
            () = tokio::time::sleep_until(give_up_at.into()), if !is_idle => {
                return Err(say.given_up(args.timeout.as_secs()));
            }
        }
    }
    session.leave().await;
    match (say.n_kept, say.n_refused) {
        (0, 0) => Ok(Said::Nothing),
        (_, 0) => Ok(Said::All),
        (n_kept, n_refused) => Err(anyhow!(
            "{n_refused} of {} were not sent",
            n_kept + n_refused
        )),
    }
}

struct Say {
    n_kept: u64,
    n_refused: u64,
    progress_at: Instant,
    /// What has kept it from going on.
    trouble: Option<String>,
}

impl Say {
    fn told(&mut self, told: Told) -> anyhow::Result<()> {
        match told {
            Told::Kept => {
                self.n_kept += 1;
                self.progress_at = Instant::now();
                self.trouble = None;
            }
            Told::Refused(problem) => {
                self.progress_at = Instant::now();
                self.refuse(&problem.message);
            }
            Told::Event(Event::Connecting { problem, .. }) => self.trouble = Some(problem.message),
            Told::Event(Event::Disconnected(problem) | Event::Unsubscribed { problem, .. }) => {
                return Err(anyhow!("the server ended it: {}", problem.message));
            }
            Told::Event(_) => {}
        }
        Ok(())
    }

    /// The next line; the others are said though one cannot be.
    fn take(
        &mut self,
        line: Option<String>,
        lines: &mut Option<Receiver<String>>,
        session: &mut Session,
    ) {
        let Some(line) = line else {
            *lines = None;
            return;
        };
        match check(&line) {
            Ok(true) => {
                self.progress_at = Instant::now();
                session.say(line);
            }
            Ok(false) => {}
            Err(error) => self.refuse(&error.to_string()),
        }
    }

    fn refuse(&mut self, reason: &str) {
        self.n_refused += 1;
        let _ = writeln!(io::stderr(), "palabre: not sent: {reason}");
    }

    fn given_up(&self, seconds: u64) -> anyhow::Error {
        let sent = match self.n_kept {
            0 => String::new(),
            n => format!(", after {n} that were"),
        };
        match &self.trouble {
            Some(trouble) => anyhow!("not sent within {seconds} s{sent}: {trouble}"),
            None => anyhow!("not sent within {seconds} s{sent}: the server is too busy"),
        }
    }
}

async fn next_of(lines: &mut Option<Receiver<String>>) -> Option<String> {
    match lines {
        Some(lines) => lines.recv().await,
        None => std::future::pending().await,
    }
}
