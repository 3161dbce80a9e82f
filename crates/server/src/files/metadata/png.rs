//! PNG: a row of chunks, each with a length, a type, content and a checksum.

use std::io::{self, BufRead, Write};

use flate2::Crc;

use super::{copy, damaged, next, reduced, skip};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The longest chunk that may be.
const CHUNK_BYTES_MAX: u32 = i32::MAX.cast_unsigned();

/// The chunks that make the picture: pixels, colours, what is transparent, how
/// large a pixel is, and the frames of one that moves.
const STAY: [&[u8; 4]; 18] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn strip(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<()> {
    if next(from)? != SIGNATURE {
        return Err(damaged("no PNG"));
    }
    to.write_all(&SIGNATURE)?;
    loop {
        let length = u32::from_be_bytes(next(from)?);
        let kind: [u8; 4] = next(from)?;
        if length > CHUNK_BYTES_MAX || !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(damaged("no chunk where one has to be"));
        }
        if STAY.contains(&&kind) {
            to.write_all(&length.to_be_bytes())?;
            to.write_all(&kind)?;
            copy(from, to, u64::from(length) + 4)?;
        } else if kind == *b"eXIf" {
            if let Some(exif) = reduced(from, length.into())? {
                write_chunk(to, kind, &exif)?;
            }
            skip(from, 4)?;
        } else {
            skip(from, u64::from(length) + 4)?;
        }
        if kind == *b"IEND" {
            return Ok(());
        }
    }
}

fn write_chunk(to: &mut impl Write, kind: [u8; 4], content: &[u8]) -> io::Result<()> {
    let length = u32::try_from(content.len()).map_err(|_| damaged("a chunk too long"))?;
    let mut checksum = Crc::new();
    checksum.update(&kind);
    checksum.update(content);
    to.write_all(&length.to_be_bytes())?;
    to.write_all(&kind)?;
    to.write_all(content)?;
    to.write_all(&checksum.sum().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::metadata::exif;
    use crate::files::metadata::tests::{check, exif, stripped};

    fn image(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut image = SIGNATURE.to_vec();
        for (kind, content) in chunks {
            write_chunk(&mut image, **kind, content).unwrap();
        }
        image
    }

    const HEAD: (&[u8; 4], &[u8]) = (b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0");
    const END: (&[u8; 4], &[u8]) = (b"IEND", b"");

    #[test]
    fn what_a_program_wrote_goes_and_what_makes_the_picture_stays() {
        let colours: (&[u8; 4], &[u8]) = (b"iCCP", b"profile\0\0colours");
        let frame: (&[u8; 4], &[u8]) = (b"fdAT", b"\0\0\0\x01pixels");
        let pixels: (&[u8; 4], &[u8]) = (b"IDAT", b"pixels");
        let came = image(&[
            HEAD,
            (b"tEXt", b"Comment\x0048.8584"),
            colours,
            (b"eXIf", &exif(1)),
            (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\x0048.8584"),
            pixels,
            (b"tIME", b"\x07\xea\x0b\x18\0\0\0"),
            frame,
            (b"caBX", b"who made it, 48.8584"),
            END,
        ]);
        let stays = image(&[HEAD, colours, pixels, frame, END]);
        check(&[&came[..], b"48.8584"].concat(), &stays);
    }

    #[test]
    fn an_image_stays_turned() {
        let turned = image(&[HEAD, (b"eXIf", &exif(8)), END]);
        let kept = exif::reduced(&exif(8)).unwrap();
        check(&turned, &image(&[HEAD, (b"eXIf", &kept), END]));
    }

    #[test]
    fn one_that_cannot_be_followed_to_its_end_is_damaged() {
        for broken in [
            &image(&[HEAD, (b"IDAT", b"pixels")])[..],
            &image(&[HEAD, (b"ID T", b"pixels"), END]),
            &image(&[HEAD, END])[..30],
            &[&SIGNATURE[..], b"\xff\xff\xff\xffIDAT"].concat(),
            &SIGNATURE,
        ] {
            assert!(stripped(broken).is_err(), "{broken:x?}");
        }
    }
}
