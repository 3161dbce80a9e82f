//! What is overwritten where it lies, once all of a file has passed.

use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;

use super::super::{copy, damaged};

/// How many places of a file are overwritten at the end, with zeros or a stamp.
pub(in crate::files::metadata) const PLACES_MAX: usize = 1 << 16;

/// What is to be overwritten once all has passed.
#[derive(Debug, Default)]
pub(in crate::files::metadata) struct Wipe {
    /// With zeros.
    ranges: Vec<Range<u64>>,
    /// With these bytes, after that.
    stamps: Vec<(u64, &'static [u8])>,
}

impl Wipe {
    pub(in crate::files::metadata) fn add(&mut self, range: Range<u64>) -> io::Result<()> {
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

    pub(in crate::files::metadata) fn stamp(
        &mut self,
        at: u64,
        bytes: &'static [u8],
    ) -> io::Result<()> {
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
    pub(super) fn apply(mut self, to: &mut (impl Write + Seek), length: u64) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_a_limit_and_neighbours_are_one() {
        let mut wipe = Wipe::default();
        let range = |at: usize| 2 * at as u64..2 * at as u64 + 1;
        for at in 0..PLACES_MAX {
            wipe.add(range(at)).unwrap();
        }
        let last = range(PLACES_MAX - 1);
        assert!(wipe.add(last.end..last.end + 1).is_ok());
        assert!(wipe.add(range(PLACES_MAX + 1)).is_err());
        assert!(wipe.stamp(0, b"free").is_err(), "those count as well");
    }

    #[test]
    fn what_is_overwritten_is_so_once_and_within_the_file() {
        let mut file = io::Cursor::new(b"0123456789".to_vec());
        let wipe = Wipe {
            ranges: vec![8..u64::MAX, 2..4, 3..5, 2..3],
            stamps: vec![(0, b"ab"), (9, b"cd"), (u64::MAX, b"e")],
        };
        wipe.apply(&mut file, 10).unwrap();
        assert_eq!(file.into_inner(), b"ab\0\0\x00567\0\0");
    }
}
