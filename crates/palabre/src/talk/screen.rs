//! Where lines are shown: above the line that is being typed, or on standard
//! output, with the notes on standard error.

use std::io::{self, IsTerminal as _, Write as _};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::ExternalPrinter;

use super::transcript::Style;

pub(super) enum Screen {
    Terminal {
        printer: Box<dyn FnMut(String) -> io::Result<()> + Send>,
        _restored: Restored,
    },
    Pipe,
}

impl Screen {
    pub(super) fn terminal(mut printer: impl ExternalPrinter + Send + 'static) -> Self {
        let printer = move |text| printer.print(text).map_err(io::Error::other);
        Self::Terminal {
            printer: Box::new(printer),
            _restored: Restored(tcgetattr(io::stdin()).ok()),
        }
    }

    /// Shows what was said.
    pub(super) fn message(&mut self, text: String) -> io::Result<()> {
        match self {
            Self::Terminal { printer, .. } => printer(text),
            Self::Pipe => {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes())?;
                out.flush()
            }
        }
    }

    /// Shows what happens besides.
    pub(super) fn note(&mut self, text: String) -> io::Result<()> {
        match self {
            Self::Terminal { printer, .. } => printer(text),
            // Without anybody to read the notes, one goes on all the same.
            Self::Pipe => {
                let _ = io::stderr().write_all(text.as_bytes());
                Ok(())
            }
        }
    }
}

/// Whether somebody types and reads here.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// How lines are to look here.
pub(super) fn style() -> Style {
    if !io::stdout().is_terminal() {
        return Style::Plain;
    }
    // As agreed at no-color.org.
    let has_colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Style::Live { has_colours }
}

/// Puts the terminal back as it was: the thread that reads a line has changed
/// it, and ends with the process.
pub(super) struct Restored(Option<Termios>);

impl Drop for Restored {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Drain, before);
        }
    }
}
