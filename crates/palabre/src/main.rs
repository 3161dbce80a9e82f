//! The `palabre` command: options in, a server up, signals heard.

mod args;
mod banner;
mod limits;
mod talk;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use server::{Backup, Server, StartError};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::args::{Args, Command, LogLevel};

/// What a shell reports for a command that Ctrl+C has ended.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    let mut args = Args::parse();
    start_log(args.log);
    let done = match args.command.take() {
        Some(Command::Backup { to, earlier, data }) => match is_folder(&to) {
            true => back_up_all(&data, &to, earlier.as_deref()),
            false if earlier.is_some() => Err(anyhow::anyhow!(
                "--earlier is about files, which only a folder takes; end it with a slash: {}/",
                to.display()
            )),
            false => back_up_messages(&data, &to),
        },
        Some(Command::Join(args)) => return talk::join(args),
        Some(Command::Say(args)) => return talk::say(args),
        Some(Command::Limits { limits }) => limits::print(&limits.to_limits()).map_err(Into::into),
        Some(Command::Bench(bench)) => bench::run(&bench),
        None => serve(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("palabre: {error:#}");
            if let Some(hint) = hint(&error) {
                eprintln!("         {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Serves until a signal says to stop.
fn serve(args: Args) -> anyhow::Result<()> {
    // Heard from before the start on, so that none is lost.
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for signals")?;
    let server = Server::start(args.into_options()?)?;
    banner::print(&server);

    while let Some(SIGHUP) = signals.forever().next() {
        match server.reload_certificate() {
            Ok(()) if server.is_secure() => tracing::info!("certificate read again"),
            Ok(()) => tracing::info!("there is no certificate to read again"),
            Err(error) => tracing::error!(%error, "the old certificate stays in force"),
        }
    }
    tracing::info!("stopping: every connection is told; stop again not to wait");
    std::thread::spawn(move || {
        if signals.forever().any(|signal| signal != SIGHUP) {
            std::process::exit(INTERRUPTED);
        }
    });
    server.stop();
    Ok(())
}

/// Whether a path means a folder, be it there or not.
fn is_folder(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"/") || path.is_dir()
}

fn back_up_messages(data: &Path, file: &Path) -> anyhow::Result<()> {
    let Backup {
        n_messages, bytes, ..
    } = server::backup(data, file)?;
    println!("{}: {n_messages} messages, {bytes} bytes", file.display());
    Ok(())
}

fn back_up_all(data: &Path, folder: &Path, earlier: Option<&Path>) -> anyhow::Result<()> {
    let whole = server::backup_whole(data, folder, earlier)?;
    let (
        Backup {
            n_messages, bytes, ..
        },
        folder,
    ) = (whole.log, folder.display());
    let (n_files, file_bytes) = (whole.n_files, whole.file_bytes);
    print!("{folder}: {n_messages} messages, {bytes} bytes; {n_files} files, {file_bytes} bytes");
    match whole.n_linked {
        0 => println!(),
        n_linked => println!(", {n_linked} of them linked"),
    }
    if whole.n_missing > 0 {
        let n_missing = whole.n_missing;
        eprintln!("palabre: {n_missing} files that messages have are not in the data folder");
    }
    Ok(())
}

fn start_log(level: LogLevel) {
    tracing_subscriber::fmt()
        .with_max_level(level.filter())
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
}

/// What to do about an error, where there is something to do.
fn hint(error: &anyhow::Error) -> Option<&'static str> {
    let StartError::Listen { source, .. } = error.downcast_ref()? else {
        return None;
    };
    match source.kind() {
        io::ErrorKind::AddrInUse => {
            Some("Stop what listens there, or pass --listen 127.0.0.1:0 to take a free port.")
        }
        io::ErrorKind::AddrNotAvailable => {
            Some("This machine has no such address; --listen 0.0.0.0:8080 takes all it has.")
        }
        io::ErrorKind::PermissionDenied => {
            Some("Ports below 1024 need a privilege; take a higher one, such as 8080.")
        }
        _ => None,
    }
}
