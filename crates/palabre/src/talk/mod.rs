//! Talking from a terminal or a pipe: `palabre join` and `palabre say`.
//!
//! ```text
//!  input ──lines──▶ join ──▶ Session ──▶ client::Client, the machine
//!                   say       │  ▲        which does no I/O
//!  screen ◀─lines── │         ▼  │
//!                   ▼        dial, Socket: TCP, TLS, frames
//!                 Transcript: what was said, as lines
//! ```
//!
//! One thread and its runtime do all of it; another reads the input, since
//! that blocks. Both commands are clients like any other.

mod dial;
mod input;
mod join;
mod place;
mod say;
mod screen;
mod session;
mod socket;
mod transcript;
mod visible;

use std::process::ExitCode;

use anyhow::ensure;
use chat::{ANONYMOUS, MESSAGE_CHARS_MAX, SenderName};

use self::place::Place;
use self::session::Session;
use crate::args::talk::{JoinArgs, SayArgs, TalkArgs};

/// There was nothing to say; as `grep` has 1 for "nothing found".
const NOTHING: u8 = 1;
/// It went wrong; the same code as for a wrong command line.
const WRONG: u8 = 2;

/// What became of what was to be said.
pub(super) enum Said {
    All,
    Nothing,
}

/// `palabre join`.
pub(crate) fn join(args: JoinArgs) -> ExitCode {
    let session = session(&args.talk, &args.room);
    end(session.and_then(|session| run(join::run(args, session))))
}

/// `palabre say`.
pub(crate) fn say(args: SayArgs) -> ExitCode {
    let session = session(&args.talk, &args.room);
    end(session.and_then(|session| run(say::run(args, session))))
}

fn session(args: &TalkArgs, room: &str) -> anyhow::Result<Session> {
    let place = Place::parse(&args.url, room)?;
    let tls = dial::tls(args.ca.as_deref())?;
    let name = SenderName::parse(&args.name)?;
    let name = name.as_ref().map_or(ANONYMOUS, SenderName::as_str);
    Ok(Session::new(place, tls, name))
}

fn run(talk: impl Future<Output = anyhow::Result<Said>>) -> anyhow::Result<Said> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build()?.block_on(talk)
}

fn end(said: anyhow::Result<Said>) -> ExitCode {
    match said {
        Ok(Said::All) => ExitCode::SUCCESS,
        Ok(Said::Nothing) => ExitCode::from(NOTHING),
        Err(error) => {
            eprintln!("palabre: {}", visible::line(&format!("{error:#}")));
            ExitCode::from(WRONG)
        }
    }
}

/// Whether there is anything in a text to say.
///
/// # Errors
/// There is more than a message may hold.
fn check(text: &str) -> anyhow::Result<bool> {
    let chars = text.chars().count();
    ensure!(
        chars <= MESSAGE_CHARS_MAX,
        "message has {chars} characters, the limit is {MESSAGE_CHARS_MAX}; send it in parts"
    );
    Ok(!text.trim().is_empty())
}
