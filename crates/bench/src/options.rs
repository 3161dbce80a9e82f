//! The options of `palabre bench`, and the words that explain them.

use std::net::IpAddr;

use clap::{Args, Subcommand, value_parser};

const MANY_HELP: &str = "\
Placeholders:
  {mark}   what the message is known again by: 18 letters and digits
  {pad}    as many dots as make the message --size bytes long
  {id}     1001, 1002, …: for protocols that number commands
  {n}      the number of the connection, from 0; also in --url and --hello
  {digit}  the last digit of the message's number

Examples:
  palabre bench fanout --pid $(pidof palabre)
  palabre bench fanout --rate 50 --connections 10000 --json
  palabre bench fanout --url ws://localhost:8080/connection/websocket \\
    --hello '{\"id\":1,\"connect\":{}}' \\
    --hello '{\"id\":2,\"subscribe\":{\"channel\":\"live:b\"}}' --ready '\"subscribe\"' \\
    --template '{\"id\":{id},\"publish\":{\"channel\":\"live:b\",\"data\":\"{mark}{pad}\"}}' \\
    --heartbeat '{}'";

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// One publishes, many receive: deliveries, loss, latency, CPU.
    ///
    /// Without --rate it publishes as fast as the server takes it, with
    /// --window messages on their way to the receivers; with it, latency
    /// counts from when each message should have been sent.
    #[command(after_help = MANY_HELP)]
    Fanout(Fanout),
    /// Connect, be quiet, leave: memory of a connection, CPU of a connect.
    Idle(Idle),
    /// Each connection speaks when it has heard itself: CPU of a round trip.
    ///
    /// {n} in the URL gives each connection a room of its own.
    #[command(after_help = MANY_HELP)]
    Echo(Echo),
    /// Many publish with many messages on their way: how many are acknowledged.
    ///
    /// A message is acknowledged when its sender hears it.
    #[command(after_help = MANY_HELP)]
    Durable(Durable),
}

impl Command {
    pub(crate) fn common(&self) -> &Common {
        match self {
            Self::Fanout(options) => &options.common,
            Self::Idle(options) => &options.common,
            Self::Echo(options) => &options.common,
            Self::Durable(options) => &options.common,
        }
    }
}

/// What every measurement needs to know of the server.
#[derive(Debug, Args)]
#[command(next_help_heading = "The server")]
pub(crate) struct Common {
    /// Where the server is; {n} is the number of the connection.
    #[arg(
        long,
        value_name = "URL",
        default_value = "ws://127.0.0.1:8080/live/bench"
    )]
    pub(crate) url: String,

    /// What each connection sends first; may be given several times.
    #[arg(long, value_name = "TEXT")]
    pub(crate) hello: Vec<String>,

    /// What is in the message by which the server says that it is ready.
    #[arg(long, value_name = "TEXT")]
    pub(crate) ready: Option<String>,

    /// A message that the server wants back from time to time; PING=PONG where
    /// the answer is another.
    #[arg(long, value_name = "TEXT")]
    pub(crate) heartbeat: Option<String>,

    /// A header of the handshake, NAME: VALUE; may be given several times.
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,

    /// The server's process, to measure its CPU time and its memory.
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,

    /// Connect from this address of this machine; may be given several times,
    /// for each 10000 connections.
    #[arg(long, value_name = "ADDR")]
    pub(crate) source: Vec<IpAddr>,

    /// The server is mine, though it is not on this machine.
    #[arg(long)]
    pub(crate) allow_remote: bool,

    /// Print the figures as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is said.
#[derive(Debug, Args)]
pub(crate) struct Words {
    /// What is published; see the placeholders below.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = r#"{"sender":"bench","message":"{mark}{pad}"}"#
    )]
    pub(crate) template: String,

    /// Bytes of a message.
    #[arg(long, value_name = "BYTES", default_value_t = 100, value_parser = value_parser!(u32).range(1..=1 << 20))]
    pub(crate) size: u32,

    /// For how long to measure.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = value_parser!(u32).range(1..=86_400))]
    pub(crate) seconds: u32,

    /// For how long to do the same before, and not to measure.
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = value_parser!(u32).range(0..=3_600))]
    pub(crate) warmup: u32,

    /// Stop after so many messages, if the time is not over before.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=100_000_000))]
    pub(crate) count: Option<u32>,
}

/// Options of `fanout`.
#[derive(Debug, Args)]
pub struct Fanout {
    /// Connections that receive.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) connections: u32,

    /// Connections that publish, besides.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=100))]
    pub(crate) publishers: u32,

    /// Messages per second, of all publishers together; without it as many as
    /// the server takes.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) rate: Option<u32>,

    /// Messages on their way to the receivers, where there is no --rate.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = value_parser!(u32).range(1..=100_000))]
    pub(crate) window: u32,

    #[command(flatten)]
    pub(crate) words: Words,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of `idle`.
#[derive(Debug, Args)]
pub struct Idle {
    /// Connections at once.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) connections: u32,

    /// How often they all come and go.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000))]
    pub(crate) rounds: u32,

    /// How long they are quiet in each round.
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = value_parser!(u32).range(0..=86_400))]
    pub(crate) seconds: u32,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of `echo`.
#[derive(Debug, Args)]
pub struct Echo {
    /// Connections that speak.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) connections: u32,

    #[command(flatten)]
    pub(crate) words: Words,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of `durable`.
#[derive(Debug, Args)]
pub struct Durable {
    /// Connections that publish.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) publishers: u32,

    /// Messages of each on their way.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) window: u32,

    #[command(flatten)]
    pub(crate) words: Words,

    #[command(flatten)]
    pub(crate) common: Common,
}
