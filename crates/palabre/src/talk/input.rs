//! What one says: lines typed at a terminal, or read from a pipe.
//!
//! Reading blocks, so it has a thread of its own. It ends with the process.

use std::io::{self, BufRead, Read as _};
use std::thread;

use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc::{Receiver, channel};

/// Lines that were read and nobody has taken yet; then the reading waits.
const LINES_MAX: usize = 64;
/// More of one line is passed over: what is left is too long for a message all the same.
const LINE_BYTES_MAX: u64 = 1 << 20;
const PROMPT: &str = "> ";

/// Lines typed at the terminal; and what prints above the one that is being
/// typed.
pub(super) fn typed() -> anyhow::Result<(Receiver<String>, impl ExternalPrinter + Send)> {
    let config = Config::builder().auto_add_history(true).build();
    let mut editor = DefaultEditor::with_config(config)?;
    let printer = editor.create_external_printer()?;
    let (lines, typed) = channel(LINES_MAX);
    thread::spawn(move || {
        loop {
            let line = match editor.readline(PROMPT) {
                Ok(line) => line,
                Err(ReadlineError::Signal(_)) => continue, // The window has another size.
                Err(_) => return,
            };
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    Ok((typed, printer))
}

/// The lines of standard input.
pub(super) fn piped() -> Receiver<String> {
    let (lines, piped) = channel(LINES_MAX);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Ok(Some(line)) = read_line(&mut input) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    piped
}

/// The whole of standard input, without the line break at its end.
pub(super) fn whole() -> io::Result<String> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(LINE_BYTES_MAX)
        .read_to_end(&mut bytes)?;
    Ok(without_end(&String::from_utf8_lossy(&bytes)))
}

fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if input
        .by_ref()
        .take(LINE_BYTES_MAX)
        .read_until(b'\n', &mut bytes)?
        == 0
    {
        return Ok(None);
    }
    if !bytes.ends_with(b"\n") {
        input.skip_until(b'\n')?;
    }
    Ok(Some(without_end(&String::from_utf8_lossy(&bytes))))
}

fn without_end(text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_many_ways() {
        let mut input = &b"a\r\n\n\xffb\nc"[..];
        let lines = std::iter::from_fn(|| read_line(&mut input).unwrap());
        assert_eq!(lines.collect::<Vec<_>>(), ["a", "", "\u{fffd}b", "c"]);
    }

    #[test]
    fn a_line_without_an_end_in_sight_is_cut() {
        let mut input = vec![b'a'; 3 << 20];
        input.extend_from_slice(b"\nb");
        let mut input = &input[..];
        assert_eq!(read_line(&mut input).unwrap().unwrap().len(), 1 << 20);
        assert_eq!(read_line(&mut input).unwrap().unwrap(), "b");
    }
}
