//! (skeleton)

mod assets;
mod origin;
