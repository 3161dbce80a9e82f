//! No compressed payload panics the inflater, and the limit on its output
//! holds to the byte. The body is shared with the crate's own tests.

#![no_main]

#[expect(dead_code, reason = "each target uses a part")]
#[path = "../../crates/websocket/tests/it/harness.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::fuzz_inflate(data));
