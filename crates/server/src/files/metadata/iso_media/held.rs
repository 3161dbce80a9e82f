//! Boxes within a piece that is held as a whole.

use std::io;
use std::ops::Range;

use super::super::damaged;

/// Leaves of an `hdlr` what it is about, and returns it. What follows is who
/// made it and what it is called, such as the name of a camera.
pub(in crate::files::metadata) fn strip_handler(content: &mut [u8]) -> io::Result<[u8; 4]> {
    let (kind, rest) = content
        .get_mut(8..)
        .and_then(|content| content.split_first_chunk_mut())
        .ok_or_else(|| damaged("a handler without a kind"))?;
    rest.fill(0);
    Ok(*kind)
}

/// The boxes in a piece that is held: their kinds, and where their content is.
/// What is left at the end is too short for a box.
pub(in crate::files::metadata) fn boxes(
    held: &[u8],
    from: usize,
) -> io::Result<Vec<([u8; 4], Range<usize>)>> {
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
pub(in crate::files::metadata) fn within<'a>(
    held: &'a [u8],
    kind: &[u8; 4],
) -> io::Result<Option<&'a [u8]>> {
    let found = boxes(held, 0)?.into_iter().find(|(one, _)| one == kind);
    Ok(found.map(|(_, range)| &held[range]))
}
