//! What words cost: read, and written, in both dialects.
//!
//! `cargo bench -p protocol`
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]

use divan::{Bencher, black_box};
use protocol::centrifuge::{self, Json, Publication};
use protocol::plain;

const SAID: &str =
    r#"{"sender":"Léa","message":"what people say to each other, a line at a time","mood":"gay"}"#;
const COMMAND: &str = r#"{"id":7,"publish":{"channel":"room:tea","data":{"sender":"Léa","message":"what people say to each other"}}}"#;

fn main() {
    divan::main();
}

/// A plain client's message.
#[divan::bench]
fn read_plain() {
    black_box(plain::parse(black_box(SAID)).unwrap());
}

/// The object that everyone gets, with its place in the room.
#[divan::bench]
fn write_plain() -> Vec<u8> {
    plain::with_offset(black_box(SAID.as_bytes()), 1_042)
}

/// An application's command.
#[divan::bench]
fn read_centrifuge() {
    for command in centrifuge::commands(black_box(COMMAND)) {
        black_box(command.unwrap());
    }
}

/// The push that everyone gets.
#[divan::bench]
fn write_centrifuge(bencher: Bencher<'_, '_>) {
    let publication = Publication {
        data: Json::trusted(SAID.as_bytes()),
        info: None,
        tags: None,
        offset: 1_042,
        epoch: "".into(),
    };
    let mut out = Vec::new();
    bencher.bench_local(|| {
        out.clear();
        centrifuge::write_publication(&mut out, "room:tea", black_box(&publication));
    });
}
