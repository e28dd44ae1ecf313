//! Runs a catcher as a process of its own, with a bug or without.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::Catcher;
use crate::error::{ChaosError, Result};
use crate::world::PLANT_VARIABLE;

/// What a catcher has seen.
#[derive(Debug)]
pub(super) struct Seen {
    /// The catcher, for the table.
    pub(super) what: String,
    /// What is wrong, if anything is.
    pub(super) finding: Option<String>,
    /// Rounds of an attack; 1 for tests.
    pub(super) rounds: u64,
    pub(super) took: Duration,
}

pub(super) fn run(catcher: &Catcher, seed: u64, bug: Option<&str>) -> Result<Seen> {
    let began = Instant::now();
    let (what, mut command) = match catcher {
        Catcher::Attack {
            name,
            rounds,
            cluster,
        } => attack(name, *rounds, cluster, seed)?,
        Catcher::Test { package, arguments } => test(package, arguments),
    };
    command.env_remove(PLANT_VARIABLE).stdin(Stdio::null());
    if let Some(bug) = bug {
        command.env(PLANT_VARIABLE, bug);
    }
    let output = command.output()?;
    let (finding, rounds) = match catcher {
        Catcher::Attack { .. } => attack_result(&what, &output)?,
        Catcher::Test { .. } => (test_result(&what, &output)?, 1),
    };
    Ok(Seen {
        what,
        finding,
        rounds,
        took: began.elapsed(),
    })
}

fn attack(name: &str, rounds: u64, cluster: &str, seed: u64) -> Result<(String, Command)> {
    let here = std::env::current_exe()?;
    let mut command = Command::new(here.with_file_name("chaos"));
    command.args([name, "--cluster", cluster]);
    command.args(["--seed", &seed.to_string(), "--rounds", &rounds.to_string()]);
    command
        .arg("--program")
        .arg(here.with_file_name("sluicebox-faulty"));
    Ok((format!("`chaos {name} --seed {seed}`"), command))
}

/// The whole workspace is built for it, so that all catchers share one build.
fn test(package: &str, arguments: &[&str]) -> (String, Command) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root());
    command.args(["test", "--workspace", "--features", "sluicebox/faults"]);
    command.arg("--no-fail-fast").args(arguments);
    (format!("tests of `{package}`"), command)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The finding of an attack and its rounds, from its line of results.
fn attack_result(what: &str, output: &Output) -> Result<(Option<String>, u64)> {
    let printed = String::from_utf8_lossy(&output.stdout);
    let line = printed.lines().rev().find(|line| line.starts_with('{'));
    let result: Option<serde_json::Value> = line.and_then(|l| serde_json::from_str(l).ok());
    let Some(result) = result else {
        return Err(failed(what, output));
    };
    let rounds = result["rounds"].as_u64().unwrap_or_default();
    match result["finding"].as_str() {
        None if output.status.success() => Ok((None, rounds)),
        Some(finding) if finding.starts_with("FOUND: ") => {
            Ok((Some(finding["FOUND: ".len()..].to_owned()), rounds))
        }
        _ => Err(failed(what, output)),
    }
}

/// The names of the tests that failed.
fn test_result(what: &str, output: &Output) -> Result<Option<String>> {
    let printed = String::from_utf8_lossy(&output.stdout);
    let failed_tests: Vec<&str> = printed
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"))
        .collect();
    match (output.status.success(), failed_tests.as_slice()) {
        (true, []) => Ok(None),
        (false, [first, others @ ..]) => {
            let others = match others.len() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            Ok(Some(format!("{first}{others}")))
        }
        _ => Err(failed(what, output)),
    }
}

/// It could not be run: that is no catch.
fn failed(what: &str, output: &Output) -> ChaosError {
    let said = crate::world::said(output);
    let lines: Vec<&str> = said.lines().collect();
    let end = lines[lines.len().saturating_sub(30)..].join("\n");
    ChaosError::Fixture(format!("{what}: {}\n{end}", output.status))
}
