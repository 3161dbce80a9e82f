//! A frame by itself: its header, its mask, and the control frames.

use websocket::{Frame, Limits, Opcode};

use super::{CLIENT, LIMITS, SERVER, check, stream};
use crate::harness::{Event, Side};

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
