//! What is looked for in the log, and what is found.
//!
//! ```text
//! client ─rpc─▶ rules: slow ─▶ Effect::Call ─▶ whoever may wait ─▶ Question
//!    ▲                                                               │ index
//!    └────────── session ◀── answer ◀── rules' words ◀── Found ◀─────┘
//! ```
//!
//! These are only the words between those who understand a question (the
//! rules of the application) and those who keep the index (the storage).

use crate::log::Record;

/// What is looked for: messages with all of these phrases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The channels to look in, by their whole names.
    pub channels: Vec<Box<str>>,
    /// What a message has to have, at least one.
    pub phrases: Vec<Phrase>,
    /// Only what was said before this place; `None` is all.
    pub before: Option<u64>,
    /// How many messages are wanted at most.
    pub limit: usize,
}

/// Words that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The words, in the form in which the index has them.
    pub words: Vec<String>,
    /// Whether the last one is only the beginning of a word.
    pub is_prefix: bool,
}

/// What was found: a page of it, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The messages, as they are in the log now.
    pub hits: Vec<Hit>,
    /// The place before which to look for more; `None` where all was seen.
    pub more: Option<u64>,
    /// How many records of the log the index has not seen yet.
    pub n_behind: u64,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The whole name of its channel.
    pub channel: Box<str>,
    /// What is kept.
    pub record: Record,
}
