//! Output directories that were copied, restored or emptied.

use std::path::Path;

use super::site::Site;
use crate::error::Result;

const SOME: u64 = 200;
const MANIFEST: &str = "manifest.sluicebox";

fn all_written(site: &mut Site<'_>) -> Result<()> {
    site.produce(SOME)?;
    site.process()?;
    site.sink()
}

/// Copies the files whose names end so.
fn copy(from: &Path, to: &Path, end: &str) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(end) {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// The way out of every damage: another group makes all rows again.
fn with_another_group(site: &mut Site<'_>) -> Result<()> {
    site.sink_group.push_str("-2");
    site.sink()?;
    all_written(site)?;
    site.judge(&[&site.out])
}

pub(super) fn no_manifest(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    let copied = site.dir.join("copied");
    copy(&site.out, &copied, ".csv")?;
    let out = std::mem::replace(&mut site.out, copied);
    site.refuses(
        "sink",
        &[],
        &[
            "nobody knows which of its rows count",
            "restore the manifest",
        ],
    )?;
    copy(&out, &site.out, MANIFEST)?;
    all_written(site)?;
    site.judge(&[&site.out])
}

pub(super) fn old_manifest(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    let backup = site.dir.join("backup");
    copy(&site.out, &backup, MANIFEST)?;
    all_written(site)?;
    copy(&backup, &site.out, MANIFEST)?;
    all_written(site)?;
    site.judge(&[&site.out])
}

pub(super) fn old_files(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    let (backup, newer) = (site.dir.join("backup"), site.dir.join("newer"));
    copy(&site.out, &backup, ".csv")?;
    all_written(site)?;
    copy(&site.out, &newer, ".csv")?;
    copy(&backup, &site.out, ".csv")?;
    site.refuses(
        "sink",
        &[],
        &["were committed: rows are lost", "restore this file"],
    )?;
    copy(&newer, &site.out, ".csv")?;
    all_written(site)?;
    site.judge(&[&site.out])?;
    // The other way out.
    copy(&backup, &site.out, ".csv")?;
    site.refuses("sink", &[], &["another group"])?;
    site.move_aside()?;
    with_another_group(site)
}

pub(super) fn empty(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    let aside = site.move_aside()?;
    site.refuses(
        "sink",
        &[],
        &[
            "went to another directory, or are lost",
            "use the directory with those rows",
            "another group",
            "--accept-loss",
        ],
    )?;
    let empty = std::mem::replace(&mut site.out, aside);
    all_written(site)?;
    site.judge(&[&site.out])?;
    // The other way out.
    site.out = empty;
    with_another_group(site)
}

pub(super) fn empty_accepted(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    let aside = site.move_aside()?;
    site.works("sink", &["--accept-loss"])?;
    all_written(site)?;
    site.judge(&[&aside, &site.out])
}
