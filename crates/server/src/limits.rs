//! Every limit of the server, with its default and what happens at it.

use std::time::Duration;

use engine::{FEEDS_BYTES_MAX, RateLimit, TAILS_BYTES_MAX};

/// How much one connection, and all of them together, may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one WebSocket message, before and after it is inflated.
    /// More closes the connection with 1009.
    pub message_bytes_max: usize,
    /// Messages that one connection may send. More are answered with an error
    /// and not passed on; ten times as many close it with 1008, 3013 in the
    /// Centrifuge dialect.
    pub message_rate: RateLimit,
    /// Other commands that one connection may give in the Centrifuge dialect.
    /// More are answered with error 111; ten times as many close it with 3013.
    pub command_rate: RateLimit,
    /// Bytes that may wait for a connection that reads too slowly, at least
    /// one message. More closes it with 1013, 3008 in the Centrifuge dialect.
    pub queue_bytes_max: usize,
    /// Channels to which one connection may be subscribed at once. More are
    /// answered with error 106.
    pub channels_max: usize,
    /// Bytes that all `feed:` channels together may remember. Beyond them the
    /// oldest publications are forgotten.
    pub feeds_bytes_max: usize,
    /// Bytes of the newest messages that all rooms together keep in memory.
    /// Beyond them those of the rooms that rest longest are dropped there, and
    /// read from the log.
    pub tails_bytes_max: usize,
    /// Bytes of one file. More is answered with 413.
    pub file_bytes_max: u64,
    /// Files that one user may bring. More are answered with 429.
    pub file_rate: RateLimit,
    /// Bytes that files leave free on the disk, for the log. Beyond them
    /// uploads are answered with 507.
    pub free_bytes_min: u64,
    /// Uploads at once, of all users. More are answered with 503.
    pub uploads_max: usize,
    /// Time in which something of an upload has to come. It is answered with
    /// 408.
    pub upload_timeout: Duration,
    /// Connections at once; more are answered with 503. `None` is what the
    /// process's file limit allows, less a reserve.
    pub connections_max: Option<usize>,
    /// Time for the TLS handshake, which is dropped after it, and for the head
    /// of an HTTP request, which is answered with 408.
    pub handshake_timeout: Duration,
    /// Time between two pings of a connection, in whole seconds.
    pub ping_interval: Duration,
    /// Time to answer a ping, in whole seconds, shorter than the interval.
    /// A connection that stays silent is taken as gone.
    pub pong_timeout: Duration,
    /// Time for which a connection, or a subscription, outlives its token. It
    /// ends at the next ping after that.
    pub token_grace: Duration,
    /// Time for the other side to answer a close, and for the whole server to
    /// stop. What is open by then is dropped.
    pub close_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: 64 << 10,
            message_rate: RateLimit {
                per_second: 30,
                burst: 60,
            },
            command_rate: RateLimit {
                per_second: 100,
                burst: 512,
            },
            queue_bytes_max: 1 << 20,
            channels_max: 128,
            feeds_bytes_max: FEEDS_BYTES_MAX,
            tails_bytes_max: TAILS_BYTES_MAX,
            file_bytes_max: 10 << 20,
            file_rate: RateLimit {
                per_second: 1,
                burst: 30,
            },
            free_bytes_min: 1 << 30,
            uploads_max: 64,
            upload_timeout: Duration::from_secs(30),
            connections_max: None,
            handshake_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(25),
            pong_timeout: Duration::from_secs(10),
            token_grace: Duration::from_secs(25),
            close_timeout: Duration::from_secs(5),
        }
    }
}

/// Header fields of one HTTP request. More is answered with 431.
pub(crate) const HEADERS_MAX: usize = 100;

/// Bytes of the head of one HTTP request. More is answered with 431.
pub(crate) const HEAD_BYTES_MAX: usize = 16 << 10;

/// Bytes of the body of one call of the HTTP API. More is answered with 413.
pub(crate) const API_BODY_BYTES_MAX: usize = 1 << 20;

/// Calls of the HTTP API that may be in the log at once; others wait.
pub(crate) const API_CALLS_MAX: usize = 16;

/// Channels of one `broadcast`. More are answered with error 107.
pub(crate) const API_CHANNELS_MAX: usize = 1000;

/// Commands of one `batch`. More are answered with error 107.
pub(crate) const API_BATCH_MAX: usize = 1000;

/// Publications in one answer of the HTTP API's `history`.
pub(crate) const API_HISTORY_MAX: usize = 1000;

/// Uploads at once of one user. More are answered with 429.
pub(crate) const UPLOADS_OF_USER_MAX: usize = 4;

/// Time for a whole upload, however steadily it comes: 10 MiB in it are 11 KiB
/// a second. It is answered with 408.
pub(crate) const UPLOAD_TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// Bytes of a file that are in memory at once, on its way in or out.
pub(crate) const PIECE_BYTES: usize = 64 << 10;

/// Threads of the door that may wait for the disk at once; others wait for
/// them. Each may have one file open.
pub(crate) const DISK_THREADS_MAX: usize = 32;

/// Bytes of publications that may wait for one shard. While more wait, no
/// shard reads its sockets: publishers feel it as a slow network.
pub(crate) const MAILBOX_BYTES_MAX: usize = 32 << 20;

/// Bytes of publications of one channel that a shard takes in one turn, or a
/// quarter of a connection's queue if that is less. The rest waits for the
/// next turn, so that a flood overruns no queue of who reads, and no other
/// channel waits for it. Some 60 messages of a chat are that much: enough to
/// share the cost of a write, and to write them takes hardly twice the time of one.
pub(crate) const TURN_BYTES_MAX: usize = 16 << 10;

/// Connections that the kernel keeps while the door is busy.
pub(crate) const BACKLOG: i32 = 4096;

/// Files that are kept for other things than connections: listeners, the
/// log, what the runtime needs.
pub(crate) const FILES_RESERVED: usize = 64;

/// Size of the one buffer into which a shard reads.
pub(crate) const SCRATCH_BYTES: usize = 64 << 10;

/// Searches that may wait for their turn. More are answered with error 111.
pub(crate) const SEARCHES_WAITING_MAX: usize = 64;
