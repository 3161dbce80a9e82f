//! Dropping what is not kept, out of the publishers' way.
//!
//! What goes is found by a reader, a thousand channels at a time; the writer
//! then drops it in steps of [`STEP_ROWS`], between which others have their
//! turn. Only the oldest of a channel go, so that what is left is dense.

use engine::log::LogError;
use rusqlite::Connection;

use crate::options::Keep;
use crate::readers::Readers;
use crate::writer::Turns;

/// Rows that are dropped in one transaction.
const STEP_ROWS: i64 = 256;

/// Channels that are looked at in one go.
const CHANNELS_AT_ONCE: i64 = 1000;

/// What a channel loses at most before the next gets its share.
const CHANNEL_ROWS_MAX: i64 = 10_000;

/// What a channel loses: the offsets from `oldest` to `through`.
struct Cut {
    channel: i64,
    oldest: i64,
    through: i64,
}

struct Found {
    cuts: Vec<Cut>,
    /// The last channel that was looked at, if there may be more.
    last: Option<i64>,
}

pub(crate) fn trim(
    readers: &Readers,
    turns: &Turns,
    keep: Keep,
    now_ms: u64,
) -> Result<u64, LogError> {
    if keep == Keep::default() {
        return Ok(0);
    }
    let mut n_dropped = 0;
    loop {
        let before = n_dropped;
        let mut next = Some(0);
        while let Some(after) = next {
            let found = readers.with(|db| find(db, keep, now_ms, after))?;
            for step in steps(&found.cuts) {
                n_dropped += turns.take().cut(&step)?;
            }
            next = found.last;
        }
        if n_dropped == before {
            return Ok(n_dropped);
        }
    }
}

/// What goes of the channels after one.
fn find(db: &Connection, keep: Keep, now_ms: u64, after: i64) -> rusqlite::Result<Found> {
    let mut found = Found {
        cuts: Vec::new(),
        last: None,
    };
    let mut channels = db.prepare_cached(
        "SELECT id, (SELECT min(offset) FROM message WHERE channel = channel.id),
                    (SELECT max(offset) FROM message WHERE channel = channel.id)
         FROM channel WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = channels.query((after, CHANNELS_AT_ONCE))?;
    while let Some(row) = rows.next()? {
        let channel = row.get(0)?;
        found.last = Some(channel);
        let (Some(oldest), Some(newest)) = (row.get(1)?, row.get(2)?) else {
            continue;
        };
        let beyond_count = keep.count.map_or(0, |count| {
            newest - i64::try_from(count).unwrap_or(newest).min(newest)
        });
        let beyond_age = match keep.age {
            None => 0,
            Some(age) => {
                let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
                expired(db, channel, now_ms.saturating_sub(age_ms))?
            }
        };
        let through = beyond_count
            .max(beyond_age)
            .min(oldest + (CHANNEL_ROWS_MAX - 1));
        if through >= oldest {
            found.cuts.push(Cut {
                channel,
                oldest,
                through,
            });
        }
    }
    Ok(found)
}

/// The last of the oldest records that are all from before a time; 0 if the
/// oldest is not.
fn expired(db: &Connection, channel: i64, before_ms: u64) -> rusqlite::Result<i64> {
    let mut oldest = db.prepare_cached(
        "SELECT offset, time_ms FROM message WHERE channel = ?1 ORDER BY offset LIMIT ?2",
    )?;
    let mut rows = oldest.query((channel, CHANNEL_ROWS_MAX))?;
    let mut through = 0;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)?.cast_unsigned() >= before_ms {
            break;
        }
        through = row.get(0)?;
    }
    Ok(through)
}

/// The cuts in steps of equal size: (channel, through), several channels to
/// a step where they lose little.
fn steps(cuts: &[Cut]) -> Vec<Vec<(i64, i64)>> {
    let mut steps = vec![Vec::new()];
    let mut room = STEP_ROWS;
    for cut in cuts {
        let mut from = cut.oldest;
        while from <= cut.through {
            if room == 0 {
                steps.push(Vec::new());
                room = STEP_ROWS;
            }
            let to = cut.through.min(from + room - 1);
            steps
                .last_mut()
                .expect("it begins with one")
                .push((cut.channel, to));
            room -= to - from + 1;
            from = to + 1;
        }
    }
    steps.retain(|step| !step.is_empty());
    steps
}
