//! The command line. Each option's default is the one of the server.

#![allow(
    rustdoc::bare_urls,
    reason = "what documents an option is its help, where a URL is to be read as it is"
)]

pub(crate) mod talk;

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use engine::RateLimit;
use server::{KEY_BYTES_MIN, Keep, Limits, Options, OriginPolicy, TlsSource};
use tracing_subscriber::filter::LevelFilter;

const EXAMPLES: &str = "\
Examples:
  palabre                                  a chat at http://localhost:8080
  palabre --listen 0.0.0.0:8080            the same for everyone on the network
  palabre --listen [::]:443 --tls-cert chain.pem --tls-key key.pem
  palabre --allow-origin https://example.org
  palabre join tea --name Léa              talk from this terminal
  make 2>&1 | tail -1 | palabre say build --name ci

Signals: SIGTERM and SIGINT close every connection and end the server, SIGHUP
reads the certificate again. Exit status: 0 after a stop, 1 if the server could
not start, 2 if the command line is wrong.";

/// A chat that works the second it starts, on a real-time engine.
///
/// Without options it serves the chat at http://localhost:8080 and WebSockets
/// at ws://localhost:8080. Every option can also be set by an environment
/// variable, shown beside it.
#[derive(Debug, Parser)]
#[command(name = "palabre", version, after_long_help = EXAMPLES, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Address and port to listen on; port 0 takes a free one.
    #[arg(
        long,
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:8080",
        env = "PALABRE_LISTEN",
        value_parser = parse_address
    )]
    listen: SocketAddr,

    /// Folder for what outlives the server: the messages, the server's secret,
    /// the self-signed certificate.
    ///
    /// It is made on the first start, and belongs to one server at a time.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./palabre-data",
        env = "PALABRE_DATA"
    )]
    data: PathBuf,

    /// How much to tell on standard error; info tells of each one who comes
    /// and goes.
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "info",
        env = "PALABRE_LOG"
    )]
    pub(crate) log: LogLevel,

    /// Serve the page from this folder instead of the binary, to work on it.
    #[arg(long, value_name = "DIR", env = "PALABRE_WEB")]
    web: Option<PathBuf>,

    /// Let pages of this origin connect; may be given several times.
    ///
    /// Pages that this server serves, pages of this machine and programs
    /// outside a browser may always. Forms: https://example.org,
    /// https://*.example.org, null (pages opened from a file), *.
    #[arg(
        long,
        value_name = "ORIGIN",
        action = ArgAction::Append,
        env = "PALABRE_ALLOW_ORIGIN",
        value_delimiter = ','
    )]
    allow_origin: Vec<String>,

    /// Keep only so many of a room's messages (10000), or only those that are
    /// not older (30d, 12h); may be given once for each.
    ///
    /// By default all messages are kept.
    #[arg(
        long,
        value_name = "N|AGE",
        action = ArgAction::Append,
        env = "PALABRE_KEEP",
        value_delimiter = ',',
        value_parser = parse_keep
    )]
    keep: Vec<Kept>,

    /// File with the key that signs the tokens of an application's users.
    ///
    /// JSON Web Tokens, HS256, with sub, exp, name and info; see
    /// docs/centrifuge.md. Whoever comes without a token is anonymous.
    #[arg(long, value_name = "FILE", env = "PALABRE_TOKEN_KEY")]
    token_key: Option<PathBuf>,

    /// File with the key of the HTTP API, by which servers publish; see
    /// docs/api.md. By default one is made in the data folder, as api-key.
    #[arg(long, value_name = "FILE", env = "PALABRE_API_KEY")]
    api_key: Option<PathBuf>,

    #[command(flatten)]
    tls: TlsArgs,

    #[command(flatten)]
    limits: LimitArgs,
}

/// What else than serving there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Copy everything to a folder, or all messages to a file, also while the
    /// server runs.
    ///
    /// A folder gets all messages with their files, and the server's secret: it
    /// is a data folder, to start a server on. A file gets the messages alone;
    /// put into an empty data folder as palabre.db, it is the log again.
    Backup {
        /// Where to: a folder that is there and empty, or a new one if it ends
        /// with a slash; else a new file. Nothing is ever overwritten.
        #[arg(value_name = "FOLDER/|FILE")]
        to: PathBuf,

        /// A folder that an earlier backup has made: files that it has are
        /// linked instead of copied, where the disk is the same.
        #[arg(long, value_name = "FOLDER")]
        earlier: Option<PathBuf>,

        /// The server's data folder.
        #[arg(
            long,
            value_name = "DIR",
            default_value = "./palabre-data",
            env = "PALABRE_DATA"
        )]
        data: PathBuf,
    },
    /// Talk in a room from here: history, who is here, what is said, and a line
    /// to type in; works in a pipe, too.
    Join(talk::JoinArgs),
    /// Say something in a room, and wait until it is on the server's disk.
    ///
    /// Exit status: 0 if all was said, 1 if there was nothing to say, 2 if
    /// something was not said.
    Say(talk::SayArgs),
    /// Add up how much memory a server with these limits may take.
    Limits {
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// Measure a WebSocket server, this one or any other.
    #[command(subcommand)]
    Bench(bench::Command),
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
struct TlsArgs {
    /// Speak https and wss with a certificate made here, for trying it out.
    #[arg(long, value_name = "KIND", conflicts_with_all = ["tls_cert", "tls_key"], env = "PALABRE_TLS")]
    tls: Option<TlsKind>,

    /// Speak https and wss with this certificate, a PEM file with its chain.
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        env = "PALABRE_TLS_CERT"
    )]
    tls_cert: Option<PathBuf>,

    /// The key of the certificate, a PEM file.
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_cert",
        env = "PALABRE_TLS_KEY"
    )]
    tls_key: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TlsKind {
    /// Kept in the data folder, so that a browser asks about it once.
    SelfSigned,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Messages per second that one connection may send; 0 lifts the limit.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 30,
        env = "PALABRE_MESSAGE_RATE"
    )]
    message_rate: u32,

    /// Messages that one connection may send at once after a silence.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 60,
        env = "PALABRE_MESSAGE_BURST"
    )]
    message_burst: u32,

    /// Other commands per second that one Centrifuge connection may give, such
    /// as subscribe and history; 0 lifts the limit.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        env = "PALABRE_COMMAND_RATE"
    )]
    command_rate: u32,

    /// Other commands that one Centrifuge connection may give at once after a
    /// silence.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 512,
        env = "PALABRE_COMMAND_BURST"
    )]
    command_burst: u32,

    /// Bytes of one WebSocket message; a bigger one closes its sender's
    /// connection with 1009.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 65536,
        env = "PALABRE_MESSAGE_BYTES_MAX"
    )]
    message_bytes_max: usize,

    /// Bytes that may wait for one slow reader before it is closed with 1013.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 1048576,
        env = "PALABRE_QUEUE_BYTES_MAX"
    )]
    queue_bytes_max: usize,

    /// Channels that one connection may be subscribed to.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 128,
        env = "PALABRE_CHANNELS_MAX"
    )]
    channels_max: usize,

    /// Bytes that all feed: channels together may remember; beyond them the
    /// oldest publications are forgotten.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 67108864,
        env = "PALABRE_FEEDS_BYTES_MAX"
    )]
    feeds_bytes_max: usize,

    /// Bytes of the newest messages that all rooms together keep in memory;
    /// those of rooms that rest longest are then read from the disk.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 67108864,
        env = "PALABRE_TAILS_BYTES_MAX"
    )]
    tails_bytes_max: usize,

    /// Bytes of one file that somebody sends; more is answered with 413.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 10485760,
        env = "PALABRE_FILE_BYTES_MAX"
    )]
    file_bytes_max: u64,

    /// Files per second that one user may send; 0 lifts the limit.
    #[arg(long, value_name = "N", default_value_t = 1, env = "PALABRE_FILE_RATE")]
    file_rate: u32,

    /// Files that one user may send at once after a silence.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 30,
        env = "PALABRE_FILE_BURST"
    )]
    file_burst: u32,

    /// Bytes that files leave free on the disk, for messages.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 1073741824,
        env = "PALABRE_FREE_BYTES_MIN"
    )]
    free_bytes_min: u64,

    /// Files that may be on their way in at once; more get 503.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 64,
        env = "PALABRE_UPLOADS_MAX"
    )]
    uploads_max: usize,

    /// Seconds in which something more of a file has to come.
    #[arg(long, value_name = "SECONDS", default_value = "30", env = "PALABRE_UPLOAD_TIMEOUT", value_parser = parse_seconds)]
    upload_timeout: Duration,

    /// Connections at once; more get 503. Default: what the system lets the
    /// process open, less 64.
    #[arg(long, value_name = "N", env = "PALABRE_CONNECTIONS_MAX")]
    connections_max: Option<usize>,

    /// Seconds for the TLS handshake, and for sending a request.
    #[arg(long, value_name = "SECONDS", default_value = "10", env = "PALABRE_HANDSHAKE_TIMEOUT", value_parser = parse_seconds)]
    handshake_timeout: Duration,

    /// Seconds between pings.
    #[arg(long, value_name = "SECONDS", default_value = "25", env = "PALABRE_PING_INTERVAL", value_parser = parse_seconds)]
    ping_interval: Duration,

    /// Seconds to answer a ping, fewer than between pings.
    #[arg(long, value_name = "SECONDS", default_value = "10", env = "PALABRE_PONG_TIMEOUT", value_parser = parse_seconds)]
    pong_timeout: Duration,

    /// Seconds for which a connection or a subscription outlives its token.
    #[arg(long, value_name = "SECONDS", default_value = "25", env = "PALABRE_TOKEN_GRACE", value_parser = parse_seconds)]
    token_grace: Duration,

    /// Seconds to answer a close, also when the server stops.
    #[arg(long, value_name = "SECONDS", default_value = "5", env = "PALABRE_CLOSE_TIMEOUT", value_parser = parse_seconds)]
    close_timeout: Duration,
}

/// How much the log tells.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    pub(crate) fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

impl Args {
    /// The server's options.
    pub(crate) fn into_options(self) -> anyhow::Result<Options> {
        Ok(Options {
            listen: self.listen,
            token_key: read_key("--token-key", self.token_key.as_deref())?,
            api_key: read_key("--api-key", self.api_key.as_deref())?,
            data: Some(self.data.clone()),
            keep: self.keep.iter().fold(Keep::default(), Kept::add),
            web: self.web,
            tls: self.tls.into_source(self.data, self.listen),
            origins: OriginPolicy::new(&self.allow_origin)?,
            limits: self.limits.to_limits(),
            shards: None,
        })
    }
}

impl TlsArgs {
    fn into_source(self, data_dir: PathBuf, listen: SocketAddr) -> Option<TlsSource> {
        match (self.tls, self.tls_cert, self.tls_key) {
            (Some(TlsKind::SelfSigned), _, _) => Some(TlsSource::SelfSigned {
                data_dir,
                address: listen.ip(),
            }),
            (None, Some(cert), Some(key)) => Some(TlsSource::Files { cert, key }),
            _ => None,
        }
    }
}

impl LimitArgs {
    /// The server's limits.
    pub(crate) fn to_limits(&self) -> Limits {
        Limits {
            message_bytes_max: self.message_bytes_max,
            message_rate: RateLimit {
                per_second: self.message_rate,
                burst: self.message_burst,
            },
            command_rate: RateLimit {
                per_second: self.command_rate,
                burst: self.command_burst,
            },
            queue_bytes_max: self.queue_bytes_max,
            channels_max: self.channels_max,
            feeds_bytes_max: self.feeds_bytes_max,
            tails_bytes_max: self.tails_bytes_max,
            file_bytes_max: self.file_bytes_max,
            file_rate: RateLimit {
                per_second: self.file_rate,
                burst: self.file_burst,
            },
            free_bytes_min: self.free_bytes_min,
            uploads_max: self.uploads_max,
            upload_timeout: self.upload_timeout,
            connections_max: self.connections_max,
            handshake_timeout: self.handshake_timeout,
            ping_interval: self.ping_interval,
            pong_timeout: self.pong_timeout,
            token_grace: self.token_grace,
            close_timeout: self.close_timeout,
        }
    }
}

/// The key in a file, without the line break that editors leave at its end.
fn read_key(option: &str, path: Option<&Path>) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(path) = path else {
        return Ok(None);
    };
    let shown = path.display();
    let key =
        std::fs::read(path).with_context(|| format!("cannot read {shown}, given as {option}"))?;
    let key = key.trim_ascii();
    anyhow::ensure!(
        key.len() >= KEY_BYTES_MIN,
        "{shown}, given as {option}, holds a key of {} bytes; it needs at least {KEY_BYTES_MIN}. \
         Make one: openssl rand -hex 32 > {shown}",
        key.len()
    );
    Ok(Some(key.to_vec()))
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let expected = "expected ADDR:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080";
    let mut addresses = text
        .to_socket_addrs()
        .map_err(|error| format!("{expected} ({error})"))?;
    addresses.next().ok_or_else(|| expected.to_owned())
}

/// One thing that `--keep` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Count(u64),
    Age(Duration),
}

impl Kept {
    fn add(keep: Keep, kept: &Self) -> Keep {
        match *kept {
            Self::Count(count) => Keep {
                count: Some(count),
                ..keep
            },
            Self::Age(age) => Keep {
                age: Some(age),
                ..keep
            },
        }
    }
}

fn parse_keep(text: &str) -> Result<Kept, String> {
    const HOUR_S: u64 = 3600;
    let (number, seconds) = match text.strip_suffix(['h', 'd']) {
        None => (text, None),
        Some(number) if text.ends_with('d') => (number, Some(24 * HOUR_S)),
        Some(number) => (number, Some(HOUR_S)),
    };
    match (number.parse::<u32>(), seconds) {
        (Ok(count @ 1..), None) => Ok(Kept::Count(count.into())),
        (Ok(n @ 1..), Some(seconds)) => Ok(Kept::Age(Duration::from_secs(seconds * u64::from(n)))),
        _ => Err("expected a number of messages, or an age such as 30d or 12h".to_owned()),
    }
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        _ => Err("expected a whole number of seconds, at least 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn limits(args: &[&str]) -> Limits {
        let args = Args::try_parse_from([&["palabre"], args].concat()).unwrap();
        args.limits.to_limits()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_defaults_are_those_of_the_server() {
        let (ours, theirs) = (limits(&[]), Limits::default());
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        let args = Args::try_parse_from(["palabre"]).unwrap();
        assert_eq!(args.listen, Options::default().listen);
    }

    #[test]
    fn every_limit_has_its_option() {
        let changed = limits(&[
            "--message-rate=1",
            "--message-burst=2",
            "--message-bytes-max=3",
            "--queue-bytes-max=4",
            "--channels-max=10",
            "--feeds-bytes-max=11",
            "--tails-bytes-max=12",
            "--file-bytes-max=20",
            "--file-rate=21",
            "--file-burst=22",
            "--free-bytes-min=23",
            "--uploads-max=24",
            "--upload-timeout=25",
            "--connections-max=5",
            "--handshake-timeout=6",
            "--ping-interval=7",
            "--pong-timeout=8",
            "--close-timeout=9",
            "--command-rate=13",
            "--command-burst=14",
            "--token-grace=15",
        ]);
        assert_eq!(
            format!("{changed:?}"),
            "Limits { message_bytes_max: 3, message_rate: RateLimit { per_second: 1, burst: 2 }, \
             command_rate: RateLimit { per_second: 13, burst: 14 }, queue_bytes_max: 4, channels_max: 10, feeds_bytes_max: 11, tails_bytes_max: 12, \
             file_bytes_max: 20, file_rate: RateLimit { per_second: 21, burst: 22 }, free_bytes_min: 23, \
             uploads_max: 24, upload_timeout: 25s, connections_max: Some(5), handshake_timeout: 6s, \
             ping_interval: 7s, pong_timeout: 8s, token_grace: 15s, close_timeout: 9s }"
        );
    }

    #[test]
    fn what_is_kept_is_a_number_or_an_age() {
        assert_eq!(parse_keep("500"), Ok(Kept::Count(500)));
        let hours = |n: u64| Ok(Kept::Age(Duration::from_secs(n * 3600)));
        assert_eq!(parse_keep("12h"), hours(12));
        assert_eq!(parse_keep("30d"), hours(30 * 24));
        for wrong in ["", "0", "d", "-1", "1w"] {
            assert!(parse_keep(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_value_is_answered_with_what_is_expected() {
        for (args, expected) in [
            (
                "--listen=8080",
                "expected ADDR:PORT, such as 127.0.0.1:8080",
            ),
            (
                "--ping-interval=0",
                "expected a whole number of seconds, at least 1",
            ),
            ("--tls-cert=chain.pem", "--tls-key"),
            ("--log=loud", "possible values: off, error"),
            ("--keep=soon", "an age such as 30d or 12h"),
        ] {
            let error = Args::try_parse_from(["palabre", args]).unwrap_err();
            assert!(error.to_string().contains(expected), "{args}: {error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
