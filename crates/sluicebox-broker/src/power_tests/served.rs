//! All that a broker serves, to be compared.

use std::collections::BTreeMap;
use std::path::Path;

use sluicebox_crashsim::Disk;

use super::requests::fetched;
use super::world::{Life, ROOT, wait};
use crate::data_dir::{Layout, cluster_id};
use crate::log::batch::BatchHeader;
use crate::log::{Isolation, PartitionLog};
use crate::storage::SimulatedStorage;

/// All that a broker gives out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Served {
    /// By topic and partition: bytes of all batches, and which transactions were aborted.
    logs: BTreeMap<String, (Vec<u8>, String)>,
    /// Transactional ids, and what the group has committed.
    coordinators: String,
    cluster: String,
}

impl Served {
    /// Whether this is what the other was before the last change in that file.
    pub(super) fn is_earlier_than(&self, later: &Self, path: &str) -> bool {
        if Path::new(path).extension().is_some_and(|end| end == "log") {
            let mut pairs = self.logs.iter().zip(&later.logs);
            return self.logs.len() == later.logs.len()
                && self.cluster == later.cluster
                && pairs.all(|((name, log), (other, whole))| {
                    name == other && whole.0.starts_with(&log.0)
                });
        }
        // Topics, partitions and settings may be fewer; what is shown of them is as it was.
        let as_it_was = |(name, log): (&String, &(Vec<u8>, String))| {
            let other = later.logs.get(name);
            other.is_some_and(|other| other.0.starts_with(&log.0))
        };
        self.cluster == later.cluster && self.logs.iter().all(as_it_was)
    }
}

/// Starts the broker and reads everything.
pub(super) fn served(disk: &Disk) -> Result<Served, String> {
    wait(async {
        let life = Life::open(disk)?;
        let mut logs = BTreeMap::new();
        for topic in life.rig.topics.all() {
            for log in topic.partitions() {
                logs.insert(log.name.clone(), whole(&log)?);
            }
        }
        let mut transactions = life.rig.transactions.list();
        transactions.sort_by(|a, b| a.0.cmp(&b.0));
        let group = fetched(&life.rig).await;
        let storage = SimulatedStorage(disk.clone());
        let layout = Layout::new(Path::new(ROOT).to_owned());
        let cluster = cluster_id(&storage, &layout).map_err(|e| e.to_string())?;
        Ok(Served {
            logs,
            coordinators: format!("{transactions:?} {group:?}"),
            cluster,
        })
    })
}

/// All batches of a log, markers too, and what was aborted among them.
fn whole(log: &PartitionLog) -> Result<(Vec<u8>, String), String> {
    let ends = log.ends();
    let (mut offset, mut bytes, mut aborted) = (ends.log_start, Vec::new(), Vec::new());
    while offset < ends.high_watermark {
        let slice = log
            .read(offset, 400, Isolation::ReadUncommitted, true)
            .map_err(|e| e.to_string())?;
        let mut rest = slice.bytes.as_ref();
        while let Some(header) = BatchHeader::read(rest) {
            offset = header.next_offset();
            rest = &rest[header.size..];
        }
        bytes.extend_from_slice(&slice.bytes);
    }
    if ends.last_stable > ends.log_start {
        let all = log.read(
            ends.log_start,
            usize::MAX / 2,
            Isolation::ReadCommitted,
            true,
        );
        aborted = all.map_err(|e| e.to_string())?.aborted;
    }
    Ok((bytes, format!("{ends:?} {aborted:?}")))
}
