//! The options of those who talk: `palabre join` and `palabre say`.

use std::path::PathBuf;
use std::time::Duration;

/// Who talks, and by which server.
#[derive(Debug, clap::Args)]
pub(crate) struct TalkArgs {
    /// The name that others see; Anonyme without one.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true,
        env = "PALABRE_NAME"
    )]
    pub(crate) name: String,

    /// The server: http, https, ws or wss, its host, and its port.
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://localhost:8080",
        env = "PALABRE_URL"
    )]
    pub(crate) url: String,

    /// Trust the certificates in this PEM file too, besides the system's; for
    /// --tls self-signed it is tls-self-signed.pem in the server's data folder.
    #[arg(long, value_name = "FILE", env = "PALABRE_CA")]
    pub(crate) ca: Option<PathBuf>,
}

/// `palabre join`.
#[derive(Debug, clap::Args)]
pub(crate) struct JoinArgs {
    /// The room's name, or the address of its page.
    #[arg(default_value = "general")]
    pub(crate) room: String,

    #[command(flatten)]
    pub(crate) talk: TalkArgs,

    /// Show so many of the messages that were said before, at most 300.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        env = "PALABRE_HISTORY",
        value_parser = clap::value_parser!(u32).range(..=300)
    )]
    pub(crate) history: u32,

    /// Stay when the input ends, to go on listening.
    #[arg(long)]
    pub(crate) stay: bool,
}

/// `palabre say`.
#[derive(Debug, clap::Args)]
pub(crate) struct SayArgs {
    /// The room's name, or the address of its page.
    pub(crate) room: String,

    /// What to say; without it the input is read to its end, and is one message.
    pub(crate) message: Vec<String>,

    #[command(flatten)]
    pub(crate) talk: TalkArgs,

    /// Say each line of the input as a message of its own, as it comes.
    #[arg(long, conflicts_with = "message")]
    pub(crate) lines: bool,

    /// Seconds to wait for a server that is away or too busy, for each message.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "10",
        env = "PALABRE_TIMEOUT",
        value_parser = super::parse_seconds
    )]
    pub(crate) timeout: Duration,
}
