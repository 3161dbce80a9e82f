use serde_json::Value;
use websocket::{DeflateOptions, Deflater, Frame, Opcode};

use crate::chance::Chance;
use crate::client::Client;
use crate::raw::{Raw, RawFrame};
use crate::server::{TestServer, each_way};

const AGREED: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// A WebSocket with what a browser offers.
fn browser(server: &TestServer) -> Raw {
    let mut raw = Raw::connect(server);
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    raw.send(raw.handshake("/", offer));
    let response = raw.expect_switch();
    assert_eq!(response.header("sec-websocket-extensions"), AGREED);
    raw
}

fn deflate(payload: &[u8]) -> Vec<u8> {
    let mut deflater = Deflater::new(DeflateOptions::default());
    deflater.deflate(payload).unwrap().to_vec()
}

/// A second opinion: zlib itself, with what RFC 7692 §7.2.2 says to append.
fn inflate(frame: &RawFrame) -> Value {
    let input = [&frame.payload, &b"\x00\x00\xff\xff"[..]].concat();
    let mut text = Vec::with_capacity(1 << 20);
    let mut inflater = flate2::Decompress::new(false);
    let flush = flate2::FlushDecompress::Sync;
    inflater.decompress_vec(&input, &mut text, flush).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn big_messages_come_compressed_to_who_agreed_and_plain_to_others() {
    each_way(|server| {
        let mut plain = Client::join(server, "/");
        // Both shards have one that agreed and one that did not.
        let mut other_plain = Client::join(server, "/");
        let mut agreed = [browser(server), browser(server)];
        for _ in 0..3 {
            let big = plain.echo(&"bonsoir ".repeat(500));
            assert_eq!(other_plain.hear(), big);
            for raw in &mut agreed {
                let frame = raw.frame();
                assert_eq!(frame.first, 0xc1);
                assert!(frame.payload.len() < 400, "{}", frame.payload.len());
                assert_eq!(inflate(&frame), big);
            }
            let small = plain.echo("bonsoir");
            assert_eq!(other_plain.hear(), small);
            for raw in &mut agreed {
                assert_eq!(raw.hear(), small);
            }
        }
    });
}

#[test]
fn big_binary_messages_come_compressed_too() {
    let server = TestServer::start();
    let mut plain = Client::join(&server, "/");
    let mut agreed = browser(&server);
    plain.send_binary(&[7; 10_000]);
    let frame = agreed.frame();
    assert_eq!(frame.first, 0xc2);
    assert!(frame.payload.len() < 200);
}

#[test]
fn what_does_not_shrink_comes_plain() {
    let server = TestServer::start();
    let mut plain = Client::join(&server, "/");
    let mut agreed = browser(&server);
    let noise = Chance::new(1).bytes(5000);
    plain.send_binary(&noise);
    let frame = agreed.frame();
    assert_eq!(frame.first, 0x82);
    assert_eq!(frame.payload, noise);
}

#[test]
fn compressed_messages_are_taken() {
    each_way(|server| {
        let mut plain = Client::join(server, "/");
        let mut agreed = browser(server);
        let text = format!(
            r#"{{"sender":"Léa","message":"{}"}}"#,
            "bonsoir ".repeat(100)
        );
        agreed.send_frame(Frame::deflated(Opcode::Text, &deflate(text.as_bytes())));
        let heard = plain.hear();
        assert_eq!(heard["message"], "bonsoir ".repeat(100));
        assert_eq!(inflate(&agreed.frame()), heard);
    });
}

#[test]
fn a_message_may_inflate_to_the_limit_and_no_further() {
    let server = TestServer::limited(|limits| limits.message_bytes_max = 20_000);
    let mut plain = Client::join(&server, "/");
    let mut agreed = browser(&server);
    agreed.send_frame(Frame::deflated(Opcode::Binary, &deflate(&[0; 20_000])));
    assert_eq!(plain.hear_binary(), [0; 20_000]);
    for n_bytes in [20_001, 10_000_000] {
        let mut bomb = browser(&server);
        bomb.send_frame(Frame::deflated(Opcode::Binary, &deflate(&vec![0; n_bytes])));
        assert_eq!(bomb.expect_close(), Some(1009));
    }
    plain.echo("fence");
}

#[test]
fn a_corrupt_compressed_message_is_closed_with_1007() {
    let server = TestServer::start();
    for payload in [&b"\xff\xff\xff\xff"[..], &deflate(&[b'a'; 1000])[..5]] {
        let mut broken = browser(&server);
        broken.send_frame(Frame::deflated(Opcode::Text, payload));
        assert_eq!(broken.expect_close(), Some(1007));
    }
    let mut bad_utf8 = browser(&server);
    bad_utf8.send_frame(Frame::deflated(Opcode::Text, &deflate(&[0xff; 1000])));
    assert_eq!(bad_utf8.expect_close(), Some(1007));
}

#[test]
fn offers_that_cannot_share_a_frame_are_declined() {
    let server = TestServer::start();
    for offer in [
        "permessage-deflate; server_max_window_bits=10",
        "permessage-deflate; unheard_of",
        "x-webkit-deflate-frame",
    ] {
        let mut raw = Raw::connect(&server);
        raw.send(raw.handshake("/", &format!("Sec-WebSocket-Extensions: {offer}\r\n")));
        assert_eq!(raw.expect_switch().header("sec-websocket-extensions"), "");
        raw.send_frame(Frame::text(&format!(
            r#"{{"message":"{}"}}"#,
            "x".repeat(1000)
        )));
        assert_eq!(raw.hear()["sender"], "Anonyme");
    }
}
