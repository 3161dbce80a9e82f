//! What a system has to be set up for before it holds as many connections as
//! it is asked to.
//!
//! Nothing is said where nobody asked for a number of connections: a laptop
//! has room for as many as it has files. What is worth saying is said in one
//! line, as a command to run; `docs/scale.md` has the reasons.

use std::fmt::Write as _;

use crate::limits::{BACKLOG, FILES_RESERVED};

/// The command that makes room for so many connections; `None` if there is.
/// `files` is how many the process may open, `setting` reads one of the
/// system's numbers by its name, where it has such a one.
pub(crate) fn advice(
    connections: usize,
    files: usize,
    setting: impl Fn(&str) -> Option<u64>,
) -> Option<String> {
    let files_needed = connections.saturating_add(FILES_RESERVED) as u64;
    let needed = [
        ("fs.nr_open", files_needed),
        ("fs.file-max", files_needed),
        // A rolling reconnect comes faster than it is let in.
        (
            "net.core.somaxconn",
            connections.min(BACKLOG as usize) as u64,
        ),
        // Only there where a firewall keeps an entry for each connection.
        ("net.netfilter.nf_conntrack_max", connections as u64),
    ];
    let mut command = String::new();
    for (name, needed) in needed {
        if setting(name).is_some_and(|has| has < needed) {
            let _ = write!(command, " {name}={needed}");
        }
    }
    if !command.is_empty() {
        command.insert_str(0, "sysctl -w");
    }
    if (files as u64) < files_needed {
        let and = if command.is_empty() { "" } else { " && " };
        let _ = write!(command, "{and}ulimit -n {files_needed}");
    }
    (!command.is_empty()).then_some(command)
}

/// One of the system's numbers, as `sysctl` names it.
pub(crate) fn setting(name: &str) -> Option<u64> {
    let path = format!("/proc/sys/{}", name.replace('.', "/"));
    let text = std::fs::read_to_string(path).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(connections: usize, files: usize, settings: &[(&str, u64)], expected: Option<&str>) {
        let setting = |name: &str| {
            let found = settings.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| *value)
        };
        let advice = advice(connections, files, setting);
        assert_eq!(advice.as_deref(), expected, "{connections} connections");
    }

    #[test]
    fn says_what_to_run_and_only_what_is_needed() {
        let debian = [
            ("fs.nr_open", 1_048_576),
            ("fs.file-max", u64::MAX),
            ("net.core.somaxconn", 4096),
        ];
        let firewall = ("net.netfilter.nf_conntrack_max", 262_144);
        let with_firewall = [&debian[..], &[firewall]].concat();
        check(1_000, 20_000, &debian, None);
        check(1_000_000, 1_048_576, &debian, None);
        check(100_000, 20_000, &debian, Some("ulimit -n 100064"));
        check(
            1_000_000,
            1_048_576,
            &with_firewall,
            Some("sysctl -w net.netfilter.nf_conntrack_max=1000000"),
        );
        check(
            2_000_000,
            1_048_576,
            &debian,
            Some("sysctl -w fs.nr_open=2000064 && ulimit -n 2000064"),
        );
        let old = [("net.core.somaxconn", 128)];
        check(100, 1024, &old, None);
        check(
            10_000,
            20_000,
            &old,
            Some("sysctl -w net.core.somaxconn=4096"),
        );
        check(usize::MAX, usize::MAX, &[], None);
    }

    #[test]
    fn reads_the_numbers_of_this_system() {
        assert!(setting("fs.nr_open").is_some_and(|files| files > 0));
        assert_eq!(setting("no.such.number"), None);
    }
}
