//! What came of a measurement: a table for people, JSON for machines.

use std::fmt;
use std::time::Instant;

use serde::Serialize;

use crate::ledger::Figures;
use crate::process::{CpuTime, Memory, Process};

/// The figures of one run. What was not measured is left out of the JSON.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    bench: &'static str,
    url: String,
    pub(crate) connections: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) publishers: Option<usize>,
    /// Bytes of a message as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u32>,
    /// Messages per second that were to be sent; none where as many as
    /// possible were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) window: Option<u32>,
    pub(crate) seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) traffic: Option<Traffic>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rounds: Vec<Round>,
    /// Connections that the server ended.
    pub(crate) closed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why_closed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Server>,
    /// CPU seconds of the load generator.
    generator_cpu_seconds: f64,
}

/// What was sent, and what came.
#[derive(Debug, Serialize)]
pub(crate) struct Traffic {
    sent: u64,
    deliveries: u64,
    deliveries_per_second: f64,
    received_bytes: u64,
    lost: u64,
    repeated: u64,
    latency_us: Latency,
}

/// From when a message should have been sent to when it was read.
#[derive(Debug, Serialize)]
struct Latency {
    p50: u64,
    p90: u64,
    p99: u64,
    p999: u64,
    max: u64,
}

/// One round of coming and going.
#[derive(Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) connect_seconds: f64,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<RoundOfServer>,
}

/// What the server took for a round.
#[derive(Debug, Serialize)]
pub(crate) struct RoundOfServer {
    /// CPU of connecting and upgrading.
    pub(crate) connect_cpu_us: f64,
    /// CPU of all connections while nobody said anything, in each second.
    pub(crate) idle_cpu_per_second: f64,
    /// Memory while all were connected, and after they had left.
    pub(crate) connected: Memory,
    pub(crate) left: Memory,
    /// Memory that the process has made itself, per connection, beyond what it
    /// had before the first.
    pub(crate) bytes_per_connection: f64,
}

/// What the server took.
#[derive(Debug, Serialize)]
struct Server {
    cpu: CpuTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_seconds_per_million: Option<f64>,
    memory: Memory,
}

/// Looks at the clock, and at what server and generator have taken.
#[derive(Debug)]
pub(crate) struct Meter {
    start: Instant,
    server: Option<(Process, CpuTime)>,
    ours: (Process, CpuTime),
}

/// What was spent between two moments.
#[derive(Debug)]
pub(crate) struct Measured {
    seconds: f64,
    server: Option<(CpuTime, Memory)>,
    generator: CpuTime,
}

impl Meter {
    pub(crate) fn start(server: Option<Process>) -> anyhow::Result<Self> {
        let ours = Process::ours()?;
        let cpu = |process: Process| Ok::<_, anyhow::Error>((process, process.cpu_time()?));
        Ok(Self {
            server: server.map(cpu).transpose()?,
            ours: cpu(ours)?,
            start: Instant::now(),
        })
    }

    /// The clock stops where the last thing happened that counts.
    pub(crate) fn stop(self, ended: Instant) -> anyhow::Result<Measured> {
        let server = self.server.map(|(process, before)| {
            Ok::<_, anyhow::Error>((process.cpu_time()? - before, process.memory()?))
        });
        let (ours, before) = self.ours;
        Ok(Measured {
            seconds: ended.saturating_duration_since(self.start).as_secs_f64(),
            server: server.transpose()?,
            generator: ours.cpu_time()? - before,
        })
    }
}

impl Report {
    pub(crate) fn new(bench: &'static str, url: String, spent: Measured) -> Self {
        Self {
            bench,
            url,
            seconds: spent.seconds,
            server: spent.server.map(|(cpu, memory)| Server {
                cpu,
                cpu_seconds_per_million: None,
                memory,
            }),
            generator_cpu_seconds: spent.generator.seconds(),
            ..Self::default()
        }
    }

    /// Adds what was sent and came.
    pub(crate) fn add(&mut self, size: u32, figures: &Figures) {
        let n = figures.n_deliveries;
        let percentile = |percent| figures.latency.percentile(percent);
        self.size = Some(size);
        if let Some(server) = &mut self.server {
            server.cpu_seconds_per_million = (n > 0).then(|| server.cpu.seconds() * 1e6 / n as f64);
        }
        self.traffic = Some(Traffic {
            sent: figures.n_sent,
            deliveries: n,
            deliveries_per_second: n as f64 / self.seconds.max(f64::MIN_POSITIVE),
            received_bytes: figures.n_bytes,
            lost: figures.n_lost,
            repeated: figures.n_repeated,
            latency_us: Latency {
                p50: percentile(50.0),
                p90: percentile(90.0),
                p99: percentile(99.0),
                p999: percentile(99.9),
                max: figures.latency.max(),
            },
        });
    }

    /// What a delivery is called here.
    fn unit(&self) -> &'static str {
        match self.bench {
            "echo" => "round trips",
            "durable" => "acknowledged",
            _ => "deliveries",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {}", self.bench, self.url)?;
        row(f, "connections", self.connections)?;
        row_if(f, "publishers", self.publishers)?;
        row_if(f, "bytes of a message", self.size)?;
        row_if(f, "messages/s asked for", self.rate)?;
        row_if(f, "messages on their way", self.window)?;
        row(f, "seconds", format_args!("{:.2}", self.seconds))?;
        if let Some(traffic) = &self.traffic {
            traffic.fmt(f, self.unit())?;
        }
        for (number, round) in (1..).zip(&self.rounds) {
            round.fmt(f, number)?;
        }
        if self.closed > 0 {
            row(f, "closed by the server", self.closed)?;
        }
        if let Some(why) = &self.why_closed {
            writeln!(f, "  the first one: {why}")?;
        }
        if let Some(server) = &self.server {
            server.fmt(f, self.unit())?;
        }
        let cpu = self.generator_cpu_seconds;
        row(f, "generator: CPU seconds", format_args!("{cpu:.2}"))
    }
}

impl Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>, unit: &str) -> fmt::Result {
        let Latency {
            p50,
            p90,
            p99,
            p999,
            max,
        } = self.latency_us;
        row(f, "messages sent", self.sent)?;
        row(f, unit, self.deliveries)?;
        let rate = self.deliveries_per_second;
        row(f, &format!("{unit}/s"), format_args!("{rate:.0}"))?;
        row(f, "lost", self.lost)?;
        row(f, "twice or late", self.repeated)?;
        for (name, us) in [
            ("p50", p50),
            ("p90", p90),
            ("p99", p99),
            ("p99.9", p999),
            ("max", max),
        ] {
            let ms = us as f64 / 1e3;
            row(f, &format!("latency {name}, ms"), format_args!("{ms:.2}"))?;
        }
        Ok(())
    }
}

impl Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>, number: usize) -> fmt::Result {
        let seconds = self.connect_seconds;
        row(
            f,
            &format!("round {number}: connected in, s"),
            format_args!("{seconds:.2}"),
        )?;
        let Some(server) = &self.server else {
            return Ok(());
        };
        let (connect, idle) = (server.connect_cpu_us, server.idle_cpu_per_second);
        row(f, "  CPU of a connect, µs", format_args!("{connect:.1}"))?;
        row(f, "  CPU/s while idle", format_args!("{idle:.3}"))?;
        row(
            f,
            "  bytes/connection",
            format_args!("{:.0}", server.bytes_per_connection),
        )?;
        row(f, "  MiB while connected", mib(server.connected.rss_bytes))?;
        row(f, "  MiB when all had left", mib(server.left.rss_bytes))
    }
}

impl Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>, unit: &str) -> fmt::Result {
        let CpuTime { user, system } = self.cpu;
        row(f, "server: CPU seconds, user", format_args!("{user:.2}"))?;
        row(
            f,
            "server: CPU seconds, system",
            format_args!("{system:.2}"),
        )?;
        if let Some(cpu) = self.cpu_seconds_per_million {
            row(
                f,
                &format!("CPU s/million {unit}"),
                format_args!("{cpu:.3}"),
            )?;
        }
        row(f, "server: MiB in memory", mib(self.memory.rss_bytes))
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(f, "  {name:<32} {:>12}", value.to_string())
}

fn row_if(f: &mut fmt::Formatter<'_>, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| row(f, name, value))
}

fn mib(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}
