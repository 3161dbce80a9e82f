//! The mark by which a browser asks whether a file has changed. Shared with `build.rs`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A mark of these bytes, without the quotes of an `ETag`.
///
/// It notices a change and proves nothing, so the 64 bits of std's hash are enough. They may
/// differ after an upgrade of Rust, at the price of one fresh download per file.
pub(crate) fn of(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
