//! Bytes behind the committed part of a file: of a sink that is writing, or left over.

use std::path::Path;

use sluicebox_sink::names::LOCK;
use sluicebox_sink::{DiskStorage, ManifestState};

use super::finding::{Findings, Place};
use super::kind::Kind;
use super::report::FileReport;

/// Whether a file has any, as it was read.
pub(super) fn has_some(file: &FileReport) -> bool {
    file.recorded_bytes.is_some() && file.uncommitted_bytes > 0
}

/// Whether a sink holds the directory, so that they are its own. Where that cannot be asked, one may.
pub(super) fn may_be_written(dir: &Path) -> bool {
    DiskStorage::existing(dir).is_held(LOCK).unwrap_or(true)
}

/// Adds a finding for each file that has some now, while no sink writes (`is_written`). `state` was read
/// after that was asked: what a sink had committed meanwhile is none.
pub(super) fn note(
    dir: &Path,
    files: &[FileReport],
    state: &ManifestState,
    is_written: bool,
    findings: &mut Findings,
) {
    let sealed = state.sealed.iter().map(|sealed| (&sealed.file, true));
    let known: Vec<_> = state
        .files
        .iter()
        .map(|file| (file, false))
        .chain(sealed)
        .collect();
    for file in files.iter().filter(|file| has_some(file)) {
        let known = known.iter().find(|(known, _)| known.name == file.name);
        let Some((recorded, is_sealed)) = known else {
            continue;
        };
        // No start touches a sealed file, and no sink writes to it.
        if is_written && !is_sealed {
            continue;
        }
        let found = dir
            .join(&file.name)
            .metadata()
            .map_or(0, |found| found.len());
        let surplus = found.saturating_sub(recorded.length);
        if surplus > 0 {
            let length = recorded.length;
            let detail = match is_sealed {
                true => format!(
                    "{surplus} bytes; the file is sealed, so that no start cuts it: cut it to {length} bytes"
                ),
                false => format!("{surplus} bytes behind the {length} that were committed"),
            };
            findings.add(Kind::UncommittedTail, Place::file(&file.name), detail);
        }
    }
}
