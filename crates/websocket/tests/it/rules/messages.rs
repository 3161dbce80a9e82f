//! Messages of one frame or more: their order, their text, their limits, and
//! the mark of compression.

use websocket::{Frame, Opcode};

use super::{CLIENT, DEFLATE, check, continuation, first, stream};

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
