//! The cluster's id: made once, kept for the life of the data directory.

use std::io;

use serde::{Deserialize, Serialize};

use super::Layout;
use crate::storage::{Storage, read_all, replace};

/// `meta.json`. Readable by a person, so JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Meta {
    version: u32,
    cluster_id: String,
    /// CRC-32C of the id: under a wrong one, every sink would take this for another cluster.
    /// Directories of the first releases have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cluster_id_crc32c: Option<u32>,
}

const META_VERSION: u32 = 1;

/// Begins the id of every embedded cluster, so that clients can tell it from one of many brokers:
/// they create topics with a replication factor of 1 on it.
const EMBEDDED_PREFIX: &str = "sluicebox-";

/// Reads the directory's cluster id, or makes one in a new directory.
pub(crate) fn cluster_id(storage: &dyn Storage, layout: &Layout) -> io::Result<String> {
    let path = layout.root().join("meta.json");
    match storage.open_read(&path) {
        Ok(file) => {
            let meta: Meta =
                serde_json::from_slice(&read_all(file.as_ref())?).map_err(|error| {
                    io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("{} is damaged: {error}", path.display()),
                    )
                })?;
            if meta.version != META_VERSION {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "{} has format version {}, this broker reads {META_VERSION}",
                        path.display(),
                        meta.version
                    ),
                ));
            }
            let crc = crc32c::crc32c(meta.cluster_id.as_bytes());
            if meta.cluster_id_crc32c.is_some_and(|written| written != crc) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "{} is damaged: the checksum of the cluster id does not match; restore the \
                         file from a backup",
                        path.display()
                    ),
                ));
            }
            Ok(meta.cluster_id)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let cluster_id = format!("{EMBEDDED_PREFIX}{}", uuid::Uuid::new_v4().simple());
            let meta = Meta {
                version: META_VERSION,
                cluster_id_crc32c: Some(crc32c::crc32c(cluster_id.as_bytes())),
                cluster_id,
            };
            replace(storage, &path, &serde_json::to_vec_pretty(&meta)?)?;
            Ok(meta.cluster_id)
        }
        Err(error) => Err(error),
    }
}
