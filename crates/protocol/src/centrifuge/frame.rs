//! Frames: messages, one a line.

use std::fmt;

use super::command::Command;

/// A ping from the server; a client's pong is the same.
pub const PING: &[u8] = b"{}";

/// Takes a client's frame apart, one command at a time and in their order.
///
/// Nothing is read before it is asked for, so who gives up after a failed
/// `connect` drops the rest of its frame. After an error there is no more.
pub fn commands(frame: &str) -> impl Iterator<Item = Result<Command<'_>, Malformed>> {
    messages(frame, Command::parse)
}

/// Ends the message that `out` ends with, if it holds any.
pub fn separate(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b'\n');
    }
}

/// The payload of a frame that holds all these messages.
#[must_use]
pub fn join<M: AsRef<[u8]>>(messages: impl IntoIterator<Item = M>) -> Vec<u8> {
    let mut frame = Vec::new();
    for message in messages {
        separate(&mut frame);
        frame.extend_from_slice(message.as_ref());
    }
    frame
}

/// The lines of a frame, each taken apart, up to the first that cannot be.
pub(super) fn messages<'a, M>(
    frame: &'a str,
    parse: impl Fn(&'a str) -> Result<M, Malformed>,
) -> impl Iterator<Item = Result<M, Malformed>> {
    let lines = frame.strip_suffix('\n').unwrap_or(frame).split('\n');
    lines.scan(false, move |is_over, line| {
        if *is_over {
            return None;
        }
        let message = match line {
            "" => Err(Malformed::EmptyLine),
            line => parse(line),
        };
        *is_over = message.is_err();
        Some(message)
    })
}

/// Why a line is no message. A client that sent it is closed with
/// [`CloseCode::BadRequest`](super::CloseCode::BadRequest); the cause is for
/// the log.
#[derive(Debug)]
#[non_exhaustive]
pub enum Malformed {
    /// There is nothing on the line, or in the frame.
    EmptyLine,
    /// It is no JSON object, or one with a field of the wrong type.
    NotAMessage(serde_json::Error),
    /// It has an id, and beside it nothing that we know.
    Nothing,
    /// It is about a channel, and does not say which.
    NoChannel,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyLine => f.write_str("an empty line"),
            Self::NotAMessage(cause) => write!(f, "not a message: {cause}"),
            Self::Nothing => f.write_str("an id and nothing to do"),
            Self::NoChannel => f.write_str("a request without its channel"),
        }
    }
}

impl std::error::Error for Malformed {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of a frame's commands, and how it ends if it does not end well.
    fn check(frame: &str, expected: &str) {
        let shown = commands(frame).map(|command| match command {
            Ok(command) => command.id.to_string(),
            Err(Malformed::EmptyLine) => "empty".into(),
            Err(_) => "bad".into(),
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{frame:?}");
    }

    #[test]
    fn a_line_is_a_command() {
        check("{}", "0");
        check("{}\n", "0");
        check("{\"id\":1,\"connect\":{}}\n{}\r\n{\"send\":{}}", "1 0 0");
    }

    #[test]
    fn what_follows_a_malformed_line_is_dropped() {
        check("", "empty");
        check("\n", "empty");
        check("{}\n\n{}", "0 empty");
        check("{}\n\n", "0 empty");
        check("\n{}", "empty");
        check("{}\n{\n{}\n{}", "0 bad");
        check(" \n{}", "bad");
    }

    #[test]
    fn nothing_is_read_before_it_is_asked_for() {
        let mut commands = commands("{}\nhello");
        assert!(commands.next().is_some_and(|first| first.is_ok()));
        assert!(commands.next().is_some_and(|second| second.is_err()));
        assert!(commands.next().is_none());
    }

    #[test]
    fn messages_are_joined_by_a_line_break() {
        assert_eq!(join::<&[u8]>([]), b"");
        assert_eq!(join([PING]), b"{}");
        assert_eq!(join(["{}", "{\"id\":1}"]), b"{}\n{\"id\":1}");
    }
}
