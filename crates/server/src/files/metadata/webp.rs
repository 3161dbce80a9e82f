//! WebP: chunks in a RIFF file, each with a type, a length, content, and a
//! byte more where that is odd. The file's head has the length of all of them,
//! and its first chunk, `VP8X`, says which there are.

use std::io::{self, BufRead, Seek, SeekFrom, Write};

use super::{copy, damaged, next, reduced, skip};

/// The chunks that make the picture, as they are.
const STAY: [&[u8; 4]; 6] = [b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];

/// Where the length of all is, and what it does not count.
const LENGTH_AT: u64 = 4;
const UNCOUNTED_BYTES: u64 = 8;

/// What `VP8X` says there is, in the first byte of its content.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const VP8X_BYTES: u32 = 10;

/// The head of a file with `VP8X`, which comes first if it comes.
struct Extended {
    content: [u8; VP8X_BYTES as usize],
    /// Where its content is in what is kept.
    at: u64,
}

pub(super) fn strip(from: &mut impl BufRead, to: &mut (impl Write + Seek)) -> io::Result<()> {
    let ([b'R', b'I', b'F', b'F'], length, [b'W', b'E', b'B', b'P']) =
        (next(from)?, next(from)?, next(from)?)
    else {
        return Err(damaged("no WebP"));
    };
    to.write_all(b"RIFF\0\0\0\0WEBP")?;
    // What follows the length is no part of the image.
    let mut left = u64::from(u32::from_le_bytes(length)).checked_sub(4);
    let mut extended = None;
    while let Some(n_bytes) = left.filter(|left| *left > 0) {
        let kind: [u8; 4] = next(from)?;
        let length = u32::from_le_bytes(next(from)?);
        strip_chunk(from, to, kind, length, &mut extended)?;
        left = n_bytes.checked_sub(8 + padded(length));
    }
    if left.is_none() {
        return Err(damaged("chunks longer than all of them"));
    }
    settle(to, extended)
}

fn strip_chunk(
    from: &mut impl BufRead,
    to: &mut (impl Write + Seek),
    kind: [u8; 4],
    length: u32,
    extended: &mut Option<Extended>,
) -> io::Result<()> {
    match &kind {
        b"VP8X" if length == VP8X_BYTES && extended.is_none() => {
            let mut content: [u8; VP8X_BYTES as usize] = next(from)?;
            content[0] &= !(HAS_EXIF | HAS_XMP);
            write_head(to, kind, length)?;
            let at = to.stream_position()?;
            *extended = Some(Extended { content, at });
            to.write_all(&content)
        }
        b"VP8X" => Err(damaged("VP8X twice, or of a length that it never has")),
        kept if STAY.contains(&kept) => {
            write_head(to, kind, length)?;
            copy(from, to, padded(length))
        }
        b"EXIF" => {
            let exif = reduced(from, padded(length))?;
            // Without `VP8X` nobody would look for it.
            let (Some(exif), Some(extended)) = (exif, extended) else {
                return Ok(());
            };
            extended.content[0] |= HAS_EXIF;
            write_head(to, kind, exif.len() as u32)?;
            to.write_all(&exif)
        }
        _ => skip(from, padded(length)),
    }
}

fn padded(length: u32) -> u64 {
    u64::from(length).next_multiple_of(2)
}

fn write_head(to: &mut impl Write, kind: [u8; 4], length: u32) -> io::Result<()> {
    to.write_all(&kind)?;
    to.write_all(&length.to_le_bytes())
}

/// Says at the beginning how long all has become, and what there is.
fn settle(to: &mut (impl Write + Seek), extended: Option<Extended>) -> io::Result<()> {
    let length = to.stream_position()? - UNCOUNTED_BYTES;
    let length = u32::try_from(length).map_err(|_| damaged("longer than a WebP may be"))?;
    to.seek(SeekFrom::Start(LENGTH_AT))?;
    to.write_all(&length.to_le_bytes())?;
    if let Some(Extended { content, at }) = extended {
        to.seek(SeekFrom::Start(at))?;
        to.write_all(&content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::metadata::exif;
    use crate::files::metadata::tests::{check, exif, stripped};

    fn image(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut image = b"RIFF....WEBP".to_vec();
        for (kind, content) in chunks {
            write_head(&mut image, **kind, content.len() as u32).unwrap();
            image.extend(*content);
            image.resize(image.len().next_multiple_of(2), 0);
        }
        let length = image.len() as u32 - 8;
        image[4..8].copy_from_slice(&length.to_le_bytes());
        image
    }

    fn head(flags: u8) -> Vec<u8> {
        vec![flags, 0, 0, 0, 7, 0, 0, 3, 0, 0]
    }

    const COLOURS: (&[u8; 4], &[u8]) = (b"ICCP", b"profile");
    const PIXELS: (&[u8; 4], &[u8]) = (b"VP8L", b"\x2fpixels");

    #[test]
    fn what_a_camera_wrote_goes_and_what_makes_the_picture_stays() {
        let came = image(&[
            (b"VP8X", &head(0x3c)),
            COLOURS,
            PIXELS,
            (b"EXIF", &exif(1)),
            (b"XMP ", b"<GPS 48.8584>"),
            (b"note", b"48.8584"),
        ]);
        let stays = image(&[(b"VP8X", &head(0x30)), COLOURS, PIXELS]);
        check(&[&came[..], b"48.8584"].concat(), &stays);
        check(&image(&[PIXELS, (b"EXIF", &exif(6))]), &image(&[PIXELS]));
    }

    #[test]
    fn an_image_stays_turned() {
        let came = image(&[(b"VP8X", &head(0x0c)), PIXELS, (b"EXIF", &exif(6))]);
        let kept = exif::reduced(&exif(6)).unwrap();
        let stays = image(&[(b"VP8X", &head(0x08)), PIXELS, (b"EXIF", &kept)]);
        check(&came, &stays);
    }

    #[test]
    fn one_that_cannot_be_followed_to_its_end_is_damaged() {
        let mut longer = image(&[PIXELS]);
        longer[4] -= 2;
        for broken in [
            &longer[..],
            &image(&[PIXELS])[..20],
            &image(&[(b"VP8X", b"short"), PIXELS]),
            &image(&[(b"VP8X", &head(0)), (b"VP8X", &head(0))]),
            b"RIFF\x03\0\0\0WEBP",
        ] {
            assert!(stripped(broken).is_err(), "{broken:x?}");
        }
    }
}
