//! Compressed messages.

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress};
use websocket::{
    Compression, DecodeError, DeflateOptions, Deflater, Frame, Limits, Opcode, Role, WindowBits,
};

use crate::harness::{Event, Side};

const MAX: usize = 2000;
const SIDE: Side = Side {
    role: Role::Client,
    compression: Compression::Deflate,
    limits: Limits {
        message_bytes_max: MAX,
        inflated_bytes_max: MAX,
        fragments_max: 10_000,
    },
};

/// What a compressed binary message with this payload gives, whole or in
/// fragments of a byte with a Ping between them.
#[track_caller]
fn check(payload: &[u8], expected: Result<&[u8], DecodeError>) {
    let expected = match expected {
        Ok(message) => Event::Binary(message.to_owned()),
        Err(error) => Event::Error(error),
    };
    let whole = Frame::deflated(Opcode::Binary, payload).to_bytes();
    assert_eq!(
        SIDE.receive([&whole[..]]),
        std::slice::from_ref(&expected),
        "{}",
        payload.escape_ascii()
    );

    let mut fragments = Vec::new();
    let first = Frame {
        fin: false,
        ..Frame::deflated(Opcode::Binary, &[])
    };
    first.encode(&mut fragments);
    for byte in payload.chunks(1) {
        let middle = Frame {
            fin: false,
            opcode: Opcode::Continuation,
            ..Frame::binary(byte)
        };
        middle.encode(&mut fragments);
        Frame::ping(b"").encode(&mut fragments);
    }
    Frame {
        opcode: Opcode::Continuation,
        ..Frame::binary(b"")
    }
    .encode(&mut fragments);
    let mut events = SIDE.receive(fragments.chunks(7));
    events.retain(|event| *event != Event::Ping(vec![]));
    assert_eq!(events, [expected], "in fragments");
}

/// Compresses as a sender does that flushes in this way after each part.
fn compress(parts: &[&[u8]], flush: FlushCompress) -> Vec<u8> {
    let mut stream = Compress::new(flate2::Compression::best(), false);
    let mut out = Vec::with_capacity(10_000);
    for part in parts {
        stream
            .compress_vec(part, &mut out, flush)
            .expect("there is room");
    }
    out
}

#[test]
fn what_senders_send_is_inflated() {
    // RFC 7692 §7.2.3: one block, uncompressed, two blocks, a final block.
    check(b"\xf2\x48\xcd\xc9\xc9\x07\x00", Ok(b"Hello"));
    check(
        b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
        Ok(b"Hello"),
    );
    check(
        b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
        Ok(b"Hello"),
    );
    check(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", Ok(b"Hello"));
    // The final block without the byte that should follow it.
    check(b"\xf3\x48\xcd\xc9\xc9\x07\x00", Ok(b"Hello"));
    // An empty message, in both ways to write it.
    check(b"\x00", Ok(b""));
    check(b"\x02\x00", Ok(b""));
    check(b"\x03\x00", Ok(b""));
}

#[test]
fn blocks_may_go_on_after_a_final_one() {
    let parts: [&[u8]; 2] = [b"one and ", b"one and two"];
    let final_blocks = parts
        .map(|part| compress(&[part], FlushCompress::Finish))
        .concat();
    check(&final_blocks, Ok(b"one and one and two"));
    // The second stream refers back into the first: distance 5, length 5.
    let hello = compress(&[b"Hello"], FlushCompress::Finish);
    let mut continued = Compress::new(flate2::Compression::best(), false);
    continued.set_dictionary(b"Hello").unwrap();
    let mut out = hello.clone();
    out.reserve(100);
    continued
        .compress_vec(b"HelloHello", &mut out, FlushCompress::Finish)
        .unwrap();
    check(&out, Ok(b"HelloHelloHello"));
}

#[test]
fn corrupt_data_is_refused() {
    let corrupt = Err(DecodeError::InvalidDeflate);
    // A reserved block type; a stored length that contradicts itself; a
    // distance that goes back before the beginning.
    check(b"\x06", corrupt.clone());
    check(b"\x00\x05\x00\x00\x00Hello", corrupt.clone());
    check(b"\x4b\x04\x82\x00", corrupt.clone());
    // Cut off inside a block, or the tail left in place.
    check(b"", corrupt.clone());
    check(b"\xf2\x48\xcd", corrupt.clone());
    check(b"\x00\x05\x00\xfa\xff\x48\x65", corrupt.clone());
    check(b"\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff", corrupt);
}

#[test]
fn inflated_text_is_utf8() {
    let text = |payload: &[u8]| {
        let payload = compress(&[payload], FlushCompress::Finish);
        SIDE.receive([&Frame::deflated(Opcode::Text, &payload).to_bytes()[..]])
    };
    assert_eq!(text("κόσμε".as_bytes()), [Event::Text("κόσμε".to_owned())]);
    assert_eq!(
        text(b"ab\xff"),
        [Event::Error(DecodeError::InvalidUtf8 { offset: 2 })]
    );
    assert_eq!(
        text(b"abc\xe2"),
        [Event::Error(DecodeError::InvalidUtf8 { offset: 3 })]
    );
}

#[test]
fn the_inflated_size_is_limited_to_the_byte() {
    let too_large = Err(DecodeError::InflatedTooLarge { max: MAX });
    for payload in [
        vec![0; MAX + 1],
        (0..=MAX).map(|at| (at * at) as u8).collect(),
    ] {
        let just = compress(&[&payload[..MAX]], FlushCompress::Finish);
        let over = compress(&[&payload], FlushCompress::Finish);
        check(&just, Ok(&payload[..MAX]));
        check(&over, too_large.clone());
    }
    // A thousandfold: 2 MB from 2 KB.
    let bomb = compress(&[&vec![0; 1_900_000]], FlushCompress::Finish);
    assert!(bomb.len() < MAX);
    check(&bomb, too_large);
}

#[test]
fn a_message_leaves_no_trace_in_the_next() {
    let whole = Frame::deflated(Opcode::Binary, b"\xf2\x48\xcd\xc9\xc9\x07\x00").to_bytes();
    // With context takeover, a sender would write the second one like this.
    let refers_back = Frame::deflated(Opcode::Binary, b"\xf2\x00\x11\x00\x00").to_bytes();
    let stream = [&whole[..], &whole, &refers_back].concat();
    let hello = Event::Binary(b"Hello".to_vec());
    let corrupt = Event::Error(DecodeError::InvalidDeflate);
    assert_eq!(SIDE.receive([&stream[..]]), [hello.clone(), hello, corrupt]);
}

#[test]
fn compression_is_used_where_it_pays() {
    let mut deflater = Deflater::new(DeflateOptions::default());
    let json = r#"{"sender":"ada","message":"salut"}"#.repeat(20);
    assert!(
        deflater
            .deflate(json.as_bytes())
            .is_some_and(|deflated| deflated.len() < 100)
    );
    // Shorter than the threshold.
    assert_eq!(deflater.deflate(&json.as_bytes()[..255]), None);
    assert!(deflater.deflate(&json.as_bytes()[..256]).is_some());
    // Not smaller, however long.
    let mut seed = 1u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    })
    .take(100_000)
    .collect();
    for len in [256, 1000, 65_536, 100_000] {
        assert_eq!(deflater.deflate(&noise[..len]), None, "{len} bytes");
    }
}

#[test]
fn every_window_and_level_is_kept_to() {
    // Repeats itself within 700 bytes, and again after 30,000.
    let line = |n| format!("{:04} {:04}, ", n % 70, n % 3000);
    let payload: Vec<u8> = (0..6000).flat_map(|n| line(n).into_bytes()).collect();
    for bits in 9..=15 {
        for level in [0, 1, 6, 9, 200] {
            let window_bits = WindowBits::new(bits).unwrap();
            let options = DeflateOptions {
                level,
                window_bits,
                ..DeflateOptions::default()
            };
            let mut deflater = Deflater::new(options);
            for _ in 0..2 {
                let mut deflated = deflater.deflate(&payload).unwrap().to_vec();
                deflated.extend_from_slice(&[0, 0, 0xff, 0xff]);
                // An inflater with no larger window than agreed, in small steps
                // that give it no other memory to look back into.
                let mut inflater = Decompress::new_with_window_bits(false, bits);
                let mut inflated = Vec::new();
                while inflated.len() < payload.len() {
                    let mut step = Vec::with_capacity(64);
                    let input = &deflated[inflater.total_in() as usize..];
                    inflater
                        .decompress_vec(input, &mut step, FlushDecompress::None)
                        .unwrap();
                    assert!(!step.is_empty());
                    inflated.extend_from_slice(&step);
                }
                assert_eq!(inflated, payload, "window {bits}, level {level}");
            }
        }
    }
}
