//! The options of limits: one for each number in [`Limits`], with its default.

use std::time::Duration;

use engine::RateLimit;
use server::Limits;

use super::parse_seconds;

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

impl LimitArgs {
    /// The server's limits.
    pub(crate) fn to_limits(&self) -> Limits {
        Limits {
            message_bytes_max: self.message_bytes_max,
            message_rate: rate(self.message_rate, self.message_burst),
            command_rate: rate(self.command_rate, self.command_burst),
            queue_bytes_max: self.queue_bytes_max,
            channels_max: self.channels_max,
            feeds_bytes_max: self.feeds_bytes_max,
            tails_bytes_max: self.tails_bytes_max,
            file_bytes_max: self.file_bytes_max,
            file_rate: rate(self.file_rate, self.file_burst),
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

fn rate(per_second: u32, burst: u32) -> RateLimit {
    RateLimit { per_second, burst }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        limits: LimitArgs,
    }

    #[test]
    fn every_limit_has_its_option() {
        let args = Only::parse_from([
            "palabre",
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
        let changed = args.limits.to_limits();
        assert_eq!(
            format!("{changed:?}"),
            "Limits { message_bytes_max: 3, message_rate: RateLimit { per_second: 1, burst: 2 }, \
             command_rate: RateLimit { per_second: 13, burst: 14 }, queue_bytes_max: 4, channels_max: 10, feeds_bytes_max: 11, tails_bytes_max: 12, \
             file_bytes_max: 20, file_rate: RateLimit { per_second: 21, burst: 22 }, free_bytes_min: 23, \
             uploads_max: 24, upload_timeout: 25s, connections_max: Some(5), handshake_timeout: 6s, \
             ping_interval: 7s, pong_timeout: 8s, token_grace: 15s, close_timeout: 9s }"
        );
    }
}
