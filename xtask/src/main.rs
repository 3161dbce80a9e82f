//! `cargo xtask`: all of the house's automation, in one place.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod autobahn;
mod fuzz;
mod workspace;

/// Build, check and prove Palabre.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the Autobahn suite against the websocket crate.
    Autobahn(autobahn::Options),
    /// Fuzz the websocket crate.
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.task {
        Task::Autobahn(options) => autobahn::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
