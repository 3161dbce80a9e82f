//! Any cut of any stream gives the same; what is encoded is decoded.

use proptest::collection::vec;
use proptest::prelude::*;
use websocket::{Compression, DeflateOptions, Deflater, Frame, Limits, Opcode, Role};

use crate::harness::{Event, Script, Side, cut};

proptest! {
    #![proptest_config(crate::seeded(256))]

    /// Bytes that are mostly frames in the right order.
    #[test]
    fn a_stream_means_the_same_however_it_is_cut(
        script in vec(any::<u8>(), 0..600),
        lens in vec(0..40_u8, 1..6),
    ) {
        let mut script = Script(&script);
        let side = script.side();
        let stream = script.stream(&side);
        let whole = side.receive([&stream[..]]);
        prop_assert_eq!(side.receive(cut(&stream, &lens)), &whole[..]);
        prop_assert_eq!(side.receive(stream.chunks(1)), whole);
    }

    /// Bytes of any kind.
    #[test]
    fn noise_means_the_same_however_it_is_cut(
        script in vec(any::<u8>(), 4),
        stream in vec(any::<u8>(), 0..60),
        lens in vec(0..9_u8, 1..6),
    ) {
        let side = Script(&script).side();
        let whole = side.receive([&stream[..]]);
        prop_assert_eq!(side.receive(cut(&stream, &lens)), whole);
    }

    #[test]
    fn what_one_side_sends_the_other_receives(
        messages in vec((prop_oneof![any::<String>().prop_map(Ok), payload().prop_map(Err)], 1..4_usize), 0..6),
        key in any::<Option<[u8; 4]>>(),
        compression in prop_oneof![Just(Compression::Off), Just(Compression::Deflate)],
        lens in vec(1..200_u8, 1..6),
    ) {
        // Whoever has a key is a client.
        let role = if key.is_some() { Role::Server } else { Role::Client };
        let side = Side { role, compression, limits: Limits::default() };
        let options = DeflateOptions { payload_bytes_min: 1, ..DeflateOptions::default() };
        let mut deflater = Deflater::new(options);
        let mut stream = Vec::new();
        let mut sent = Vec::new();
        for (message, n_fragments) in messages {
            let (opcode, payload) = match &message {
                Ok(text) => (Opcode::Text, text.as_bytes()),
                Err(payload) => (Opcode::Binary, &payload[..]),
            };
            let whole = Frame::message(opcode, payload);
            let whole = match compression {
                Compression::Off => whole,
                Compression::Deflate => match deflater.deflate(payload) {
                    Some(deflated) => Frame::deflated(opcode, deflated),
                    None => whole,
                },
            };
            for frame in fragments(whole, n_fragments) {
                Frame { mask: key, ..frame }.encode(&mut stream);
            }
            sent.push(message.map_or_else(Event::Binary, Event::Text));
        }
        prop_assert_eq!(side.receive(cut(&stream, &lens)), sent);
    }
}

/// Payloads of which some can be compressed.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 0..300), 1..100_usize).prop_map(|(bytes, n)| bytes.repeat(n))
}

/// The same message in `n` frames.
fn fragments(whole: Frame<'_>, n: usize) -> Vec<Frame<'static>> {
    let len = whole.payload.len().div_ceil(n).max(1);
    let mut frames: Vec<Frame<'static>> = whole
        .payload
        .chunks(len)
        .map(|part| Frame {
            fin: false,
            deflated: false,
            opcode: Opcode::Continuation,
            mask: None,
            payload: part.to_vec().into(),
        })
        .collect();
    match &mut frames[..] {
        [] => frames.push(Frame {
            payload: Vec::new().into(),
            ..whole
        }),
        [first, ..] => (first.opcode, first.deflated) = (whole.opcode, whole.deflated),
    }
    if let Some(last) = frames.last_mut() {
        last.fin = true;
    }
    frames
}
