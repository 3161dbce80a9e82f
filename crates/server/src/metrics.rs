//! What the server counts, for operators, and how Prometheus reads it.
//!
//! A shard counts what it does in numbers that it alone writes: a load and a
//! store, no lock and nothing shared with another shard. What is rare (ends,
//! refusals) is counted by its code, under a lock. All else is looked up when
//! somebody asks.
//!
//! Numbers only: no name of a room, a person or an address.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::ShardId;
use http::StatusCode;

use crate::shard::Shared;

/// All that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    shards: Vec<ShardCounts>,
    pub(crate) commits: CommitCounts,
    pub(crate) files: FileCounts,
    /// Where the log is, if it is on a disk.
    data: Option<PathBuf>,
}

/// What one shard has counted since the start. Each has cache lines of its
/// own, so that none of them slows another.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct ShardCounts {
    pub(crate) received: Traffic,
    pub(crate) sent: Traffic,
    pub(crate) opened: ByDialect,
    pub(crate) gone: ByDialect,
    rare: Mutex<BTreeMap<(Rare, String), u64>>,
}

/// Messages, and the bytes that they took.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) messages: Count,
    pub(crate) bytes: Count,
}

/// Connections in each dialect.
#[derive(Debug, Default)]
pub(crate) struct ByDialect {
    pub(crate) plain: Count,
    pub(crate) centrifuge: Count,
}

/// What is counted by a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rare {
    /// Something that a client sent was refused.
    Refused,
    /// A connection has ended.
    Closed,
}

/// What the log's writer has counted.
#[derive(Debug, Default)]
pub(crate) struct CommitCounts {
    commits: Count,
    entries: Count,
    failures: Count,
    time_us: Count,
}

/// What became of the files that were sent. Any thread of the door counts.
#[derive(Debug, Default)]
pub(crate) struct FileCounts {
    stored: AtomicU64,
    bytes: AtomicU64,
    refused: Mutex<BTreeMap<u16, u64>>,
}

/// A number that one thread raises and others may read.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, n: u64) {
        let so_far = self.0.load(Ordering::Relaxed);
        self.0.store(so_far.wrapping_add(n), Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl ShardCounts {
    /// Counts what happens seldom.
    pub(crate) fn count(&self, rare: Rare, code: impl Into<String>) {
        // A count that a panic has cut short is still a number.
        let mut counts = self.rare.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((rare, code.into())).or_default() += 1;
    }
}

impl CommitCounts {
    /// Counts a commit, and how it went.
    pub(crate) fn count(&self, n_entries: usize, took: Duration, is_kept: bool) {
        self.commits.add(1);
        self.time_us.add(took.as_micros() as u64);
        match is_kept {
            true => self.entries.add(n_entries as u64),
            false => self.failures.add(1),
        }
    }
}

impl FileCounts {
    /// Counts a file that is kept.
    pub(crate) fn stored(&self, bytes: u64) {
        self.stored.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts one that is not, by the status of the answer.
    pub(crate) fn refused(&self, status: StatusCode) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused.entry(status.as_u16()).or_default() += 1;
    }
}

impl Metrics {
    pub(crate) fn new(n_shards: usize, data: Option<PathBuf>) -> Self {
        Self {
            shards: (0..n_shards).map(|_| ShardCounts::default()).collect(),
            commits: CommitCounts::default(),
            files: FileCounts::default(),
            data,
        }
    }

    pub(crate) fn shard(&self, shard: ShardId) -> &ShardCounts {
        &self.shards[usize::from(shard.0)]
    }

    fn sum(&self, count: impl Fn(&ShardCounts) -> &Count) -> u64 {
        self.shards.iter().map(|shard| count(shard).read()).sum()
    }

    fn rare(&self, wanted: Rare) -> BTreeMap<String, u64> {
        let mut sums = BTreeMap::new();
        for shard in &self.shards {
            let counts = shard.rare.lock().unwrap_or_else(PoisonError::into_inner);
            for ((_, code), n) in counts.iter().filter(|((rare, _), _)| *rare == wanted) {
                *sums.entry(code.clone()).or_default() += n;
            }
        }
        sums
    }

    fn log_bytes(&self) -> Option<u64> {
        let data = self.data.as_ref()?;
        let size = |name| fs::metadata(data.join(name)).map_or(0, |file| file.len());
        Some(size("palabre.db") + size("palabre.db-wal"))
    }
}

/// Everything as text, in the form that Prometheus reads (version 0.0.4). It
/// asks the disk for sizes, so it may wait for that.
pub(crate) fn page(shared: &Shared) -> String {
    let mut page = Page::default();
    about_connections(&mut page, &shared.metrics);
    about_the_log(&mut page, shared);
    about_files(&mut page, &shared.metrics.files);
    page.family(
        "palabre_mailbox_bytes",
        "gauge",
        "Publications that wait for a shard; at 32 MiB nobody is read.",
    );
    for (shard, mailbox) in shared.mailboxes.all().iter().enumerate() {
        page.sample(
            "palabre_mailbox_bytes",
            &[("shard", &shard)],
            mailbox.bytes(),
        );
    }
    page.one(
        "palabre_channels",
        "gauge",
        "Channels that are open.",
        shared.engine.n_channels(),
    );
    page.one(
        "palabre_tails_bytes",
        "gauge",
        "Newest publications of all rooms that are kept in memory.",
        shared.engine.tails_bytes(),
    );
    let up_s = shared.clock.now().steady().as_secs();
    page.one(
        "palabre_uptime_seconds",
        "gauge",
        "Time since the server has started.",
        up_s,
    );
    page.family(
        "palabre_info",
        "gauge",
        "Always 1; the version is in its label.",
    );
    page.sample(
        "palabre_info",
        &[("version", &env!("CARGO_PKG_VERSION"))],
        1,
    );
    page.0
}

fn about_connections(page: &mut Page, metrics: &Metrics) {
    page.family(
        "palabre_connections",
        "gauge",
        "WebSocket connections that are open.",
    );
    let opened = metrics.sum(|shard| &shard.opened.plain);
    let open = opened.saturating_sub(metrics.sum(|shard| &shard.gone.plain));
    page.sample("palabre_connections", &[("dialect", &"plain")], open);
    let opened = metrics.sum(|shard| &shard.opened.centrifuge);
    let open = opened.saturating_sub(metrics.sum(|shard| &shard.gone.centrifuge));
    page.sample("palabre_connections", &[("dialect", &"centrifuge")], open);

    let received = |count: fn(&Traffic) -> &Count| metrics.sum(|shard| count(&shard.received));
    let sent = |count: fn(&Traffic) -> &Count| metrics.sum(|shard| count(&shard.sent));
    page.one(
        "palabre_received_messages_total",
        "counter",
        "Messages that clients have sent.",
        received(|traffic| &traffic.messages),
    );
    page.one(
        "palabre_received_bytes_total",
        "counter",
        "Bytes that were read from connections.",
        received(|traffic| &traffic.bytes),
    );
    page.one(
        "palabre_sent_messages_total",
        "counter",
        "Messages on their way to clients, one for each receiver.",
        sent(|traffic| &traffic.messages),
    );
    page.one(
        "palabre_sent_bytes_total",
        "counter",
        "Bytes of the frames of these messages.",
        sent(|traffic| &traffic.bytes),
    );
    page.family(
        "palabre_refused_total",
        "counter",
        "What clients sent and was refused, by the code that they were told.",
    );
    for (code, n) in metrics.rare(Rare::Refused) {
        page.sample("palabre_refused_total", &[("code", &code)], n);
    }
    page.family(
        "palabre_closed_total",
        "counter",
        "Connections that ended, by the server's close code, or: peer, lost, silent.",
    );
    for (code, n) in metrics.rare(Rare::Closed) {
        page.sample("palabre_closed_total", &[("code", &code)], n);
    }
}

fn about_the_log(page: &mut Page, shared: &Shared) {
    let CommitCounts {
        commits,
        entries,
        failures,
        time_us,
    } = &shared.metrics.commits;
    page.one(
        "palabre_commits_total",
        "counter",
        "Transactions of the log, each with one sync.",
        commits.read(),
    );
    page.one(
        "palabre_commit_entries_total",
        "counter",
        "Publications in transactions that went well.",
        entries.read(),
    );
    page.one(
        "palabre_commit_failures_total",
        "counter",
        "Transactions that failed; their publishers were told.",
        failures.read(),
    );
    let time_s = Duration::from_micros(time_us.read()).as_secs_f64();
    page.one(
        "palabre_commit_seconds_total",
        "counter",
        "Time that transactions took.",
        time_s,
    );
    page.one(
        "palabre_uncommitted_bytes",
        "gauge",
        "Publications that wait for the disk; at 32 MiB nobody is read.",
        shared.engine.commits().bytes(),
    );
    if let Some(bytes) = shared.metrics.log_bytes() {
        page.one(
            "palabre_log_bytes",
            "gauge",
            "Size of the log on the disk.",
            bytes,
        );
    }
    if let Some(Ok(n_behind)) = shared.index.as_deref().map(storage::Index::n_behind) {
        page.one(
            "palabre_index_behind",
            "gauge",
            "Publications that the search index has not read.",
            n_behind,
        );
    }
}

fn about_files(page: &mut Page, files: &FileCounts) {
    page.one(
        "palabre_stored_files_total",
        "counter",
        "Files that people sent and that were kept.",
        files.stored.load(Ordering::Relaxed),
    );
    page.one(
        "palabre_stored_file_bytes_total",
        "counter",
        "Bytes of these files, as they were kept.",
        files.bytes.load(Ordering::Relaxed),
    );
    page.family(
        "palabre_refused_files_total",
        "counter",
        "Files that were not kept, by the status that their sender was told.",
    );
    let refused = files.refused.lock().unwrap_or_else(PoisonError::into_inner);
    for (status, n) in &*refused {
        page.sample("palabre_refused_files_total", &[("status", status)], n);
    }
}

/// The text as it grows.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &dyn Display)], value: impl Display) {
        let labels: Vec<_> = labels
            .iter()
            .map(|(label, text)| format!("{label}=\"{text}\""))
            .collect();
        let _ = match labels.is_empty() {
            true => writeln!(self.0, "{name} {value}"),
            false => writeln!(self.0, "{name}{{{}}} {value}", labels.join(",")),
        };
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}
