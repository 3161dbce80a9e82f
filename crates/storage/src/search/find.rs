//! Looking into the index.
//!
//! FTS5 cannot be told to stop in the midst of a search. So it is asked about
//! one piece of the log after the other, from the newest back, and each answer
//! is a place to stop at:
//!
//! ```text
//! oldest ░░░░░░░░░░░░░░░░▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓████████ newest
//!                            next, longer ◀─ first
//! ```

use std::time::{Duration, Instant};

use engine::log::LogError;
use engine::search::{Found, Hit, Phrase, Question};
use rusqlite::{Connection, OptionalExtension};

use super::feed::in_room;
use crate::error::log_error;
use crate::readers::{Readers, columns, record};

/// How long one search may take, but for the last piece. What was found by
/// then is the answer, with the place to go on from.
const TIME_MAX: Duration = Duration::from_millis(300);

/// The newest records, which are looked at first.
const FIRST_PIECE: i64 = 20_000;

/// A piece that took less than this makes the next one twice as long.
const SHORT_TIME: Duration = Duration::from_millis(20);

pub(super) fn find(
    index: &Connection,
    log: &Readers,
    question: &Question,
) -> Result<Found, LogError> {
    let channels = log.with(|db| numbers(db, &question.channels))?;
    if channels.is_empty() || question.phrases.is_empty() || question.limit == 0 {
        return Ok(Found::default());
    }
    let expression = expression(&channels, &question.phrases);
    let before = question
        .before
        .and_then(|before| i64::try_from(before).ok());
    let places = places(index, &expression, before, question.limit);
    let Places { seqs, more } = places.map_err(|error| log_error(&error))?;
    let hits = log.with(|db| {
        let hits = seqs.iter().map(|seq| hit(db, *seq));
        hits.filter_map(Result::transpose).collect()
    })?;
    Ok(Found {
        hits,
        more: more.map(i64::cast_unsigned),
        n_behind: 0,
    })
}

/// Where something was found, newest first, and where to look on.
struct Places {
    seqs: Vec<i64>,
    more: Option<i64>,
}

fn places(
    index: &Connection,
    expression: &str,
    before: Option<i64>,
    limit: usize,
) -> rusqlite::Result<Places> {
    let mut select = index.prepare_cached(
        "SELECT rowid FROM said WHERE said MATCH ?1 AND rowid >= ?2 AND rowid < ?3
         ORDER BY rowid DESC LIMIT ?4",
    )?;
    let top: Option<i64> = index
        .prepare_cached("SELECT rowid FROM said ORDER BY rowid DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let mut end = top.unwrap_or(0) + 1;
    end = end.min(before.unwrap_or(end));
    let begun = Instant::now();
    let mut length = FIRST_PIECE;
    let mut seqs = Vec::new();
    while end > 1 {
        let piece_begun = Instant::now();
        let start = end.saturating_sub(length).max(1);
        let wanted = (limit - seqs.len()) as i64;
        let found = select.query_map((expression, start, end, wanted), |row| row.get(0))?;
        seqs.extend(found.collect::<rusqlite::Result<Vec<i64>>>()?);
        end = start;
        if seqs.len() == limit {
            end = seqs[limit - 1];
        }
        if seqs.len() == limit || begun.elapsed() > TIME_MAX {
            break;
        }
        if piece_begun.elapsed() < SHORT_TIME {
            length = length.saturating_mul(2);
        }
    }
    let more = (end > 1).then_some(end);
    Ok(Places { seqs, more })
}

/// The question in FTS5's language. Each word is in quotes, so that none is
/// anything else; there are none in words.
fn expression(channels: &[i64], phrases: &[Phrase]) -> String {
    let rooms: Vec<_> = channels
        .iter()
        .map(|id| format!("({})", in_room(*id)))
        .collect();
    let mut expression = format!("({})", rooms.join(" OR "));
    for Phrase { words, is_prefix } in phrases {
        let words = words.join(" ").replace(['"', '\0'], " ");
        let star = if *is_prefix { " *" } else { "" };
        expression.push_str(&format!(" AND (words : \"{words}\"{star})"));
    }
    expression
}

/// The numbers of those channels in which something was kept.
fn numbers(log: &Connection, channels: &[Box<str>]) -> rusqlite::Result<Vec<i64>> {
    let mut select = log.prepare_cached("SELECT id FROM channel WHERE name = ?1")?;
    let mut number = |name: &str| select.query_row([name], |row| row.get(0)).optional();
    let numbers = channels.iter().map(|name| number(name));
    numbers.filter_map(Result::transpose).collect()
}

fn hit(log: &Connection, seq: i64) -> rusqlite::Result<Option<Hit>> {
    log.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        ", (SELECT name FROM channel WHERE id = message.channel) AS name
         FROM message WHERE seq = ?1"
    ))?
    .query_row([seq], |row| {
        Ok(Hit {
            channel: row.get("name")?,
            record: record(row)?,
        })
    })
    .optional()
}
