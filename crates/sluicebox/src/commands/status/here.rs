//! What is known without the cluster: the files, and what runs on this machine.

use std::path::PathBuf;
use std::time::Instant;

use sluicebox_sink::{DiskStorage, ManifestState, OpenError, read_manifest};

use super::super::problems;
use super::super::running::{self, Running};
use crate::exit::Failure;
use crate::settings::config::Config;

/// What holds here at one moment.
pub(super) struct Here {
    pub(super) at: Instant,
    pub(super) output_dir: PathBuf,
    /// The output directory's manifest; `None` where there is none.
    pub(super) files: Option<ManifestState>,
    pub(super) running: Vec<Running>,
}

impl Here {
    /// # Errors
    /// The manifest is damaged, or may not be read.
    pub(super) fn take(config: &Config) -> Result<Self, Failure> {
        Ok(Self {
            at: Instant::now(),
            output_dir: config.output.dir.clone(),
            files: committed_files(config)?,
            running: running(config),
        })
    }

    /// Rows in all files, those of dead letters and of sealed files too.
    pub(super) fn rows(&self) -> Option<u64> {
        let state = self.files.as_ref()?;
        let sealed = state.sealed.iter().map(|sealed| &sealed.file);
        Some(state.files.iter().chain(sealed).map(|file| file.rows).sum())
    }
}

/// The parts that run on this machine.
pub(super) fn running(config: &Config) -> Vec<Running> {
    running::on_this_machine(&config.processor.state_dir)
}

fn committed_files(config: &Config) -> Result<Option<ManifestState>, Failure> {
    if !config.output.dir.is_dir() {
        return Ok(None);
    }
    let unreadable = |error: OpenError| {
        Failure::Failed(problems::report(
            error.refusal().to_string(),
            Some(error.way_out()),
        ))
    };
    read_manifest(&DiskStorage::existing(&config.output.dir)).map_err(unreadable)
}
