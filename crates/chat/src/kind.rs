//! What a publication in a room is: a message, or a change to one; and
//! whether the fields that belong to it are in shape.

use std::borrow::Cow;

use protocol::plain::Refusal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::amend::{field, value};
use crate::file::{FILES_PATH, FileId};

/// The longest emoji of a reaction: some are eight characters of four bytes.
pub const EMOJI_BYTES_MAX: usize = 32;

/// How many files one message may carry.
pub const FILES_MAX: usize = 10;

/// The longest address of a file.
pub const FILE_URL_BYTES_MAX: usize = 1024;

/// The largest offset that a browser can tell from its neighbours.
const OFFSET_MAX: u64 = (1 << 53) - 1;

/// What a publication in a room is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something was said.
    Message,
    /// A message gets another text.
    Edit,
    /// A message is taken back.
    Delete,
    /// Somebody reacts to a message, or no more.
    Reaction,
}

impl Kind {
    pub(crate) fn of(fields: &Vec<(Cow<'_, str>, &RawValue)>) -> Self {
        match value::<String>(fields, "type").as_deref() {
            Some("edit") => Self::Edit,
            Some("delete") => Self::Delete,
            Some("reaction") => Self::Reaction,
            _ => Self::Message,
        }
    }

    pub(crate) fn is_amendment(self) -> bool {
        self != Self::Message
    }
}

/// The offset of what a publication amends; `None` for a message.
pub(crate) fn target(
    fields: &Vec<(Cow<'_, str>, &RawValue)>,
    message: &str,
) -> Result<Option<u64>, Refusal> {
    let kind = Kind::of(fields);
    if !kind.is_amendment() {
        check_message(fields)?;
        return Ok(None);
    }
    if kind == Kind::Reaction && !(is_emoji(message) && is_flag(field(fields, "removed"))) {
        return Err(Refusal::ReactionInvalid {
            bytes_max: EMOJI_BYTES_MAX,
        });
    }
    let target = offset(field(fields, "target")).ok_or(Refusal::TargetInvalid)?;
    if !is_absent_or_text(fields, "target_id") {
        return Err(Refusal::TargetInvalid);
    }
    Ok(Some(target))
}

fn is_absent_or_text(fields: &Vec<(Cow<'_, str>, &RawValue)>, name: &str) -> bool {
    field(fields, name).is_none() || value::<String>(fields, name).is_some()
}

fn check_message(fields: &Vec<(Cow<'_, str>, &RawValue)>) -> Result<(), Refusal> {
    if let Some(reply) = field(fields, "reply") {
        offset(Some(reply)).ok_or(Refusal::ReplyInvalid)?;
    }
    if !is_absent_or_text(fields, "reply_id") {
        return Err(Refusal::ReplyInvalid);
    }
    if let Some(files) = field(fields, "files") {
        let files: Option<Vec<File>> = serde_json::from_str(files.get()).ok();
        let is_good = |files: &Vec<File>| {
            files.len() <= FILES_MAX && files.iter().all(|file| is_file_url(&file.url))
        };
        files
            .filter(is_good)
            .ok_or(Refusal::FilesInvalid { n_max: FILES_MAX })?;
    }
    Ok(())
}

/// The ids of the files that a message brings, as far as they are ours.
pub(crate) fn file_ids(fields: &Vec<(Cow<'_, str>, &RawValue)>) -> Vec<FileId> {
    let files: Vec<File> = value(fields, "files").unwrap_or_default();
    let id = |file: &File| FileId::of_path(&file.url);
    files.iter().filter_map(id).collect()
}

#[derive(Deserialize)]
struct File {
    url: String,
}

/// Whether a browser that follows it stays among the files.
fn is_file_url(url: &str) -> bool {
    let is_dots = |part: &str| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        part == "." || part == ".."
    };
    url.len() <= FILE_URL_BYTES_MAX
        && url.starts_with(FILES_PATH)
        && !url.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace())
        && !url.split(['/', '?', '#']).any(is_dots)
}

fn is_emoji(text: &str) -> bool {
    (1..=EMOJI_BYTES_MAX).contains(&text.len())
        && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

fn is_flag(raw: Option<&RawValue>) -> bool {
    raw.is_none_or(|raw| matches!(raw.get(), "true" | "false"))
}

fn offset(raw: Option<&RawValue>) -> Option<u64> {
    let offset = serde_json::from_str(raw?.get()).ok()?;
    (1..=OFFSET_MAX).contains(&offset).then_some(offset)
}
