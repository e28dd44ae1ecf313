//! A small file system in memory that can be filled.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{ChaosError, Result};

const CHUNK: usize = 64 * 1024;

/// Mounted while this lives.
#[derive(Debug)]
pub(super) struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// Mounts an empty one there.
    pub(super) fn mount(path: &Path, mebibytes: u64) -> Result<Self> {
        fs::create_dir_all(path)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m")]);
        run(mount.arg("sluicebox-chaos").arg(path))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Copies everything of a directory here.
    pub(super) fn take_over(&self, from: &Path) -> Result<()> {
        run(Command::new("cp")
            .arg("-a")
            .arg(from.join("."))
            .arg(&self.path))
    }

    /// Copies everything from here to a directory beside it.
    pub(super) fn copy_beside(&self) -> Result<()> {
        let copy = self.path.with_extension("copy");
        run(Command::new("cp").arg("-a").arg(&self.path).arg(copy))
    }

    /// Leaves about `spare` bytes free.
    pub(super) fn fill(&self, spare: u64) -> Result<()> {
        let ballast = self.ballast();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&ballast)?;
        let chunk = vec![0; CHUNK];
        loop {
            match file.write_all(&chunk) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => return Err(error.into()),
            }
        }
        let length = file.metadata()?.len();
        Ok(file.set_len(length.saturating_sub(spare))?)
    }

    /// Frees all that was filled.
    pub(super) fn make_room(&self) -> Result<()> {
        Ok(fs::remove_file(self.ballast())?)
    }

    fn ballast(&self) -> PathBuf {
        self.path.join(".ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: processes that are about to be ended may still have files open.
        if let Err(error) = run(Command::new("umount").arg("-l").arg(&self.path)) {
            eprintln!("{error}");
        }
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ChaosError::Fixture(format!(
        "{said} (small disks need the right to mount: root)"
    )))
}
