//! Which expected offsets have been seen: a bit each.

use std::ops::Range;

use super::{ExpectedOffsets, Missing};
use crate::limits::ACCOUNTING_EXAMPLES_MAX;

/// What an offset was when its row was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    First,
    Again,
    Other,
}

#[derive(Debug)]
pub(super) struct Tally {
    topics: Vec<Topic>,
}

#[derive(Debug)]
struct Topic {
    name: String,
    /// By partition number.
    partitions: Vec<Option<Partition>>,
}

#[derive(Debug)]
struct Partition {
    ranges: Vec<Range<i64>>,
    /// For each range, how many expected offsets lie before it.
    before: Vec<u64>,
    /// Index of the range that was hit last: the next hit is nearly always in it.
    recent: usize,
    seen: Vec<u64>,
    expected: u64,
}

impl Tally {
    pub(super) fn new(expected: &[ExpectedOffsets]) -> Self {
        let mut topics: Vec<Topic> = Vec::new();
        for offsets in expected {
            let Ok(partition) = usize::try_from(offsets.partition) else {
                continue;
            };
            let found = topics.iter().position(|topic| topic.name == offsets.topic);
            let index = found.unwrap_or_else(|| {
                topics.push(Topic {
                    name: offsets.topic.clone(),
                    partitions: Vec::new(),
                });
                topics.len() - 1
            });
            let partitions = &mut topics[index].partitions;
            if partitions.len() <= partition {
                partitions.resize_with(partition + 1, || None);
            }
            partitions[partition] = Some(Partition::new(offsets.ranges.clone()));
        }
        Self { topics }
    }

    pub(super) fn expected(&self) -> u64 {
        let partitions = self
            .topics
            .iter()
            .flat_map(|topic| topic.partitions.iter().flatten());
        partitions.map(|partition| partition.expected).sum()
    }

    pub(super) fn topic(&self, name: &[u8]) -> Option<usize> {
        self.topics
            .iter()
            .position(|topic| topic.name.as_bytes() == name)
    }

    pub(super) fn topic_name(&self, topic: usize) -> &str {
        &self.topics[topic].name
    }

    /// Marks an offset as seen.
    pub(super) fn mark(&mut self, topic: usize, partition: i64, offset: i64) -> Mark {
        let partitions = &mut self.topics[topic].partitions;
        let partition = usize::try_from(partition)
            .ok()
            .and_then(|p| partitions.get_mut(p));
        let Some(Some(partition)) = partition else {
            return Mark::Other;
        };
        let Some(bit) = partition.bit(offset) else {
            return Mark::Other;
        };
        let (word, mask) = (&mut partition.seen[(bit / 64) as usize], 1 << (bit % 64));
        if *word & mask != 0 {
            return Mark::Again;
        }
        *word |= mask;
        Mark::First
    }

    /// How many expected offsets were not seen, and the first few of them.
    pub(super) fn missing(&self) -> (u64, Vec<Missing>) {
        let (mut missing, mut examples) = (0, Vec::new());
        for topic in &self.topics {
            for (number, partition) in topic.partitions.iter().enumerate() {
                let Some(partition) = partition else { continue };
                let seen: u64 = partition
                    .seen
                    .iter()
                    .map(|w| u64::from(w.count_ones()))
                    .sum();
                missing += partition.expected - seen;
                let unseen = (seen < partition.expected).then(|| partition.unseen());
                for offset in unseen.into_iter().flatten() {
                    if examples.len() == ACCOUNTING_EXAMPLES_MAX {
                        break;
                    }
                    let topic = topic.name.clone();
                    examples.push(Missing {
                        topic,
                        partition: number as i32,
                        offset,
                    });
                }
            }
        }
        (missing, examples)
    }
}

impl Partition {
    fn new(ranges: Vec<Range<i64>>) -> Self {
        let mut expected = 0;
        let mut before = Vec::with_capacity(ranges.len());
        for range in &ranges {
            before.push(expected);
            expected += (range.end - range.start).max(0) as u64;
        }
        let seen = vec![0; expected.div_ceil(64) as usize];
        Self {
            ranges,
            before,
            recent: 0,
            seen,
            expected,
        }
    }

    /// The bit of an offset; `None` when it is not expected.
    fn bit(&mut self, offset: i64) -> Option<u64> {
        if !self.ranges.get(self.recent)?.contains(&offset) {
            let after = self.ranges.partition_point(|range| range.end <= offset);
            self.ranges
                .get(after)
                .filter(|range| range.contains(&offset))?;
            self.recent = after;
        }
        let within = (offset - self.ranges[self.recent].start) as u64;
        Some(self.before[self.recent] + within)
    }

    fn unseen(&self) -> impl Iterator<Item = i64> + '_ {
        let offsets = self.ranges.iter().cloned().flatten().zip(0_u64..);
        offsets
            .filter(|(_, bit)| self.seen[(bit / 64) as usize] >> (bit % 64) & 1 == 0)
            .map(|o| o.0)
    }
}
