//! Why something was not taken: the plain dialect's one table of errors.

use std::fmt;

use super::outgoing::push_string;
use crate::Language;

/// What was wrong with what a client sent. The connection stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The frame is no JSON text.
    NotJson,
    /// The frame is JSON, but no object.
    NotAnObject,
    /// The object holds brackets within brackets beyond measure.
    TooDeep {
        /// How many may stand around a value.
        depth_max: usize,
    },
    /// The object has no `message`.
    MessageMissing,
    /// `message` is something else than a string.
    MessageNotAString,
    /// `message` is the empty string.
    MessageEmpty,
    /// `message` has more characters than a room takes.
    MessageTooLong {
        /// How many it has.
        chars: usize,
        /// How many it may have.
        chars_max: usize,
    },
    /// `sender` is something else than a string.
    SenderNotAString,
    /// `sender` has more characters than a name may have.
    SenderTooLong {
        /// How many it has.
        chars: usize,
        /// How many it may have.
        chars_max: usize,
    },
    /// `sender` holds control characters, such as a line break.
    SenderInvalid,
    /// `id` is no string, is empty or too long.
    IdInvalid {
        /// How many bytes it may have.
        bytes_max: usize,
    },
    /// The object's `type` is `"error"`, which only the server says.
    TypeReserved,
    /// `target` is no offset, or `target_id` no string.
    TargetInvalid,
    /// Nothing is at the offset that `target` names, or another message than
    /// the one that `target_id` names.
    TargetMissing,
    /// `target` is an edit, a deletion or a reaction.
    TargetIsAmendment,
    /// `target` has been deleted.
    TargetDeleted,
    /// Somebody else said what `target` names.
    NotYours,
    /// Nobody knows who wants to amend something.
    NoIdentity,
    /// A reaction's `message` is no emoji, or its `removed` no truth value.
    ReactionInvalid {
        /// How many bytes it may have.
        bytes_max: usize,
    },
    /// The message has all the reactions that it may have.
    TooManyReactions {
        /// How many it may have.
        n_max: usize,
    },
    /// `files` is no list of files.
    FilesInvalid {
        /// How many there may be.
        n_max: usize,
    },
    /// `reply` is no offset, or `reply_id` no string.
    ReplyInvalid,
    /// The log could not keep the message; nobody has received it.
    NotStored {
        /// Whether the disk is full.
        full: bool,
    },
    /// More messages than the connection may send.
    RateLimited {
        /// How many it may send in a second, over time.
        per_second: u32,
    },
}

impl Refusal {
    /// The name of the error, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::TooDeep { .. } => "too-deep",
            Self::MessageMissing => "message-missing",
            Self::MessageNotAString => "message-not-a-string",
            Self::MessageEmpty => "message-empty",
            Self::MessageTooLong { .. } => "message-too-long",
            Self::SenderNotAString => "sender-not-a-string",
            Self::SenderTooLong { .. } => "sender-too-long",
            Self::SenderInvalid => "sender-invalid",
            Self::IdInvalid { .. } => "id-invalid",
            Self::TypeReserved => "type-reserved",
            Self::TargetInvalid => "target-invalid",
            Self::TargetMissing => "target-missing",
            Self::TargetIsAmendment => "target-is-amendment",
            Self::TargetDeleted => "target-deleted",
            Self::NotYours => "not-yours",
            Self::NoIdentity => "no-identity",
            Self::ReactionInvalid { .. } => "reaction-invalid",
            Self::TooManyReactions { .. } => "too-many-reactions",
            Self::FilesInvalid { .. } => "files-invalid",
            Self::ReplyInvalid => "reply-invalid",
            Self::NotStored { .. } => "not-stored",
            Self::RateLimited { .. } => "rate-limited",
        }
    }

    /// The number of the error in the Centrifuge dialect, of those that are an
    /// application's own; `None` for what that dialect calls a bad request.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::NoIdentity => Some(401),
            Self::NotYours => Some(403),
            Self::TargetMissing => Some(404),
            Self::TargetIsAmendment => Some(405),
            Self::TargetDeleted => Some(410),
            Self::TooManyReactions { .. } => Some(429),
            _ => None,
        }
    }

    /// What is wrong and what to send instead, for people.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::English => self.english(),
            Language::French => self.french(),
        }
    }

    /// The object that its sender receives; `id` is the refused message's own.
    #[must_use]
    pub fn to_json(&self, language: Language, id: Option<&str>) -> String {
        let mut json = String::from("{\"type\":\"error\",\"code\":");
        push_string(&mut json, self.code());
        json.push_str(",\"sender\":\"palabre\",\"message\":");
        push_string(&mut json, &self.text(language));
        if let Some(id) = id {
            json.push_str(",\"id\":");
            push_string(&mut json, id);
        }
        json.push('}');
        json
    }

    fn english(&self) -> String {
        const EXAMPLE: &str = r#"{"sender":"your name","message":"your text"}"#;
        match self {
            Self::NotJson => format!("this is not JSON; send an object such as {EXAMPLE}"),
            Self::NotAnObject => {
                format!("this is JSON, but not an object; send one such as {EXAMPLE}")
            }
            Self::TooDeep { depth_max } => {
                format!("the object nests deeper than {depth_max} brackets; make it flatter")
            }
            Self::MessageMissing => {
                format!("the object has no message; send one such as {EXAMPLE}")
            }
            Self::MessageNotAString => "message must be a string of valid Unicode".into(),
            Self::MessageEmpty => "message is empty; write at least one character".into(),
            Self::MessageTooLong { chars, chars_max } => {
                format!(
                    "message has {chars} characters, the limit is {chars_max}; send it in parts"
                )
            }
            Self::SenderNotAString => "sender must be a string of valid Unicode".into(),
            Self::SenderTooLong { chars, chars_max } => {
                format!(
                    "sender has {chars} characters, the limit is {chars_max}; choose a shorter name"
                )
            }
            Self::SenderInvalid => "sender holds control characters; use letters and spaces".into(),
            Self::IdInvalid { bytes_max } => {
                format!("id must be a string of 1 to {bytes_max} bytes; leave it out to get one")
            }
            Self::TypeReserved => {
                "only the server sends objects of type \"error\" or \"gap\"; use another type"
                    .into()
            }
            Self::TargetInvalid => "target must be the offset of a message, a number from 1 on; and target_id, where it is there, its id".into(),
            Self::TargetMissing => "target is no message of this room, or one that is not kept any more".into(),
            Self::TargetIsAmendment => "target is itself an edit, a deletion or a reaction; name the message".into(),
            Self::TargetDeleted => "the message has been deleted".into(),
            Self::NotYours => "only who said the message may change or delete it".into(),
            Self::NoIdentity => "the connection has no identity; connect with the Centrifuge dialect to change messages or react".into(),
            Self::ReactionInvalid { bytes_max } => format!("a reaction's message must be an emoji of 1 to {bytes_max} bytes without blanks, and removed true or false"),
            Self::TooManyReactions { n_max } => format!("the message has its {n_max} reactions already, or they are too long"),
            Self::FilesInvalid { n_max } => format!("files must be a list of at most {n_max} objects whose url the server gave, such as /files/…"),
            Self::ReplyInvalid => "reply must be the offset of a message, a number from 1 on; and reply_id, where it is there, its id".into(),
            Self::NotStored { full: true } => {
                "the message is not sent, as the server's disk is full; send it again later".into()
            }
            Self::NotStored { full: false } => {
                "the message is not sent, as the server cannot keep it; send it again later".into()
            }
            Self::RateLimited { per_second } => {
                format!("too many messages; send at most {per_second} per second")
            }
        }
    }

    fn french(&self) -> String {
        const EXAMPLE: &str = r#"{"sender":"votre nom","message":"votre texte"}"#;
        match self {
            Self::NotJson => format!("ce n’est pas du JSON ; envoyez un objet comme {EXAMPLE}"),
            Self::NotAnObject => {
                format!("c’est du JSON, mais pas un objet ; envoyez-en un comme {EXAMPLE}")
            }
            Self::TooDeep { depth_max } => format!(
                "l’objet a plus de {depth_max} crochets imbriqués\u{202f}; rendez-le plus plat"
            ),
            Self::MessageMissing => {
                format!("l’objet n’a pas de champ message ; envoyez-en un comme {EXAMPLE}")
            }
            Self::MessageNotAString => "message doit être une chaîne d’Unicode valide".into(),
            Self::MessageEmpty => "message est vide ; écrivez au moins un caractère".into(),
            Self::MessageTooLong { chars, chars_max } => format!(
                "message a {chars} caractères, la limite est {chars_max} ; envoyez-le en plusieurs fois"
            ),
            Self::SenderNotAString => "sender doit être une chaîne d’Unicode valide".into(),
            Self::SenderTooLong { chars, chars_max } => format!(
                "sender a {chars} caractères, la limite est {chars_max} ; choisissez un nom plus court"
            ),
            Self::SenderInvalid => {
                "sender contient des caractères de contrôle ; utilisez lettres et espaces".into()
            }
            Self::IdInvalid { bytes_max } => format!(
                "id doit être une chaîne de 1 à {bytes_max} octets ; sans id, le serveur en donne un"
            ),
            Self::TypeReserved => {
                "seul le serveur envoie des objets de type « error » ou « gap » ; choisissez un autre type"
                    .into()
            }
            Self::TargetInvalid => "target doit être l’offset d’un message, un nombre à partir de 1\u{202f}; et target_id, s’il est là, son id".into(),
            Self::TargetMissing => "target n’est pas un message de ce salon, ou n’est plus gardé".into(),
            Self::TargetIsAmendment => "target est lui-même une modification, un effacement ou une réaction\u{202f}; nommez le message".into(),
            Self::TargetDeleted => "le message a été effacé".into(),
            Self::NotYours => "seul l’auteur du message peut le modifier ou l’effacer".into(),
            Self::NoIdentity => "la connexion n’a pas d’identité\u{202f}; passez par le dialecte Centrifuge pour modifier ou réagir".into(),
            Self::ReactionInvalid { bytes_max } => format!("le message d’une réaction doit être un émoji de 1 à {bytes_max} octets sans blanc, et removed true ou false"),
            Self::TooManyReactions { n_max } => format!("le message a déjà ses {n_max} réactions, ou elles sont trop longues"),
            Self::FilesInvalid { n_max } => format!("files doit être une liste d’au plus {n_max} objets dont l’url vient du serveur, comme /files/…"),
            Self::ReplyInvalid => "reply doit être l’offset d’un message, un nombre à partir de 1\u{202f}; et reply_id, s’il est là, son id".into(),
            Self::NotStored { full: true } => {
                "le message n’est pas parti, car le disque du serveur est plein\u{202f}; renvoyez-le plus tard".into()
            }
            Self::NotStored { full: false } => {
                "le message n’est pas parti, car le serveur ne peut pas le garder\u{202f}; renvoyez-le plus tard".into()
            }
            Self::RateLimited { per_second } => {
                format!("trop de messages ; envoyez-en au plus {per_second} par seconde")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_shows_sensibly_to_who_knows_two_fields() {
        let json = Refusal::RateLimited { per_second: 30 }.to_json(Language::English, Some("a\"b"));
        assert_eq!(
            json,
            r#"{"type":"error","code":"rate-limited","sender":"palabre","message":"too many messages; send at most 30 per second","id":"a\"b"}"#
        );
    }

    #[test]
    fn speaks_the_language_of_who_is_refused() {
        let json = Refusal::MessageEmpty.to_json(Language::French, None);
        assert_eq!(
            json,
            r#"{"type":"error","code":"message-empty","sender":"palabre","message":"message est vide ; écrivez au moins un caractère"}"#
        );
    }
}
