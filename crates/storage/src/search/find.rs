//! Looking into the index.
//!
//! One shelf after the other, the newest first, is asked what it has; between
//! two of them is a place to stop, and to go on from another time.
//!
//! ```text
//! oldest ░░░░░░░░░░░░░░░│░░░░░░░░░░░░░░░│▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓│██████ newest
//! ```

use std::time::{Duration, Instant};

use engine::log::LogError;
use engine::search::{Found, Hit, Phrase, Question};
use rusqlite::{Connection, OptionalExtension};

use super::feed::in_room;
use super::shelf::Shelf;
use crate::error::log_error;
use crate::readers::{Readers, columns, record};

/// How long one search may take, but for its last shelf. What was found by
/// then is the answer, with the place to go on from.
const TIME_MAX: Duration = Duration::from_millis(300);

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
    const SELECT: &str = "SELECT rowid FROM {said} WHERE {said} MATCH ?1 AND rowid < ?2
        ORDER BY rowid DESC LIMIT ?3";
    let begun = Instant::now();
    let shelves = Shelf::all(index)?;
    let first_seq = shelves.first().map_or(0, |shelf| shelf.first_seq()).max(1);
    let mut end = before.unwrap_or(i64::MAX);
    let mut seqs = Vec::new();
    for shelf in shelves.into_iter().rev() {
        if shelf.first_seq() >= end {
            continue;
        }
        let mut select = index.prepare(&shelf.sql(SELECT))?;
        let wanted = (limit - seqs.len()) as i64;
        let found = select.query_map((expression, end, wanted), |row| row.get(0))?;
        seqs.extend(found.collect::<rusqlite::Result<Vec<i64>>>()?);
        end = match seqs.get(limit - 1) {
            Some(last) => *last,
            None => shelf.first_seq(),
        };
        if seqs.len() == limit || begun.elapsed() > TIME_MAX {
            break;
        }
    }
    let more = (end > first_seq && end < i64::MAX).then_some(end);
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
