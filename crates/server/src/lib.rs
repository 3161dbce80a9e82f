//! The server: sockets, shards, HTTP, TLS and the page, around the engine.
//!
//! ```text
//! listener ─▶ door (tokio, hyper, rustls) ─▶ shards (one thread each, mio)
//!             pages, handshakes              frames in, publications out
//! ```
//!
//! The door knows HTTP and nothing of messages; a shard knows messages and
//! nothing of HTTP. What lies between is one mailbox per shard.
//!
//! ```no_run
//! let server = server::Server::start(server::Options::default())?;
//! println!("http://{}/", server.address());
//! server.stop();
//! # Ok::<(), server::StartError>(())
//! ```

mod api_key;
mod assets;
mod backup;
mod budget;
mod clock;
mod data;
mod delivery;
mod door;
mod files;
mod identity;
mod keeper;
mod limits;
mod mailbox;
mod metrics;
mod options;
mod order;
mod origin;
mod outbox;
mod outside;
mod server;
mod shard;
mod system;
mod tls;
mod transport;
mod tuning;

#[cfg(test)]
use crate::server::share;

pub use crate::api_key::KEY_BYTES_MIN;
pub use crate::backup::{WholeBackup, backup_whole};
pub use crate::budget::{Budget, Share};
pub use crate::limits::Limits;
pub use crate::options::{Options, StartError};
pub use crate::origin::{OriginPolicy, PatternError};
pub use crate::server::Server;
pub use crate::tls::{TlsError, TlsSource};
pub use storage::{Backup, BackupError, Keep, backup};
