//! Exif, as far as it makes the picture: a file of TIFF with the fields of a
//! camera, one of which says how the picture is turned.

/// What JPEG has before it, and some programs in other images, too.
pub(super) const PREFIX: &[u8] = b"Exif\0\0";

/// The field that says it, in the first directory.
const ORIENTATION: u16 = 0x0112;

/// The length of Exif with an orientation and nothing else.
pub(super) const BYTES: usize = 26;

/// Which of the eight ways an image is shown; 1 is as it is.
pub(in crate::files) fn orientation(exif: &[u8]) -> Option<u16> {
    let tiff = exif.strip_prefix(PREFIX).unwrap_or(exif);
    let is_big = match tiff.first_chunk()? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let u16_at = |from: usize| {
        let bytes = *tiff.get(from..)?.first_chunk()?;
        Some(if is_big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    };
    let first = *tiff.get(4..)?.first_chunk()?;
    let first = if is_big {
        u32::from_be_bytes(first)
    } else {
        u32::from_le_bytes(first)
    };
    let first = usize::try_from(first).ok()?;
    let n_entries = usize::from(u16_at(first)?);
    let mut entries = (0..n_entries).map(|n| first.saturating_add(2 + n * 12));
    let entry = entries.find(|entry| u16_at(*entry) == Some(ORIENTATION))?;
    u16_at(entry.saturating_add(8))
}

/// Exif that says how an image is turned and nothing else; `None` for one that
/// is shown as it is.
pub(super) fn reduced(exif: &[u8]) -> Option<[u8; BYTES]> {
    let orientation = orientation(exif).filter(|it| (2..=8).contains(it))?;
    // Big-endian; one directory, at 8, with one entry: a short.
    let mut exif = *b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    exif[18..20].copy_from_slice(&orientation.to_be_bytes());
    Some(exif)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::metadata::tests::exif;

    #[test]
    fn the_orientation_stays_and_nothing_else() {
        for turned in 2..=8 {
            let kept = reduced(&exif(turned)).unwrap();
            assert_eq!(orientation(&kept), Some(turned.into()));
        }
        let little = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(orientation(&reduced(little).unwrap()), Some(6));
        let prefixed = [PREFIX, little].concat();
        assert_eq!(reduced(&prefixed), reduced(little));
    }

    #[test]
    fn an_image_that_is_not_turned_needs_no_exif() {
        for plain in [
            &exif(1)[..],
            &exif(0),
            &exif(9),
            b"",
            b"II",
            b"MM\0\x2a\xff\xff\xff\xff",
        ] {
            assert_eq!(reduced(plain), None);
        }
    }
}
