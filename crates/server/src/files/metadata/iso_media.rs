//! The family of MP4 (ISO/IEC 14496-12): boxes, each with a length and a type,
//! within boxes. A film says in `moov` what it is, a photograph (HEIC, AVIF) in
//! `meta`; the frames and pixels are in `mdat`.
//!
//! ```text
//! ftyp  moov                              mdat
//!       mvhd  trak            udta
//!             tkhd mdia udta    └ where it was taken
//!                    └ metadata: where, moment by moment ──▶ its samples
//! ```
//!
//! The boxes say at which byte of the file things are, so nothing may move:
//! what goes is overwritten with zeros where it is, and its box is called
//! `free`, which players pass over.
//!
//! A box of a film is copied as it passes; of what has to be understood first,
//! a bounded piece is held. What lies in `mdat` before it is known to be
//! metadata is overwritten at the end.
//!
//! Here is what stays; `passing` copies a box, `held` reads in a piece that is
//! held, and `wipe` is what is overwritten at the end.

mod held;
mod passing;
mod wipe;

use std::io::{self, BufRead, Seek, Write};

use self::passing::{Head, Passing};
use super::{damaged, is_damage, items, samples};

pub(super) use self::held::{boxes, strip_handler, within};
pub(super) use self::passing::FREE;
pub(super) use self::wipe::{PLACES_MAX, Wipe};

/// What stands at the outermost level and makes the film.
const STAY: [&[u8; 4]; 8] = [
    b"ftyp", b"styp", b"mdat", b"moof", b"sidx", b"ssix", b"mfra", b"pdin",
];
/// In `moov`.
const STAY_IN_FILM: [&[u8; 4]; 3] = [b"mvex", b"iods", b"pssh"];
/// In `trak`.
const STAY_IN_TRACK: [&[u8; 4]; 5] = [b"tref", b"edts", b"trgr", b"tapt", b"load"];
/// The tracks that one sees, hears and reads; all others tell of these.
const TRACKS: [&[u8; 4]; 9] = [
    b"vide", b"soun", b"subt", b"sbtl", b"subp", b"text", b"clcp", b"auxv", b"pict",
];

pub(super) fn strip(from: &mut impl BufRead, to: &mut (impl Write + Seek)) -> io::Result<()> {
    let mut passing = Passing::new(from, to);
    passing.file()?;
    let (length, wipe) = (passing.at, passing.wipe);
    wipe.apply(to, length)
}

/// Which boxes stay.
impl<R: BufRead, W: Write> Passing<'_, R, W> {
    fn file(&mut self) -> io::Result<()> {
        while !self.from.fill_buf()?.is_empty() {
            let head = match self.outermost() {
                Err(error) if self.is_behind_the_end(&error) => break,
                head => head?,
            };
            match (&head.kind, head.content) {
                (b"moov", Some(content)) => {
                    self.film(&head, content)?;
                    self.is_listed = true;
                }
                (b"meta", Some(content)) => self.photograph(&head, content)?,
                (b"moov" | b"meta", None) => return Err(damaged("a list without an end")),
                (kind, _) if STAY.contains(&kind) => {
                    self.keep(&head)?;
                    self.has_pixels |= kind == b"mdat";
                }
                _ => match self.blank(&head) {
                    Err(error) if self.is_behind_the_end(&error) => break,
                    done => done?,
                },
            }
        }
        match self.is_listed {
            true => Ok(()),
            false => Err(damaged("nothing says what is in it")),
        }
    }

    /// What cannot be followed is no part of the file once all has passed that
    /// makes it one; before that it may be what it shows.
    fn is_behind_the_end(&self, error: &io::Error) -> bool {
        self.is_listed && self.has_pixels && is_damage(error)
    }

    /// The head of a box that is in no other.
    fn outermost(&mut self) -> io::Result<Head> {
        let head = self.head()?;
        match &head.kind {
            // What it says of places counts from its own beginning.
            b"ftyp" if self.at > 0 => Err(damaged("a second file behind the first")),
            _ => Ok(head),
        }
    }

    fn film(&mut self, head: &Head, mut left: u64) -> io::Result<()> {
        self.write_head(head, head.kind)?;
        while left >= 8 {
            let (head, content) = self.head_within(&mut left)?;
            match &head.kind {
                b"mvhd" => self.keep_without_time(&head, content)?,
                b"trak" => self.track(&head, content)?,
                kind if STAY_IN_FILM.contains(&kind) => self.keep(&head)?,
                _ => self.blank(&head)?,
            }
        }
        self.blank_rest(left)
    }

    fn track(&mut self, head: &Head, mut left: u64) -> io::Result<()> {
        let begin = self.at;
        let mut is_metadata = false;
        self.write_head(head, head.kind)?;
        let content_at = self.at;
        while left >= 8 {
            let (head, content) = self.head_within(&mut left)?;
            match &head.kind {
                b"tkhd" => self.keep_without_time(&head, content)?,
                b"mdia" => is_metadata |= self.media(&head, content)?,
                kind if STAY_IN_TRACK.contains(&kind) => self.keep(&head)?,
                _ => self.blank(&head)?,
            }
        }
        self.blank_rest(left)?;
        if is_metadata {
            self.wipe.add(content_at..self.at)?;
            self.wipe.stamp(begin + 4, &FREE)?;
        }
        Ok(())
    }

    /// Returns whether the track is one of metadata.
    fn media(&mut self, head: &Head, mut left: u64) -> io::Result<bool> {
        let mut handler = None;
        self.write_head(head, head.kind)?;
        while left >= 8 {
            let (head, content) = self.head_within(&mut left)?;
            match (&head.kind, handler) {
                (b"mdhd", _) => self.keep_without_time(&head, content)?,
                (b"hdlr", None) => {
                    let mut held = self.hold(&head, content)?;
                    handler = Some(strip_handler(&mut held)?);
                    self.put(&held)?;
                }
                (b"minf", Some(handler)) if TRACKS.contains(&&handler) => self.keep(&head)?,
                (b"minf", Some(_)) => {
                    let held = self.hold(&head, content)?;
                    for place in samples::places(&held)? {
                        self.wipe.add(place)?;
                    }
                    self.put(&held)?;
                }
                (b"minf" | b"hdlr", _) => return Err(damaged("a track of no kind, or of two")),
                (b"elng", _) => self.keep(&head)?,
                _ => self.blank(&head)?,
            }
        }
        self.blank_rest(left)?;
        Ok(handler.is_none_or(|handler| !TRACKS.contains(&&handler)))
    }

    /// The list of a photograph's parts. Any other tells of a film, and goes.
    fn photograph(&mut self, head: &Head, content: u64) -> io::Result<()> {
        let begin = self.at;
        let mut held = self.hold(head, content)?;
        if items::strip(&mut held, begin + head.bytes, &mut self.wipe)? {
            self.is_listed = true;
            self.has_pixels |= within(&held[items::FIRST_AT..], b"idat")?.is_some();
            return self.put(&held);
        }
        self.wipe.stamp(begin + 4, &FREE)?;
        self.zeros(content)
    }

    /// Copies a box that begins with the times at which it was made and
    /// changed, without these.
    fn keep_without_time(&mut self, head: &Head, content: u64) -> io::Result<()> {
        let mut held = self.hold(head, content)?;
        let n_bytes = if held.first() == Some(&1) { 16 } else { 8 };
        let times = held.get_mut(4..4 + n_bytes);
        times
            .ok_or_else(|| damaged("a head without times"))?
            .fill(0);
        self.put(&held)
    }
}

#[cfg(test)]
pub(super) mod tests;
