//! The results of attacks: one JSON object a line, so that runs add up.

mod table;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
pub use table::table;

use crate::context::Context;
use crate::error::{ChaosError, Result};

/// The line of an attack that has ended.
pub fn line(attack: &str, context: &Context, outcome: &Result<()>) -> serde_json::Value {
    let finding = match outcome {
        Ok(()) => serde_json::Value::Null,
        Err(error) => json!(error.to_string()),
    };
    let mut recoveries: Vec<u128> = context.recoveries.iter().map(Duration::as_millis).collect();
    recoveries.sort_unstable();
    let median = recoveries.get(recoveries.len() / 2);
    let cluster = context.options.cluster.name();
    json!({
        "attack": attack,
        "cluster": cluster,
        "seed": context.options.seed,
        "rounds": context.rounds_done,
        "faults": context.faults,
        "acknowledged": context.judged.acknowledged,
        "rows": context.judged.rows,
        "letters": context.judged.letters,
        "recovery_ms": { "median": median, "longest": recoveries.last() },
        "seconds": context.elapsed().as_secs(),
        "finding": finding,
    })
}

/// Appends a line to the results file.
pub fn append(file: &Path, line: &serde_json::Value) -> Result<()> {
    let failed = |error: std::io::Error| {
        ChaosError::Fixture(format!("cannot write {}: {error}", file.display()))
    };
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .map_err(failed)?;
    writeln!(file, "{line}").map_err(failed)
}
