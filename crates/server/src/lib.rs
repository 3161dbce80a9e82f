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
mod delivery;
mod door;
mod files;
mod identity;
mod keeper;
mod limits;
mod mailbox;
mod metrics;
mod order;
mod origin;
mod outbox;
mod outside;
mod shard;
mod system;
mod tls;
mod transport;
mod tuning;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use engine::log::{Log, MemoryLog};
use engine::{Engine, Feeds, ShardId, ShardSet};
use mio::Poll;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use storage::{Index, Store};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::api_key::ApiKey;
use crate::assets::Assets;
use crate::clock::Clock;
use crate::door::{Door, Permits};
use crate::files::{Files, Sweeper};
use crate::identity::Tokens;
use crate::keeper::Keeper;
use crate::limits::{BACKLOG, DISK_THREADS_MAX};
use crate::mailbox::{Mail, Mailboxes};
use crate::metrics::Metrics;
use crate::shard::{Shard, Shared};
use crate::tls::Tls;

pub use crate::api_key::KEY_BYTES_MIN;
pub use crate::backup::{WholeBackup, backup_whole};
pub use crate::budget::{Budget, Share};
pub use crate::limits::Limits;
pub use crate::origin::{OriginPolicy, PatternError};
pub use crate::tls::{TlsError, TlsSource};
pub use storage::{Backup, BackupError, Keep, backup};

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

/// A server at work on threads of its own.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    shards: Vec<JoinHandle<()>>,
    keeper: Keeper,
    sweeper: Option<Sweeper>,
    runtime: Runtime,
    tls: Option<Arc<Tls>>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Starts to listen and serve.
    ///
    /// # Errors
    /// If the address is taken, the certificate cannot be read, or the system
    /// has no threads or files left.
    pub fn start(options: Options) -> Result<Self, StartError> {
        check(&options.limits)?;
        system::keep_mappings_apart();
        let tls = options.tls.map(Tls::load).transpose()?.map(Arc::new);
        let listener = listen(options.listen).map_err(|source| StartError::Listen {
            address: options.listen,
            source,
        })?;
        let address = listener.local_addr()?;

        let permits = Permits::new(options.limits.connections_max);
        let (log, store, secret) = open_data(options.data.as_deref(), options.keep)?;
        let index = store.as_ref().zip(options.data.as_deref());
        let index = index.and_then(|(store, dir)| open_index(store, dir));
        let files = options.data.as_deref().map(Files::open).transpose()?;
        let files = files.map(Arc::new);
        let api_key = match (options.api_key, &options.data) {
            (Some(key), _) => ApiKey::new(&key),
            (None, Some(dir)) => ApiKey::of(dir)?,
            (None, None) => ApiKey::unknown(),
        };
        let identities = Tokens::new(&secret, options.token_key.as_deref());
        let incarnation = uuid::Uuid::new_v4().simple().to_string();
        let feeds = Feeds::new(&incarnation[..8], options.limits.feeds_bytes_max);
        let engine = Engine::new(log)
            .amended_by(Arc::new(chat::Amendments))
            .with_feeds(feeds)
            .with_tails_bytes_max(options.limits.tails_bytes_max);
        let n_shards = options.shards.unwrap_or_else(shards_max);
        let n_shards = n_shards.clamp(1, ShardSet::CAPACITY);
        let metrics = Metrics::new(n_shards, options.data);
        let (shared, polls) = share(engine, index, identities, options.limits, metrics, n_shards)?;
        let sweeper = match (&files, &store) {
            (Some(files), Some(store)) => {
                Some(Sweeper::start(Arc::clone(files), Arc::clone(store))?)
            }
            _ => None,
        };
        let keeper = Keeper::start(&shared, store)?;
        let assets = options.web.map_or(Assets::Embedded, Assets::Disk);
        let door = Door::new(
            Arc::clone(&shared),
            permits,
            options.origins,
            assets,
            tls.clone(),
            api_key,
            files,
        );

        let shards = start_shards(polls, &shared, &keeper)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("door")
            .max_blocking_threads(DISK_THREADS_MAX)
            .build()?;
        let (stop, stopped) = watch::channel(false);
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime.spawn(Arc::new(door).open(listener, stopped));
        Ok(Self {
            address,
            shared,
            shards,
            keeper,
            sweeper,
            runtime,
            tls,
            stop,
        })
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it speaks TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// Reads the certificate again, for the handshakes from now on; without
    /// TLS there is nothing to do.
    ///
    /// # Errors
    /// If it cannot be used; the one before stays in force.
    pub fn reload_certificate(&self) -> Result<(), TlsError> {
        self.tls.as_deref().map_or(Ok(()), Tls::reload)
    }

    /// Closes every socket with 1001 (3001 in the Centrifuge dialect), waits for the answers as long as the
    /// close timeout says, and returns when all is closed.
    pub fn stop(self) {
        self.stop.send_replace(true);
        for mailbox in self.shared.mailboxes.all() {
            mailbox.send(Mail::Stop);
        }
        for shard in self.shards {
            if shard.join().is_err() {
                tracing::error!("a shard ended in a panic");
            }
        }
        self.keeper.stop(&self.shared);
        if let Some(sweeper) = self.sweeper {
            sweeper.stop();
        }
        self.runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

fn check(limits: &Limits) -> Result<(), StartError> {
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

/// Listens without sharing the port: a second server on it must fail.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A restart must not wait for old connections to be forgotten.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    // A message is one write; waiting for more would only delay it. Those that
    // are accepted inherit it.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// As many shards as cores, as far as they can be counted.
fn shards_max() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.min(ShardSet::CAPACITY)
}

/// What the shards share, and the poll of each.
fn share(
    engine: Engine,
    index: Option<Arc<Index>>,
    identities: Tokens,
    limits: Limits,
    metrics: Metrics,
    n_shards: usize,
) -> io::Result<(Arc<Shared>, Vec<Poll>)> {
    let pairs = (0..n_shards).map(|_| shard::poll_and_mailbox());
    let (polls, mailboxes): (Vec<_>, Vec<_>) =
        pairs.collect::<io::Result<Vec<_>>>()?.into_iter().unzip();
    let shared = Shared {
        engine: Arc::new(engine),
        index,
        mailboxes: Arc::new(Mailboxes::new(mailboxes)),
        identities: Arc::new(identities),
        limits,
        metrics,
        clock: Clock::start(),
    };
    Ok((Arc::new(shared), polls))
}

fn start_shards(
    polls: Vec<Poll>,
    shared: &Arc<Shared>,
    keeper: &Keeper,
) -> io::Result<Vec<JoinHandle<()>>> {
    let mut shards = Vec::with_capacity(polls.len());
    for (number, poll) in polls.into_iter().enumerate() {
        let shard = Shard::new(
            ShardId(number as u8),
            poll,
            Arc::clone(shared),
            keeper.reads(),
            keeper.calls(),
        );
        let thread = std::thread::Builder::new().name(format!("shard {number}"));
        shards.push(thread.spawn(|| run_or_abort(shard))?);
    }
    Ok(shards)
}

/// A shard that dies leaves its connections and its mailbox to nobody. So the
/// whole server ends with it, to be started again by whoever watches it.
fn run_or_abort(shard: Shard) {
    system::yield_to_others();
    if catch_unwind(AssertUnwindSafe(|| shard.run())).is_err() {
        tracing::error!("a bug: a shard panicked; the server ends");
        std::process::abort();
    }
}

/// The index of a log. A server without one does all but search, and that is
/// better than none.
fn open_index(store: &Arc<Store>, dir: &Path) -> Option<Arc<Index>> {
    match Index::open(Arc::clone(store), dir, chat::words_of) {
        Ok(index) => Some(Arc::new(index)),
        Err(error) => {
            tracing::error!(%error, "nothing can be searched");
            None
        }
    }
}

/// The log, the store that it is in, and the server's secret: in the data
/// directory, or in memory.
type Data = (Arc<dyn Log>, Option<Arc<Store>>, Vec<u8>);

fn open_data(data: Option<&Path>, keep: Keep) -> Result<Data, StartError> {
    let Some(dir) = data else {
        let log = MemoryLog::new(uuid::Uuid::new_v4().as_u64_pair().0);
        return Ok((Arc::new(log), None, identity::random_secret()));
    };
    let options = storage::Options {
        keep,
        ..storage::Options::default()
    };
    let store = Arc::new(Store::open(dir, options)?);
    let log = Arc::clone(&store) as Arc<dyn Log>;
    Ok((log, Some(store), identity::secret(dir)?))
}
