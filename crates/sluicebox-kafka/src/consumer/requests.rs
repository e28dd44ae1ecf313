//! What a consumer asks the cluster beside reading.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::consumer::{Consumer, LogRange};
use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::{self, PartitionList, check, millis};
use crate::topic_partition::{TopicId, TopicPartition, TopicPartitionOffset};

/// librdkafka's "no offset is known".
const OFFSET_INVALID: i64 = rdkafka_sys::RD_KAFKA_OFFSET_INVALID as i64;

/// An offset that the group has committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The offset of the next record.
    pub offset: i64,
    /// What whoever committed it noted with it (Kafka calls it metadata); mostly nothing.
    pub note: String,
}

impl Consumer {
    /// The group's committed offsets, in the order asked for; `None` where it has none. Offsets of
    /// a pending transaction are waited for (KIP-447).
    pub fn committed(
        &self,
        partitions: &[TopicPartition],
        wait: Duration,
    ) -> Result<Vec<Option<i64>>, KafkaError> {
        let committed = self.committed_with_notes(partitions, wait)?;
        let offset = |committed: Option<Committed>| committed.map(|committed| committed.offset);
        Ok(committed.into_iter().map(offset).collect())
    }

    /// As [`committed`](Self::committed), with the note that each was committed with.
    pub fn committed_with_notes(
        &self,
        partitions: &[TopicPartition],
        wait: Duration,
    ) -> Result<Vec<Option<Committed>>, KafkaError> {
        const OPERATION: &str = "read the group's committed offsets";
        let list = self.partition_list(partitions)?;
        // SAFETY: client and list are alive.
        let code =
            unsafe { ffi::rd_kafka_committed(self.client.as_ptr(), list.as_ptr(), millis(wait)) };
        check(OPERATION, code)?;
        let entries = list.entries();
        let mut offsets = Vec::with_capacity(entries.len());
        for entry in entries {
            check(OPERATION, entry.error.number())
                .map_err(|error| error.at(&entry.topic, Some(entry.partition)))?;
            let (offset, note) = (entry.offset, entry.note);
            offsets.push((offset >= 0).then_some(Committed { offset, note }));
        }
        Ok(offsets)
    }

    /// What the partition's log holds now.
    pub fn offsets(
        &self,
        partition: TopicPartition,
        wait: Duration,
    ) -> Result<LogRange, KafkaError> {
        let name = self.name_of(partition.topic)?;
        let deadline = Instant::now() + wait;
        crate::admin::log_range(&self.client, name, partition.partition, deadline)
    }

    /// The id that tells a topic of the subscription from an earlier one of the same name; empty when
    /// the broker is too old to say.
    pub fn topic_identity(&self, topic: TopicId, wait: Duration) -> Result<String, KafkaError> {
        let name = self.name_of(topic)?;
        let described = crate::admin::describe(&self.client, name, wait)?;
        Ok(described.topic_id)
    }

    /// The end of the partition's log (its high watermark) as the last fetch had it: no question to
    /// the cluster. `None` before the first fetch.
    pub fn known_end(&self, partition: TopicPartition) -> Option<i64> {
        let name = ffi::c_string(self.topic_name(partition.topic)?).ok()?;
        let (mut low, mut high) = (OFFSET_INVALID, OFFSET_INVALID);
        // SAFETY: the client and the name are alive; the two numbers are written before the call
        // returns, from what the client holds.
        unsafe {
            rdkafka_sys::rd_kafka_get_watermark_offsets(
                self.client.as_ptr(),
                name.as_ptr(),
                partition.partition,
                &raw mut low,
                &raw mut high,
            );
        }
        (high >= 0).then_some(high)
    }

    /// Stops fetching some partitions, until [`resume`](Self::resume) or the next assignment.
    pub fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), KafkaError> {
        let list = self.partition_list(partitions)?;
        // SAFETY: client and list are alive.
        let code = unsafe { ffi::rd_kafka_pause_partitions(self.client.as_ptr(), list.as_ptr()) };
        self.paused.extend(partitions);
        check("pause partitions", code)
    }

    /// Fetches paused partitions again, each from the record after the last one handed out.
    ///
    /// librdkafka would go on where it thinks that the application is, and
    /// `rd_kafka_consume_batch_queue` takes the report of a partition's end for a record at that
    /// offset: the next record was left out. So its opinion is replaced by our own positions.
    ///
    /// # Errors
    /// As [`seek`](Self::seek); call it again before the next poll.
    pub fn resume(
        &mut self,
        partitions: &[TopicPartition],
        wait: Duration,
    ) -> Result<(), KafkaError> {
        self.unpause(partitions)?;
        let mut positions = self.positions.all();
        positions.retain(|at| partitions.contains(&at.topic_partition()));
        self.seek(&positions, wait)
    }

    /// Ends the pause of the partitions that are given up or taken over: librdkafka would keep it
    /// for the next time that this client has them.
    pub(super) fn unpause_all(&mut self) -> Result<(), KafkaError> {
        if self.paused.is_empty() {
            return Ok(());
        }
        let paused = std::mem::take(&mut self.paused);
        self.unpause(&paused)
    }

    fn unpause(&mut self, partitions: &[TopicPartition]) -> Result<(), KafkaError> {
        let list = self.partition_list(partitions)?;
        // SAFETY: client and list are alive.
        let code = unsafe { ffi::rd_kafka_resume_partitions(self.client.as_ptr(), list.as_ptr()) };
        check("resume partitions", code)?;
        self.paused
            .retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    /// Tells the group how far the sink is, for lag displays: the sink's own record decides where
    /// it goes on. Returns at once; a failure is logged and of no consequence.
    pub fn commit_hint(&mut self, positions: &[TopicPartitionOffset]) {
        self.commit_hint_noted(positions, &BTreeMap::new());
    }

    /// As [`commit_hint`](Self::commit_hint); `notes` are kept with the offsets, by topic.
    pub fn commit_hint_noted(
        &mut self,
        positions: &[TopicPartitionOffset],
        notes: &BTreeMap<String, String>,
    ) {
        // A member whose session has run out has no member id, and brokers fence a named member
        // (KIP-345) that commits without one: fatal to the client, for a mere hint.
        if positions.is_empty() || self.group_metadata().is_none() {
            return;
        }
        let outcome = self.noted_list(positions, notes).and_then(|list| {
            // SAFETY: client and list are alive; the list is copied by an asynchronous commit.
            let code = unsafe { ffi::rd_kafka_commit(self.client.as_ptr(), list.as_ptr(), 1) };
            match ErrorCode::from_number(code) {
                // Nothing assigned any more: the hint is not ours to give.
                ErrorCode::STATE => Ok(()),
                _ => check("commit offsets", code),
            }
        });
        if let Err(error) = outcome {
            tracing::debug!(%error, group = %self.group, "an offset hint was not committed");
        }
    }

    fn noted_list(
        &self,
        positions: &[TopicPartitionOffset],
        notes: &BTreeMap<String, String>,
    ) -> Result<PartitionList, KafkaError> {
        let mut list = PartitionList::with_capacity(positions.len());
        for at in positions {
            let topic = self.name_of(at.topic)?;
            let note = notes.get(topic).map_or("", String::as_str);
            list.add_noted(topic, at.partition, at.offset, note)?;
        }
        Ok(list)
    }

    fn partition_list(&self, partitions: &[TopicPartition]) -> Result<PartitionList, KafkaError> {
        let mut list = PartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add(
                self.name_of(partition.topic)?,
                partition.partition,
                OFFSET_INVALID,
            )?;
        }
        Ok(list)
    }
}
