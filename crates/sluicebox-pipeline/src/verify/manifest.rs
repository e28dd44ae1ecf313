//! The manifest as `verify` meets it: whole, missing or damaged.

use std::io;

use sluicebox_sink::{DiskStorage, ManifestState, OpenError, Refusal, read_manifest};

use super::config::VerifyConfig;
use super::error::VerifyError;

/// The manifest, or why there is none to go by.
#[derive(Debug)]
pub(super) enum Manifest {
    Read(Box<ManifestState>),
    Missing,
    Damaged(String),
}

impl Manifest {
    /// Reads it.
    pub(super) fn read(config: &VerifyConfig) -> Result<Self, VerifyError> {
        let storage = DiskStorage::existing(&config.output_dir);
        match read_manifest(&storage) {
            Ok(Some(state)) => Ok(Self::Read(Box::new(state))),
            Ok(None) => Ok(Self::Missing),
            Err(error) => Self::unreadable(&error),
        }
    }

    fn unreadable(error: &OpenError) -> Result<Self, VerifyError> {
        match error.refusal() {
            Refusal::DamagedManifest { offset, what, .. } => {
                Ok(Self::Damaged(format!("at byte {offset}: {what}")))
            }
            Refusal::Io { source, file, .. } => Err(VerifyError::Read {
                path: file.into(),
                source: io::Error::new(source.kind(), source.to_string()),
            }),
            refusal => Err(VerifyError::NewerManifest(refusal.to_string())),
        }
    }

    /// What it says, if it could be read.
    pub(super) fn state(&self) -> Option<&ManifestState> {
        match self {
            Self::Read(state) => Some(state),
            Self::Missing | Self::Damaged(_) => None,
        }
    }
}
