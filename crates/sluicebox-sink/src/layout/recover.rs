//! From whatever a crash left behind to a directory that is exactly its manifest.
//!
//! All checks come before the first change: a directory that is refused is left as it was. Every
//! step can be cut off and done again.

use std::collections::BTreeMap;

use sluicebox_faults::{io_point, planted, point};

use super::files::{check_recorded, check_unrecorded, surplus_lines};
use super::open::{Opening, check_topic_count};
use super::{rotate, sources};
use crate::error::{OpenError, Refusal, refuse_io};
use crate::format::{FileSpec, Format};
use crate::manifest::{FileState, LAYOUT_SINGLE, ManifestLog, ManifestState, read_log};
use crate::names::MANIFEST;
use crate::storage::{Storage, StorageFile, create_whole};

/// What was found and done when a directory was opened, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// There was no manifest: this is a new directory.
    pub is_new: bool,
    /// One entry per recorded file, in no particular order.
    pub files: Vec<FileRecovery>,
    /// Bytes of an unfinished last manifest record that did not count.
    pub manifest_torn_bytes: u64,
    /// The stream definitions are others than those that wrote the rows so far.
    pub plan_changed: bool,
    /// Files whose columns changed: (sealed from, sealed as).
    pub sealed: Vec<(String, String)>,
}

/// What was found and done to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecovery {
    /// File name in the directory.
    pub name: String,
    /// Its committed length in bytes.
    pub length: u64,
    /// Its committed rows.
    pub rows: u64,
    /// Bytes behind that length that were cut: rows of a commit that did not happen.
    pub cut_bytes: u64,
    /// Line ends among them, which is about how many rows that were.
    pub cut_lines: u64,
    /// Whether the content was read and its checksum compared; see
    /// [`OpenOptions::check_content_up_to_bytes`](super::OpenOptions::check_content_up_to_bytes).
    pub content_checked: bool,
}

/// A recovered directory: the files of the opening come first in the state, in its order.
pub(super) struct Recovered<F> {
    pub(super) state: ManifestState,
    pub(super) log: ManifestLog<F>,
    pub(super) report: Recovery,
}

/// Checks the directory, cuts what does not count, makes what is missing. `agrees` is asked last of
/// all checks, with the state that the manifest says, and may refuse as well.
pub(super) fn recover<S: Storage, E: From<OpenError>>(
    storage: &S,
    opening: &Opening,
    agrees: impl FnOnce(&ManifestState) -> Result<(), E>,
) -> Result<Recovered<S::File>, E> {
    let (state, report) = checked(storage, opening)?;
    agrees(&state)?;
    point!("sink.open.checked");
    Ok(change(storage, opening, state, report)?)
}

/// All checks of the directory itself.
fn checked<S: Storage>(
    storage: &S,
    opening: &Opening,
) -> Result<(ManifestState, Recovery), OpenError> {
    opening.check()?;
    let manifest = storage.describe(MANIFEST);
    let mut report = Recovery::default();
    let state = if let Some(read) = read_log(storage)? {
        report.manifest_torn_bytes = read.torn_bytes;
        read.state
    } else {
        report.is_new = true;
        ManifestState {
            layout: LAYOUT_SINGLE.to_owned(),
            ..ManifestState::default()
        }
    };
    if state.layout != LAYOUT_SINGLE {
        let (recorded, wanted) = (state.layout, LAYOUT_SINGLE.to_owned());
        return Err(Refusal::OtherLayout {
            manifest,
            recorded,
            wanted,
        }
        .into());
    }
    opening.identity.check(&state, &manifest)?;
    rotate::finish(storage, &state)?;
    check_files(storage, opening, &state, &mut report)?;
    sources::check(storage, opening, &state)?;
    Ok((state, report))
}

/// All changes: what the checks found must fit.
fn change<S: Storage>(
    storage: &S,
    opening: &Opening,
    mut state: ManifestState,
    mut report: Recovery,
) -> Result<Recovered<S::File>, OpenError> {
    let manifest = storage.describe(MANIFEST);
    name_topics(opening, &mut state)?;
    cut_files(storage, &state, &mut report)?;

    report.plan_changed = opening.identity.note_in(&mut state);
    report.sealed = rotate::seal_changed(storage, opening, &mut state)?;
    create_missing(storage, opening, &mut state)?;
    order_files(opening, &mut state);
    state.sequence += 1;
    let growth = opening.options.manifest_log_max_bytes;
    let log = ManifestLog::create(storage, &state, growth).map_err(refuse_io("write", manifest))?;
    Ok(Recovered { state, log, report })
}

/// Every check of every file, before anything is changed.
fn check_files<S: Storage>(
    storage: &S,
    opening: &Opening,
    state: &ManifestState,
    report: &mut Recovery,
) -> Result<(), OpenError> {
    let limit = opening.options.check_content_up_to_bytes;
    for file in &state.files {
        let spec = opening.files.iter().find(|spec| spec.name == file.name);
        let format = spec.map_or(Format::Csv, |spec| spec.format);
        let checked = check_recorded(storage, file, &format.preamble(&file.header), limit)?;
        if let Some(spec) = spec
            && spec.header != file.header
            && !opening.options.rotate
        {
            return Err(Refusal::ColumnsChanged {
                file: storage.describe(&file.name),
                recorded: file.header.clone(),
                wanted: spec.header.clone(),
            }
            .into());
        }
        report.files.push(FileRecovery {
            name: file.name.clone(),
            length: file.length,
            rows: file.rows,
            cut_bytes: checked.surplus_bytes,
            cut_lines: 0,
            content_checked: checked.content_checked,
        });
    }
    for spec in opening
        .files
        .iter()
        .filter(|spec| state.file(&spec.name).is_none())
    {
        check_unrecorded(storage, spec)?;
    }
    Ok(())
}

/// Gives the topics of the manifest the indexes that the caller uses. Topics that the caller no
/// longer names keep their positions, behind the others.
fn name_topics(opening: &Opening, state: &mut ManifestState) -> Result<(), OpenError> {
    let (inputs, input_index) = merge(&opening.inputs, &state.inputs);
    let (sources, source_index) = merge(&opening.sources, &state.sources);
    check_topic_count(inputs.len())?;
    check_topic_count(sources.len())?;
    let input = |topic: u16| input_index[usize::from(topic)];
    let source = |topic: u16| source_index[usize::from(topic)];
    let next = std::mem::take(&mut state.next_offsets);
    state.next_offsets = next
        .into_iter()
        .map(|((t, p), offset)| ((input(t), p), offset))
        .collect();
    let highest = std::mem::take(&mut state.highest);
    state.highest = highest
        .into_iter()
        .map(|((t, p, s, sp), offset)| ((input(t), p, source(s), sp), offset))
        .collect::<BTreeMap<_, _>>();
    for gap in &mut state.gaps {
        gap.topic = input(gap.topic);
    }
    state.inputs = inputs;
    state.sources = sources;
    Ok(())
}

/// Wanted names first, then the recorded ones that are not among them; and where each recorded
/// one went.
fn merge(wanted: &[String], recorded: &[String]) -> (Vec<String>, Vec<u16>) {
    let mut names = wanted.to_vec();
    let mut index = Vec::with_capacity(recorded.len());
    for name in recorded {
        let at = names
            .iter()
            .position(|known| known == name)
            .unwrap_or_else(|| {
                names.push(name.clone());
                names.len() - 1
            });
        index.push(at as u16);
    }
    (names, index)
}

/// Cuts what stands behind the recorded lengths.
fn cut_files<S: Storage>(
    storage: &S,
    state: &ManifestState,
    report: &mut Recovery,
) -> Result<(), OpenError> {
    if planted!("sink-does-not-cut-at-recovery") {
        return Ok(());
    }
    for (file, entry) in state.files.iter().zip(&mut report.files) {
        debug_assert_eq!(file.name, entry.name);
        if entry.cut_bytes == 0 {
            continue;
        }
        let path = || storage.describe(&file.name);
        entry.cut_lines = surplus_lines(storage, file).map_err(refuse_io("read", path()))?;
        let mut opened = storage
            .open(&file.name)
            .map_err(refuse_io("open", path()))?;
        io_point!("sink.open.cut")
            .and_then(|()| opened.truncate(file.length))
            .map_err(refuse_io("cut", path()))?;
        io_point!("sink.open.cut.sync")
            .and_then(|()| opened.sync_data())
            .map_err(refuse_io("sync", path()))?;
    }
    Ok(())
}

/// Makes the files that no manifest speaks of; the checks found nothing of worth in their place.
fn create_missing<S: Storage>(
    storage: &S,
    opening: &Opening,
    state: &mut ManifestState,
) -> Result<(), OpenError> {
    for spec in &opening.files {
        if state.file(&spec.name).is_none() {
            let path = storage.describe(&spec.name);
            let preamble = spec.preamble();
            create_whole(storage, &spec.name, &preamble).map_err(refuse_io("create", path))?;
            state.files.push(new_file(spec, &preamble));
        }
    }
    Ok(())
}

fn new_file(spec: &FileSpec, preamble: &[u8]) -> FileState {
    FileState {
        name: spec.name.clone(),
        header: spec.header.clone(),
        length: preamble.len() as u64,
        rows: 0,
        crc: crc32c::crc32c(preamble),
    }
}

/// Puts the files of the opening first, in its order. Files of streams that are no longer
/// defined stay recorded behind them.
fn order_files(opening: &Opening, state: &mut ManifestState) {
    let place = |file: &FileState| {
        let place = opening.files.iter().position(|spec| spec.name == file.name);
        place.unwrap_or(usize::MAX)
    };
    state.files.sort_by_key(place);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Identity, OpenOptions};
    use crate::storage::memory::MemoryStorage;

    #[test]
    fn a_directory_of_another_layout_is_refused() {
        let storage = MemoryStorage::new();
        let state = ManifestState {
            layout: "partitioned".into(),
            ..ManifestState::default()
        };
        ManifestLog::create(&storage, &state, 0).unwrap();
        let identity = Identity {
            cluster_id: String::new(),
            topics: Vec::new(),
            plan_hash: [0; 32],
        };
        let opening = Opening {
            files: vec![FileSpec::csv("rows.csv", "a")],
            inputs: Vec::new(),
            sources: Vec::new(),
            identity,
            options: OpenOptions::default(),
        };
        let error = recover(&storage, &opening, |_| Ok::<_, OpenError>(()))
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("`partitioned`, not `single`"),
            "{error}"
        );
        assert_eq!(
            storage.length("rows.csv").unwrap(),
            None,
            "nothing was made"
        );
    }
}
