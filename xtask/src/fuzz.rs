//! `cargo xtask fuzz`: the fuzz targets in `fuzz/`, each for a while.
//!
//! cargo-fuzz passes flags that only a nightly compiler takes without asking.
//! `RUSTC_BOOTSTRAP` makes the stable one take them, so the code is fuzzed as
//! it is built everywhere else. The corpus stays in `fuzz/corpus`, a failing
//! input in `fuzz/artifacts`; neither is committed.

use anyhow::Context;
use xshell::cmd;

use crate::workspace;

const CARGO_FUZZ_VERSION: &str = "0.13.2";

const TARGETS: [&str; 2] = ["decoder", "inflate"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long to run each target.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// The target to run; all by default.
    #[arg(value_parser = TARGETS)]
    target: Option<String>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let shell = workspace::shell()?;
    let tools = workspace::target_dir().join("tools");
    let cargo_fuzz = tools.join("bin").join("cargo-fuzz");
    if !cargo_fuzz.exists() {
        cmd!(
            shell,
            "cargo install cargo-fuzz --locked --version {CARGO_FUZZ_VERSION} --root {tools}"
        )
        .run()
        .context("cannot install cargo-fuzz")?;
    }
    let targets = match &options.target {
        Some(target) => vec![target.as_str()],
        None => TARGETS.to_vec(),
    };
    let build_dir = workspace::target_dir().join("fuzz");
    let seconds = options.seconds.to_string();
    for target in targets {
        cmd!(
            shell,
            "{cargo_fuzz} fuzz run --target-dir {build_dir} {target}"
        )
        .args(["--", "-max_len=4096", "-print_final_stats=1"])
        .arg(format!("-max_total_time={seconds}"))
        .env("RUSTC_BOOTSTRAP", "1")
        .run()
        .with_context(|| format!("the target {target} failed; see fuzz/artifacts/{target}"))?;
    }
    Ok(())
}
