//! What must be in the output at the end: every number below the committed one, once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sluicebox_kafka::{ClientOptions, Consumer, Polled, TopicPartition, TopicPartitionOffset};

use super::{OUTPUT, OUTPUT_PARTITIONS, WAIT};
use crate::error::{ChaosError, Result, found};
use crate::limits::FINDINGS_MAX;

const POLL: Duration = Duration::from_millis(100);

/// Where a worker ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) worker: usize,
    /// The next number, as the group has it.
    pub(super) committed: i64,
}

/// Reads the output and compares.
pub(super) fn judge(direct: &ClientOptions, ends: &[End]) -> Result<()> {
    let seen = read(direct)?;
    let mut wrong = Vec::new();
    for end in ends {
        for number in 0..end.committed {
            let times = seen.get(&(end.worker, number)).copied().unwrap_or(0);
            if times != 1 {
                wrong.push(format!(
                    "number {number} of worker {} is there {times} times",
                    end.worker
                ));
            }
        }
    }
    let total: i64 = ends.iter().map(|end| end.committed).sum();
    let beyond = seen.iter().filter(|((worker, number), _)| {
        ends.iter()
            .all(|end| end.worker != *worker || *number >= end.committed)
    });
    wrong.extend(beyond.map(|((worker, number), _)| {
        format!("number {number} of worker {worker} is there and was never committed")
    }));
    if wrong.is_empty() {
        eprintln!("  {total} numbers were committed, and each is there once");
        return Ok(());
    }
    let shown = wrong[..wrong.len().min(FINDINGS_MAX)].join("\n  ");
    found(format!(
        "{} of {total} numbers are wrong:\n  {shown}",
        wrong.len()
    ))
}

/// How often each committed number of each worker is in the output.
fn read(direct: &ClientOptions) -> Result<BTreeMap<(usize, i64), u32>> {
    let mut reader = Consumer::reader(direct, vec![OUTPUT.to_owned()])?;
    let partitions = (0..OUTPUT_PARTITIONS).map(|partition| TopicPartition {
        topic: 0,
        partition,
    });
    let mut ends = Vec::new();
    let mut starts = Vec::new();
    for partition in partitions {
        let log = reader.offsets(partition, WAIT)?;
        ends.push((partition, log.last_stable));
        starts.push(TopicPartitionOffset {
            topic: 0,
            partition: partition.partition,
            offset: log.earliest,
        });
        if log.last_stable != log.high_watermark {
            return found(format!("a transaction stays open in {OUTPUT}: {log:?}"));
        }
    }
    reader.assign(&starts)?;
    let mut seen = BTreeMap::new();
    let deadline = Instant::now() + WAIT;
    while !ends
        .iter()
        .all(|(at, end)| reader.position_end(*at).is_some_and(|here| here >= *end))
    {
        if Instant::now() > deadline {
            return Err(ChaosError::Fixture("the output cannot be read".to_owned()));
        }
        if let Polled::Records(records) = reader.poll(10_000, POLL)? {
            for record in records.iter() {
                *seen
                    .entry(parse(record.value().unwrap_or_default())?)
                    .or_default() += 1;
            }
        }
    }
    Ok(seen)
}

fn parse(value: &[u8]) -> Result<(usize, i64)> {
    let text = String::from_utf8_lossy(value);
    let parts = text.split_once(':');
    let parsed =
        parts.and_then(|(worker, number)| Some((worker.parse().ok()?, number.parse().ok()?)));
    parsed.map_or_else(|| found(format!("a record that nobody wrote: {text}")), Ok)
}
