//! JPEG: a row of segments, each with a mark, a length and content; behind
//! some of them the pixels.
//!
//! ```text
//! SOI  APP0 JFIF  APP1 Exif  APP2 ICC  DQT SOF DHT  SOS pixels  …  EOI  what follows
//!      kept       reduced    kept      kept         kept           kept gone
//! ```

use std::io::{self, BufRead, Read, Write};

use super::{damaged, exif, next};

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP1: u8 = 0xe1;

pub(super) fn strip(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<()> {
    if next(from)? != [0xff, SOI] {
        return Err(damaged("no JPEG"));
    }
    to.write_all(&[0xff, SOI])?;
    let mut segment = Vec::new();
    let mut mark = next_mark(from)?;
    while mark != EOI {
        if has_content(mark) {
            read_segment(from, &mut segment)?;
            write_what_stays(to, mark, &segment)?;
        }
        mark = match mark {
            SOS => match copy_pixels(from, to)? {
                Some(mark) => mark,
                // Some cameras write no end, and no reader misses it.
                None => return Ok(()),
            },
            _ => next_mark(from)?,
        };
    }
    to.write_all(&[0xff, EOI])
}

/// The mark of the next segment. What lies before it and is none is passed
/// over, as readers of images do.
fn next_mark(from: &mut impl BufRead) -> io::Result<u8> {
    loop {
        from.skip_until(0xff)?;
        match behind_ff(from)? {
            0 => {}
            mark => return Ok(mark),
        }
    }
}

/// What `ff` begins; more of them may fill the room before it.
fn behind_ff(from: &mut impl Read) -> io::Result<u8> {
    loop {
        let [mark] = next(from)?;
        if mark != 0xff {
            return Ok(mark);
        }
    }
}

/// Whether a mark has a length and content behind it.
fn has_content(mark: u8) -> bool {
    !matches!(mark, 0x01 | 0xd0..=SOI)
}

fn read_segment(from: &mut impl Read, segment: &mut Vec<u8>) -> io::Result<()> {
    let length = u16::from_be_bytes(next(from)?).checked_sub(2);
    let length = length.ok_or_else(|| damaged("a segment shorter than its length"))?;
    segment.resize(length.into(), 0);
    from.read_exact(segment)
}

fn write_what_stays(to: &mut impl Write, mark: u8, segment: &[u8]) -> io::Result<()> {
    if let (APP1, Some(exif)) = (mark, exif::reduced(segment)) {
        return write_segment(to, mark, &[exif::PREFIX, &exif].concat());
    }
    match makes_the_picture(mark, segment) {
        true => write_segment(to, mark, segment),
        false => Ok(()),
    }
}

/// Of what programs add, three things say how the pixels are to be understood:
/// JFIF without a small picture, the profile of the colours, and Adobe's note
/// on what they stand for.
fn makes_the_picture(mark: u8, segment: &[u8]) -> bool {
    match mark {
        0xe0 => segment.starts_with(b"JFIF\0") && segment.len() == 14,
        0xe2 => segment.starts_with(b"ICC_PROFILE\0"),
        0xee => segment.starts_with(b"Adobe") && segment.len() == 12,
        // All others, and comments.
        0xe0..=0xef | 0xfe => false,
        _ => true,
    }
}

fn write_segment(to: &mut impl Write, mark: u8, segment: &[u8]) -> io::Result<()> {
    let length = u16::try_from(segment.len() + 2).map_err(|_| damaged("a segment too long"))?;
    to.write_all(&[0xff, mark])?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(segment)
}

/// Copies pixels up to the next mark, which is returned; `None` at the end of
/// the file. In pixels, `ff` is followed by 0, or by a mark that restarts.
fn copy_pixels(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<Option<u8>> {
    loop {
        let piece = from.fill_buf()?;
        if piece.is_empty() {
            return Ok(None);
        }
        let Some(at) = piece.iter().position(|byte| *byte == 0xff) else {
            let n_bytes = piece.len();
            to.write_all(piece)?;
            from.consume(n_bytes);
            continue;
        };
        to.write_all(&piece[..at])?;
        from.consume(at + 1);
        match behind_ff(from) {
            Ok(mark @ (0 | 0xd0..=0xd7)) => to.write_all(&[0xff, mark])?,
            Ok(mark) => return Ok(Some(mark)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::metadata::tests::{check, exif, stripped};

    fn segment(mark: u8, content: &[u8]) -> Vec<u8> {
        let mut segment = Vec::new();
        write_segment(&mut segment, mark, content).unwrap();
        segment
    }

    fn image(parts: &[Vec<u8>]) -> Vec<u8> {
        let pixels = [segment(SOS, &[1]), b"1\xff\0\xff\xd02\xff\xd9".to_vec()].concat();
        [b"\xff\xd8".to_vec(), parts.concat(), pixels].concat()
    }

    fn photograph(orientation: u8) -> Vec<u8> {
        segment(APP1, &[exif::PREFIX, &exif(orientation)].concat())
    }

    #[test]
    fn what_a_camera_wrote_goes_and_what_makes_the_picture_stays() {
        let jfif = segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        let colours = segment(0xe2, b"ICC_PROFILE\0\x01\x01colours");
        let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
        let table = segment(0xdb, &[7; 65]);
        let frame = segment(0xc0, b"\x08\0\x01\0\x02\x03");
        let stays = [
            jfif.clone(),
            colours.clone(),
            adobe.clone(),
            table.clone(),
            frame.clone(),
        ];
        let came = [
            jfif,
            photograph(1),
            segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<GPS 48.8584>"),
            segment(0xe0, b"JFXX\0a small picture"),
            colours,
            segment(0xe2, b"MPF\0 a second photograph"),
            adobe,
            segment(0xed, b"Photoshop 3.0\0 48.8584"),
            segment(0xef, b"anything"),
            table,
            segment(0xfe, b"a comment 48.8584"),
            frame,
        ];
        check(&image(&came), &image(&stays));
    }

    #[test]
    fn a_photograph_stays_turned() {
        let turned = image(&[photograph(6)]);
        let reduced = [exif::PREFIX, &exif::reduced(&exif(6)).unwrap()].concat();
        check(&turned, &image(&[segment(APP1, &reduced)]));
        check(&image(&[photograph(1)]), &image(&[]));
    }

    #[test]
    fn what_follows_the_end_goes_and_what_comes_between_scans_too() {
        let one = image(&[]);
        let with = |more: &[u8]| [&one[..], more].concat();
        check(&with(&image(&[photograph(1)])), &one);
        check(&with(b"....ftypmp42 48.8584"), &one);

        let scans = |between: &[u8]| {
            let first = &one[..one.len() - 2];
            [first, between, &segment(0xc4, &[3; 9]), &one[2..]].concat()
        };
        check(&scans(&photograph(1)), &scans(b""));
        check(&scans(b"\xff\xff"), &scans(b""));
        // Between segments; in a scan they would be pixels.
        let stray = [photograph(1), b"no segment \xff\0".to_vec()].concat();
        check(&scans(&stray), &scans(b""));
    }

    #[test]
    fn an_image_without_an_end_is_kept_and_one_that_cannot_be_followed_is_not() {
        let one = image(&[]);
        let open = &one[..one.len() - 2];
        assert_eq!(stripped(open).unwrap(), open);
        assert_eq!(stripped(&one[..one.len() - 1]).unwrap(), open);
        for broken in [
            &b"\xff\xd8\xff"[..],
            b"\xff\xd8\xff\xe1\0\x01x",
            b"\xff\xd8\xff\xe1\0\x40Exif",
            b"\xff\xd8\xff\xd8no mark",
        ] {
            assert!(stripped(broken).is_err(), "{broken:x?}");
        }
    }
}
