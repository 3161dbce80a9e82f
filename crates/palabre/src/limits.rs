//! `palabre limits`: what a server with these options may take, as a table.

use std::fmt::Write as _;
use std::io::Write as _;

use server::{Budget, Limits, Share};

/// Prints the limits, added up.
pub(crate) fn print(limits: &Limits) -> std::io::Result<()> {
    std::io::stdout().write_all(table(&Budget::of(limits)).as_bytes())
}

fn table(budget: &Budget) -> String {
    let mut text = String::from("Bytes of messages in memory, at most:\n");
    section(&mut text, "each connection", &budget.connection);
    section(&mut text, "the server", &budget.server);
    let n = budget.connections_max;
    let connections = format!("{n} connections and the server");
    let _ = write!(text, "\nIn all\n");
    row(
        &mut text,
        &connections,
        budget.total(),
        Some("--connections-max"),
    );
    text.push_str(
        "\nThat is if nobody reads any more, at the same moment. The structures around the\n\
         bytes, and the system's own buffers of each socket, come on top.\n",
    );
    text
}

fn section(text: &mut String, of: &str, shares: &[Share]) {
    let _ = write!(text, "\nOf {of}\n");
    for share in shares {
        row(text, share.what, share.bytes, share.option);
    }
    if shares.len() > 1 {
        row(text, "together", Budget::sum(shares), None);
    }
}

fn row(text: &mut String, what: &str, bytes: usize, option: Option<&str>) {
    let line = format!("  {what:<38} {:>10}  {}", size(bytes), option.unwrap_or(""));
    let _ = writeln!(text, "{}", line.trim_end());
}

/// A size as one reads it, with a unit of 1,024.
fn size(bytes: usize) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{value:.1} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_the_unit_in_which_it_is_short() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (65536, "64.0 KiB"),
            (1_179_648, "1.1 MiB"),
            (usize::MAX, "16777216.0 TiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn the_table_names_what_to_turn_and_fits_a_terminal() {
        let limits = Limits {
            connections_max: Some(1_000),
            ..Limits::default()
        };
        let table = table(&Budget::of(&limits));
        for expected in [
            "1.0 MiB  --queue-bytes-max",
            "64.0 MiB  --tails-bytes-max",
            "1000 connections and the server",
        ] {
            assert!(table.contains(expected), "{table}");
        }
        assert!(
            table.lines().all(|line| line.chars().count() <= 80),
            "{table}"
        );
    }
}
