//! The program under attack, as commands.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::error::{ChaosError, Result, found};
use crate::limits::POLL_MS;

/// Switches planted bugs on in the program that has them.
pub const PLANT_VARIABLE: &str = "SLUICEBOX_PLANT";

/// Where the program is.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
}

impl Program {
    /// The given path, or the one beside this program: the build with failpoints if there is one.
    pub fn find(given: Option<PathBuf>) -> Result<Self> {
        let mut places: Vec<PathBuf> = given.into_iter().collect();
        if places.is_empty() {
            let here = std::env::current_exe()?;
            places = ["sluicebox-faulty", "sluicebox"]
                .map(|name| here.with_file_name(name))
                .into();
        }
        let found = places.iter().find(|path| path.is_file()).cloned();
        let path = found.ok_or_else(|| {
            ChaosError::Fixture(format!(
                "no program at {places:?}; build it with `cargo build -p sluicebox`"
            ))
        })?;
        Ok(Self { path })
    }

    /// Refuses a program without failpoints.
    pub fn expect_failpoints(&self) -> Result<()> {
        let mut command = Command::new(&self.path);
        command.arg("--version").env("FAILPOINTS", "nowhere=crash");
        // A program that has them knows that this one does not exist.
        if command.output()?.status.code() == Some(2) {
            return Ok(());
        }
        Err(ChaosError::Fixture(format!(
            "{} has no failpoints; build `cargo build -p sluicebox --features faults --bin \
             sluicebox-faulty` and name it with --program",
            self.path.display()
        )))
    }

    /// A command without what the environment would add to it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        // A planted bug stays: the attack is made to see whether it is caught.
        let ours = |name: &str| name.starts_with("SLUICEBOX_") && name != PLANT_VARIABLE;
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// The same as words, for a guard.
    pub(super) fn words(&self, arguments: &[String], environment: &[(&str, &str)]) -> Vec<String> {
        let mut words = vec!["env".to_owned()];
        words.extend(
            environment
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        words.push(self.path.display().to_string());
        words.extend_from_slice(arguments);
        words
    }
}

/// Waits until `done`; how long that took.
pub fn wait_until(limit: Duration, what: &str, mut done: impl FnMut() -> bool) -> Result<Duration> {
    let began = Instant::now();
    while !done() {
        if began.elapsed() > limit {
            return found(format!("waited {limit:?} in vain: {what}"));
        }
        std::thread::sleep(Duration::from_millis(POLL_MS));
    }
    Ok(began.elapsed())
}

/// Runs a command that must exit with 0.
pub(super) fn succeed(what: &str, command: &mut Command) -> Result<Output> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(output);
    }
    found(format!("{what}: {}\n{}", output.status, said(&output)))
}

/// Runs a command that must exit with 0 within a time.
pub(super) fn finish(what: &str, command: &mut Command, limit: Duration) -> Result<()> {
    let log = tempfile::NamedTempFile::new()?;
    let mut child = command
        .stdout(Stdio::null())
        .stderr(log.reopen()?)
        .spawn()?;
    let ended = wait_until(limit, what, || !matches!(child.try_wait(), Ok(None)));
    if ended.is_err() {
        let _ = child.kill();
    }
    let status = child.wait()?;
    let log = std::fs::read_to_string(log.path()).unwrap_or_default();
    let tail: Vec<&str> = log.lines().rev().take(30).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    if ended.is_ok() && status.success() {
        return Ok(());
    }
    found(format!("{what}: {status}\n{}", tail.join("\n")))
}

/// What a command printed, for findings.
pub(crate) fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Runs a command for at most `limit`: its exit code (`None`: it was ended, or killed) and all that it
/// said.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<(Option<i32>, String)> {
    let log = tempfile::NamedTempFile::new()?;
    let out = log.reopen()?;
    let mut child = command.stderr(out.try_clone()?).stdout(out).spawn()?;
    let ended = wait_until(limit, "the end of a command", || {
        !matches!(child.try_wait(), Ok(None))
    });
    if ended.is_err() {
        let _ = child.kill();
    }
    let status = child.wait()?;
    let said = std::fs::read(log.path())?;
    Ok((status.code(), String::from_utf8_lossy(&said).into_owned()))
}
