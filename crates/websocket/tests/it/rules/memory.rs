//! What a decoder owns while it works, and that it owns nothing after.

use websocket::{Compression, DecodeContext, Decoder, Limits, Role};

use super::{CLIENT, LIMITS, SERVER};

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
