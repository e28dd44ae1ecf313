//! Why a verification could not be made.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sluicebox_kafka::KafkaError;

use crate::error::PipelineError;

/// A verification came to no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The cluster refused something, or did not answer.
    #[error(transparent)]
    Cluster(#[from] PipelineError),
    /// The directory's offsets are of another cluster.
    #[error(
        "the files in {directory} were written from the cluster `{recorded}`, and this is the cluster `{found}`"
    )]
    OtherCluster {
        /// The output directory.
        directory: PathBuf,
        /// The cluster's id in the manifest.
        recorded: String,
        /// The id of the cluster that answered.
        found: String,
    },
    /// No records come from a topic any more.
    #[error("no records from {topic} partition {partition} for {:.0} s, at offset {offset} of {end}", waited.as_secs_f64())]
    Stalled {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The next offset.
        offset: i64,
        /// Where reading was to end.
        end: i64,
        /// How long nothing came.
        waited: Duration,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no room, or no right, for temporary files.
    #[error("cannot use a temporary file in {directory}: {source}")]
    Temporary {
        /// The directory.
        directory: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A sink sealed files while they were read.
    #[error("a sink sealed files (--rotate) while they were read")]
    Sealed,
    /// The manifest was written by a newer version.
    #[error("{0}")]
    NewerManifest(String),
}

impl From<KafkaError> for VerifyError {
    fn from(error: KafkaError) -> Self {
        Self::Cluster(error.into())
    }
}

impl VerifyError {
    pub(super) fn read(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Read {
            path: path.clone(),
            source,
        }
    }

    pub(super) fn temporary(directory: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let directory = directory.to_owned();
        move |source| Self::Temporary {
            directory: directory.clone(),
            source,
        }
    }

    /// What a person can do about it; `None` where the message says all there is to say.
    pub fn way_out(&self) -> Option<String> {
        Some(match self {
            Self::Cluster(error) => return error.way_out(),
            Self::OtherCluster { .. } => {
                "name the cluster they were written from with --bootstrap-servers, or the output directory of this one with --output-dir".to_owned()
            }
            Self::Stalled { .. } => {
                "see that the cluster is well, then verify again (--wait says how long nothing may come)".to_owned()
            }
            Self::Read { .. } => "check the permissions and the disk, then verify again".to_owned(),
            Self::Temporary { .. } => {
                "40 bytes are needed for each row beyond the first million; set TMPDIR to a directory with room".to_owned()
            }
            Self::Sealed => "verify again".to_owned(),
            Self::NewerManifest(_) => "verify with the newer version of this program".to_owned(),
        })
    }
}
