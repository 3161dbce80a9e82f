//! Boxes in, boxes out: made here, byte by byte.

use super::passing::LIST_BYTES_MAX;
use super::*;
use crate::files::metadata::tests::{check, stripped};

pub(in crate::files::metadata) fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    [&length.to_be_bytes(), &kind[..], content].concat()
}

/// A table: version, flags, and a number that nobody asks.
pub(in crate::files::metadata) fn table(rows: &[u8]) -> Vec<u8> {
    [&[0; 8], rows].concat()
}

fn free(n_bytes: usize) -> Vec<u8> {
    boxed(b"free", &vec![0; n_bytes - 8])
}

fn timed(kind: &[u8; 4], time: u8) -> Vec<u8> {
    boxed(kind, &[&[0; 4], &[time; 8][..], b"the rest"].concat())
}

fn handler(kind: &[u8; 4]) -> Vec<u8> {
    named_handler(kind, &[0; 13])
}

fn named_handler(kind: &[u8; 4], name: &[u8]) -> Vec<u8> {
    boxed(b"hdlr", &[&[0; 8], &kind[..], name].concat())
}

/// The samples of a track: one chunk with two of three bytes.
fn samples(at: u32) -> Vec<u8> {
    let numbers = |all: &[u32]| all.iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<_>>();
    let tables = [
        boxed(b"stco", &table(&numbers(&[at]))),
        boxed(b"stsc", &table(&numbers(&[1, 2, 1]))),
        boxed(b"stsz", &numbers(&[0, 3, 2])),
    ];
    boxed(b"minf", &boxed(b"stbl", &tables.concat()))
}

fn track(kind: &[u8; 4], time: u8, more: &[u8], at: u32) -> Vec<u8> {
    let media = [timed(b"mdhd", time), handler(kind), samples(at)].concat();
    let parts = [&timed(b"tkhd", time), more, &boxed(b"mdia", &media)];
    boxed(b"trak", &parts.concat())
}

const PLACE: &[u8] = b"\xa9xyz+48.8584+002.2945/";

fn head() -> Vec<u8> {
    boxed(b"ftyp", b"mp42\0\0\0\0mp42isom")
}

#[test]
fn a_film_does_not_tell_where_and_when_it_was_taken() {
    let told = boxed(b"udta", PLACE);
    // Chunks lie behind the head of `mdat`, which is the second box.
    let at = head().len() as u32 + 8;
    let film = |time, told: &[u8], last: &[u8], pixels: &[u8]| {
        let moov = [
            &timed(b"mvhd", time),
            &track(b"vide", time, told, at)[..],
            told,
            last,
        ];
        [
            head(),
            boxed(b"mdat", pixels),
            told.to_vec(),
            boxed(b"moov", &moov.concat()),
        ]
        .concat()
    };
    let metadata = track(b"meta", 7, &told, at + 3);
    let came = film(7, &told, &metadata, b"pix48.858els");
    let free_of = |part: &[u8]| free(part.len());
    let stays = film(
        0,
        &free_of(&told),
        &free_of(&metadata),
        b"pix\0\0\0\0\0\0els",
    );
    check(&came, &stays);
    assert_eq!(came.len(), stays.len(), "nothing has moved");
    let behind = [&came[..], b"\0\0\0\x01SEFT 48.8584"].concat();
    assert_eq!(stripped(&behind).unwrap(), stays);
}

#[test]
fn subtitles_of_each_kind_stay_and_a_film_needs_no_first_box() {
    let pixels = [b"\0\0\0\x08wide", &boxed(b"mdat", b"pixels")[..]].concat();
    let read = [b"subt", b"sbtl", b"subp", b"text", b"clcp"];
    let tracks = read.map(|kind| track(kind, 0, b"", 16)).concat();
    let film = [pixels, boxed(b"moov", &tracks)].concat();
    let mut stays = film.clone();
    stays[4..8].copy_from_slice(&FREE);
    check(&film, &stays);
}

#[test]
fn a_track_does_not_tell_its_name() {
    let film = |name: &[u8]| {
        let media = boxed(b"mdia", &named_handler(b"vide", name));
        [head(), boxed(b"moov", &boxed(b"trak", &media))].concat()
    };
    check(&film(b"appl\0\0\0\0\0\0\0\0GoPro 48.8584"), &film(&[0; 25]));
}

#[test]
fn what_is_too_short_for_a_box_is_overwritten_in_its_place() {
    let film = |rest: &[u8], behind: &[u8]| {
        let media = [&timed(b"mdhd", 0), &handler(b"vide")[..], rest].concat();
        let track = [&boxed(b"mdia", &media), rest].concat();
        let moov = [&timed(b"mvhd", 0), &boxed(b"trak", &track)[..], rest].concat();
        [&head(), &boxed(b"moov", &moov)[..], &boxed(b"mdat", behind)].concat()
    };
    check(&film(b"48.8584", b"pixels"), &film(&[0; 7], b"pixels"));
}

/// All that is told of places in the file holds only as long as that.
#[test]
fn nothing_moves_whatever_comes() {
    let at = head().len() as u32 + 8;
    let tracks = [b"vide", b"meta"].map(|kind| track(kind, 7, &boxed(b"udta", PLACE), at));
    let film = boxed(b"moov", &[timed(b"mvhd", 7), tracks.concat()].concat());
    let film = [head(), boxed(b"mdat", b"pixels"), film].concat();
    let mut chance = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let mut broken = film.clone();
        for _ in 0..chance.usize(1..5) {
            let at = chance.usize(12..broken.len());
            broken[at] = [0, 1, 7, 8, 0x7f, 0xff, chance.u8(..)][chance.usize(..7)];
        }
        if let Ok(kept) = stripped(&broken) {
            assert!(kept.len() <= broken.len(), "{broken:x?}");
            let is_where_it_was =
                |(at, byte): (usize, &u8)| *byte == 0 || *byte == broken[at] || FREE.contains(byte);
            assert!(kept.iter().enumerate().all(is_where_it_was), "{broken:x?}");
        }
    }
}

#[test]
fn boxes_may_be_long_and_the_last_one_without_an_end() {
    let moov = boxed(b"moov", &timed(b"mvhd", 0));
    let long = [&b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x16"[..], b"pixels"].concat();
    let endless = [&b"\0\0\0\0mdat"[..], b"pixels"].concat();
    let told = [&b"\0\0\0\x01uuid\0\0\0\0\0\0\0\x17"[..], b"48.8584"].concat();
    let blank = [&b"\0\0\0\x01free\0\0\0\0\0\0\0\x17"[..], &[0; 7]].concat();
    let came = [&head()[..], &told, &moov, &long, &endless].concat();
    check(
        &came,
        &[&head()[..], &blank, &moov, &long, &endless].concat(),
    );
    let last = [&head()[..], &moov, b"\0\0\0\0uuid48.8584"].concat();
    check(&last, &[head(), moov].concat());
}

#[test]
fn what_follows_the_end_goes_and_nothing_before_it() {
    let moov = boxed(b"moov", &timed(b"mvhd", 0));
    let pixels = boxed(b"mdat", b"pixels");
    let whole = [head(), moov.clone(), pixels.clone()].concat();
    let second = [head(), pixels.clone(), moov.clone()].concat();
    for behind in [&[0; 8][..], b"short", b"\0\0\xff\xffuuid48.8584", &second] {
        let came = [&whole, behind].concat();
        assert_eq!(stripped(&came).unwrap(), whole, "{behind:x?}");
        for begun in [[head(), moov.clone()], [head(), pixels.clone()]] {
            let cut = [&begun.concat(), behind].concat();
            assert!(stripped(&cut).is_err(), "{behind:x?}");
        }
    }
}

#[test]
fn what_the_disk_does_not_read_is_no_end() {
    struct Torn;
    impl io::Read for Torn {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::Other.into())
        }
    }
    let whole = [
        head(),
        boxed(b"moov", &timed(b"mvhd", 0)),
        boxed(b"mdat", b"pixels"),
        b"\0\0".to_vec(),
    ];
    let whole = whole.concat();
    let mut from = io::BufReader::new(io::Read::chain(&whole[..], Torn));
    let torn = strip(&mut from, &mut io::Cursor::new(Vec::new()));
    assert_eq!(torn.unwrap_err().kind(), io::ErrorKind::Other);
}

#[test]
fn one_that_cannot_be_followed_to_its_end_is_damaged() {
    let moov = |content: &[u8]| [head(), boxed(b"moov", content)].concat();
    let held = LIST_BYTES_MAX as u32 + 9;
    for broken in [
        head(),
        [head(), boxed(b"mdat", b"pixels")].concat(),
        [
            head(),
            boxed(b"meta", &[&[0; 4], &handler(b"mdir")[..]].concat()),
        ]
        .concat(),
        moov(b"\0\0\0\x07udta"),
        moov(b"\0\0\0\0udta"),
        moov(b"\0\0\x01\0udta"),
        moov(b"\0\0\0\x01udta\xff\xff\xff\xff\xff\xff\xff\xff"),
        moov(&boxed(b"mvhd", b"short")),
        moov(&boxed(b"trak", &boxed(b"mdia", &samples(0)))),
        [&head()[..], &held.to_be_bytes(), b"meta"].concat(),
        [&head()[..], b"\0\0\0\0moov"].concat(),
        [&head()[..], b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x0f"].concat(),
    ] {
        assert!(stripped(&broken).is_err(), "{broken:x?}");
    }
}

#[test]
fn lists_that_tell_of_no_picture_have_a_limit() {
    let lists = |n| [head(), boxed(b"moov", b""), boxed(b"meta", b"").repeat(n)].concat();
    assert!(stripped(&lists(PLACES_MAX)).is_ok());
    assert!(stripped(&lists(PLACES_MAX + 1)).is_err());
}
