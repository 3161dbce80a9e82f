//! Where in a film the samples of a track are: in chunks, of which `stco` says
//! where they begin, `stsc` how many samples they have, and `stsz` how long
//! these are.

use std::io;
use std::ops::Range;

use super::damaged;
use super::iso_media::{PLACES_MAX, within};

/// The places of all samples of a track, from the content of its `minf`.
pub(super) fn places(minf: &[u8]) -> io::Result<Vec<Range<u64>>> {
    let table = part(minf, b"stbl")?;
    let chunks: Vec<u64> = match within(table, b"stco")? {
        Some(short) => rows(short)?
            .map(|at| u32::from_be_bytes(at).into())
            .collect(),
        None => rows(part(table, b"co64")?)?
            .map(u64::from_be_bytes)
            .collect(),
    };
    if chunks.len() > PLACES_MAX {
        return Err(damaged("more chunks than any track has"));
    }
    let mut runs = rows(part(table, b"stsc")?)?.map(run).peekable();
    let mut sizes = Sizes::read(part(table, b"stsz")?)?;
    let mut n_samples = 0;
    let mut places = Vec::with_capacity(chunks.len());
    for (chunk, begin) in (1..).zip(chunks) {
        while let Some((_, n)) = runs.next_if(|(first, _)| *first <= chunk) {
            n_samples = n;
        }
        places.push(begin..begin.saturating_add(sizes.take(n_samples)));
    }
    Ok(places)
}

/// From which chunk on there are so many samples in each.
fn run(row: [u8; 12]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h, ..] = row;
    (
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    )
}

enum Sizes<I> {
    Same(u32),
    Each(I),
}

impl<'a> Sizes<std::slice::ChunksExact<'a, u8>> {
    fn read(content: &'a [u8]) -> io::Result<Self> {
        let size = content.get(4..).and_then(|rest| rest.first_chunk());
        let size = u32::from_be_bytes(*size.ok_or_else(missing)?);
        Ok(match size {
            0 => Self::Each(content.get(12..).unwrap_or_default().chunks_exact(4)),
            size => Self::Same(size),
        })
    }

    /// The bytes of so many samples; each is looked at once.
    fn take(&mut self, n_samples: u32) -> u64 {
        match self {
            Self::Same(size) => u64::from(*size) * u64::from(n_samples),
            Self::Each(sizes) => {
                let sizes = sizes.by_ref().take(n_samples as usize);
                let sizes = sizes.filter_map(|size| size.first_chunk());
                sizes.map(|size| u64::from(u32::from_be_bytes(*size))).sum()
            }
        }
    }
}

fn part<'a>(content: &'a [u8], kind: &[u8; 4]) -> io::Result<&'a [u8]> {
    within(content, kind)?.ok_or_else(missing)
}

/// The rows of a table: behind its version, its flags and their number.
fn rows<const N: usize>(content: &[u8]) -> io::Result<impl Iterator<Item = [u8; N]>> {
    let rows = content.get(8..).ok_or_else(missing)?;
    Ok(rows
        .chunks_exact(N)
        .filter_map(|row| row.first_chunk().copied()))
}

fn missing() -> io::Error {
    damaged("a track whose samples cannot be found")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::metadata::iso_media::tests::{boxed, table};

    fn minf(stco: &[u8], stsc: &[u32], stsz: &[u8]) -> Vec<u8> {
        let runs: Vec<u8> = stsc.iter().flat_map(|n| n.to_be_bytes()).collect();
        let tables = [stco, &boxed(b"stsc", &table(&runs)), &boxed(b"stsz", stsz)].concat();
        boxed(b"stbl", &tables)
    }

    #[test]
    fn chunks_are_as_long_as_their_samples() {
        let chunks = [100_u32, 200, 300].map(u32::to_be_bytes).concat();
        let stco = boxed(b"stco", &table(&chunks));
        let sizes = [0_u32, 0, 4, 1, 2, 3, 4].map(u32::to_be_bytes).concat();
        let runs = [1, 2, 1, 3, 1, 1];
        let found = places(&minf(&stco, &runs, &sizes)).unwrap();
        assert_eq!(
            found,
            [100..103, 200..207, 300..300],
            "and those that are missing are none"
        );

        let same = [0_u32, 7, 9].map(u32::to_be_bytes).concat();
        let long = [1 << 40, u64::MAX].map(u64::to_be_bytes).concat();
        let co64 = boxed(b"co64", &table(&long));
        let found = places(&minf(&co64, &[1, u32::MAX, 1], &same)).unwrap();
        let bytes = 7 * u64::from(u32::MAX);
        assert_eq!(found, [1 << 40..(1 << 40) + bytes, u64::MAX..u64::MAX]);
    }

    #[test]
    fn chunks_have_a_limit() {
        let sizes = [0; 12];
        let of = |n| boxed(b"stco", &table(&vec![0; 4 * n]));
        assert!(places(&minf(&of(PLACES_MAX), &[], &sizes)).is_ok());
        assert!(places(&minf(&of(PLACES_MAX + 1), &[], &sizes)).is_err());
    }

    #[test]
    fn what_is_missing_is_said() {
        let whole = minf(&boxed(b"stco", &table(b"")), &[], &[0; 12]);
        assert_eq!(places(&whole).unwrap(), []);
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            let _ = places(&broken);
            assert!(places(&whole[..at]).is_err(), "{at}");
        }
    }
}
