//! What a process takes, as the kernel tells it under `/proc`.

use std::fs;
use std::ops::Sub;

use anyhow::{Context as _, bail};
use serde::Serialize;

/// A process on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pid: u32,
    ticks_per_second: u64,
}

/// CPU time so far, all threads together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct CpuTime {
    /// Seconds in the process's own code.
    pub(crate) user: f64,
    /// Seconds in the kernel on its behalf.
    pub(crate) system: f64,
}

/// Memory at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// All pages in memory, those of files included.
    pub(crate) rss_bytes: u64,
    /// The same, with pages that are shared counted by their share.
    pub(crate) pss_bytes: u64,
    /// Heap and stacks: what the process has made itself.
    pub(crate) anonymous_bytes: u64,
}

impl Process {
    /// A process to watch.
    ///
    /// # Errors
    /// If there is none with this number, or it is not ours to look at.
    pub(crate) fn new(pid: u32) -> anyhow::Result<Self> {
        let process = Self {
            pid,
            ticks_per_second: rustix::param::clock_ticks_per_second(),
        };
        process.cpu_time()?;
        process.memory()?;
        Ok(process)
    }

    /// This process.
    pub(crate) fn ours() -> anyhow::Result<Self> {
        Self::new(std::process::id())
    }

    /// CPU time so far; the kernel counts in steps of 10 ms.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<CpuTime> {
        let (user, system) = self.read("stat", cpu_ticks)?;
        let seconds = |ticks: u64| ticks as f64 / self.ticks_per_second as f64;
        Ok(CpuTime {
            user: seconds(user),
            system: seconds(system),
        })
    }

    /// Memory now.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        self.read("smaps_rollup", memory)
    }

    fn read<T>(&self, file: &str, parse: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        let path = format!("/proc/{}/{file}", self.pid);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!("there is no process {}; --pid is the server's", self.pid)
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
        };
        parse(&text).with_context(|| format!("{path} does not read as expected"))
    }
}

impl Memory {
    /// That of a process, if there is one to watch.
    pub(crate) fn of(process: Option<Process>) -> anyhow::Result<Self> {
        process.map_or(Ok(Self::default()), |it| it.memory())
    }
}

impl CpuTime {
    /// That of a process, if there is one to watch.
    pub(crate) fn of(process: Option<Process>) -> anyhow::Result<Self> {
        process.map_or(Ok(Self::default()), |it| it.cpu_time())
    }

    /// User and system together.
    pub(crate) fn seconds(self) -> f64 {
        self.user + self.system
    }
}

impl Sub for CpuTime {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            user: self.user - before.user,
            system: self.system - before.system,
        }
    }
}

/// Fields 14 and 15; the second field is a name that may hold anything.
fn cpu_ticks(stat: &str) -> Option<(u64, u64)> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn memory(rollup: &str) -> Option<Memory> {
    let bytes = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    };
    Some(Memory {
        rss_bytes: bytes("Rss:")?,
        pss_bytes: bytes("Pss:")?,
        anonymous_bytes: bytes("Anonymous:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_brackets_is_skipped() {
        let stat = "7 (a) (b) S 1 7 7 0 -1 4194560 1 0 0 0 123 45 0 0 20 0 3 0 9\n";
        assert_eq!(cpu_ticks(stat), Some((123, 45)));
        assert_eq!(cpu_ticks("7 (a"), None);
    }

    #[test]
    fn memory_is_summed_up_by_the_kernel() {
        let rollup = "00400000-7fff [rollup]\nRss:  2048 kB\nPss:  1024 kB\nPss_Anon: 9 kB\n\
                      Anonymous:   512 kB\n";
        assert_eq!(
            memory(rollup),
            Some(Memory {
                rss_bytes: 2 << 20,
                pss_bytes: 1 << 20,
                anonymous_bytes: 512 << 10,
            })
        );
        assert_eq!(memory(""), None);
    }

    #[test]
    fn this_process_can_be_watched_and_one_that_is_not_there_cannot() {
        let ours = Process::ours().unwrap();
        assert!(ours.memory().unwrap().rss_bytes > 0);
        assert!(ours.cpu_time().unwrap().seconds() >= 0.0);
        let error = Process::new(u32::MAX).unwrap_err().to_string();
        assert!(error.contains("there is no process"), "{error}");
    }
}
