//! Masking: every byte a client sends is XORed with a four-byte key
//! (RFC 6455 §5.3). The key is no secret; it only keeps a page from choosing
//! the bytes that travel over the wire.

/// XORs `payload` with `key`. Masking and unmasking are the same operation.
///
/// `offset` is the place of `payload[0]` in its frame, so that a frame that
/// arrives in pieces can be unmasked piece by piece.
pub(crate) fn apply(payload: &mut [u8], key: [u8; 4], offset: u64) {
    let [a, b, c, d] = rotated(key, offset);
    // Whole words first: the compiler turns this loop into vector code.
    let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip([a, b, c, d].into_iter().cycle()) {
        *byte ^= key;
    }
}

/// The key as it applies from `offset` on.
fn rotated(mut key: [u8; 4], offset: u64) -> [u8; 4] {
    key.rotate_left((offset % 4) as usize);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_meets_its_key_byte_wherever_the_payload_is_cut() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        for len in 0..70 {
            let plain: Vec<u8> = (0..len).collect();
            let expected: Vec<u8> = plain
                .iter()
                .enumerate()
                .map(|(at, byte)| byte ^ key[at % 4])
                .collect();
            for cut in 0..=plain.len() {
                let mut masked = plain.clone();
                let (head, tail) = masked.split_at_mut(cut);
                apply(head, key, 0);
                apply(tail, key, cut as u64);
                assert_eq!(masked, expected, "{len} bytes cut at {cut}");
            }
        }
    }
}
