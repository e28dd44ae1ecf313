//! What a search is asked for, and where it begins for that.

use std::collections::BTreeMap;

use sluicebox_kafka::admin::PartitionLog;
use sluicebox_kafka::{RecordRef, TopicPartitionOffset};

use super::error::SearchError;
use super::filter::Filter;

/// What is searched for.
#[derive(Debug, Clone)]
pub struct Search {
    /// The topic.
    pub topic: String,
    /// The partitions; `None`: all.
    pub partitions: Option<Vec<i32>>,
    /// Where it begins.
    pub start: Start,
    /// Which records fit.
    pub filter: Filter,
    /// Whether it goes on with new records for ever.
    pub follow: bool,
    /// It ends after so many records that fit.
    pub limit: Option<u64>,
}

/// Where a search begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record that is there.
    Earliest,
    /// With the last so many offsets, spread over the partitions.
    Latest(i64),
    /// With the last so many offsets of each partition.
    LatestOfEach(i64),
    /// With this offset.
    Offset(i64),
    /// With the first record that is not older, milliseconds since 1970. Older ones that come after it,
    /// such as replays, which keep their times, do not fit.
    Time(i64),
    /// With these offsets by partition; at the end in others.
    At(BTreeMap<i32, i64>),
}

impl Search {
    /// Whether a record fits.
    pub(super) fn fits(&self, record: RecordRef<'_>) -> bool {
        let is_old = matches!(self.start, Start::Time(from) if record.timestamp_ms() < from);
        !is_old && self.filter.matches(record)
    }
}

/// The partitions that are asked for.
pub(super) fn wanted(
    logs: Vec<PartitionLog>,
    search: &Search,
) -> Result<Vec<PartitionLog>, SearchError> {
    let Some(wanted) = &search.partitions else {
        return Ok(logs);
    };
    let is_there = |partition: &i32| logs.iter().any(|log| log.partition == *partition);
    if let Some(partition) = wanted.iter().find(|partition| !is_there(partition)) {
        return Err(SearchError::NoPartition {
            topic: search.topic.clone(),
            partition: *partition,
            count: logs.len(),
        });
    }
    let asked = logs
        .into_iter()
        .filter(|log| wanted.contains(&log.partition));
    Ok(asked.collect())
}

/// Where reading of a partition begins.
pub(super) fn start(
    start: &Start,
    log: &PartitionLog,
    share: i64,
    times: &BTreeMap<i32, Option<i64>>,
) -> TopicPartitionOffset {
    let (first, end) = (log.range.earliest, log.range.last_stable);
    let offset = match start {
        Start::Earliest => first,
        Start::Latest(count) => end - count.div_euclid(share) - i64::from(count % share > 0),
        Start::LatestOfEach(count) => end.saturating_sub(*count),
        Start::Offset(offset) => *offset,
        Start::Time(_) => times.get(&log.partition).copied().flatten().unwrap_or(end),
        Start::At(offsets) => offsets.get(&log.partition).copied().unwrap_or(end),
    };
    TopicPartitionOffset {
        topic: 0,
        partition: log.partition,
        offset: offset.clamp(first, end.max(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluicebox_kafka::LogRange;

    fn begins(from: &Start, share: i64) -> i64 {
        let log = PartitionLog {
            partition: 1,
            range: LogRange {
                earliest: 100,
                last_stable: 200,
                high_watermark: 210,
            },
        };
        let times = BTreeMap::from([(1, Some(150))]);
        start(from, &log, share, &times).offset
    }

    #[test]
    fn a_search_begins_within_the_log() {
        for (from, share, offset) in [
            (Start::Earliest, 1, 100),
            (Start::Latest(0), 3, 200),
            (Start::Latest(10), 3, 196),
            (Start::Latest(10_000), 1, 100),
            (Start::LatestOfEach(10), 3, 190),
            (Start::LatestOfEach(i64::MAX), 3, 100),
            (Start::Offset(7), 1, 100),
            (Start::Offset(170), 1, 170),
            (Start::Offset(10_000), 1, 200),
            (Start::Time(1), 1, 150),
            (Start::At(BTreeMap::from([(1, 160)])), 1, 160),
            (Start::At(BTreeMap::from([(2, 160)])), 1, 200),
        ] {
            assert_eq!(begins(&from, share), offset, "{from:?} over {share}");
        }
    }
}
