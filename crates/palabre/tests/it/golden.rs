//! Texts that are kept in files, to be read as a whole.
//!
//! `UPDATE_EXPECT=1 cargo test -p palabre` writes them anew.

use std::path::Path;

use crate::process::palabre;

/// Compares what a command prints with a file beside this one.
fn check(args: &[&str], file: &str) {
    let output = palabre(args).env("COLUMNS", "100").output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    // The help has blanks at the end of lines, which no file of ours may have.
    let printed: String = printed
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it")
        .join(file);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        printed == expected,
        "{} differs; UPDATE_EXPECT=1 writes it anew. Now:\n{printed}",
        path.display()
    );
}

#[test]
fn the_short_help() {
    check(&["-h"], "help.short.txt");
}

#[test]
fn the_long_help() {
    check(&["--help"], "help.long.txt");
}

#[test]
fn the_help_of_those_who_talk() {
    check(&["join", "--help"], "help.join.txt");
    check(&["say", "--help"], "help.say.txt");
}

#[test]
fn the_version() {
    let output = palabre(&["--version"]).output().unwrap();
    let expected = format!("palabre {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}
