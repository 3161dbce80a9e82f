//! What photographs and films tell of themselves, and tell no more.

use serde_json::json;

use super::{House, PNG};

/// A photograph as a phone sends it: turned, with a place, and a film behind it.
fn photograph(turned: u8) -> Vec<u8> {
    let exif = [
        &b"\xff\xe1\0\x34Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
        &[turned],
        b"\0\0\0\0\0\0",
        b"48.8584 N, 2.2945 E",
    ];
    let frame = b"\xff\xc0\0\x0b\x08\x01\0\x02\0\x01\x01\x11\0";
    let pixels = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0pixels\xff\xd9";
    [
        b"\xff\xd8",
        &exif.concat()[..],
        frame,
        pixels,
        b"film 48.8584",
    ]
    .concat()
}

#[test]
fn a_photograph_does_not_tell_where_it_was_taken() {
    let house = House::new("metadata");
    let told = house.bring("photo.jpg", &photograph(6));
    let got = house.get(&told["url"]).body;
    let tells = |part: &[u8]| got.windows(part.len()).any(|bytes| bytes == part);
    assert!(tells(b"pixels") && !tells(b"48.8584") && !tells(b"film"));
    // What is told is what is there, and it is turned as it was.
    assert_eq!(told["type"], "image/jpeg");
    assert_eq!(told["size"], got.len());
    assert_eq!(
        (&told["width"], &told["height"]),
        (&json!(256), &json!(512))
    );
    // Sent on, it stays the same.
    let again = house.bring("photo.jpg", &got);
    assert_eq!(house.get(&again["url"]).body, got);
    assert!(house.has_files(2));

    // Without anything to keep of it nothing is said of how it is turned.
    let told = house.bring("photo.jpg", &photograph(1));
    let got = house.get(&told["url"]).body;
    assert!(!got.windows(4).any(|bytes| bytes == b"Exif"));
}

/// A box of MP4 and its family.
fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    [&length.to_be_bytes(), &kind[..], content].concat()
}

#[test]
fn a_film_does_not_tell_where_it_was_taken_and_keeps_its_length() {
    let house = House::new("film");
    let head = boxed(b"ftyp", b"qt  \0\0\0\0qt  ");
    let times = boxed(b"mvhd", &[&[0; 12][..], b"the rest"].concat());
    let place = boxed(b"udta", b"\xa9xyz+48.8584+002.2945/");
    let film = boxed(b"moov", &[&times[..], &place].concat());
    let film = [head, boxed(b"mdat", b"pixels"), film].concat();
    let told = house.bring("film.mov", &film);
    let got = house.get(&told["url"]).body;
    let tells = |part: &[u8]| got.windows(part.len()).any(|bytes| bytes == part);
    assert!(tells(b"pixels") && tells(b"the rest") && !tells(b"48.8584"));
    assert_eq!(told["type"], "video/quicktime");
    assert_eq!((&told["size"], got.len()), (&json!(film.len()), film.len()));
    assert_eq!(house.get(&house.bring("again", &got)["url"]).body, got);

    let cut = house.upload("film.mov", &film[..film.len() - 40]);
    assert_eq!(cut.status, 422, "{cut:?}");
    assert!(house.has_files(2));
}

#[test]
fn an_image_that_cannot_be_followed_is_refused_and_leaves_nothing() {
    let house = House::new("damaged");
    for damaged in [
        &photograph(1)[..30],
        &PNG[..PNG.len() - 1],
        b"RIFF\xff\0\0\0WEBP",
    ] {
        let response = house.upload("photo", damaged);
        assert_eq!(response.status, 422, "{response:?}");
        assert!(response.text().contains("damaged"), "{response:?}");
        assert!(house.has_files(0));
    }
    // The same bytes as anything else are nobody's business.
    let archive = [b"PK\x03\x04", &PNG[..40]].concat();
    assert_eq!(
        house.get(&house.bring("photo.zip", &archive)["url"]).body,
        archive
    );
}
