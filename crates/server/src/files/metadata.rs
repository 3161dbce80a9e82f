//! Takes out of an image or a film what it tells besides itself: where it was
//! taken, with what, when and by whom, and the small picture of how it was
//! before it was cut.
//!
//! ```text
//! what came ──▶ part by part: known to make the picture? ──▶ what is kept
//!                  no: left out; of Exif the orientation stays
//! ```
//!
//! What stays is named, not what goes: a kind of part that nobody has thought
//! of does not slip through. The pixels are copied as they are. What follows
//! the image's end goes, too: phones put a second photograph there, or a film,
//! with a place of its own.
//!
//! This is not left to a crate: those that there are (`img-parts`,
//! `little_exif`) hold the whole file, or several copies of it, and keep what
//! follows a JPEG's end. Here a part of up to 64 KiB is all that is held, and
//! of a film a list of up to 1 MiB.
//!
//! An image whose parts cannot be followed is damaged, and told so by
//! [`io::ErrorKind::InvalidData`] or [`io::ErrorKind::UnexpectedEof`]: what it
//! tells could not be taken out of it.

mod exif;
mod iso_media;
mod items;
mod jpeg;
mod png;
mod samples;
mod webp;

use std::io::{self, BufRead, Read, Seek, Write};

pub(super) use self::exif::orientation;
use super::Kind;

/// Bytes of Exif in which an orientation is looked for, which stands at its
/// beginning. JPEG has room for no more.
const EXIF_BYTES: u64 = 64 << 10;

/// What is held of a file while it is looked through: the longest list, and
/// what is made of it. One such file is looked through at a time.
pub(crate) const HELD_BYTES_MAX: usize = 8 << 20;

/// Takes it out of files of some kind.
pub(super) type Strip<R, W> = fn(&mut R, &mut W) -> io::Result<()>;

/// How it is taken out of such a file, where it is.
pub(super) fn stripper<R: BufRead, W: Write + Seek>(kind: Kind) -> Option<Strip<R, W>> {
    match kind.media_type {
        "image/jpeg" => Some(jpeg::strip),
        "image/png" => Some(png::strip),
        "image/webp" => Some(webp::strip),
        _ if has_lists(kind) => Some(iso_media::strip),
        _ => None,
    }
}

/// Whether such a file has lists of which up to [`HELD_BYTES_MAX`] are held.
pub(super) fn has_lists(kind: Kind) -> bool {
    let kinds = ["image/avif", "image/heic", "video/mp4", "video/quicktime"];
    kinds.contains(&kind.media_type)
}

fn damaged(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Whether it is the file that is at fault, not what it is read from.
pub(super) fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, UnexpectedEof};
    matches!(error.kind(), InvalidData | UnexpectedEof)
}

/// The next bytes, all of them or the error that they are not there.
fn next<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn copy(from: &mut impl Read, to: &mut impl Write, n_bytes: u64) -> io::Result<()> {
    match io::copy(&mut from.take(n_bytes), to)? {
        n if n == n_bytes => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn skip(from: &mut impl Read, n_bytes: u64) -> io::Result<()> {
    copy(from, &mut io::sink(), n_bytes)
}

/// Reads a part that holds Exif: what is left of it, where that is anything.
fn reduced(from: &mut impl Read, n_bytes: u64) -> io::Result<Option<[u8; exif::BYTES]>> {
    let mut exif = Vec::new();
    let n_read = from.take(n_bytes.min(EXIF_BYTES)).read_to_end(&mut exif)?;
    skip(from, n_bytes - n_read as u64)?;
    Ok(exif::reduced(&exif))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Exif as a phone writes it, in short: an orientation and a place.
    pub(super) fn exif(orientation: u8) -> Vec<u8> {
        let mut exif = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
        exif.extend([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
        exif.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0x26, 0, 0, 0, 0]);
        exif.extend(b"48.8584 N, 2.2945 E");
        exif
    }

    /// What is left of an image.
    pub(super) fn stripped(image: &[u8]) -> io::Result<Vec<u8>> {
        let strip = stripper(Kind::of(image)).unwrap();
        let mut kept = Cursor::new(Vec::new());
        strip(&mut &*image, &mut kept)?;
        Ok(kept.into_inner())
    }

    /// Holds that `kept` is what is left of an image, also of what is left,
    /// and that no place in it and no cut makes it panic.
    pub(super) fn check(image: &[u8], kept: &[u8]) {
        assert_eq!(stripped(image).unwrap(), kept, "{image:x?}");
        assert_eq!(stripped(kept).unwrap(), kept, "what is left stays");
        for end in 12..image.len() {
            if let Ok(cut) = stripped(&image[..end]) {
                assert!(!tells(&cut), "{end} bytes of {image:x?}");
            }
        }
        let mut chance = fastrand::Rng::with_seed(7);
        for _ in 0..2_000 {
            let mut broken = image.to_vec();
            for _ in 0..3 {
                let at = chance.usize(12..broken.len());
                broken[at] = chance.u8(..);
            }
            let _ = stripped(&broken);
        }
    }

    fn tells(image: &[u8]) -> bool {
        image.windows(7).any(|bytes| bytes == b"48.8584")
    }

    #[test]
    fn what_has_no_metadata_that_is_known_is_left_alone() {
        for head in [
            &b"GIF89a"[..],
            b"%PDF-1.7",
            b"text",
            b"\0\0\0\x1cftypM4A ",
            b"\0\0\0\x18ftypcrx ",
        ] {
            assert!(stripper::<&[u8], Cursor<Vec<u8>>>(Kind::of(head)).is_none());
        }
    }

    #[test]
    fn exif_of_any_length_is_read_in_a_bounded_piece() {
        let mut long = exif(6);
        long.resize(1 << 20, b'x');
        let mut from = &[&long[..], b"rest"].concat()[..];
        let kept = reduced(&mut from, long.len() as u64).unwrap();
        assert_eq!(orientation(&kept.unwrap()), Some(6));
        assert_eq!(from, b"rest");
        assert!(reduced(&mut &long[..], 1 << 21).is_err(), "cut off");
    }
}
