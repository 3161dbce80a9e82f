//! No stream panics the decoder, none exceeds a limit, and how it is cut makes
//! no difference. The body is shared with the crate's own tests.

#![no_main]

#[expect(dead_code, reason = "each target uses a part")]
#[path = "../../crates/websocket/tests/it/harness.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::fuzz_decoder(data));
