//! `cargo xtask soak`: the real server under all that happens to one, for as
//! long as one likes, with its memory and its descriptors watched.
//!
//! ```text
//! a round: fresh rooms, in which
//!   speakers and listeners    whose sockets are cut again and again
//!   passers-by                who connect and leave at once
//!   slow readers              who read nothing of a channel full of big messages
//! then all leave ─▶ lost? twice? ─▶ descriptors as before? memory as before?
//! ```
//!
//! Each round is judged by itself, and the server when it is empty again: so
//! what it keeps then, it keeps for nobody. The first rounds warm it up. The
//! pages of its files that it keeps at hand are told apart: they become more
//! with the files, up to their limits.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Message, WebSocket};

use super::{Curfew, PATIENCE, Room, Server, Verdict};

const ROOMS: usize = 4;
const SPEAKERS: usize = 2;
const LISTENERS: usize = 20;
const PASSERS_BY: usize = 2;
const SLOW_READERS: usize = 4;

/// How long a socket lives, in milliseconds.
const LIFE_MS: std::ops::Range<u64> = 100..5_000;

/// Between two messages of a speaker.
const PAUSE: Duration = Duration::from_millis(20);

/// Between two big messages, and their bytes: a slow reader's queue is full
/// after some seconds.
const BIG_PAUSE: Duration = Duration::from_millis(10);
const BIG_BYTES: usize = 15_000;

/// How long a slow reader stays, if the server does not end it before.
const SLOW_STAY: Duration = Duration::from_secs(15);

/// Rounds after which the server is warm.
const WARM_UP_ROUNDS: usize = 2;

/// What the server keeps at hand at most, of its files: `palabre limits`.
const CACHES: [(&str, u64); 2] = [("palabre.db", 40 << 20), ("search.db", 18 << 20)];

/// What an empty server may have grown by since it was warm: a share, for the
/// allocator's sake, and bytes.
const GROWTH_SHARE: f64 = 0.10;
const GROWTH_BYTES: u64 = 8 << 20;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// For how long.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// Seconds of a round.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    round: u64,
    /// Drive the release build; the debug build by default.
    #[arg(long)]
    release: bool,
}

/// What the server has, when it is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    sockets: usize,
    /// Those included; files are opened when they are first needed.
    descriptors: usize,
    /// Memory that it has made itself.
    anonymous_bytes: u64,
    /// How much of it may be pages of its files.
    cached_bytes: u64,
}

/// Things that were done to the server, counted over all rounds.
#[derive(Default)]
struct Deeds {
    visits: AtomicUsize,
    slow: AtomicUsize,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let server = Server::start("soak", options.release)?;
    let first = State::of(&server)?;
    let deeds = Arc::new(Deeds::default());
    let mut verdict = Verdict::default();
    let mut states = Vec::new();
    let start = Instant::now();
    println!(
        "minute   acknowledged   deliveries   returns   visits   slow   descriptors   MiB   cached"
    );
    while start.elapsed() < Duration::from_secs(options.minutes * 60) {
        let span = Duration::from_secs(options.round);
        round(&server, states.len(), span, &deeds, &mut verdict)?;
        let state = empty(&server, first.sockets)?;
        states.push(state);
        println!(
            "{:6.1} {:14} {:12} {:9} {:8} {:6} {:13} {:5.1} {:8.1}",
            start.elapsed().as_secs_f64() / 60.0,
            verdict.n_acknowledged,
            verdict.n_deliveries,
            verdict.n_returns,
            deeds.visits.load(Ordering::Relaxed),
            deeds.slow.load(Ordering::Relaxed),
            state.descriptors,
            mebibytes(state.anonymous_bytes),
            mebibytes(state.cached_bytes),
        );
        verdict.hold()?;
    }
    verdict.close()?;
    judge(&states)
}

/// One round, from fresh rooms to when all have left.
fn round(
    server: &Server,
    number: usize,
    span: Duration,
    deeds: &Arc<Deeds>,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let curfew = Arc::new(Curfew::default());
    let rooms = (0..ROOMS).map(|room| {
        let name = format!("soak-{number}-{room}");
        Room::open(&name, server, SPEAKERS, LISTENERS, |member| {
            member.until(&curfew).cut_after(LIFE_MS).pausing(PAUSE)
        })
    });
    let rooms: Vec<_> = rooms.collect::<anyhow::Result<_>>()?;
    let address = server.address();
    let mut others = vec![spawn(&curfew, deeds, move |_| speak_big(address))];
    for _ in 0..PASSERS_BY {
        others.push(spawn(&curfew, deeds, move |deeds| {
            pass_by(address)?;
            deeds.visits.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }));
    }
    for _ in 0..SLOW_READERS {
        let until = Arc::clone(&curfew);
        others.push(spawn(&curfew, deeds, move |deeds| {
            read_nothing(address, &until)?;
            deeds.slow.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }));
    }
    thread::sleep(span);
    curfew.ring();
    for other in others {
        other
            .join()
            .map_err(|_| anyhow::anyhow!("a visitor panicked"))??;
    }
    for room in rooms {
        room.close(server, verdict)?;
    }
    Ok(())
}

/// Somebody who does something again and again until the curfew.
fn spawn(
    curfew: &Arc<Curfew>,
    deeds: &Arc<Deeds>,
    mut deed: impl FnMut(&Deeds) -> anyhow::Result<()> + Send + 'static,
) -> JoinHandle<anyhow::Result<()>> {
    let (curfew, deeds) = (Arc::clone(curfew), Arc::clone(deeds));
    thread::spawn(move || {
        while !curfew.has_rung() {
            deed(&deeds)?;
        }
        Ok(())
    })
}

fn connect(address: SocketAddr, path: &str) -> anyhow::Result<WebSocket<TcpStream>> {
    let tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let request = format!("ws://{address}{path}").into_client_request()?;
    Ok(tungstenite::client(request, tcp)?.0)
}

/// Connects, and leaves as the protocol wants it.
fn pass_by(address: SocketAddr) -> anyhow::Result<()> {
    let mut socket = connect(address, "/live/passage")?;
    socket.close(None)?;
    while socket.read().is_ok() {}
    Ok(())
}

/// Says some seconds of big messages, and reads them, too.
fn speak_big(address: SocketAddr) -> anyhow::Result<()> {
    let mut socket = connect(address, "/live/big")?;
    let text = format!(r#"{{"message":"{}"}}"#, "x".repeat(BIG_BYTES));
    for _ in 0..200 {
        socket.send(Message::text(text.as_str()))?;
        socket.read()?;
        thread::sleep(BIG_PAUSE);
    }
    Ok(())
}

/// Joins where much is said, and reads nothing of it.
fn read_nothing(address: SocketAddr, curfew: &Curfew) -> anyhow::Result<()> {
    let _socket = connect(address, "/live/big")?;
    let end = Instant::now() + SLOW_STAY;
    while Instant::now() < end && !curfew.has_rung() {
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Waits until the server has no more sockets than at first.
fn empty(server: &Server, sockets: usize) -> anyhow::Result<State> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let state = State::of(server)?;
        if state.sockets <= sockets {
            return Ok(state);
        }
        ensure!(
            Instant::now() < deadline,
            "all have left, and the server has {} sockets; at first it had {sockets}",
            state.sockets
        );
        thread::sleep(Duration::from_millis(100));
    }
}

impl State {
    fn of(server: &Server) -> anyhow::Result<Self> {
        let pid = server.pid();
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).context("the server is gone")?;
        let open: Vec<_> = descriptors
            .filter_map(|it| fs::read_link(it.ok()?.path()).ok())
            .collect();
        let is_socket = |it: &&PathBuf| it.to_string_lossy().starts_with("socket:");
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        Ok(Self {
            sockets: open.iter().filter(is_socket).count(),
            descriptors: open.len(),
            anonymous_bytes: anonymous_bytes(&status).context("no RssAnon in its status")?,
            cached_bytes: cached_bytes(server.data()),
        })
    }
}

/// No more pages are at hand than a file has, or than its limit says.
fn cached_bytes(data: &Path) -> u64 {
    let of_file = |&(name, bytes_max): &(&str, u64)| {
        let file = fs::metadata(data.join(name));
        file.map_or(0, |file| file.len().min(bytes_max))
    };
    CACHES.iter().map(of_file).sum()
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn anonymous_bytes(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// # Errors
/// If the empty server has more than when it was warm.
fn judge(states: &[State]) -> anyhow::Result<()> {
    let (Some(warm), Some(last)) = (states.get(WARM_UP_ROUNDS - 1), states.last()) else {
        println!("nothing is compared before round {}", WARM_UP_ROUNDS + 1);
        return Ok(());
    };
    ensure!(
        last.descriptors <= warm.descriptors,
        "the empty server has {} descriptors open, and had {} when it was warm",
        last.descriptors,
        warm.descriptors
    );
    let more_cached = last.cached_bytes.saturating_sub(warm.cached_bytes);
    let (warm, last) = (warm.anonymous_bytes, last.anonymous_bytes);
    let most = (warm as f64 * (1.0 + GROWTH_SHARE)) as u64 + GROWTH_BYTES + more_cached;
    ensure!(
        last <= most,
        "the empty server grew from {warm} bytes to {last}; {most} were to be enough"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_status() {
        let status = "VmRSS:\t    9 kB\nRssAnon:\t    4 kB\nRssFile:\t 5 kB\n";
        assert_eq!(anonymous_bytes(status), Some(4096));
        assert_eq!(anonymous_bytes("VmRSS: 9 kB"), None);
    }

    #[test]
    fn growth_is_judged_once_the_server_is_warm() {
        let judged = |states: &[(usize, u64, u64)]| {
            let state = |&(descriptors, mib, cached): &(usize, u64, u64)| State {
                sockets: 1,
                descriptors,
                anonymous_bytes: mib << 20,
                cached_bytes: cached << 20,
            };
            judge(&states.iter().map(state).collect::<Vec<_>>()).is_ok()
        };
        assert!(judged(&[(20, 10, 0)]));
        assert!(judged(&[(20, 10, 0), (22, 30, 2), (22, 40, 2)]));
        assert!(!judged(&[(20, 10, 0), (22, 30, 2), (22, 50, 2)]));
        assert!(judged(&[(20, 10, 0), (22, 30, 2), (22, 50, 12)]));
        assert!(!judged(&[(20, 10, 0), (22, 30, 2), (23, 30, 2)]));
    }
}
