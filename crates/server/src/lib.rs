//! (skeleton)

mod assets;
