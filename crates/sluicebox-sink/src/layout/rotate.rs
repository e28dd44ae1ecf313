//! Sealing files whose columns changed: `processed_data_sensor.csv` becomes
//! `processed_data_sensor.1.csv`, and a new file begins.
//!
//! The manifest says so before the rename happens, so that a crash in between is finished by the
//! next start, with or without `--rotate`: manifest, rename, sync directory, new file.

use super::open::Opening;
use crate::error::{OpenError, Refusal, refuse_io};
use crate::limits::SEALED_MAX_COUNT;
use crate::manifest::{ManifestLog, ManifestState, SealedFile};
use crate::names::{self, MANIFEST};
use crate::storage::Storage;

/// Finishes renames that a crash cut off: the file is recorded as sealed, its former name has no
/// new file yet, and it still has its former name.
pub(super) fn finish<S: Storage>(storage: &S, state: &ManifestState) -> Result<(), OpenError> {
    for sealed in &state.sealed {
        let is_replaced = state.file(&sealed.original).is_some();
        let path = || storage.describe(&sealed.file.name);
        let is_there = storage
            .length(&sealed.file.name)
            .map_err(refuse_io("read", path()))?
            .is_some();
        // Sealed files are complete: their owner may archive them elsewhere later on.
        if is_replaced || is_there {
            continue;
        }
        let original = storage.describe(&sealed.original);
        let found = storage
            .length(&sealed.original)
            .map_err(refuse_io("read", original.clone()))?;
        if found != Some(sealed.file.length) {
            let (found, recorded) = (found.unwrap_or(0), sealed.file.length);
            return Err(Refusal::ShorterThanRecorded {
                file: original,
                found,
                recorded,
            }
            .into());
        }
        rename(storage, sealed)?;
    }
    Ok(())
}

/// Seals every file whose columns differ from its definition. The files are cut and checked.
pub(super) fn seal_changed<S: Storage>(
    storage: &S,
    opening: &Opening,
    state: &mut ManifestState,
) -> Result<Vec<(String, String)>, OpenError> {
    let is_changed = |name: &str, header: &str| {
        opening
            .files
            .iter()
            .any(|spec| spec.name == name && spec.header != header)
    };
    let first_new = state.sealed.len();
    let (changed, kept): (Vec<_>, Vec<_>) = state
        .files
        .drain(..)
        .partition(|file| is_changed(&file.name, &file.header));
    state.files = kept;
    for mut file in changed {
        let original = file.name.clone();
        file.name = free_name(storage, opening, state, &original)?;
        state.sealed.push(SealedFile { original, file });
    }
    if state.sealed.len() == first_new {
        return Ok(Vec::new());
    }
    state.sequence += 1;
    let manifest = storage.describe(MANIFEST);
    ManifestLog::create(storage, state, opening.options.manifest_log_max_bytes)
        .map_err(refuse_io("write", manifest))?;
    let mut renamed = Vec::new();
    for sealed in &state.sealed[first_new..] {
        rename(storage, sealed)?;
        renamed.push((sealed.original.clone(), sealed.file.name.clone()));
    }
    Ok(renamed)
}

fn rename<S: Storage>(storage: &S, sealed: &SealedFile) -> Result<(), OpenError> {
    let path = storage.describe(&sealed.original);
    storage
        .rename(&sealed.original, &sealed.file.name)
        .and_then(|()| storage.sync_directory())
        .map_err(refuse_io("rename", path))
}

/// The next numbered name that neither the directory, nor the manifest, nor the layout uses.
fn free_name<S: Storage>(
    storage: &S,
    opening: &Opening,
    state: &ManifestState,
    original: &str,
) -> Result<String, OpenError> {
    for number in 1..=SEALED_MAX_COUNT {
        let name = names::sealed(original, number);
        let is_known = state.file(&name).is_some()
            || state.sealed.iter().any(|sealed| sealed.file.name == name)
            || opening.files.iter().any(|spec| spec.name == name);
        let path = storage.describe(&name);
        if !is_known
            && storage
                .length(&name)
                .map_err(refuse_io("read", path))?
                .is_none()
        {
            return Ok(name);
        }
    }
    let reason = "every numbered name for sealing it is taken";
    Err(Refusal::BadFileName {
        name: original.to_owned(),
        reason,
    }
    .into())
}
