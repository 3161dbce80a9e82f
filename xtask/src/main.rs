//! `cargo xtask`: all of the house's automation, in one place.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod apt;
mod autobahn;
mod bench;
mod check;
mod fuzz;
mod page;
mod proof;
mod scale;
mod served;
mod sim;
mod steps;
mod test;
mod tidy;
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
    /// Format, lints, documentation, house rules, and the page's types.
    Check,
    /// Every test: Rust, page, and browser, with what they need installed.
    Test(test::Options),
    /// Run the Autobahn suite against the websocket crate.
    Autobahn(autobahn::Options),
    /// Fuzz the websocket crate.
    Fuzz(fuzz::Options),
    /// Kill the server again and again; nothing acknowledged is lost.
    Crash(proof::crash::Options),
    /// Cut a thousand sockets again and again; everybody hears everything, once.
    Drops(proof::drops::Options),
    /// All that happens to a server, for long; memory and descriptors are watched.
    Soak(proof::soak::Options),
    /// Measure Palabre beside its peers, and write docs/benchmarks.md.
    Bench(bench::Options),
    /// Run a simulated server and its clients through bad weather, world after world.
    Sim(sim::Options),
    /// Measure what a million connections take, without their sockets.
    Scale(scale::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.task {
        Task::Check => check::run(),
        Task::Test(options) => test::run(&options),
        Task::Autobahn(options) => autobahn::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Crash(options) => proof::crash::run(&options),
        Task::Drops(options) => proof::drops::run(&options),
        Task::Soak(options) => proof::soak::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Sim(options) => sim::run(&options),
        Task::Scale(options) => scale::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
