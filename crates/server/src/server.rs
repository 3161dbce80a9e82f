//! A server at work: in which order its parts start, and how they stop.
//!
//! What may fail for a reason of the operator's comes first: the limits, the
//! certificate, the address, the data. Then come the threads: the keeper, the
//! shards, and the door, which lets people in.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use engine::log::Log;
use engine::{Engine, Feeds, ShardId, ShardSet};
use mio::Poll;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use storage::Index;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::assets::Assets;
use crate::clock::Clock;
use crate::data::Data;
use crate::door::{Door, Permits};
use crate::files::Sweeper;
use crate::identity::Tokens;
use crate::keeper::Keeper;
use crate::limits::{BACKLOG, DISK_THREADS_MAX, Limits};
use crate::mailbox::{Mail, Mailboxes};
use crate::metrics::Metrics;
use crate::options::{Options, StartError, check};
use crate::shard::{self, Shard, Shared};
use crate::system;
use crate::tls::{Tls, TlsError};

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
        let api_key = options.api_key.as_deref();
        let data = match &options.data {
            Some(dir) => Data::open(dir, options.keep, api_key)?,
            None => Data::in_memory(api_key),
        };
        let n_shards = options.shards.unwrap_or_else(shards_max);
        let n_shards = n_shards.clamp(1, ShardSet::CAPACITY);
        let (shared, polls) = share(
            engine(data.log, &options.limits),
            data.index,
            Tokens::new(&data.secret, options.token_key.as_deref()),
            options.limits,
            Metrics::new(n_shards, options.data),
            n_shards,
        )?;
        let sweeper = data.files.clone().zip(data.store.clone());
        let sweeper = sweeper
            .map(|(files, store)| Sweeper::start(files, store))
            .transpose()?;
        let keeper = Keeper::start(&shared, data.store)?;
        let door = Door::new(
            Arc::clone(&shared),
            permits,
            options.origins,
            options.web.map_or(Assets::Embedded, Assets::Disk),
            tls.clone(),
            data.api_key,
            data.files,
        );

        let shards = start_shards(polls, &shared, &keeper)?;
        let (stop, stopped) = watch::channel(false);
        let runtime = open(door, listener, stopped)?;
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

/// The channels of a server, and the rules of its chat.
fn engine(log: Arc<dyn Log>, limits: &Limits) -> Engine {
    let incarnation = uuid::Uuid::new_v4().simple().to_string();
    let feeds = Feeds::new(&incarnation[..8], limits.feeds_bytes_max);
    Engine::new(log)
        .amended_by(Arc::new(chat::Amendments))
        .with_feeds(feeds)
        .with_tails_bytes_max(limits.tails_bytes_max)
}

/// As many shards as cores, as far as they can be counted.
pub(crate) fn shards_max() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.min(ShardSet::CAPACITY)
}

/// Opens the door, in an asynchronous world of its own.
fn open(door: Door, listener: TcpListener, stopped: watch::Receiver<bool>) -> io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("door")
        .max_blocking_threads(DISK_THREADS_MAX)
        .build()?;
    let listener = {
        let _guard = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    runtime.spawn(Arc::new(door).open(listener, stopped));
    Ok(runtime)
}

/// What the shards share, and the poll of each.
pub(crate) fn share(
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
