//! What is checked of frames and messages, rule by rule.

use std::fmt::Write;

use websocket::{Compression, DecodeContext, Decoder, Frame, Limits, Opcode, Role};

use crate::harness::{Event, Side};

const LIMITS: Limits = Limits {
    message_bytes_max: 200,
    inflated_bytes_max: 1000,
    fragments_max: 4,
};
const SERVER: Side = Side {
    role: Role::Server,
    compression: Compression::Off,
    limits: LIMITS,
};
const CLIENT: Side = Side {
    role: Role::Client,
    ..SERVER
};
const DEFLATE: Side = Side {
    compression: Compression::Deflate,
    ..CLIENT
};

/// Whatever way it arrives, `stream` must give `expected`: one event after
/// the other, as [`written`] down.
#[track_caller]
fn check(side: Side, stream: &[u8], expected: &str) {
    let whole = side.receive([stream]);
    assert_eq!(written(&whole), expected, "{}", stream.escape_ascii());
    assert_eq!(side.receive(stream.chunks(1)), whole, "byte by byte");
    for at in 0..stream.len().min(300) {
        let (head, tail) = stream.split_at(at);
        assert_eq!(side.receive([head, tail]), whole, "cut at {at}");
    }
}

fn written(events: &[Event]) -> String {
    let mut line = String::new();
    for event in events {
        match event {
            Event::Text(text) => write!(line, "text {text:?}; "),
            Event::Binary(payload) => write!(line, "binary {}; ", payload.escape_ascii()),
            Event::Ping(payload) => write!(line, "ping {}; ", payload.escape_ascii()),
            Event::Pong(payload) => write!(line, "pong {}; ", payload.escape_ascii()),
            Event::Close(None) => write!(line, "close; "),
            Event::Close(Some((code, reason))) => write!(line, "close {code} {reason:?}; "),
            Event::Error(error) => write!(line, "{}: {error}; ", error.close_code()),
        }
        .expect("a string takes all");
    }
    line.trim_end_matches("; ").to_owned()
}

/// The frames one after the other.
fn stream<const N: usize>(frames: [Frame<'_>; N]) -> Vec<u8> {
    let mut out = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut out));
    out
}

/// A frame that others follow.
fn first<'a>(frame: Frame<'a>) -> Frame<'a> {
    Frame {
        fin: false,
        ..frame
    }
}

/// A frame that continues a message.
fn continuation(payload: &[u8]) -> Frame<'_> {
    Frame {
        opcode: Opcode::Continuation,
        ..Frame::binary(payload)
    }
}

#[test]
fn whole_frames_are_messages() {
    for (bytes, expected) in [
        // RFC 6455 §5.7.
        (&b"\x81\x05Hello"[..], r#"text "Hello""#),
        (b"\x82\x03\0\x01\xff", r"binary \x00\x01\xff"),
        (b"\x89\x05Hello", "ping Hello"),
        (b"\x8a\x05Hello", "pong Hello"),
        (b"\x88\x00", "close"),
        (b"\x88\x05\x03\xe8bye", r#"close 1000 "bye""#),
        (b"\x81\x00\x82\x00\x89\x00", r#"text ""; binary ; ping "#),
        (b"\x81\x02\xc3\xa9\x81\x01x", r#"text "é"; text "x""#),
    ] {
        check(CLIENT, bytes, expected);
    }
    let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x89\x80\x01\x02\x03\x04";
    check(SERVER, masked, r#"text "Hello"; ping "#);
    check(SERVER, b"", "");
}

#[test]
fn every_form_of_length_is_read() {
    let side = Side {
        limits: Limits {
            message_bytes_max: 70_000,
            ..LIMITS
        },
        ..CLIENT
    };
    for len in [0, 1, 125, 126, 127, 65535, 65536, 70_000] {
        let payload = vec![7; len];
        let bytes = stream([Frame::binary(&payload)]);
        for cut in [1, 2, 3, 4, 9, 10, 11, bytes.len()] {
            let (head, tail) = bytes.split_at(cut.min(bytes.len()));
            assert_eq!(side.receive([head, tail]), [Event::Binary(payload.clone())]);
        }
    }
}

#[test]
fn masks_go_one_way() {
    check(
        SERVER,
        b"\x81\x01x",
        "1002: frame from a client is not masked",
    );
    check(
        CLIENT,
        b"\x81\x81\x01\x02\x03\x04x",
        "1002: frame from a server is masked",
    );
}

#[test]
fn reserved_bits_and_opcodes_are_refused() {
    for (bytes, expected) in [
        (
            &[0xc1, 0][..],
            "1002: reserved bits 0b100 are set on a text frame",
        ),
        (
            &[0xa2, 0],
            "1002: reserved bits 0b010 are set on a binary frame",
        ),
        (
            &[0x99, 0],
            "1002: reserved bits 0b001 are set on a ping frame",
        ),
        (&[0x83, 0], "1002: opcode 0x3 is reserved"),
        (&[0x87, 0], "1002: opcode 0x7 is reserved"),
        (&[0x8b, 0], "1002: opcode 0xb is reserved"),
        (&[0x8f, 0], "1002: opcode 0xf is reserved"),
    ] {
        check(CLIENT, bytes, expected);
    }
}

#[test]
fn lengths_are_minimal_and_of_63_bits() {
    for (bytes, expected) in [
        (
            &b"\x82\x7e\0\x7d"[..],
            "1002: payload length 125 is written in 2 bytes where fewer would do",
        ),
        (
            b"\x82\x7f\0\0\0\0\0\0\xff\xff",
            "1002: payload length 65535 is written in 8 bytes where fewer would do",
        ),
        (
            b"\x82\x7f\x80\0\0\0\0\0\0\0",
            "1002: payload length 9223372036854775808 exceeds 63 bits",
        ),
    ] {
        check(CLIENT, bytes, expected);
    }
}

#[test]
fn control_frames_are_short_and_whole() {
    let long = [b'x'; 125];
    check(
        CLIENT,
        &stream([Frame::ping(&long)]),
        &format!("ping {}", "x".repeat(125)),
    );
    for (bytes, expected) in [
        (
            &b"\x89\x7e\0\x7e"[..],
            "1002: ping frame is longer than 125 bytes",
        ),
        (
            b"\x8a\x7f\0\0\0\0\0\x01\0\0",
            "1002: pong frame is longer than 125 bytes",
        ),
        (
            b"\x88\x7e\0\x7e",
            "1002: close frame is longer than 125 bytes",
        ),
        (b"\x09\x00", "1002: ping frame is fragmented"),
        (b"\x0a\x00", "1002: pong frame is fragmented"),
        (b"\x08\x00", "1002: close frame is fragmented"),
    ] {
        check(CLIENT, bytes, expected);
    }
}

#[test]
fn fragments_make_a_message() {
    let (a, b, c) = (
        first(Frame::text("a")),
        first(continuation(b"b")),
        continuation(b"c"),
    );
    check(
        CLIENT,
        &stream([a.clone(), b.clone(), c.clone()]),
        r#"text "abc""#,
    );
    check(
        CLIENT,
        &stream([
            a.clone(),
            Frame::ping(b"1"),
            b.clone(),
            Frame::pong(b"2"),
            c.clone(),
        ]),
        r#"ping 1; pong 2; text "abc""#,
    );
    let empty = continuation(b"");
    check(
        CLIENT,
        &stream([first(Frame::text("")), first(empty.clone()), empty]),
        r#"text """#,
    );
    check(
        CLIENT,
        &stream([a.clone(), c.clone(), Frame::text("d")]),
        r#"text "ac"; text "d""#,
    );
    check(
        CLIENT,
        &stream([a, Frame::close_without_code(), c]),
        "close",
    );
}

#[test]
fn fragments_keep_their_order() {
    let (a, c) = (first(Frame::text("a")), continuation(b"c"));
    let expected = "1002: continuation frame without a message to continue";
    check(CLIENT, &stream([c.clone()]), expected);
    check(CLIENT, &stream([first(c.clone())]), expected);
    check(
        CLIENT,
        &stream([a.clone(), c.clone(), c]),
        &format!(r#"text "ac"; {expected}"#),
    );
    let expected = "1002: text frame inside an unfinished message";
    check(CLIENT, &stream([a.clone(), a.clone()]), expected);
    check(
        CLIENT,
        &stream([first(Frame::binary(b"")), Frame::text("")]),
        expected,
    );
    let expected = "1002: binary frame inside an unfinished message";
    check(CLIENT, &stream([a, Frame::binary(b"")]), expected);
}

#[test]
fn text_is_utf8_and_found_not_to_be_at_once() {
    for (payload, expected) in [
        ("κόσμε🌳".as_bytes(), Ok("κόσμε🌳")),
        (b"ab\xff", Err(2)),
        // Overlong, a surrogate, beyond Unicode.
        (b"\xc0\xaf", Err(0)),
        (b"a\xed\xa0\x80", Err(1)),
        (b"a\xf4\x90\x80\x80", Err(1)),
        // A character cut off.
        (b"ab\xe2\x82", Err(2)),
        (b"\xf0\x9f\x8c", Err(0)),
    ] {
        let expected = match expected {
            Ok(text) => format!("text {text:?}"),
            Err(offset) => format!("1007: text message is not UTF-8 from byte {offset} on"),
        };
        let text = Frame {
            opcode: Opcode::Text,
            ..Frame::binary(payload)
        };
        check(CLIENT, &stream([text]), &expected);
        for at in 0..=payload.len() {
            let (head, tail) = payload.split_at(at);
            let head = Frame {
                opcode: Opcode::Text,
                ..first(Frame::binary(head))
            };
            check(CLIENT, &stream([head, continuation(tail)]), &expected);
        }
    }
    // Inside a frame and a message that never end.
    let expected = "1007: text message is not UTF-8 from byte 1 on";
    check(CLIENT, b"\x81\x09a\xff", expected);
    check(CLIENT, b"\x01\x01a\x80\x09\xff", expected);
    check(
        CLIENT,
        b"\x01\x03a\xf0\x9f\x89\x00\x80\x09\x20",
        &format!("ping ; {expected}"),
    );
    // Not found too early.
    check(CLIENT, b"\x81\x09a\xf0\x9f\x8c", "");
}

#[test]
fn a_close_says_why_or_nothing() {
    for (payload, expected) in [
        (&b""[..], "close"),
        (b"\x03\xe8", r#"close 1000 """#),
        (b"\x0b\xb8slow", r#"close 3000 "slow""#),
        (b"\x03", "1002: close code is cut off"),
        (b"\x03\xec", "1002: close code 1004 must not be sent"),
        (b"\x03\xed", "1002: close code 1005 must not be sent"),
        (b"\x03\xee", "1002: close code 1006 must not be sent"),
        (b"\x03\xf7", "1002: close code 1015 must not be sent"),
        (b"\x13\x88", "1002: close code 5000 must not be sent"),
        (
            b"\x03\xe8ab\xff",
            "1007: close reason is not UTF-8 from byte 2 on",
        ),
    ] {
        let close = Frame {
            opcode: Opcode::Close,
            ..Frame::binary(payload)
        };
        check(CLIENT, &stream([close]), expected);
    }
}

#[test]
fn nothing_is_taken_after_a_close_or_an_error() {
    check(CLIENT, b"\x88\x00\x81\x01x\xff\xff", "close");
    check(CLIENT, b"\x83\x00\x81\x01x", "1002: opcode 0x3 is reserved");
}

#[test]
fn a_message_is_at_most_as_long_as_the_limit() {
    let just = "x".repeat(200);
    let over = "x".repeat(201);
    let expected = "1009: message is at least 201 bytes, limit is 200";
    check(
        CLIENT,
        &stream([Frame::text(&just)]),
        &format!("text {just:?}"),
    );
    check(CLIENT, &stream([Frame::text(&over)]), expected);
    // The header is enough.
    check(CLIENT, b"\x81\x7e\x00\xc9", expected);
    let huge = "1009: message is at least 9223372036854775807 bytes, limit is 200";
    check(CLIENT, b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", huge);
    // All frames of a message count, those of others do not.
    let head = first(Frame::text(&just));
    check(
        CLIENT,
        &stream([head.clone(), continuation(b"")]),
        &format!("text {just:?}"),
    );
    check(CLIENT, &stream([head, continuation(b"x")]), expected);
    let ping = Frame::ping(&[b'x'; 125]);
    let frames = [first(Frame::text(&just)), ping, continuation(b"")];
    let expected = format!("ping {}; text {just:?}", "x".repeat(125));
    check(CLIENT, &stream(frames), &expected);
}

#[test]
fn a_message_has_at_most_as_many_fragments_as_the_limit() {
    let (head, middle, tail) = (
        first(Frame::text("")),
        first(continuation(b"")),
        continuation(b""),
    );
    let four = [head.clone(), middle.clone(), middle.clone(), tail.clone()];
    let five = [head, middle.clone(), middle.clone(), middle, tail];
    check(CLIENT, &stream(four), r#"text """#);
    check(
        CLIENT,
        &stream(five),
        "1009: message has more than 4 fragments",
    );
}

#[test]
fn the_mark_of_compression_stands_on_the_first_frame_only() {
    // RFC 7692 §7.2.3.1 and §7.2.3.2.
    check(
        DEFLATE,
        b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00",
        r#"text "Hello""#,
    );
    check(
        DEFLATE,
        b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00",
        r#"text "Hello""#,
    );
    check(DEFLATE, b"\x81\x05Hello", r#"text "Hello""#);
    let expected = "1002: reserved bits 0b100 are set on a continuation frame";
    check(
        DEFLATE,
        b"\x41\x03\xf2\x48\xcd\xc0\x04\xc9\xc9\x07\x00",
        expected,
    );
    check(
        DEFLATE,
        b"\xc9\x00",
        "1002: reserved bits 0b100 are set on a ping frame",
    );
    let expected = "1002: reserved bits 0b100 are set on a text frame";
    check(CLIENT, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", expected);
}

#[test]
fn an_idle_decoder_owns_no_heap() {
    assert!(size_of::<Decoder>() <= 16);
    for side in [SERVER, CLIENT] {
        let decoder = Decoder::new(side.role, side.compression);
        assert_eq!(decoder.heap_bytes(), 0);
    }
}

#[test]
fn heap_is_released_with_the_message_and_follows_the_bytes_not_the_header() {
    let mut context = DecodeContext::new(Limits {
        message_bytes_max: 1 << 20,
        ..LIMITS
    });
    let mut decoder = Decoder::new(Role::Client, Compression::Off);
    let mut heap = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let mut input = &mut bytes[..];
        while decoder.decode(&mut input, &mut context).unwrap().is_some() {}
        decoder.heap_bytes()
    };
    assert_eq!(heap(b"\x82\x01x\x82\x01y"), 0);
    // A header that announces 1 MiB.
    assert!(heap(b"\x82\x7f\0\0\0\0\0\x10\0\0") < 200);
    assert!(heap(&[0; 1000]) < 1200);
    assert!(heap(&vec![0; (1 << 20) - 1001]) <= (1 << 20) + 200);
    assert_eq!(heap(b"\0"), 0);
    // A header cut in two, and a control frame inside a message.
    assert!(heap(b"\x82") > 0);
    assert_eq!(heap(b"\x01x"), 0);
    assert!(heap(b"\x02\x01a\x89\x02b") > 0);
    assert!(heap(b"b") > 0);
    assert_eq!(heap(b"\x80\x00"), 0);
}

#[test]
fn many_small_fragments_cost_no_more_than_one_large_one() {
    let mut context = DecodeContext::new(Limits {
        message_bytes_max: 1 << 20,
        fragments_max: u32::MAX,
        ..LIMITS
    });
    let mut decoder = Decoder::new(Role::Client, Compression::Off);
    let mut n_allocations = 0;
    let mut heap_bytes = 0;
    for at in 0..10_000 {
        let mut fragment = if at == 0 {
            *b"\x02\x01x"
        } else {
            *b"\x00\x01x"
        };
        let message = decoder.decode(&mut &mut fragment[..], &mut context);
        assert_eq!(message, Ok(None));
        n_allocations += usize::from(decoder.heap_bytes() != heap_bytes);
        heap_bytes = decoder.heap_bytes();
    }
    assert!(n_allocations < 20, "{n_allocations} allocations");
    assert!(heap_bytes < 2 * 10_000 + 200);
}
