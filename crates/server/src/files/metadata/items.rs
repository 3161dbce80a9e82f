//! The parts of a photograph in HEIC or AVIF (HEIF, ISO/IEC 23008-12): `iinf`
//! says of each which kind it is, `iloc` where in the file it is.
//!
//! A part that is no picture is overwritten where it is. How the picture is
//! turned is no part, but a property of one, and stays.

use std::collections::HashMap;
use std::io;
use std::ops::Range;

use super::damaged;
use super::iso_media::{FREE, Wipe, boxes, strip_handler};

/// Parts that are pictures, or say how one is made of others.
const PICTURES: [&[u8; 4]; 12] = [
    b"hvc1", b"hev1", b"av01", b"avc1", b"vvc1", b"evc1", b"jpeg", b"j2k1", b"grid", b"iovl",
    b"iden", b"tmap",
];

/// What stands in `meta` and makes the picture.
const STAY: [&[u8; 4]; 9] = [
    b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp", b"idat", b"dinf", b"grpl",
];

/// Properties by which a picture is decoded and shown.
const PROPERTIES: [&[u8; 4]; 29] = [
    b"hvcC", b"lhvC", b"av1C", b"a1op", b"a1lx", b"avcC", b"vvcC", b"evcC", b"jpgC", b"j2kH",
    b"ispe", b"pixi", b"colr", b"clli", b"mdcv", b"cclv", b"amve", b"ndwt", b"irot", b"imir",
    b"clap", b"pasp", b"rloc", b"auxC", b"lsel", b"iscl", b"rref", b"oinf", b"tols",
];

/// Behind the version and the flags of `meta`.
pub(super) const FIRST_AT: usize = 4;

/// Exif without a field, so that who reads it finds no error; the zeros behind
/// this belong to it.
const NO_EXIF: &[u8; 12] = b"\0\0\0\0MM\0\x2a\0\0\0\x08";
const EXIF_BYTES_MIN: u64 = 18;

/// Where a part may be.
const IN_FILE: u8 = 0;
const IN_IDAT: u8 = 1;

/// Looks through the content of a `meta` that begins at a place of the file.
/// Returns whether it is one of a photograph.
pub(super) fn strip(meta: &mut [u8], at: u64, wipe: &mut Wipe) -> io::Result<bool> {
    let children = boxes(meta, FIRST_AT)?;
    let content = |kind: &[u8; 4]| {
        let found = children.iter().find(|(one, _)| one == kind);
        found.map(|(_, range)| range.clone())
    };
    let Some(handler) = content(b"hdlr") else {
        return Ok(false);
    };
    if strip_handler(&mut meta[handler])? != *b"pict" {
        return Ok(false);
    }
    let kinds = content(b"iinf").map_or(Ok(Kinds::new()), |iinf| kinds(&meta[iinf]))?;
    if let Some(iloc) = content(b"iloc") {
        let idat = content(b"idat").map(|idat| at + idat.start as u64..at + idat.end as u64);
        Places::read(&meta[iloc])?.wipe(&kinds, idat, wipe)?;
    }
    for (kind, range) in children {
        if !STAY.contains(&&kind) {
            blank(meta, range);
        } else if kind == *b"iprp" {
            strip_properties(&mut meta[range])?;
        }
    }
    Ok(true)
}

/// Properties are named by their number, so those that go keep their place.
fn strip_properties(iprp: &mut [u8]) -> io::Result<()> {
    for (kind, range) in boxes(iprp, 0)? {
        match &kind {
            b"ipco" => strip_list(&mut iprp[range])?,
            b"ipma" => {}
            _ => blank(iprp, range),
        }
    }
    Ok(())
}

fn strip_list(ipco: &mut [u8]) -> io::Result<()> {
    for (kind, range) in boxes(ipco, 0)? {
        if !PROPERTIES.contains(&&kind) {
            blank(ipco, range);
        }
    }
    Ok(())
}

/// Makes free room of a box that is held, by the place of its content.
fn blank(held: &mut [u8], content: Range<usize>) {
    held[content.start - 4..content.start].copy_from_slice(&FREE);
    held[content].fill(0);
}

/// The kinds of parts, by their numbers.
type Kinds = HashMap<u64, [u8; 4]>;

fn kinds(iinf: &[u8]) -> io::Result<Kinds> {
    let first_at = if iinf.first() == Some(&0) { 6 } else { 8 };
    let mut kinds = Kinds::new();
    for (kind, range) in boxes(iinf, first_at)? {
        let mut entry = Reader(&iinf[range]);
        let version = entry.number(1)?;
        entry.number(3)?;
        // Those before version 2 have no kind, and are no pictures.
        if kind == *b"infe" && version >= 2 {
            let number = entry.number(if version == 2 { 2 } else { 4 })?;
            entry.number(2)?;
            kinds.insert(number, (entry.number(4)? as u32).to_be_bytes());
        }
    }
    Ok(kinds)
}

/// An `iloc`, read from its head on.
struct Places<'a> {
    rest: Reader<'a>,
    version: u64,
    offset_bytes: usize,
    length_bytes: usize,
    base_bytes: usize,
    index_bytes: usize,
    n_items: u64,
}

impl<'a> Places<'a> {
    fn read(iloc: &'a [u8]) -> io::Result<Self> {
        let mut rest = Reader(iloc);
        let version = rest.number(1)?;
        rest.number(3)?;
        let sizes = rest.number(2)? as usize;
        let places = Self {
            version,
            offset_bytes: sizes >> 12,
            length_bytes: sizes >> 8 & 0xf,
            base_bytes: sizes >> 4 & 0xf,
            index_bytes: if version == 0 { 0 } else { sizes & 0xf },
            n_items: rest.number(if version < 2 { 2 } else { 4 })?,
            rest,
        };
        let sizes = [
            places.offset_bytes,
            places.length_bytes,
            places.base_bytes,
            places.index_bytes,
        ];
        match version <= 2 && sizes.iter().all(|size| matches!(size, 0 | 4 | 8)) {
            true => Ok(places),
            false => Err(damaged("a list of places that nobody knows")),
        }
    }

    /// Names the places of all parts but the pictures.
    fn wipe(mut self, kinds: &Kinds, idat: Option<Range<u64>>, wipe: &mut Wipe) -> io::Result<()> {
        for _ in 0..self.n_items {
            let number = self.rest.number(if self.version < 2 { 2 } else { 4 })?;
            let method = if self.version == 0 {
                0
            } else {
                self.rest.number(2)?
            };
            let elsewhere = self.rest.number(2)? != 0;
            let base = self.rest.number(self.base_bytes)?;
            let n_extents = self.rest.number(2)?;
            let extent_bytes = self.index_bytes + self.offset_bytes + self.length_bytes;
            let kind = kinds.get(&number);
            if kind.is_some_and(|kind| PICTURES.contains(&kind)) {
                self.rest.skip(n_extents as usize * extent_bytes)?;
                continue;
            }
            if elsewhere {
                // Which may be this same file.
                return Err(damaged("a part in another file"));
            }
            for _ in 0..n_extents {
                self.rest.skip(self.index_bytes)?;
                let offset = self.rest.number(self.offset_bytes)?;
                let length = self.rest.number(self.length_bytes)?;
                let source = match (method as u8 & 0xf, &idat) {
                    (IN_FILE, _) => Some(0..u64::MAX),
                    (IN_IDAT, idat) => idat.clone(),
                    _ => None,
                };
                // A length of 0 is the whole source, which no writer means of metadata.
                let range = source.filter(|_| length > 0).and_then(|source| {
                    let start = source.start.checked_add(base)?.checked_add(offset)?;
                    let end = start.checked_add(length)?;
                    (end <= source.end).then_some(start..end)
                });
                let range = range.ok_or_else(|| damaged("a part whose place cannot be told"))?;
                if kind == Some(b"Exif") && n_extents == 1 && length >= EXIF_BYTES_MIN {
                    wipe.stamp(range.start, NO_EXIF)?;
                }
                wipe.add(range)?;
            }
        }
        Ok(())
    }
}

/// Numbers, one after the other.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// One of so many bytes, eight at most; of none it is 0.
    fn number(&mut self, n_bytes: usize) -> io::Result<u64> {
        let (bytes, rest) = self.0.split_at_checked(n_bytes).ok_or_else(cut)?;
        self.0 = rest;
        Ok(bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn skip(&mut self, n_bytes: usize) -> io::Result<()> {
        self.0 = self.0.get(n_bytes..).ok_or_else(cut)?;
        Ok(())
    }
}

fn cut() -> io::Error {
    damaged("a list that ends too soon")
}

#[cfg(test)]
mod tests {
    use crate::files::metadata::iso_media::tests::boxed;
    use crate::files::metadata::tests::{check, stripped};

    const HEAD: &[u8] = b"\0\0\0\x14ftypheic\0\0\0\0mif1";
    const EXIF: &[u8] = b"\0\0\0\0MM\0\x2a\0\0\0\x0848.8584 N";
    const NO_EXIF: &[u8] = b"\0\0\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\0\0\0\0";
    const XMP: &[u8] = b"<GPS 48.8584>";

    fn full(kind: &[u8; 4], version: u8, content: &[u8]) -> Vec<u8> {
        boxed(kind, &[&[version, 0, 0, 0], content].concat())
    }

    fn entry(number: u8, kind: &[u8; 4]) -> Vec<u8> {
        full(b"infe", 2, &[&[0, number, 0, 0], &kind[..], b"\0"].concat())
    }

    /// A photograph of three parts: pixels, Exif in `mdat`, XMP in `idat`.
    fn photograph(
        told: &[u8],
        exif: &[u8],
        xmp: &[u8],
        place: impl Fn(u32) -> [u32; 3],
    ) -> Vec<u8> {
        let entries = [entry(1, b"hvc1"), entry(2, b"Exif"), entry(3, b"mime")];
        let list = [&[0, 3][..], &entries.concat()].concat();
        let meta = |at: u32| {
            let [pixels, exif_at, xmp_at] = place(at).map(u32::to_be_bytes);
            let of = |n: u8, method: u8, at: [u8; 4], length: usize| {
                [
                    &[0, n, 0, method, 0, 0, 0, 1][..],
                    &at,
                    &(length as u32).to_be_bytes(),
                ]
                .concat()
            };
            let items = [
                of(1, 0, pixels, 6),
                of(2, 0, exif_at, exif.len()),
                of(3, 1, xmp_at, xmp.len()),
            ];
            let places = [&[0x44, 0, 0, 3][..], &items.concat()].concat();
            let parts = [
                full(b"hdlr", 0, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                full(b"iinf", 0, &list),
                full(b"iloc", 1, &places),
                boxed(b"idat", xmp),
                told.to_vec(),
            ];
            full(b"meta", 0, &parts.concat())
        };
        let at = (HEAD.len() + meta(0).len() + 8) as u32;
        [
            HEAD,
            &meta(at),
            &boxed(b"mdat", &[b"pixels", exif].concat()),
        ]
        .concat()
    }

    #[test]
    fn parts_that_are_no_pictures_are_overwritten_where_they_are() {
        let told = |kind, content: &[u8]| {
            let list = [boxed(b"ispe", b"size"), boxed(kind, content)].concat();
            let properties = [boxed(b"ipco", &list), full(b"ipma", 0, b"whose")].concat();
            [boxed(b"iprp", &properties), boxed(kind, content)].concat()
        };
        let blank = told(b"free", &[0; 7]);
        let told = told(b"udes", b"48.8584");
        let places = |at| [at, at + 6, 0];
        let came = photograph(&told, EXIF, XMP, places);
        let stays = photograph(&blank, NO_EXIF, &[0; XMP.len()], places);
        check(&came, &stays);
    }

    #[test]
    fn a_part_whose_place_cannot_be_told_is_damage() {
        assert!(
            stripped(&photograph(b"", EXIF, b"", |at| [at, at + 6, 0])).is_err(),
            "of no length"
        );
        assert!(
            stripped(&photograph(b"", EXIF, XMP, |at| [at, at + 6, 1])).is_err(),
            "beyond idat"
        );
        let mut method = photograph(b"", EXIF, XMP, |at| [at, at + 6, 0]);
        let at = method
            .windows(4)
            .rposition(|four| four == [0, 3, 0, 1])
            .unwrap();
        method[at + 3] = 2;
        assert!(stripped(&method).is_err(), "in another part");
        method[at + 3] = 0;
        method[at + 5] = 1;
        assert!(stripped(&method).is_err(), "in another file");
    }

    #[test]
    fn lists_without_an_end_are_none() {
        for (kind, content) in [
            (
                b"iloc",
                &b"\x01\0\0\0\0\0\xff\xff\0\x09\0\0\0\0\xff\xff"[..],
            ),
            (b"iloc", b"\0\0\0\0\x77\x77\0\x01"),
            (b"iloc", b"\x03\0\0\0\0\0\0\0"),
            (b"iloc", b"\x02\0\0\0\x44\0\xff\xff\xff\xff"),
            (b"iinf", b"\0\0\0\0\xff\xff\0\0\0\x0binfe\x02\0\0"),
        ] {
            let handler = full(b"hdlr", 0, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0");
            let meta = full(b"meta", 0, &[handler, boxed(kind, content)].concat());
            assert!(stripped(&[HEAD, &meta].concat()).is_err(), "{content:x?}");
        }
    }
}
