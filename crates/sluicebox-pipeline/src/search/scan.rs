//! Reads a topic from a start to its end, or for ever, and hands out what fits.
//!
//! Memory is bounded: the client reads a few megabytes ahead, and whoever takes the records is waited for.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use sluicebox_kafka::admin::PartitionLog;
use sluicebox_kafka::{
    Admin, ClientOptions, Consumer, KafkaError, OutOfRange, Polled, RecordBatch, TopicPartition,
    TopicPartitionOffset,
};

use super::absence::{Absence, Topic};
use super::asked::{Search, Start, start, wanted};
use super::error::SearchError;
use super::watch::{Ended, Progress, Watch};
use crate::limits::{
    REQUEST_TIMEOUT_MS, SEARCH_POLL_RECORDS, SEARCH_POLL_WAIT_MS, SEARCH_PROGRESS_MS,
};

/// What ends a search beside its own end.
pub struct Bounds<'a> {
    /// Its longest time.
    pub longest: Option<Duration>,
    /// Whether it is to end now.
    pub is_stopped: &'a dyn Fn() -> bool,
}

/// A search under way.
pub struct Scan<'a> {
    search: &'a Search,
    reader: Consumer,
    /// Where each partition ended at the start, and where reading began.
    ends: BTreeMap<i32, i64>,
    starts: BTreeMap<i32, i64>,
    /// Offset of the oldest record in each partition at the start.
    earliest: BTreeMap<i32, i64>,
    progress: Progress,
    absence: Absence,
}

impl<'a> Scan<'a> {
    /// Finds the ends and goes to the start.
    ///
    /// # Errors
    /// The topic or one of the partitions is not there, or the cluster does not answer.
    pub fn begin(
        client: &ClientOptions,
        admin: &Admin,
        search: &'a Search,
    ) -> Result<Self, SearchError> {
        let logs = wanted(admin.log_ranges(&search.topic)?, search)?;
        let times = match search.start {
            Start::Time(ms) => admin
                .offsets_for_time(&search.topic, ms)?
                .into_iter()
                .collect(),
            _ => BTreeMap::new(),
        };
        let share = logs.len().max(1) as i64;
        let positions: Vec<_> = logs
            .iter()
            .map(|log| start(&search.start, log, share, &times))
            .collect();
        let mut reader = Consumer::reader(client, vec![search.topic.clone()])?;
        reader.assign(&positions)?;
        let by_partition = |pick: fn(&PartitionLog) -> i64| {
            let pairs = logs.iter().map(|log| (log.partition, pick(log)));
            pairs.collect::<BTreeMap<_, _>>()
        };
        Ok(Self {
            search,
            reader,
            ends: by_partition(|log| log.range.last_stable),
            earliest: by_partition(|log| log.range.earliest),
            starts: positions
                .iter()
                .map(|at| (at.partition, at.offset))
                .collect(),
            progress: Progress::default(),
            absence: Absence::new(Instant::now()),
        })
    }

    /// Where each partition ended at the start.
    pub fn ends(&self) -> &BTreeMap<i32, i64> {
        &self.ends
    }

    /// Partitions that are not read from their oldest record on.
    pub fn begins_later(&self) -> Vec<i32> {
        let later = self.starts.iter().filter(|(partition, start)| {
            self.earliest
                .get(partition)
                .is_some_and(|earliest| *start > earliest)
        });
        later.map(|(partition, _)| *partition).collect()
    }

    /// Reads until the end, the limit, or nobody takes the records any more.
    ///
    /// # Errors
    /// The cluster refuses, the topic was deleted, or the client cannot go on.
    pub fn run(
        mut self,
        bounds: &Bounds<'_>,
        watch: &mut impl Watch,
    ) -> Result<Progress, SearchError> {
        let began = Instant::now();
        let mut told = None;
        let ended = loop {
            self.progress.remaining = self.remaining();
            if let Some(why) = self.is_over(began, bounds) {
                break Some(why);
            }
            let every = Duration::from_millis(SEARCH_PROGRESS_MS);
            if told.is_none_or(|told: Instant| told.elapsed() >= every) {
                told = Some(Instant::now());
                if watch.progress(&self.progress).is_break() {
                    break None;
                }
            }
            let wait = Duration::from_millis(SEARCH_POLL_WAIT_MS);
            match self.reader.poll(SEARCH_POLL_RECORDS, wait)? {
                Polled::Records(batch) => {
                    self.absence.end(Instant::now());
                    if self.take(&batch, watch).is_break() || watch.pause().is_break() {
                        break None;
                    }
                }
                Polled::OutOfRange(gone) => self.go_on(&gone, watch)?,
                Polled::Recreated(_) => break Some(Ended::Recreated),
                _ => {
                    if self.is_another()? {
                        break Some(Ended::Recreated);
                    }
                }
            }
        };
        self.progress.ended = ended;
        // Nobody listening is the usual end.
        let _ = watch.progress(&self.progress);
        self.reader.close(Duration::ZERO);
        Ok(self.progress)
    }

    fn take(&mut self, batch: &RecordBatch, watch: &mut impl Watch) -> ControlFlow<()> {
        for record in batch.iter() {
            let is_late = self
                .ends
                .get(&record.partition())
                .is_none_or(|end| record.offset() >= *end);
            if is_late && !self.search.follow {
                continue;
            }
            self.progress.scanned += 1;
            if self.search.fits(record) {
                self.progress.matched += 1;
                watch.record(record)?;
                if self.has_enough() {
                    break;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Retention removed what was about to be read, or the log has become shorter.
    fn go_on(&mut self, gone: &OutOfRange, watch: &mut impl Watch) -> Result<(), KafkaError> {
        let (partition, from) = (gone.at.partition, gone.at.offset);
        let to = gone.log.map_or(from, |log| {
            from.clamp(log.earliest, log.last_stable.max(log.earliest))
        });
        if let (Some(log), Some(end)) = (gone.log, self.ends.get_mut(&partition)) {
            // What is not there any more is not waited for.
            *end = log.last_stable.min(*end);
        }
        if to != from {
            watch.moved(partition, from, to);
        }
        let at = TopicPartitionOffset {
            offset: to,
            ..gone.at
        };
        self.reader
            .seek(&[at], Duration::from_millis(REQUEST_TIMEOUT_MS))
    }

    /// Nothing came: is it because nothing may, or because there is no such topic any more? `true`: the
    /// topic is another one now.
    fn is_another(&mut self) -> Result<bool, SearchError> {
        let topic = || self.search.topic.clone();
        if let Some(refusal) = self.reader.refusal() {
            let topic = topic();
            return Err(SearchError::Refused { topic, refusal });
        }
        match self.absence.look(&self.reader) {
            Topic::Here => Ok(false),
            Topic::Another => Ok(true),
            Topic::Gone => Err(SearchError::Gone { topic: topic() }),
        }
    }

    fn remaining(&self) -> u64 {
        let left = self.ends.iter().map(|(partition, end)| {
            let at = self.reader.position_end(TopicPartition {
                topic: 0,
                partition: *partition,
            });
            (end - at.unwrap_or(0)).max(0).unsigned_abs()
        });
        left.sum()
    }

    fn has_enough(&self) -> bool {
        let limit = self.search.limit;
        limit.is_some_and(|limit| self.progress.matched >= limit)
    }

    fn is_over(&self, began: Instant, bounds: &Bounds<'_>) -> Option<Ended> {
        if self.has_enough() {
            Some(Ended::Limit)
        } else if !self.search.follow && self.progress.remaining == 0 {
            Some(Ended::End)
        } else if (bounds.longest).is_some_and(|longest| began.elapsed() >= longest) {
            Some(Ended::Time)
        } else {
            (bounds.is_stopped)().then_some(Ended::Stopped)
        }
    }
}
