//! Files that a failing disk or a stray hand has changed while nothing ran: flipped bits, zeroed
//! sectors, cut files. The program must say so, or nothing may have changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sluicebox_crashsim::{Damage, Dice};

use crate::context::Context;
use crate::error::{Result, found};
use crate::limits::DRAIN_MS;
use crate::world::{Program, run_within};

const RECORDS: &str = "4000";
/// One damage in so many is larger than a bit.
const LARGE_ONE_IN: u64 = 5;
/// A line of what was said that a verdict shows.
const SAID_MAX_CHARS: usize = 160;

/// A directory of the program: rows, manifest and the embedded broker's files.
struct Directory {
    path: PathBuf,
}

impl Directory {
    fn arguments(&self) -> Vec<String> {
        let (out, data) = (self.path.join("out"), self.path.join("broker"));
        vec![
            "--output-dir".to_owned(),
            out.display().to_string(),
            "--data-dir".to_owned(),
            data.display().to_string(),
        ]
    }

    /// The exit code (`None`: it did not end in time) and everything that was said.
    fn call(&self, program: &Program, verb: &[&str]) -> Result<(Option<i32>, String)> {
        let mut command: Command = program.command(verb);
        command.args(self.arguments());
        run_within(&mut command, Duration::from_millis(DRAIN_MS))
    }

    /// The content of every file with rows.
    fn rows(&self) -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut rows = Vec::new();
        for file in files_in(&self.path.join("out"))? {
            if file.extension().is_some_and(|end| end == "csv") {
                let name = file.file_name().unwrap_or_default().into();
                rows.push((name, fs::read(&file)?));
            }
        }
        rows.sort();
        Ok(rows)
    }
}

/// One directory is written and stopped as it should be; each round damages a copy of it.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let program = Program::find(context.options.program.clone())?;
    let home = tempfile::Builder::new()
        .prefix("sluicebox-chaos-")
        .tempdir()?;
    let whole = Directory {
        path: home.path().join("whole"),
    };
    let seed = context.options.seed.to_string();
    let run = [
        "run",
        "--records",
        RECORDS,
        "--rate",
        "max",
        "--seed",
        &seed,
    ];
    let written = whole.call(&program, &[&run[..], &["--invalid-ratio", "0.02"]].concat())?;
    if written.0 != Some(0) {
        return found(format!("run ended with {:?}:\n{}", written.0, written.1));
    }
    let kinds = kinds(&whole.path)?;
    let mut dice = Dice::new(context.dice.between(0, u64::MAX));
    while context.next_round() {
        let copy = Directory {
            path: home.path().join("damaged"),
        };
        let _ = fs::remove_dir_all(&copy.path);
        copy_tree(&whole.path, &copy.path)?;
        let (kind, files) = &kinds[context.rounds_done as usize % kinds.len()];
        let file = context.dice.pick(files).clone();
        let mut damaged = fs::read(whole.path.join(&file))?;
        let large = context.dice.one_in(LARGE_ONE_IN);
        let damage = if large {
            Damage::large(damaged.len(), &mut dice)
        } else {
            Damage::flip(damaged.len(), &mut dice)
        };
        damage.apply(&mut damaged);
        fs::write(copy.path.join(&file), damaged)?;
        let size = if large { "large" } else { "a bit" };
        let outcome = judge(&program, &whole, &copy);
        let what = format!("{}, {damage}", file.display());
        match outcome {
            Ok((outcome, said)) => {
                context.fault(&format!("{kind}, {size}: {outcome}"));
                eprintln!("             {what}: {said}");
            }
            Err(error) => {
                let kept = home.keep();
                return found(format!("{what}: {error}\nkept: {}", kept.display()));
            }
        }
    }
    Ok(())
}

/// What became of the damage, and the line that says so.
fn judge(program: &Program, whole: &Directory, copy: &Directory) -> Result<(&'static str, String)> {
    // Reads all files and the whole log of the stopped broker.
    let (code, said) = copy.call(program, &["verify", "--strict"])?;
    if code != Some(0) {
        return Ok(("verify says so", complaint(&said)?));
    }
    let (code, said) = copy.call(program, &["run", "--stop-at-end"])?;
    if code != Some(0) {
        return Ok(("run says so", complaint(&said)?));
    }
    let (code, said) = copy.call(program, &["verify", "--strict"])?;
    if code != Some(0) {
        return Ok(("verify says so afterwards", complaint(&said)?));
    }
    if whole.rows()? == copy.rows()? {
        return Ok(("nothing changed", String::new()));
    }
    found("nobody noticed, and the rows are others")
}

/// The line with which a program complains. It must name a file, or a place in a topic.
fn complaint(said: &str) -> Result<String> {
    let names_a_place = |line: &&str| {
        ["broker/", "out/", ".csv", "manifest", "partition", "offset"]
            .iter()
            .any(|word| line.contains(word))
    };
    let complains = |line: &&str| {
        let line = line.to_lowercase();
        [
            "damaged",
            "changed",
            "contradict",
            "cannot",
            "error",
            "checksum",
            "not ours",
            "bytes",
        ]
        .iter()
        .any(|word| line.contains(word))
    };
    let line = said.lines().filter(names_a_place).find(complains);
    match line {
        Some(line) => Ok(line.trim().chars().take(SAID_MAX_CHARS).collect()),
        None => found(format!("it does not say what is wrong:\n{said}")),
    }
}

/// The files of a directory by what they are, as paths in it.
fn kinds(root: &Path) -> Result<Vec<(String, Vec<PathBuf>)>> {
    let mut kinds = std::collections::BTreeMap::<String, Vec<PathBuf>>::new();
    for file in files_in(root)? {
        let inside = file.strip_prefix(root).unwrap_or(&file).to_owned();
        let end = inside.extension().unwrap_or_default().to_string_lossy();
        // Locks have no content that anyone goes by.
        let is_lock = inside
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("lock"));
        if !is_lock && fs::metadata(&file)?.len() > 0 {
            kinds.entry(end.into_owned()).or_default().push(inside);
        }
    }
    Ok(kinds.into_iter().collect())
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files.extend(files_in(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for file in files_in(from)? {
        let target = to.join(file.strip_prefix(from).unwrap_or(&file));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, target)?;
    }
    Ok(())
}
