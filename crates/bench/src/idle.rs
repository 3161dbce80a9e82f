//! Connections that are quiet: what each costs the server to take, and to
//! keep.

use std::time::{Duration, Instant};

use crate::fleet::Fleet;
use crate::options::Idle;
use crate::plan::Plan;
use crate::process::{CpuTime, Memory, Process};
use crate::report::{Meter, Report, Round, RoundOfServer};

/// How long a server may take to notice that all have left.
const SETTLING: Duration = Duration::from_millis(300);

/// The longest sleep while there is something to wait for.
const NAP: Duration = Duration::from_millis(100);

pub(crate) fn run(options: &Idle) -> anyhow::Result<Report> {
    let mut plan = Plan::new(&options.common)?;
    let (url, server) = (plan.url.clone(), plan.server);
    let before = Memory::of(server)?;
    let mut fleet = Fleet::new(&mut plan)?;
    let meter = Meter::start(server)?;
    let mut rounds = Vec::new();
    let (mut n_closed, mut why_closed) = (0, None);
    for _ in 0..options.rounds {
        rounds.push(round(&mut fleet, options, server, before)?);
        for (_, why) in fleet.take_lost() {
            n_closed += 1;
            why_closed.get_or_insert(why);
        }
    }
    let mut report = Report::new("idle", url, meter.stop(Instant::now())?);
    report.connections = options.connections as usize;
    report.rounds = rounds;
    report.closed = n_closed;
    report.why_closed = why_closed;
    Ok(report)
}

fn round(
    fleet: &mut Fleet<'_>,
    options: &Idle,
    server: Option<Process>,
    before: Memory,
) -> anyhow::Result<Round> {
    let n = options.connections as usize;
    let (start, cpu) = (Instant::now(), CpuTime::of(server)?);
    fleet.open(n)?;
    let connect_seconds = start.elapsed().as_secs_f64();
    let connected_cpu = CpuTime::of(server)?;
    keep_quiet(fleet, Duration::from_secs(options.seconds.into()))?;
    let (idle_cpu, connected) = (CpuTime::of(server)? - connected_cpu, Memory::of(server)?);
    fleet.close()?;
    keep_quiet(fleet, SETTLING)?;
    let left = Memory::of(server)?;
    let grown = connected
        .anonymous_bytes
        .saturating_sub(before.anonymous_bytes);
    Ok(Round {
        connect_seconds,
        server: server.map(|_| RoundOfServer {
            connect_cpu_us: (connected_cpu - cpu).seconds() * 1e6 / n as f64,
            idle_cpu_per_second: idle_cpu.seconds() / f64::from(options.seconds.max(1)),
            connected,
            left,
            bytes_per_connection: grown as f64 / n as f64,
        }),
    })
}

/// Answers pings, and says nothing by itself.
fn keep_quiet(fleet: &mut Fleet<'_>, span: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + span;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        fleet.turn(left.min(NAP), |_, _, _| {})?;
    }
    Ok(())
}
