//! What a server is started with, and why it could not be.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use storage::Keep;

use crate::limits::Limits;
use crate::origin::OriginPolicy;
use crate::tls::{TlsError, TlsSource};

/// What a server is started with.
#[derive(Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where messages are kept; `None` to keep them as long as the server
    /// runs, in memory.
    pub data: Option<PathBuf>,
    /// How much of each room is kept; all of it by default.
    pub keep: Keep,
    /// The key with which an application signs tokens for its users.
    pub token_key: Option<Vec<u8>>,
    /// The key of the HTTP API; `None` for the one in the data directory,
    /// which is made at the first start.
    pub api_key: Option<Vec<u8>>,
    /// The page's files, read anew for each request; `None` for those that
    /// are in the binary.
    pub web: Option<PathBuf>,
    /// Where the certificate comes from; `None` for no TLS.
    pub tls: Option<TlsSource>,
    /// Which pages of others may connect.
    pub origins: OriginPolicy,
    /// What each connection may take.
    pub limits: Limits,
    /// How many threads own connections; `None` for one per core.
    pub shards: Option<usize>,
}

impl Default for Options {
    /// The chat at `http://localhost:8080`.
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            data: None,
            keep: Keep::default(),
            token_key: None,
            api_key: None,
            web: None,
            tls: None,
            origins: OriginPolicy::default(),
            limits: Limits::default(),
            shards: None,
        }
    }
}

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The pong timeout leaves no time between two pings.
    #[error("the pong timeout must be at least 1 s and shorter than the ping interval")]
    PongTimeout,
    /// A message would not fit into the queue of any connection.
    #[error("the queue must hold at least one message of {message_bytes_max} bytes")]
    Queue {
        /// Bytes of one message.
        message_bytes_max: usize,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] storage::OpenError),
    /// The system gave no thread, poll or timer.
    #[error("cannot set up the server")]
    System(#[from] io::Error),
}

/// Whether limits go together.
pub(crate) fn check(limits: &Limits) -> Result<(), StartError> {
    let pong = limits.pong_timeout.as_secs();
    if !(1..limits.ping_interval.as_secs()).contains(&pong) {
        return Err(StartError::PongTimeout);
    }
    let message_bytes_max = limits.message_bytes_max;
    if limits.queue_bytes_max < message_bytes_max {
        return Err(StartError::Queue { message_bytes_max });
    }
    Ok(())
}
