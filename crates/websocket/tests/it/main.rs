//! The crate as a server sees it: bytes in, messages out.

use proptest::test_runner::{Config as ProptestConfig, RngSeed};

/// One decoder run, written down; and the bodies of the fuzz targets.
mod harness;

/// What is checked of frames and messages, rule by rule.
mod rules;

/// Compressed messages.
mod deflate;

/// Any cut of any stream gives the same; what is encoded is decoded.
mod properties;

/// The same verdicts as another implementation.
mod oracle;

/// A short run of the fuzz targets, with a fixed seed.
mod fuzz;

/// The same cases in every run; another seed gives others.
fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(6455),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
