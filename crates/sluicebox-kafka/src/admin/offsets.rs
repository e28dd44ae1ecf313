//! What the logs hold.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use super::connect::refresh_metadata;
use super::request::{array, ask};
use super::{Admin, TopicDescription};
use crate::consumer::LogRange;
use crate::error::{ErrorClass, KafkaError};
use crate::error_code::ErrorCode;
use crate::ffi::{Handle, PartitionList, check};

const EARLIEST: i64 = sys::rd_kafka_OffsetSpec_t::RD_KAFKA_OFFSET_SPEC_EARLIEST as i64;
const LATEST: i64 = sys::rd_kafka_OffsetSpec_t::RD_KAFKA_OFFSET_SPEC_LATEST as i64;

/// A partition and what its log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionLog {
    /// Which partition, from 0.
    pub partition: i32,
    /// What its log holds.
    pub range: LogRange,
}

/// Whose view a request for offsets takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Committed,
    Everything,
}

impl Admin {
    /// What the logs of a topic's partitions hold, sorted by partition.
    pub fn log_ranges(&self, topic: &str) -> Result<Vec<PartitionLog>, KafkaError> {
        let described = self.describe(topic)?;
        let found = self.log_ranges_of([&described])?;
        Ok(found.into_values().next().unwrap_or_default())
    }

    /// What the logs of some topics hold, by topic and sorted by partition: of all in the same three
    /// requests to each broker, since whoever has described them need not ask for their partitions.
    pub fn log_ranges_of<'a>(
        &self,
        topics: impl IntoIterator<Item = &'a TopicDescription>,
    ) -> Result<BTreeMap<String, Vec<PartitionLog>>, KafkaError> {
        let of_topic = |topic: &'a TopicDescription| {
            let partitions = topic.partitions.iter();
            partitions.map(|partition| (topic.name.as_str(), partition.partition))
        };
        let wanted: Vec<_> = topics.into_iter().flat_map(of_topic).collect();
        let deadline = Instant::now() + self.timeout;
        let mut logs: BTreeMap<String, Vec<PartitionLog>> = BTreeMap::new();
        for ((topic, partition), range) in ranges(&self.client, &wanted, deadline)? {
            let log = PartitionLog { partition, range };
            logs.entry(topic).or_default().push(log);
        }
        Ok(logs)
    }

    /// For each partition of a topic the first offset whose record is not older than the time
    /// (epoch milliseconds); `None` where all records are older.
    pub fn offsets_for_time(
        &self,
        topic: &str,
        timestamp_ms: i64,
    ) -> Result<Vec<(i32, Option<i64>)>, KafkaError> {
        let described = self.describe(topic)?;
        let partitions = described.partitions.iter();
        let wanted: Vec<_> = partitions.map(|known| (topic, known.partition)).collect();
        let time = timestamp_ms.max(0);
        let (client, view) = (&self.client, View::Everything);
        let found = list(client, &wanted, time, view, self.timeout)?;
        Ok(found
            .into_iter()
            .map(|((_, partition), offset)| (partition, (offset >= 0).then_some(offset)))
            .collect())
    }

    /// Removes the records before an offset of each given partition.
    pub fn delete_records(&self, topic: &str, before: &[(i32, i64)]) -> Result<(), KafkaError> {
        const OPERATION: &str = "delete records";
        let mut offsets = PartitionList::with_capacity(before.len());
        for (partition, offset) in before {
            offsets.add(topic, *partition, *offset)?;
        }
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETERECORDS;
        let client = self.client.as_ptr();
        let answer = self.request(OPERATION, api, |options, queue| {
            // SAFETY: all are alive; the request copies the offsets.
            unsafe {
                let mut delete = sys::rd_kafka_DeleteRecords_new(offsets.as_ptr());
                sys::rd_kafka_DeleteRecords(client, &raw mut delete, 1, options.as_ptr(), queue);
                sys::rd_kafka_DeleteRecords_destroy(delete);
            }
            Ok(())
        })?;
        // SAFETY: the list belongs to the answer.
        let entries = unsafe {
            let result = sys::rd_kafka_event_DeleteRecords_result(answer.event());
            PartitionList::read(sys::rd_kafka_DeleteRecords_result_offsets(result))
        };
        for entry in entries {
            check(OPERATION, entry.error.number())
                .map_err(|error| error.at(&entry.topic, Some(entry.partition)))?;
        }
        Ok(())
    }
}

/// What one partition's log holds.
pub(crate) fn log_range(
    client: &Handle,
    topic: &str,
    partition: i32,
    deadline: Instant,
) -> Result<LogRange, KafkaError> {
    let found = ranges(client, &[(topic, partition)], deadline).inspect_err(|error| {
        // librdkafka asks the leader that it knows, and after a refusal it would know no other one
        // until its next regular look (30 s): FENCED_LEADER_EPOCH would come again and again.
        if error.class == ErrorClass::Retry {
            refresh_metadata(client);
        }
    })?;
    found.into_values().next().ok_or_else(|| {
        KafkaError::configuration("read log offsets", "the broker left the partition out")
            .at(topic, Some(partition))
    })
}

fn ranges(
    client: &Handle,
    wanted: &[(&str, i32)],
    deadline: Instant,
) -> Result<BTreeMap<(String, i32), LogRange>, KafkaError> {
    let ask = |spec, view| {
        let left = deadline.saturating_duration_since(Instant::now());
        list(client, wanted, spec, view, left)
    };
    // In this order the three agree even while records arrive: each is at most the next.
    let earliest = ask(EARLIEST, View::Everything)?;
    let last_stable = ask(LATEST, View::Committed)?;
    let high_watermark = ask(LATEST, View::Everything)?;
    let range = |(at, earliest)| {
        let range = LogRange {
            earliest,
            last_stable: *last_stable.get(&at)?,
            high_watermark: *high_watermark.get(&at)?,
        };
        Some((at, range))
    };
    Ok(earliest.into_iter().filter_map(range).collect())
}

/// Refuses an offset that nobody has given.
///
/// When the leader of a partition is lost while it is asked, librdkafka reports no error and leaves
/// the offset unset. Taken for the end of the log it would say that all records are gone. Only a
/// question for a time may have no answer.
fn is_answered(spec: i64, offset: i64) -> Result<(), KafkaError> {
    if offset >= 0 || spec >= 0 {
        return Ok(());
    }
    let unset = "the broker's answer has no offset: its leader is changing";
    Err(KafkaError::new(
        "read log offsets",
        ErrorCode::OFFSET_NOT_AVAILABLE,
        unset,
    ))
}

/// Asks for one offset of each partition: `spec` is a time or one of the specs above.
fn list(
    client: &Handle,
    partitions: &[(&str, i32)],
    spec: i64,
    view: View,
    timeout: Duration,
) -> Result<BTreeMap<(String, i32), i64>, KafkaError> {
    const OPERATION: &str = "read log offsets";
    let mut wanted = PartitionList::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        wanted.add(topic, *partition, spec)?;
    }
    let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS;
    let answer = ask(client, OPERATION, api, timeout, |options, queue| {
        use sys::rd_kafka_IsolationLevel_t as Level;
        let level = match view {
            View::Committed => Level::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED,
            View::Everything => Level::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED,
        };
        // SAFETY: all are alive; the request copies the list.
        unsafe {
            let error = sys::rd_kafka_AdminOptions_set_isolation_level(options.as_ptr(), level);
            crate::ffi::check_error(OPERATION, error)?;
            sys::rd_kafka_ListOffsets(client.as_ptr(), wanted.as_ptr(), options.as_ptr(), queue);
        }
        Ok(())
    })
    .map_err(|error| match only_topic(partitions) {
        Some(topic) => error.at(topic, None),
        None => error,
    })?;
    let mut found = BTreeMap::new();
    // SAFETY: everything read belongs to the answer.
    unsafe {
        let result = sys::rd_kafka_event_ListOffsets_result(answer.event());
        let mut count = 0;
        let infos = sys::rd_kafka_ListOffsets_result_infos(result, &raw mut count);
        for info in array(infos, count) {
            let entry = sys::rd_kafka_ListOffsetsResultInfo_topic_partition(*info);
            let entry = PartitionList::entry(entry);
            check(OPERATION, entry.error.number())
                .and_then(|()| is_answered(spec, entry.offset))
                .map_err(|error| error.at(&entry.topic, Some(entry.partition)))?;
            found.insert((entry.topic, entry.partition), entry.offset);
        }
    }
    Ok(found)
}

/// The topic that all are of, if there is one.
fn only_topic<'a>(partitions: &[(&'a str, i32)]) -> Option<&'a str> {
    let (first, _) = partitions.first()?;
    let is_only = partitions.iter().all(|(topic, _)| topic == first);
    is_only.then_some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_that_nobody_has_given_is_asked_for_again() {
        let unset = is_answered(LATEST, i64::from(sys::RD_KAFKA_OFFSET_INVALID));
        assert_eq!(unset.map_err(|error| error.class), Err(ErrorClass::Retry));
        assert_eq!(is_answered(LATEST, 0), Ok(()));
        assert_eq!(is_answered(EARLIEST, 7), Ok(()));
        assert_eq!(is_answered(1_700_000_000_000, -1), Ok(()), "all are older");
    }
}
