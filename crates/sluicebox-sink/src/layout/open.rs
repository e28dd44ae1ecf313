//! What a layout is opened with.

use std::collections::BTreeSet;

use super::Identity;
use crate::error::{OpenError, Refusal};
use crate::format::FileSpec;
use crate::limits::{CHECK_CONTENT_UP_TO_BYTES, MANIFEST_LOG_MAX_BYTES, TOPICS_MAX_COUNT};
use crate::names::{is_data_file, unfinished};

/// What a layout is opened with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The files; rows are appended to them by their index here. The first ones belong to `sources`,
    /// one each, in the same order; then come files for rows of any topic.
    pub files: Vec<FileSpec>,
    /// The topics that records are read from, by index.
    pub inputs: Vec<String>,
    /// The topics that rows stand for, by index.
    pub sources: Vec<String>,
    /// Whose offsets these are.
    pub identity: Identity,
    /// What the user allows.
    pub options: OpenOptions,
}

/// What the user allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// Seal a file whose columns changed, and begin a new one, rather than refuse.
    pub rotate: bool,
    /// Leave out rows that are in the files already, and count them, rather than stop.
    pub skip_repeats: bool,
    /// Files up to this length are read and checked against their recorded CRC-32C. Longer ones
    /// are trusted as far as their length and header go. 0 checks none.
    pub check_content_up_to_bytes: u64,
    /// The manifest is rewritten as one checkpoint when its log has grown by this much.
    pub manifest_log_max_bytes: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            rotate: false,
            skip_repeats: false,
            check_content_up_to_bytes: CHECK_CONTENT_UP_TO_BYTES,
            manifest_log_max_bytes: MANIFEST_LOG_MAX_BYTES,
        }
    }
}

impl Opening {
    /// Checks what was asked for, before the directory is looked at.
    pub(super) fn check(&self) -> Result<(), OpenError> {
        let mut taken = BTreeSet::new();
        for file in &self.files {
            let refuse = |reason| {
                Refusal::BadFileName {
                    name: file.name.clone(),
                    reason,
                }
                .into()
            };
            if !is_data_file(&file.name) {
                return Err(refuse(
                    "it is no plain file name, or a name of the sink's own",
                ));
            }
            if file.header.contains('\n') {
                return Err(refuse("its header has more than one line"));
            }
            if !taken.insert(file.name.clone()) || !taken.insert(unfinished(&file.name)) {
                return Err(refuse("another file has it already"));
            }
        }
        check_topic_count(self.inputs.len())?;
        check_topic_count(self.sources.len())
    }
}

pub(super) fn check_topic_count(count: usize) -> Result<(), OpenError> {
    if count > TOPICS_MAX_COUNT {
        return Err(Refusal::TooManyTopics {
            count,
            limit: TOPICS_MAX_COUNT,
        }
        .into());
    }
    Ok(())
}
