//! The records of the topics journal: JSON, tagged by what happened, behind a version byte.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::TopicId;

const VERSION: u8 = 1;

/// Something that happened to a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Change {
    Created {
        #[serde(with = "id_text")]
        id: TopicId,
        name: String,
        partitions: i32,
        config: BTreeMap<String, String>,
    },
    Deleted {
        #[serde(with = "id_text")]
        id: TopicId,
    },
    Partitions {
        #[serde(with = "id_text")]
        id: TopicId,
        partitions: i32,
    },
    Configured {
        #[serde(with = "id_text")]
        id: TopicId,
        config: BTreeMap<String, String>,
    },
}

/// A topic as the journal tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownTopic {
    pub(super) name: String,
    pub(super) partitions: i32,
    pub(super) config: BTreeMap<String, String>,
}

/// All topics that the journal tells of.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) topics: BTreeMap<TopicId, KnownTopic>,
    pub(super) deleted: BTreeSet<TopicId>,
}

impl Known {
    /// The next change.
    ///
    /// # Errors
    /// It does not fit to those before.
    pub(super) fn apply(&mut self, change: &Change) -> Result<(), String> {
        let unknown = |id: &TopicId| format!("a change of topic {id}, which was never made");
        match change {
            Change::Created {
                id,
                name,
                partitions,
                config,
            } => {
                let (name, partitions, config) = (name.clone(), *partitions, config.clone());
                self.topics.insert(
                    *id,
                    KnownTopic {
                        name,
                        partitions,
                        config,
                    },
                );
            }
            Change::Deleted { id } => {
                self.topics.remove(id).ok_or_else(|| unknown(id))?;
                self.deleted.insert(*id);
            }
            Change::Partitions { id, partitions } => {
                self.topics
                    .get_mut(id)
                    .ok_or_else(|| unknown(id))?
                    .partitions = *partitions;
            }
            Change::Configured { id, config } => {
                self.topics
                    .get_mut(id)
                    .ok_or_else(|| unknown(id))?
                    .config
                    .clone_from(config);
            }
        }
        Ok(())
    }
}

pub(super) fn write(change: &Change) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    // Strings and numbers only: writing them to memory cannot fail.
    let _ = serde_json::to_writer(&mut bytes, change);
    bytes
}

/// Reads a record.
///
/// # Errors
/// Another version, or not such a record.
pub(super) fn read(bytes: &[u8]) -> Result<Change, String> {
    match bytes.split_first() {
        Some((&VERSION, json)) => serde_json::from_slice(json).map_err(|error| error.to_string()),
        Some((version, _)) => Err(format!("topic record of unknown version {version}")),
        None => Err("an empty topic record".to_owned()),
    }
}

mod id_text {
    use serde::{Deserialize, Deserializer, Serializer};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
