use websocket::{Frame, Opcode};

use crate::client::Client;
use crate::raw::{MASK, Raw};
use crate::server::{TestServer, each_way};

/// Sends bytes right after the handshake; the server must close with `code`,
/// say so before it hangs up, and leave the others in peace.
fn check(server: &TestServer, what: &str, bytes: &[u8], code: u16) {
    let mut other = Client::join(server, "/");
    let mut broken = Raw::upgrade(server, "/");
    broken.send(bytes);
    assert_eq!(broken.expect_close(), Some(code), "{what}");
    // It reads on, so that who has more to say sees the reason all the same.
    broken.send(vec![0xff; 100_000]);
    if server.is_secure() {
        broken.wait_for_end();
    } else {
        broken.shut_down_writing();
        broken.expect_end();
    }
    other.echo("fence");
}

fn masked(frame: Frame<'_>) -> Vec<u8> {
    frame.masked(MASK).to_bytes().to_vec()
}

fn fragment<'a>(opcode: Opcode, fin: bool, payload: &'a [u8]) -> Frame<'a> {
    Frame {
        fin,
        ..Frame::message(opcode, payload)
    }
}

#[test]
fn broken_frames_are_answered_with_the_code_of_their_fault() {
    let bad_utf8 = masked(fragment(Opcode::Text, true, b"{\"message\":\"\xff\"}"));
    let cut_utf8 = [
        masked(fragment(Opcode::Text, false, b"\xc3")),
        masked(fragment(Opcode::Continuation, true, b"x")),
    ]
    .concat();
    let interrupted = [
        masked(fragment(Opcode::Text, false, b"{")),
        masked(Frame::text("{}")),
    ]
    .concat();
    let no_status = masked(fragment(Opcode::Close, true, &1005_u16.to_be_bytes()));
    let bad_reason = masked(fragment(Opcode::Close, true, b"\x03\xe8\xff"));
    let table: &[(&str, &[u8], u16)] = &[
        ("an unmasked frame", b"\x81\x02{}", 1002),
        (
            "RSV1 without an agreement",
            b"\xc1\x80\x01\x02\x03\x04",
            1002,
        ),
        ("RSV2", b"\xa1\x80\x01\x02\x03\x04", 1002),
        ("RSV3", b"\x91\x80\x01\x02\x03\x04", 1002),
        ("a reserved opcode", b"\x83\x80\x01\x02\x03\x04", 1002),
        (
            "a reserved control opcode",
            b"\x8b\x80\x01\x02\x03\x04",
            1002,
        ),
        ("a fragmented ping", b"\x09\x80\x01\x02\x03\x04", 1002),
        (
            "a ping of 126 bytes",
            b"\x89\xfe\x00\x7e\x01\x02\x03\x04",
            1002,
        ),
        (
            "a length that is too long",
            b"\x82\xfe\x00\x01\x01\x02\x03\x04\x00",
            1002,
        ),
        (
            "a continuation of nothing",
            b"\x80\x80\x01\x02\x03\x04",
            1002,
        ),
        ("a text inside a text", &interrupted, 1002),
        ("half a close code", b"\x88\x81\x01\x02\x03\x04\x02", 1002),
        ("a close code that nobody may send", &no_status, 1002),
        ("bytes that are not UTF-8", &bad_utf8, 1007),
        ("half a character", &cut_utf8, 1007),
        ("a close reason that is not UTF-8", &bad_reason, 1007),
        (
            "a message of 1 GiB",
            b"\x82\xff\0\0\0\0\x40\0\0\0\x01\x02\x03\x04",
            1009,
        ),
    ];
    each_way(|server| {
        for (what, bytes, code) in table {
            check(server, what, bytes, *code);
        }
    });
}

#[test]
fn bad_utf8_is_found_before_the_message_is_complete() {
    let server = TestServer::start();
    let mut broken = Raw::upgrade(&server, "/");
    broken.send(masked(fragment(
        Opcode::Text,
        false,
        b"{\"message\":\"\xf5",
    )));
    assert_eq!(broken.expect_close(), Some(1007));
}

#[test]
fn a_message_may_be_as_big_as_its_limit_and_no_bigger() {
    let server = TestServer::limited(|limits| limits.message_bytes_max = 1000);
    let mut lea = Client::join(&server, "/");
    let mut mo = Client::join(&server, "/");
    lea.send_binary(&[7; 1000]);
    assert_eq!(mo.hear_binary(), [7; 1000]);
    check(
        &server,
        "one byte more",
        &masked(Frame::binary(&[7; 1001])),
        1009,
    );
    let fragments = [
        masked(fragment(Opcode::Binary, false, &[7; 900])),
        masked(fragment(Opcode::Continuation, true, &[7; 101])),
    ];
    check(&server, "the same in two", &fragments.concat(), 1009);
    assert_eq!(lea.hear_message(), "fence");
    assert_eq!(lea.hear_message(), "fence");
}

#[test]
fn a_message_may_have_many_fragments_but_not_any_number() {
    let server = TestServer::start();
    let mut flood = masked(fragment(Opcode::Text, false, b""));
    for _ in 0..1024 {
        flood.extend(masked(fragment(Opcode::Continuation, false, b"")));
    }
    check(&server, "1,025 fragments", &flood, 1009);
}

#[test]
fn a_message_in_pieces_is_one_message_with_pings_in_between() {
    each_way(|server| {
        let mut other = Client::join(server, "/");
        let mut raw = Raw::upgrade(server, "/");
        let text = r#"{"sender":"Léa","message":"é🌳"}"#.as_bytes();
        for (index, byte) in text.iter().enumerate() {
            let opcode = match index {
                0 => Opcode::Text,
                _ => Opcode::Continuation,
            };
            raw.send_frame(fragment(opcode, index + 1 == text.len(), &[*byte]));
            raw.send_frame(Frame::ping(&[index as u8]));
        }
        for index in 0..text.len() - 1 {
            let pong = raw.frame();
            assert_eq!((pong.first, &pong.payload[..]), (0x8a, &[index as u8][..]));
        }
        let heard = other.hear();
        assert_eq!(heard["message"], "é🌳");
        // Its own message and the last pong come in either order.
        let mut last = [raw.frame(), raw.frame()];
        last.sort_by_key(|frame| frame.first);
        assert_eq!(last[0].first, 0x81);
        assert_eq!(last[1].payload, [(text.len() - 1) as u8]);
    });
}

#[test]
fn a_frame_may_come_byte_by_byte() {
    let server = TestServer::start();
    let mut raw = Raw::upgrade(&server, "/");
    for byte in masked(Frame::text(r#"{"message":"slowly"}"#)) {
        raw.send([byte]);
    }
    assert_eq!(raw.hear()["message"], "slowly");
}

#[test]
fn an_unasked_pong_is_no_fault() {
    let server = TestServer::start();
    let mut raw = Raw::upgrade(&server, "/");
    raw.send_frame(Frame::pong(b"here"));
    raw.send_frame(Frame::ping(b"?"));
    let pong = raw.frame();
    assert_eq!((pong.first, &pong.payload[..]), (0x8a, &b"?"[..]));
}
