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
            Self::NotStored { .. } => "not-stored",
            Self::RateLimited { .. } => "rate-limited",
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
