//! The command line. Each option's default is the one of the server.
//!
//! Here is what `palabre` itself takes, and which commands there are; [`limits`], [`tls`] and
//! [`keep`] have what belongs together, [`talk`] the options of the commands that talk. An option
//! has its name, variable, default and help in one place.

#![allow(
    rustdoc::bare_urls,
    reason = "what documents an option is its help, where a URL is to be read as it is"
)]

mod keep;
mod limits;
pub(crate) mod talk;
mod tls;

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use server::{KEY_BYTES_MIN, Keep, Options, OriginPolicy};
use tracing_subscriber::filter::LevelFilter;

use self::keep::{Kept, parse_keep};
use self::limits::LimitArgs;
use self::tls::TlsArgs;

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

fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        _ => Err("expected a whole number of seconds, at least 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use server::Limits;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_defaults_are_those_of_the_server() {
        let args = Args::try_parse_from(["palabre"]).unwrap();
        let (ours, theirs) = (args.limits.to_limits(), Limits::default());
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        assert_eq!(args.listen, Options::default().listen);
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
