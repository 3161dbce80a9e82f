//! Boxes on their way from one file to another, a box at a time: kept, blanked
//! or held, and always as long as they came.

use std::io::{self, BufRead, Write};

use super::super::{copy, damaged, next, skip};
use super::wipe::Wipe;

/// What passes for free room.
pub(in crate::files::metadata) const FREE: [u8; 4] = *b"free";

/// The longest box that is held as a whole: the list of a photograph's parts,
/// or of the samples of a track of metadata.
pub(super) const LIST_BYTES_MAX: u64 = 1 << 20;

/// The head of a box.
pub(super) struct Head {
    pub(super) kind: [u8; 4],
    /// How long the head is.
    pub(super) bytes: u64,
    /// How long what is in it is; `None`: up to the end of the file.
    pub(super) content: Option<u64>,
}

/// A file on its way; what has passed is as long as what has come.
pub(super) struct Passing<'a, R, W> {
    pub(super) from: &'a mut R,
    to: &'a mut W,
    pub(super) at: u64,
    /// Whether what says what is in it has passed, and what that is.
    pub(super) is_listed: bool,
    pub(super) has_pixels: bool,
    pub(super) wipe: Wipe,
}

impl<'a, R: BufRead, W: Write> Passing<'a, R, W> {
    pub(super) fn new(from: &'a mut R, to: &'a mut W) -> Self {
        Self {
            from,
            to,
            at: 0,
            is_listed: false,
            has_pixels: false,
            wipe: Wipe::default(),
        }
    }

    pub(super) fn head(&mut self) -> io::Result<Head> {
        let size = u32::from_be_bytes(next(self.from)?);
        let kind: [u8; 4] = next(self.from)?;
        let is_sign = |byte: &u8| (0x20..0x7f).contains(byte) || *byte == 0xa9;
        if !kind.iter().all(is_sign) {
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
    pub(super) fn head_within(&mut self, left: &mut u64) -> io::Result<(Head, u64)> {
        let head = self.head()?;
        let content = head
            .content
            .ok_or_else(|| damaged("a box without an end in another"))?;
        let beyond = || damaged("a box longer than the one around it");
        let bytes = head.bytes.checked_add(content).ok_or_else(beyond)?;
        *left = left.checked_sub(bytes).ok_or_else(beyond)?;
        Ok((head, content))
    }

    pub(super) fn keep(&mut self, head: &Head) -> io::Result<()> {
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

    pub(super) fn blank(&mut self, head: &Head) -> io::Result<()> {
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
    pub(super) fn blank_rest(&mut self, n_bytes: u64) -> io::Result<()> {
        skip(self.from, n_bytes)?;
        self.zeros(n_bytes)
    }

    pub(super) fn write_head(&mut self, head: &Head, kind: [u8; 4]) -> io::Result<()> {
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
    pub(super) fn hold(&mut self, head: &Head, content: u64) -> io::Result<Vec<u8>> {
        if content > LIST_BYTES_MAX {
            return Err(damaged("a list longer than any"));
        }
        self.write_head(head, head.kind)?;
        let mut held = Vec::new();
        copy(self.from, &mut held, content)?;
        Ok(held)
    }

    pub(super) fn put(&mut self, held: &[u8]) -> io::Result<()> {
        self.to.write_all(held)?;
        self.at += held.len() as u64;
        Ok(())
    }

    pub(super) fn zeros(&mut self, n_bytes: u64) -> io::Result<()> {
        copy(&mut io::repeat(0), self.to, n_bytes)?;
        self.at += n_bytes;
        Ok(())
    }
}
