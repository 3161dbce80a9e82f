//! The crate as a server sees it: bytes in, messages out.

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
