//! The judgement: everything drains, then two accounts that know nothing of each other must agree.

use std::process::Command;

use crate::error::{Result, found};
use crate::ledger::{Load, read_files};
use crate::limits::FINDINGS_MAX;
use crate::world::{PLANT_VARIABLE, World};

/// What a verdict without findings has looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdict {
    /// Records that were acknowledged to the producer.
    pub acknowledged: u64,
    /// Rows in data files.
    pub rows: u64,
    /// Rows in the dead-letter file.
    pub letters: u64,
}

/// Settles the load, stops the processes, drains, and compares. The processes are down afterwards.
///
/// # Errors
/// Whatever does not agree.
pub fn verdict(world: &mut World, load: &Load) -> Result<Verdict> {
    let ledger = load.settle()?;
    world.stop_parts()?;
    world.drain()?;
    let files = read_files(&world.output_dir())?;
    let wrong = ledger.disagreements(&files);
    if !wrong.is_empty() {
        world.keep();
        let shown: Vec<&str> = wrong
            .iter()
            .take(FINDINGS_MAX)
            .map(String::as_str)
            .collect();
        let (count, list) = (wrong.len(), shown.join("\n  "));
        return found(format!("the ledger disagrees in {count} places:\n  {list}"));
    }
    verify(world)?;
    Ok(Verdict {
        acknowledged: ledger.acknowledged_count(),
        rows: files.rows,
        letters: files.letters,
    })
}

/// `sluicebox verify --strict` must find nothing.
fn verify(world: &mut World) -> Result<()> {
    let mut command: Command = world.program.command(&["verify", "--strict"]);
    command.args(world.common_arguments());
    // The judge is sane.
    command.env_remove(PLANT_VARIABLE);
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    world.keep();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    found(format!("verify: {}\n{said}\n{errors}", output.status))
}
