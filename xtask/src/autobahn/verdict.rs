//! The verdict on a run: every case must be OK, its closing handshake too.
//!
//! NON-STRICT (right, but late) and UNIMPLEMENTED (an extension that was not
//! agreed on) fail as well. INFORMATIONAL cases have no right answer.
//!
//! kosoku 0.1.0 trips over some cases itself, 56 of those with compression;
//! they are neither passed nor failed, but counted as not judged.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

const PASSING: [&str; 2] = ["OK", "INFORMATIONAL"];

/// The exception that kosoku itself runs into, which it reports as the result.
const RUNNER_FAULT: &str = "Strings must be encoded before hashing";
const NOT_JUDGED: &str = "NOT JUDGED";

/// Prints how many cases had which outcome, and each that fails.
pub(super) fn judge(report: &Path, n_expected: Option<usize>) -> anyhow::Result<()> {
    let index = fs::read(report.join("index.json")).with_context(|| {
        format!(
            "no report was written; see {}",
            report.join("run.log").display()
        )
    })?;
    let index: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_slice(&index).context("the report's index cannot be read")?;
    let mut cases: Vec<(&String, &Value)> = index.values().flatten().collect();
    cases.sort_by_key(|(case, _)| numbers(case));

    let mut counts = BTreeMap::new();
    let mut n_failing = 0;
    for (case, result) in &cases {
        let text = |key: &str| result[key].as_str().unwrap_or("missing");
        let (behavior, close) = (text("behavior"), text("behaviorClose"));
        let passes = PASSING.contains(&behavior) && PASSING.contains(&close);
        let reason = if passes {
            String::new()
        } else {
            reason(report, text("reportfile"))
        };
        if reason.starts_with(RUNNER_FAULT) {
            *counts.entry(NOT_JUDGED).or_insert(0) += 1;
            continue;
        }
        *counts.entry(behavior).or_insert(0) += 1;
        if !passes {
            n_failing += 1;
            println!("{case}: {behavior}, close {close}: {reason}");
        }
    }
    let counts: Vec<String> = counts
        .into_iter()
        .map(|(outcome, n)| format!("{outcome} {n}"))
        .collect();
    let n_missing = n_expected.map_or(0, |expected| expected.saturating_sub(cases.len()));
    println!("{} cases: {}", cases.len(), counts.join(", "));
    if n_failing > 0 || n_missing > 0 || cases.is_empty() {
        bail!(
            "{n_failing} cases fail, {n_missing} were not run; see {}",
            report.display()
        );
    }
    Ok(())
}

/// What the suite itself says of a case.
fn reason(report: &Path, file: &str) -> String {
    let details = fs::read(report.join(file)).ok();
    let details: Option<Value> = details.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let details = details.unwrap_or_default();
    let text = |key: &str| details[key].as_str().unwrap_or_default().to_owned();
    format!("{} {}", text("result"), text("resultClose"))
}

/// "12.3.10" in the order of its numbers.
fn numbers(case: &str) -> Vec<u32> {
    case.split('.')
        .map(|number| number.parse().unwrap_or(0))
        .collect()
}
