//! The way of one message through a room's rules.

use protocol::plain::{Incoming, Outgoing, Refusal};

use crate::id::MessageIds;
use crate::sender::{ANONYMOUS, InvalidSenderName, SENDER_CHARS_MAX, SenderName};

/// The longest message, in characters (Unicode scalar values): as many as
/// always fit into a WebSocket message of 64 KiB, so that whoever writes too
/// much is told so instead of losing the connection.
pub const MESSAGE_CHARS_MAX: usize = 16_000;

/// Lets a message in, or says why not.
///
/// Returns the object that everyone receives, but for its offset.
///
/// `name` is who speaks where the message carries no name: the `name` of the
/// connection's URL, if it has one.
///
/// # Errors
/// The [`Refusal`] to answer the sender with.
pub fn admit(
    incoming: &Incoming<'_>,
    name: Option<&SenderName>,
    time_ms: u64,
    ids: &mut MessageIds,
) -> Result<String, Refusal> {
    let chars = incoming.message.text.chars().count();
    if chars > MESSAGE_CHARS_MAX {
        return Err(Refusal::MessageTooLong {
            chars,
            chars_max: MESSAGE_CHARS_MAX,
        });
    }
    let own = match &incoming.sender {
        Some(sender) => SenderName::parse(sender).map_err(refuse_sender)?,
        None => None,
    };
    let made;
    let id = match &incoming.id {
        Some(id) => id,
        None => {
            made = ids.next(time_ms).to_string();
            &*made
        }
    };
    let sender = own.as_ref().or(name).map_or(ANONYMOUS, SenderName::as_str);
    let message = Outgoing {
        sender,
        message: incoming.message.raw,
        others: &incoming.others,
        id,
        time_ms,
    };
    Ok(message.to_json())
}

fn refuse_sender(error: InvalidSenderName) -> Refusal {
    match error {
        InvalidSenderName::TooLong { chars, .. } => Refusal::SenderTooLong {
            chars,
            chars_max: SENDER_CHARS_MAX,
        },
        InvalidSenderName::Control => Refusal::SenderInvalid,
    }
}

#[cfg(test)]
mod tests {
    use protocol::plain;

    use super::*;

    /// Admits an object from a connection whose URL says `?name=Url`.
    fn check(sent: &str, expected: &str) {
        let url_name = SenderName::parse("Url").unwrap();
        let incoming = plain::parse(sent).unwrap();
        let shown = match admit(&incoming, url_name.as_ref(), 12, &mut MessageIds::new(0)) {
            Ok(object) => object,
            Err(refusal) => refusal.code().to_owned(),
        };
        assert_eq!(shown, expected, "{sent}");
    }

    #[test]
    fn a_message_goes_on_with_its_name_id_and_time() {
        check(
            r#"{"sender":" Léa ","message":" a ","id":"7","x":{}}"#,
            r#"{"sender":"Léa","message":" a ","x":{},"id":"7","time":12}"#,
        );
    }

    #[test]
    fn a_missing_or_blank_name_is_the_url_s_else_anonyme() {
        let url = r#"{"sender":"Url","message":"m","id":"7","time":12}"#;
        check(r#"{"message":"m","id":"7"}"#, url);
        check(r#"{"sender":"  ","message":"m","id":"7"}"#, url);

        let incoming = plain::parse(r#"{"message":"m"}"#).unwrap();
        let object = admit(&incoming, None, 12, &mut MessageIds::new(0)).unwrap();
        assert!(object.starts_with(r#"{"sender":"Anonyme","#));
    }

    #[test]
    fn a_message_without_an_id_gets_one() {
        let incoming = plain::parse(r#"{"message":"m"}"#).unwrap();
        let object = admit(&incoming, None, 0x1234, &mut MessageIds::new(0)).unwrap();
        assert!(object.contains(r#""id":"00000000-1234-7"#), "{}", object);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let object = |sender: usize, message: usize| {
            let (sender, message) = ("s".repeat(sender), "m".repeat(message));
            format!(r#"{{"sender":"{sender}","message":"{message}"}}"#)
        };
        check(&object(SENDER_CHARS_MAX + 1, 1), "sender-too-long");
        check(&object(1, MESSAGE_CHARS_MAX + 1), "message-too-long");
        check(r#"{"sender":"a\tb","message":"m"}"#, "sender-invalid");
        let longest = object(SENDER_CHARS_MAX, MESSAGE_CHARS_MAX);
        let incoming = plain::parse(&longest).unwrap();
        assert!(admit(&incoming, None, 0, &mut MessageIds::new(0)).is_ok());
    }
}
