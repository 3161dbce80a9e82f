//! `cargo xtask scale`: what a connection takes, and what a broadcast costs
//! each member, up to a million of them whose sockets are stand-ins.

use xshell::cmd;

use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many connections at most: 10,000, 100,000 and 1,000,000 are measured.
    #[arg(long, default_value_t = 1_000_000)]
    connections: usize,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let shell = workspace::shell()?;
    let connections = options.connections.to_string();
    cmd!(
        shell,
        "cargo test --quiet --release --package server --lib shard::scale -- --nocapture"
    )
    .env("PALABRE_SCALE", connections)
    .run()?;
    Ok(())
}
