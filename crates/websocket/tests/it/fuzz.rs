//! A short run of the fuzz targets, with a fixed seed. `cargo xtask fuzz` runs
//! the same bodies for as long as one likes, led by coverage.

use websocket::{DeflateOptions, Deflater};

use crate::harness::{fuzz_decoder, fuzz_inflate};

/// Splitmix64: small, and good enough to choose test data.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    /// Changes, inserts or removes a few bytes.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..self.below(4) {
            let at = self.below(bytes.len() + 1);
            match self.below(3) {
                0 => bytes.insert(at, self.next() as u8),
                _ if at == bytes.len() => {}
                1 => drop(bytes.remove(at)),
                _ => bytes[at] ^= 1 << self.below(8),
            }
        }
    }
}

#[test]
fn a_thousand_streams_do_no_harm() {
    for seed in 0..1000 {
        let mut random = Random(seed);
        let len = random.below(500);
        let data = random.bytes(len);
        // Shown when the test fails.
        println!("seed {seed}");
        fuzz_decoder(&data);
    }
}

#[test]
fn a_thousand_compressed_payloads_do_no_harm() {
    let options = DeflateOptions {
        payload_bytes_min: 0,
        ..DeflateOptions::default()
    };
    let mut deflater = Deflater::new(options);
    for seed in 0..1000 {
        let mut random = Random(seed);
        let len = random.below(60);
        let n_repeats = random.below(50);
        let payload = random.bytes(len).repeat(n_repeats);
        let Some(deflated) = deflater.deflate(&payload) else {
            continue;
        };
        let mut deflated = deflated.to_vec();
        random.mutate(&mut deflated);
        println!("seed {seed}");
        fuzz_inflate(&deflated);
    }
}
