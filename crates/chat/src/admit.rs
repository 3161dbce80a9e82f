//! The way of one message through a room's rules.

use bytes::Bytes;
use engine::{
    Called, ChannelName, Dialect, Draft, Engine, GUARDED, GuestList, Namespace, Now, Rules, Speaker,
};
use protocol::centrifuge::ErrorCode;
use protocol::plain::{self, Incoming, Outgoing, Refusal};
use serde_json::value::RawValue;

use crate::amend::SERVERS_OWN;
use crate::guests;
use crate::id::MessageIds;
use crate::kind::{self, Kind};
use crate::room::RoomName;
use crate::rooms::Rooms;
use crate::sender::{ANONYMOUS, InvalidSenderName, SENDER_CHARS_MAX, SenderName};

/// The longest message, in characters (Unicode scalar values): as many as
/// always fit into a WebSocket message of 64 KiB, so that whoever writes too
/// much is told so instead of losing the connection.
pub const MESSAGE_CHARS_MAX: usize = 16_000;

/// The rules of the chat, as the engine asks for them.
#[derive(Debug)]
pub struct Chat {
    ids: MessageIds,
    rooms: Rooms,
}

impl Chat {
    /// Rules that give ids from a source of their own.
    #[must_use]
    pub fn new(ids: MessageIds) -> Self {
        let rooms = Rooms::default();
        Self { ids, rooms }
    }
}

impl Rules for Chat {
    /// The name in an object such as `{"name":"Léa"}`, where it is one.
    fn describe(&self, data: &str) -> Option<Bytes> {
        #[derive(serde::Deserialize, serde::Serialize)]
        struct Described {
            name: String,
        }
        let Described { name } = serde_json::from_str(data).ok()?;
        let name = SenderName::parse(&name).ok()??.as_str().to_owned();
        serde_json::to_vec(&Described { name })
            .ok()
            .map(Bytes::from)
    }

    /// `rooms`: the public rooms with somebody in them. `guests`: who is in a
    /// channel by a plain WebSocket; asked by anyone who knows its name, as
    /// such may enter there. `search` takes a while, and is answered by
    /// [`Search`](crate::Search).
    fn rpc(
        &mut self,
        method: &str,
        data: Option<&str>,
        engine: &Engine,
        now: Now,
    ) -> Result<Called, ErrorCode> {
        match method {
            "rooms" => Ok(Called::Answer(self.rooms.list(engine, now))),
            "guests" => {
                let asked = guests::channel_asked(data).ok_or(ErrorCode::BadRequest)?;
                let channel = engine.find(&self.channel(&asked)?);
                let list = channel.map(|channel| channel.guests());
                Ok(Called::Answer(guests::answer(list)))
            }
            "search" => Ok(Called::Slow),
            _ => Err(ErrorCode::NotAvailable),
        }
    }

    fn guests(&self, channel: &ChannelName, list: &GuestList) -> Bytes {
        guests::news(channel, list)
    }

    /// A room, a live channel or a feed; all are called as rooms are, with a
    /// mark before those that want a token.
    fn channel(&self, name: &str) -> Result<ChannelName, ErrorCode> {
        let unmarked = name.strip_prefix(GUARDED);
        let (namespace, room) = unmarked
            .unwrap_or(name)
            .split_once(':')
            .ok_or(ErrorCode::UnknownChannel)?;
        let namespace = Namespace::ALL
            .into_iter()
            .find(|one| one.as_str() == namespace)
            .ok_or(ErrorCode::UnknownChannel)?;
        let room = RoomName::parse(room).map_err(|_| ErrorCode::BadRequest)?;
        Ok(match unmarked {
            Some(_) => room.guarded_channel(namespace),
            None => room.channel(namespace),
        })
    }

    /// A message must be one in a room, and in the plain dialect everywhere;
    /// an application may send any JSON through a live channel.
    fn admit(
        &mut self,
        channel: &ChannelName,
        speaker: &Speaker<'_>,
        json: &str,
        now: Now,
    ) -> Result<Draft, Refusal> {
        let is_message = channel.namespace() == Namespace::Room;
        if is_message || speaker.dialect == Dialect::Plain {
            let mut incoming = plain::parse(json)?;
            let target = match is_message {
                true => place(&mut incoming, speaker)?,
                false => None,
            };
            let draft = admit(&incoming, speaker, now.unix_ms, &mut self.ids)?;
            return Ok(Draft { target, ..draft });
        }
        Ok(Draft {
            id: "".into(),
            json: Bytes::copy_from_slice(json.as_bytes()),
            ..Draft::default()
        })
    }
}

/// What a publication in a room amends, if anything. It loses the fields that
/// the server alone writes, which would only mislead.
fn place(incoming: &mut Incoming<'_>, speaker: &Speaker<'_>) -> Result<Option<u64>, Refusal> {
    incoming
        .others
        .retain(|(name, _)| !SERVERS_OWN.contains(&&**name));
    let target = kind::target(&incoming.others, &incoming.message.text)?;
    if Kind::of(&incoming.others) == Kind::Delete {
        incoming.message = plain::deleted();
    }
    if speaker.verified_name.is_some() {
        incoming.others.push(("verified".into(), yes()));
    }
    Ok(target)
}

fn yes() -> &'static RawValue {
    serde_json::from_str("true").expect("it is JSON")
}

/// Lets a message in, or says why not.
fn admit(
    incoming: &Incoming<'_>,
    speaker: &Speaker<'_>,
    time_ms: u64,
    ids: &mut MessageIds,
) -> Result<Draft, Refusal> {
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
        Some(id) => &**id,
        None => {
            made = ids.next(time_ms).to_string();
            &*made
        }
    };
    let own = own.as_ref().map(SenderName::as_str);
    let sender = speaker.verified_name.or(own).or(speaker.name);
    let is_guest = speaker.dialect == Dialect::Plain && speaker.name.is_none();
    let new_name = own.filter(|own| is_guest && speaker.last_name != Some(own));
    let message = Outgoing {
        sender: sender.unwrap_or(ANONYMOUS),
        message: incoming.message.raw,
        others: &incoming.others,
        id,
        time_ms,
    };
    Ok(Draft {
        id: (*id).into(),
        json: message.to_json().into(),
        target: None,
        new_name: new_name.map(Into::into),
    })
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
    use super::*;

    /// Admits what a connection says that is called `Url`, to a room.
    fn admitted(sent: &str) -> Result<Draft, Refusal> {
        said(Namespace::Room, Dialect::Plain, Some("Url"), sent)
    }

    fn said(
        namespace: Namespace,
        dialect: Dialect,
        name: Option<&str>,
        sent: &str,
    ) -> Result<Draft, Refusal> {
        let channel = ChannelName::new(namespace, "tea").unwrap();
        let speaker = Speaker {
            dialect,
            name,
            verified_name: None,
            last_name: None,
        };
        let now = Now {
            unix_ms: 12,
            ..Now::default()
        };
        Chat::new(MessageIds::new(0)).admit(&channel, &speaker, sent, now)
    }

    fn check(sent: &str, expected: &str) {
        let shown = match admitted(sent) {
            Ok(draft) => String::from_utf8(draft.json.to_vec()).unwrap(),
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
        let draft = admitted(r#"{"message":"m","id":"7"}"#).unwrap();
        assert_eq!(&*draft.id, "7");
    }

    #[test]
    fn a_missing_or_blank_name_is_the_connection_s_else_anonyme() {
        let named = r#"{"sender":"Url","message":"m","id":"7","time":12}"#;
        check(r#"{"message":"m","id":"7"}"#, named);
        check(r#"{"sender":"  ","message":"m","id":"7"}"#, named);

        let sent = r#"{"message":"m"}"#;
        let draft = said(Namespace::Room, Dialect::Plain, None, sent).unwrap();
        assert!(draft.json.starts_with(br#"{"sender":"Anonyme","#));
    }

    #[test]
    fn a_guest_goes_by_the_name_it_says_unless_its_url_names_it() {
        let new_name = |name, last_name, sent| {
            let speaker = Speaker {
                dialect: Dialect::Plain,
                name,
                verified_name: None,
                last_name,
            };
            let channel = ChannelName::new(Namespace::Room, "tea").unwrap();
            let mut chat = Chat::new(MessageIds::new(0));
            let draft = chat.admit(&channel, &speaker, sent, Now::default());
            draft.unwrap().new_name
        };
        let mo = r#"{"sender":" Mo ","message":"m"}"#;
        assert_eq!(new_name(None, None, mo).as_deref(), Some("Mo"));
        assert_eq!(new_name(None, Some("Léa"), mo).as_deref(), Some("Mo"));
        assert_eq!(new_name(None, Some("Mo"), mo), None);
        assert_eq!(new_name(None, Some("Mo"), r#"{"message":"m"}"#), None);
        assert_eq!(new_name(Some("Url"), None, mo), None);
    }

    #[test]
    fn a_verified_name_is_the_only_one_that_counts() {
        let speaker = Speaker {
            dialect: Dialect::Centrifuge,
            name: None,
            verified_name: Some("Aïcha"),
            last_name: None,
        };
        let channel = ChannelName::new(Namespace::Room, "tea").unwrap();
        let sent = r#"{"sender":"Moussa","message":"m"}"#;
        let mut chat = Chat::new(MessageIds::new(0));
        let draft = chat
            .admit(&channel, &speaker, sent, Now::default())
            .unwrap();
        assert!(draft.json.starts_with("{\"sender\":\"Aïcha\",".as_bytes()));
    }

    #[test]
    fn a_message_without_an_id_gets_one() {
        let draft = admitted(r#"{"message":"m"}"#).unwrap();
        assert!(draft.id.starts_with("00000000-000c-7"), "{}", draft.id);
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
        assert!(admitted(&object(SENDER_CHARS_MAX, MESSAGE_CHARS_MAX)).is_ok());
    }

    #[test]
    fn an_application_sends_what_it_likes_through_a_live_channel() {
        let sent = r#"[1,{"x":2}]"#;
        let draft = said(Namespace::Live, Dialect::Centrifuge, None, sent).unwrap();
        assert_eq!(draft.json, sent);
        assert!(said(Namespace::Live, Dialect::Plain, None, sent).is_err());
        assert!(said(Namespace::Room, Dialect::Centrifuge, None, sent).is_err());
    }

    #[test]
    fn a_channel_s_name_is_a_namespace_and_a_room_s_name() {
        let chat = Chat::new(MessageIds::new(0));
        assert_eq!(
            chat.channel("room:fe\u{302}te").unwrap().as_str(),
            "room:fête"
        );
        for (name, error) in [
            ("general", ErrorCode::UnknownChannel),
            ("nope:x", ErrorCode::UnknownChannel),
            ("room:", ErrorCode::BadRequest),
            ("room:a b", ErrorCode::BadRequest),
            (&format!("live:{}", "x".repeat(65)), ErrorCode::BadRequest),
        ] {
            assert_eq!(chat.channel(name).unwrap_err(), error, "{name}");
        }
    }
}
