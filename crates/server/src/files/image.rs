//! How large an image is, from its first bytes, so that its place can be kept
//! before it is there. The pixels are never looked at.

use super::metadata::orientation;

/// Width and height, as they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Size {
    fn turned(self, is_turned: bool) -> Self {
        let Self { width, height } = self;
        match is_turned {
            false => self,
            true => Self {
                width: height,
                height: width,
            },
        }
    }
}

/// The size of an image that begins so; `None` where it does not say.
pub(crate) fn size(head: &[u8]) -> Option<Size> {
    let size = match head {
        [0x89, b'P', b'N', b'G', ..] => of_png(head)?,
        [b'G', b'I', b'F', ..] => Size {
            width: u16::from_le_bytes(*at(head, 6)?).into(),
            height: u16::from_le_bytes(*at(head, 8)?).into(),
        },
        [0xff, 0xd8, ..] => of_jpeg(head)?,
        [b'R', b'I', b'F', b'F', ..] => of_webp(head)?,
        _ => return None,
    };
    (size.width > 0 && size.height > 0).then_some(size)
}

fn at<const N: usize>(bytes: &[u8], from: usize) -> Option<&[u8; N]> {
    bytes.get(from..)?.first_chunk()
}

/// PNG is a row of chunks, of which the first has the size. How it is turned
/// comes behind it, if it comes, and before the pixels.
fn of_png(head: &[u8]) -> Option<Size> {
    let size = Size {
        width: u32::from_be_bytes(*at(head, 16)?),
        height: u32::from_be_bytes(*at(head, 20)?),
    };
    let mut rest = head.get(8..)?;
    while let Some((length, kind)) = at::<4>(rest, 0).zip(at::<4>(rest, 4)) {
        match kind {
            b"eXIf" => return Some(size.turned(is_turned_by(&rest[8..]))),
            b"IDAT" => break,
            _ => {}
        }
        let length = u32::from_be_bytes(*length) as usize;
        rest = rest.get(length.saturating_add(12)..).unwrap_or_default();
    }
    Some(size)
}

/// JPEG is a row of segments: a mark, a length, content. The frame's header,
/// one of `C0` to `CF`, has the size; before it may be what turns the image.
fn of_jpeg(head: &[u8]) -> Option<Size> {
    let mut is_turned = false;
    let mut rest = head.get(2..)?;
    loop {
        let [0xff, mark, ..] = *rest else {
            return None;
        };
        // Any number of bytes may fill the room before a mark.
        if mark == 0xff {
            rest = &rest[1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*at(rest, 2)?));
        match mark {
            0xc0..=0xcf if !matches!(mark, 0xc4 | 0xc8 | 0xcc) => {
                let height = u16::from_be_bytes(*at(rest, 5)?).into();
                let width = u16::from_be_bytes(*at(rest, 7)?).into();
                return Some(Size { width, height }.turned(is_turned));
            }
            0xe1 => is_turned |= rest.get(4..).is_some_and(is_turned_by),
            // The pixels begin, or the end.
            0xd9 | 0xda => return None,
            _ => {}
        }
        rest = rest.get(2 + length.max(2)..)?;
    }
}

/// Whether a segment of Exif says that the image is shown on its side.
fn is_turned_by(exif: &[u8]) -> bool {
    orientation(exif).is_some_and(|orientation| (5..=8).contains(&orientation))
}

/// WebP has one of three heads: lossy, lossless, and one for all the rest.
fn of_webp(head: &[u8]) -> Option<Size> {
    let form: &[u8; 4] = at(head, 12)?;
    match form {
        b"VP8 " => Some(Size {
            width: (u16::from_le_bytes(*at(head, 26)?) & 0x3fff).into(),
            height: (u16::from_le_bytes(*at(head, 28)?) & 0x3fff).into(),
        }),
        b"VP8L" => {
            let bits = u32::from_le_bytes(*at(head, 21)?);
            Some(Size {
                width: (bits & 0x3fff) + 1,
                height: (bits >> 14 & 0x3fff) + 1,
            })
        }
        b"VP8X" => {
            let three = |from| {
                let [a, b, c] = *at(head, from)?;
                Some(u32::from_le_bytes([a, b, c, 0]) + 1)
            };
            Some(Size {
                width: three(24)?,
                height: three(27)?,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &[u8], expected: Option<(u32, u32)>) {
        let found = size(head).map(|size| (size.width, size.height));
        assert_eq!(found, expected, "{head:?}");
        for end in 0..head.len() {
            // Whatever is cut off: no panic, and nothing made up.
            let cut = size(&head[..end]).map(|size| (size.width, size.height));
            assert!(cut.is_none() || cut == expected, "{end} bytes of {head:?}");
        }
    }

    const FRAME: &[u8] = b"\xff\xc0\0\x11\x08\x01\x00\x02\x00\x03";

    fn exif(orientation: u8) -> Vec<u8> {
        let mut exif = b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
        exif.extend([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
        exif
    }

    #[test]
    fn the_size_is_the_one_in_the_head() {
        check(
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x20",
            Some((256, 32)),
        );
        let turned =
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x20\x08\x02\0\0\0....\0\0\0\x1aeXIf";
        let turned = [turned, &exif(6)[10..]].concat();
        let found = size(&turned).map(|size| (size.width, size.height));
        assert_eq!(found, Some((32, 256)), "as it is shown");
        check(b"GIF89a\x03\0\x04\0", Some((3, 4)));
        check(
            b"RIFF....WEBPVP8 ....\x00\x00\x00\x9d\x01\x2a\x10\x00\x20\x40",
            Some((16, 32)),
        );
        check(b"RIFF....WEBPVP8L....\x2f\x0f\xc0\x07\x00", Some((16, 32)));
        check(
            b"RIFF....WEBPVP8X....\0\0\0\0\x0f\0\0\x1f\0\0",
            Some((16, 32)),
        );
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x20", None);
        check(b"%PDF-1.7", None);
    }

    #[test]
    fn no_bytes_are_too_much() {
        let starts: [&[u8]; 5] = [
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"\xff\xd8\xff\xe1\0\x40Exif\0\0II\x2a\0",
            b"\xff\xd8",
            b"RIFF....WEBPVP8",
        ];
        let mut chance = 7_u32;
        for round in 0..20_000 {
            let mut head = starts[round % starts.len()].to_vec();
            for _ in 0..40 {
                chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Marks are likely, or nothing but the first would be looked at.
                head.push(if chance >> 29 == 0 {
                    0xff
                } else {
                    (chance >> 16) as u8
                });
            }
            let found = size(&head);
            assert!(found.is_none_or(|size| size.width > 0 && size.height > 0));
        }
    }

    #[test]
    fn a_photograph_is_as_it_is_shown() {
        let of = |parts: &[&[u8]]| [&b"\xff\xd8"[..], &parts.concat()].concat();
        let table = b"\xff\xdb\0\x04\0\0";
        check(&of(&[table, b"\xff", FRAME]), Some((512, 256)));
        check(&of(&[&exif(1), FRAME]), Some((512, 256)));
        assert_eq!(
            size(&of(&[&exif(6), FRAME])),
            Some(Size {
                width: 256,
                height: 512
            })
        );
        check(&of(&[table, b"\xff\xda\0\x04\0\0", FRAME]), None);
        check(&of(&[b"no mark", FRAME]), None);
    }
}
