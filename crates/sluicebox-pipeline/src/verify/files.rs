//! Which files there are to read: those of the manifest, and those that are named like ours.

use std::io;
use std::path::{Path, PathBuf};

use sluicebox_event::dead_letter::{DEAD_LETTERS_FILE, DEAD_LETTERS_HEADER};
use sluicebox_event::{Plans, StreamId, StreamPlan};
use sluicebox_sink::{FileState, ManifestState};

/// Whose rows a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsOf {
    Stream(StreamId),
    Letters,
    /// No stream of the configuration has a file of that name.
    Nobody,
}

/// A file to read.
#[derive(Debug, Clone)]
pub(super) struct DataFile {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) rows_of: RowsOf,
    /// Index of the first file that was written under the same name.
    pub(super) family: u16,
    pub(super) is_sealed: bool,
    /// What the manifest says of it.
    pub(super) recorded: Option<FileState>,
    /// The header that it should have; `None`: what it has is taken.
    pub(super) header: Option<String>,
}

/// The files of the manifest, sealed ones first; without a manifest those that the definitions
/// name and that are there.
pub(super) fn files(dir: &Path, plans: &Plans, manifest: Option<&ManifestState>) -> Vec<DataFile> {
    let mut found: Vec<(String, DataFile)> = Vec::new();
    let file = |name: &str, original: &str, state: Option<&FileState>, is_sealed| DataFile {
        name: name.to_owned(),
        path: dir.join(name),
        rows_of: rows_of(plans, original),
        family: 0,
        is_sealed,
        recorded: state.cloned(),
        header: state.map(|state| state.header.clone()),
    };
    match manifest {
        Some(state) => {
            for sealed in &state.sealed {
                let (name, original) = (&sealed.file.name, &sealed.original);
                let it = file(name, original, Some(&sealed.file), true);
                found.push((original.clone(), it));
            }
            for state in &state.files {
                let it = file(&state.name, &state.name, Some(state), false);
                found.push((state.name.clone(), it));
            }
        }
        None => {
            let names = plans.streams().iter().map(StreamPlan::file_name);
            for name in names.chain([DEAD_LETTERS_FILE.to_owned()]) {
                if dir.join(&name).exists() {
                    found.push((name.clone(), file(&name, &name, None, false)));
                }
            }
        }
    }
    let originals: Vec<String> = found.iter().map(|(original, _)| original.clone()).collect();
    let families = found.into_iter().map(|(original, mut file)| {
        let first = originals.iter().position(|known| *known == original);
        file.family = first.unwrap_or_default() as u16;
        file
    });
    families.collect()
}

fn rows_of(plans: &Plans, original: &str) -> RowsOf {
    if original == DEAD_LETTERS_FILE {
        return RowsOf::Letters;
    }
    let streams = plans.streams();
    let stream = streams.iter().position(|it| it.file_name() == original);
    stream.map_or(RowsOf::Nobody, |index| {
        RowsOf::Stream(StreamId(index as u16))
    })
}

/// The header that rows of today have; `None` for files of nobody.
pub(super) fn present_header(plans: &Plans, rows_of: RowsOf) -> Option<&str> {
    match rows_of {
        RowsOf::Stream(stream) => Some(plans.streams()[stream.index()].csv_header()),
        RowsOf::Letters => Some(DEAD_LETTERS_HEADER),
        RowsOf::Nobody => None,
    }
}

/// Files that are named like ours and that `known` does not have, sorted.
///
/// # Errors
/// The directory cannot be listed. One that is not there has no files.
pub(super) fn unknown(dir: &Path, plans: &Plans, known: &[DataFile]) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let entries = entries.collect::<io::Result<Vec<_>>>()?;
    let own: Vec<String> = plans
        .streams()
        .iter()
        .map(StreamPlan::file_name)
        .chain([DEAD_LETTERS_FILE.to_owned()])
        .collect();
    let is_like_ours = |name: &str| {
        let Some((stem, extension)) = name.rsplit_once('.') else {
            return false;
        };
        let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let is_own = own.iter().any(|own| {
            own.rsplit_once('.')
                .is_some_and(|own| own == (stem, extension))
        });
        is_own || (name.starts_with("processed_data_") && extension == "csv")
    };
    let mut unknown: Vec<String> = entries
        .into_iter()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_like_ours(name) && !known.iter().any(|file| file.name == *name))
        .collect();
    unknown.sort();
    Ok(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluicebox_event::{PlanOptions, builtin_definitions};

    #[test]
    fn a_directory_that_cannot_be_listed_is_no_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        let plans =
            Plans::compile(&builtin_definitions().unwrap(), PlanOptions::default()).unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert!(unknown(&file, &plans, &[]).is_err());
        let none = unknown(&dir.path().join("none"), &plans, &[]);
        assert!(none.unwrap().is_empty());
    }

    #[test]
    fn only_files_named_like_ours_and_not_recorded_are_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let plans =
            Plans::compile(&builtin_definitions().unwrap(), PlanOptions::default()).unwrap();
        for name in [
            "processed_data_sensor.csv",
            "processed_data_sensor.3.csv",
            "processed_data_sensor.csv.new",
            "dead_letters.7.csv",
            "processed_data_copy.csv",
            "notes.csv",
            "manifest.sluicebox",
        ] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        let known = files(dir.path(), &plans, None);
        assert_eq!(known.len(), 1);
        assert_eq!(
            unknown(dir.path(), &plans, &known).unwrap(),
            [
                "dead_letters.7.csv",
                "processed_data_copy.csv",
                "processed_data_sensor.3.csv"
            ]
        );
    }
}
