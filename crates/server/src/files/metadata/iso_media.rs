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

use std::io::{self, BufRead, Seek, SeekFrom, Write};
use std::ops::Range;

use super::{copy, damaged, is_damage, items, next, samples, skip};

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

/// What passes for free room.
pub(super) const FREE: [u8; 4] = *b"free";

/// The longest box that is held as a whole: the list of a photograph's parts,
/// or of the samples of a track of metadata.
const LIST_BYTES_MAX: u64 = 1 << 20;

/// How many places of a file are overwritten at the end, with zeros or a stamp.
pub(super) const PLACES_MAX: usize = 1 << 16;

/// What is to be overwritten once all has passed.
#[derive(Debug, Default)]
pub(super) struct Wipe {
    /// With zeros.
    ranges: Vec<Range<u64>>,
    /// With these bytes, after that.
    stamps: Vec<(u64, &'static [u8])>,
}

pub(super) fn strip(from: &mut impl BufRead, to: &mut (impl Write + Seek)) -> io::Result<()> {
    let mut passing = Passing {
        from,
        to,
        at: 0,
        is_listed: false,
        has_pixels: false,
        wipe: Wipe::default(),
    };
    passing.file()?;
    let (length, wipe) = (passing.at, passing.wipe);
    wipe.apply(to, length)
}

/// The head of a box.
struct Head {
    kind: [u8; 4],
    /// How long the head is.
    bytes: u64,
    /// How long what is in it is; `None`: up to the end of the file.
    content: Option<u64>,
}

/// A file on its way; what has passed is as long as what has come.
struct Passing<'a, R, W> {
    from: &'a mut R,
    to: &'a mut W,
    at: u64,
    /// Whether what says what is in it has passed, and what that is.
    is_listed: bool,
    has_pixels: bool,
    wipe: Wipe,
}

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

    fn head(&mut self) -> io::Result<Head> {
        let size = u32::from_be_bytes(next(self.from)?);
        let kind: [u8; 4] = next(self.from)?;
        if !kind
            .iter()
            .all(|byte| (0x20..0x7f).contains(byte) || *byte == 0xa9)
        {
            return Err(damaged("no box where one has to be"));
        }
        let (bytes, size) = match size {
            0 => (8, None),
            1 => (16, Some(u64::from_be_bytes(next(self.from)?))),
            size => (8, Some(size.into())),
        };
        let too_short = || damaged("a box that is shorter than its head");
        let content = size.map(|size| size.checked_sub(bytes).ok_or_else(too_short));
        Ok(Head {
            kind,
            bytes,
            content: content.transpose()?,
        })
    }

    /// The head of a box in another, of which so much is left.
    fn head_within(&mut self, left: &mut u64) -> io::Result<(Head, u64)> {
        let head = self.head()?;
        let content = head
            .content
            .ok_or_else(|| damaged("a box without an end in another"))?;
        let beyond = || damaged("a box longer than the one around it");
        let bytes = head.bytes.checked_add(content).ok_or_else(beyond)?;
        *left = left.checked_sub(bytes).ok_or_else(beyond)?;
        Ok((head, content))
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

    fn keep(&mut self, head: &Head) -> io::Result<()> {
        self.write_head(head, head.kind)?;
        match head.content {
            Some(content) => {
                copy(self.from, self.to, content)?;
                self.at += content;
            }
            None => self.at += io::copy(self.from, self.to)?,
        }
        Ok(())
    }

    fn blank(&mut self, head: &Head) -> io::Result<()> {
        match head.content {
            Some(content) => {
                skip(self.from, content)?;
                self.write_head(head, FREE)?;
                self.zeros(content)
            }
            // Nothing comes behind it whose place would change.
            None => io::copy(self.from, &mut io::sink()).map(drop),
        }
    }

    /// What is too short for a box, at the end of one around it.
    fn blank_rest(&mut self, n_bytes: u64) -> io::Result<()> {
        skip(self.from, n_bytes)?;
        self.zeros(n_bytes)
    }

    fn write_head(&mut self, head: &Head, kind: [u8; 4]) -> io::Result<()> {
        let size = head.content.map_or(0, |content| content + head.bytes);
        match head.bytes {
            8 => {
                self.to.write_all(&(size as u32).to_be_bytes())?;
                self.to.write_all(&kind)?;
            }
            _ => {
                self.to.write_all(&1_u32.to_be_bytes())?;
                self.to.write_all(&kind)?;
                self.to.write_all(&size.to_be_bytes())?;
            }
        }
        self.at += head.bytes;
        Ok(())
    }

    /// Writes a box's head, and reads what is in it.
    fn hold(&mut self, head: &Head, content: u64) -> io::Result<Vec<u8>> {
        if content > LIST_BYTES_MAX {
            return Err(damaged("a list longer than any"));
        }
        self.write_head(head, head.kind)?;
        let mut held = Vec::new();
        copy(self.from, &mut held, content)?;
        Ok(held)
    }

    fn put(&mut self, held: &[u8]) -> io::Result<()> {
        self.to.write_all(held)?;
        self.at += held.len() as u64;
        Ok(())
    }

    fn zeros(&mut self, n_bytes: u64) -> io::Result<()> {
        copy(&mut io::repeat(0), self.to, n_bytes)?;
        self.at += n_bytes;
        Ok(())
    }
}

impl Wipe {
    pub(super) fn add(&mut self, range: Range<u64>) -> io::Result<()> {
        if let Some(last) = self.ranges.last_mut()
            && last.end == range.start
        {
            last.end = range.end;
            return Ok(());
        }
        self.count()?;
        self.ranges.push(range);
        Ok(())
    }

    pub(super) fn stamp(&mut self, at: u64, bytes: &'static [u8]) -> io::Result<()> {
        self.count()?;
        self.stamps.push((at, bytes));
        Ok(())
    }

    /// Whether there may be one more, of whichever.
    fn count(&self) -> io::Result<()> {
        match self.ranges.len() + self.stamps.len() {
            n if n < PLACES_MAX => Ok(()),
            _ => Err(damaged("more places than any file has")),
        }
    }

    /// Every byte is written once at most, however often it is named.
    fn apply(mut self, to: &mut (impl Write + Seek), length: u64) -> io::Result<()> {
        self.ranges.sort_unstable_by_key(|range| range.start);
        let mut done = 0;
        for range in self.ranges {
            let (start, end) = (range.start.max(done), range.end.min(length));
            if start < end {
                to.seek(SeekFrom::Start(start))?;
                copy(&mut io::repeat(0), to, end - start)?;
                done = end;
            }
        }
        for (at, bytes) in self.stamps {
            if at
                .checked_add(bytes.len() as u64)
                .is_some_and(|end| end <= length)
            {
                to.seek(SeekFrom::Start(at))?;
                to.write_all(bytes)?;
            }
        }
        Ok(())
    }
}

/// Leaves of an `hdlr` what it is about, and returns it. What follows is who
/// made it and what it is called, such as the name of a camera.
pub(super) fn strip_handler(content: &mut [u8]) -> io::Result<[u8; 4]> {
    let (kind, rest) = content
        .get_mut(8..)
        .and_then(|content| content.split_first_chunk_mut())
        .ok_or_else(|| damaged("a handler without a kind"))?;
    rest.fill(0);
    Ok(*kind)
}

/// The boxes in a piece that is held: their kinds, and where their content is.
/// What is left at the end is too short for a box.
pub(super) fn boxes(held: &[u8], from: usize) -> io::Result<Vec<([u8; 4], Range<usize>)>> {
    let mut found = Vec::new();
    let mut at = from;
    while let Some(head) = held.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let [a, b, c, d, kind @ ..] = *head;
        let size = u32::from_be_bytes([a, b, c, d]) as usize;
        let end = at
            .checked_add(size)
            .filter(|end| size >= 8 && *end <= held.len());
        let end = end.ok_or_else(|| damaged("a box longer than the one around it"))?;
        found.push((kind, at + 8..end));
        at = end;
    }
    Ok(found)
}

/// The content of the first box of a kind in a piece that is held.
pub(super) fn within<'a>(held: &'a [u8], kind: &[u8; 4]) -> io::Result<Option<&'a [u8]>> {
    let found = boxes(held, 0)?.into_iter().find(|(one, _)| one == kind);
    Ok(found.map(|(_, range)| &held[range]))
}

#[cfg(test)]
pub(super) mod tests;
