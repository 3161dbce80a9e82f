//! The door: everything up to the moment when a connection is a WebSocket.
//!
//! Here the world is asynchronous and a well-kept HTTP stack does the work:
//! TLS handshakes, requests for the page, upgrades. Once an upgrade is accepted
//! the raw socket goes to a shard, in turn, and the door forgets it. The answer
//! goes with it: the shard sends it when the connection has its seat. So whoever
//! sees the 101 is in the room, and hears all that is said from then on.
//!
//! ```text
//! accept ─▶ permit ─▶ TLS ─▶ HTTP ─▶ page, health, errors
//!             │               ├────▶ calls of the HTTP API
//!             │               ├────▶ files, up and down
//!             │               └────▶ upgrade accepted ─▶ Arrival ─▶ a shard's mailbox
//!             └ none left: 503
//! ```

mod api;
mod embed;
mod files;
mod http;
mod permits;
mod routes;
mod upgrade;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chat::{Chat, MessageIds};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

pub(crate) use self::http::UNREADABLE;
pub(crate) use self::permits::{Permit, Permits, connections_max};
pub(crate) use self::upgrade::{Target, Welcome};
use crate::api_key::ApiKey;
use crate::assets::Assets;
use crate::files::{Files, Uploads};
use crate::limits::{API_CALLS_MAX, UPLOADS_OF_USER_MAX};
use crate::mailbox::Mail;
use crate::origin::OriginPolicy;
use crate::shard::Shared;
use crate::tls::Tls;
use crate::transport::Transport;

/// Pause after the kernel refused to accept, so as not to ask in a loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A connection whose upgrade is accepted, on its way to a shard.
pub(crate) struct Arrival {
    pub(crate) transport: Transport,
    /// What the client sent right behind its handshake.
    pub(crate) early: Vec<u8>,
    pub(crate) peer: SocketAddr,
    pub(crate) permit: Permit,
    pub(crate) welcome: Welcome,
}

/// What every connection meets at the door.
pub(crate) struct Door {
    pub(crate) shared: Arc<Shared>,
    pub(crate) permits: Permits,
    pub(crate) origins: OriginPolicy,
    pub(crate) assets: Assets,
    pub(crate) tls: Option<Arc<Tls>>,
    api_key: ApiKey,
    /// `None` where nothing outlives the server.
    files: Option<Arc<Files>>,
    uploads: Arc<Uploads>,
    /// Calls of the API that may still begin to wait for the disk.
    api_calls: Semaphore,
    /// The rules for what the API publishes.
    rules: Mutex<Chat>,
    /// How many went to a shard: the next one's turn.
    admitted: AtomicUsize,
}

impl Door {
    pub(crate) fn new(
        shared: Arc<Shared>,
        permits: Permits,
        origins: OriginPolicy,
        assets: Assets,
        tls: Option<Arc<Tls>>,
        api_key: ApiKey,
        files: Option<Arc<Files>>,
    ) -> Self {
        let limits = &shared.limits;
        let uploads = Uploads::new(limits.file_rate, limits.uploads_max, UPLOADS_OF_USER_MAX);
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        Self {
            shared,
            permits,
            origins,
            assets,
            tls,
            api_key,
            files,
            uploads: Arc::new(uploads),
            api_calls: Semaphore::new(API_CALLS_MAX),
            rules: Mutex::new(Chat::new(MessageIds::new(seed))),
            admitted: AtomicUsize::new(0),
        }
    }

    /// The rules are whole after every step, so a poisoned lock is sound.
    fn api_rules(&self) -> MutexGuard<'_, Chat> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts until it is told to stop.
    pub(crate) async fn open(self: Arc<Self>, listener: TcpListener, stop: watch::Receiver<bool>) {
        let mut stopped = stop.clone();
        let mut tide = pin!(self.permits.follow_the_tide());
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((tcp, peer)) => Arc::clone(&self).admit(tcp, peer, &stop),
                    Err(error) => self.wait_out(&error).await,
                },
                never = &mut tide => never,
                () = stop_of(&mut stopped) => return,
            }
        }
    }

    fn admit(self: Arc<Self>, tcp: TcpStream, peer: SocketAddr, stop: &watch::Receiver<bool>) {
        debug_assert!(tcp.nodelay().is_ok_and(|is_set| is_set));
        match self.permits.take() {
            Some(permit) => {
                tokio::spawn(self.attend(tcp, peer, permit, stop.clone()));
            }
            None => self.turn_away(&tcp, peer),
        }
    }

    /// Says that the house is full, as far as one write without waiting goes.
    fn turn_away(&self, tcp: &TcpStream, peer: SocketAddr) {
        tracing::warn!(%peer, connections_max = self.permits.max(), "full: turned away");
        if self.tls.is_none() {
            let _ = tcp.try_write(http::FULL);
        }
    }

    /// Errors of `accept` pass: the peer has gone, or files have run out.
    async fn wait_out(&self, error: &io::Error) {
        tracing::warn!(%error, "cannot accept a connection");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }

    async fn attend(
        self: Arc<Self>,
        tcp: TcpStream,
        peer: SocketAddr,
        permit: Permit,
        stop: watch::Receiver<bool>,
    ) {
        let Some(tls) = &self.tls else {
            let served = http::serve(Arc::clone(&self), tcp, peer, stop).await;
            return self.hand_over(served, plain, peer, permit);
        };
        let handshake_timeout = self.shared.limits.handshake_timeout;
        match timeout(handshake_timeout, tls.acceptor().accept(tcp)).await {
            Ok(Ok(stream)) => {
                let served = http::serve(Arc::clone(&self), stream, peer, stop).await;
                self.hand_over(served, encrypted, peer, permit);
            }
            Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
        }
    }

    /// Gives an upgraded connection to the next shard.
    fn hand_over<S>(
        &self,
        served: Option<(S, Vec<u8>, Welcome)>,
        transport: fn(S) -> io::Result<Transport>,
        peer: SocketAddr,
        permit: Permit,
    ) {
        let Some((stream, early, welcome)) = served else {
            return;
        };
        let transport = match transport(stream) {
            Ok(transport) => transport,
            Err(error) => return tracing::debug!(%peer, %error, "gone before it was seated"),
        };
        let arrival = Arrival {
            transport,
            early,
            peer,
            permit,
            welcome,
        };
        let mailboxes = &self.shared.mailboxes;
        let turn = self.admitted.fetch_add(1, Ordering::Relaxed);
        mailboxes.nth(turn).send(Mail::Arrival(Box::new(arrival)));
    }
}

fn plain(tcp: TcpStream) -> io::Result<Transport> {
    let tcp = mio::net::TcpStream::from_std(tcp.into_std()?);
    Ok(Transport::plain(tcp))
}

fn encrypted(stream: TlsStream<TcpStream>) -> io::Result<Transport> {
    let (tcp, session) = stream.into_inner();
    let tcp = mio::net::TcpStream::from_std(tcp.into_std()?);
    Ok(Transport::tls(tcp, session))
}

/// Waits until the server is to stop.
async fn stop_of(stop: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Writes a last answer and closes, without caring whether it arrives.
async fn write_and_close(mut io: impl tokio::io::AsyncWrite + Unpin, answer: &[u8]) {
    if io.write_all(answer).await.is_ok() {
        let _ = io.shutdown().await;
    }
}
