//! (skeleton)

mod assets;
mod origin;
mod tls;
