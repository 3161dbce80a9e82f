//! What a frame costs: taken apart and unmasked, and put together.
//!
//! `cargo bench -p websocket`
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use websocket::{Compression, DecodeContext, Decoder, Frame, Limits, Role};

/// Bytes of a message: one that people say, and a big one.
const SIZES: [usize; 2] = [100, 16_000];

/// Frames that one read brings.
const FRAMES: usize = 32;

fn main() {
    divan::main();
}

/// What a client sent, as a server reads it: header, mask, UTF-8.
#[divan::bench(args = SIZES)]
fn decode_masked(bencher: Bencher<'_, '_>, size: usize) {
    let text = "a".repeat(size);
    let mut sent = Vec::new();
    for _ in 0..FRAMES {
        Frame::text(&text).masked([1, 2, 3, 4]).encode(&mut sent);
    }
    decode(bencher, Role::Server, sent);
}

/// What a server sent, as a client reads it.
#[divan::bench(args = SIZES)]
fn decode_unmasked(bencher: Bencher<'_, '_>, size: usize) {
    let text = "a".repeat(size);
    let mut sent = Vec::new();
    for _ in 0..FRAMES {
        Frame::text(&text).encode(&mut sent);
    }
    decode(bencher, Role::Client, sent);
}

fn decode(bencher: Bencher<'_, '_>, role: Role, sent: Vec<u8>) {
    let mut context = DecodeContext::new(Limits::default());
    let mut decoder = Decoder::new(role, Compression::Off);
    bencher
        .counter(BytesCount::new(sent.len()))
        .with_inputs(|| sent.clone())
        .bench_local_refs(|bytes| {
            let mut input = &mut bytes[..];
            let mut n = 0;
            while let Some(message) = decoder.decode(&mut input, &mut context).unwrap() {
                black_box(message);
                n += 1;
            }
            assert_eq!(n, FRAMES);
        });
}

/// A frame to be shared by all its receivers.
#[divan::bench(args = SIZES)]
fn encode(bencher: Bencher<'_, '_>, size: usize) {
    let text = "a".repeat(size);
    bencher
        .counter(BytesCount::new(size))
        .bench_local(|| Frame::text(black_box(&text)).to_bytes());
}
