//! `cargo xtask sim`: many worlds of the simulation, or one of them.

use xshell::cmd;

use crate::workspace;

/// Worlds that are run if nobody says how many.
const SEEDS: u64 = 1000;

/// How many worlds, and which.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many worlds to run [default: 1000, or 1 with --seed].
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// The first of them; one that fails shows what happened last.
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
}

/// Builds the simulation with optimisation, and runs it.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let sh = &workspace::shell()?;
    let first = options.seed.unwrap_or(0).to_string();
    let alone = options.seed.map_or(SEEDS, |_| 1);
    let count = options.seeds.unwrap_or(alone).to_string();
    let sim = cmd!(
        sh,
        "cargo run --quiet --release --locked --package sim -- {first} {count}"
    );
    Ok(sim.run()?)
}
