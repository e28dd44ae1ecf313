//! Reads a topic from a start to its end, or for ever, and hands out what fits.
//!
//! Memory is bounded: the client reads a few megabytes ahead, and whoever takes the records is waited for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;
use sluicebox_kafka::admin::PartitionLog;
use sluicebox_kafka::{Consumer, Polled, RecordRef, TopicPartition, TopicPartitionOffset};
use utoipa::ToSchema;

use super::query::{Search, Start};
use super::shown::RecordView;
use crate::app::App;
use crate::error::WebError;
use crate::limits;
use crate::stream::{Gone, Sender};

/// How far a search is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Records looked at.
    pub(crate) scanned: u64,
    /// Records that fit.
    pub(crate) matched: u64,
    /// Offsets before the end that was there at the start.
    pub(crate) remaining: u64,
    /// Why it ended: `end`, `limit`, `time`, `recreated`, `stopped`; null while it goes on.
    pub(crate) ended: Option<&'static str>,
}

/// Whoever takes what a search finds. An error ends the search.
pub(crate) trait Watch {
    /// A record that fits.
    fn record(&mut self, record: RecordRef<'_>) -> Result<(), Gone>;
    /// How far the search is.
    fn progress(&mut self, progress: &Progress) -> Result<(), Gone>;
}

/// A search under way.
pub(crate) struct Scan<'a> {
    app: &'a App,
    search: &'a Search,
    reader: Consumer,
    /// Where each partition ended at the start.
    ends: BTreeMap<i32, i64>,
    progress: Progress,
    began: Instant,
}

impl<'a> Scan<'a> {
    /// Finds the ends and goes to the start.
    pub(crate) fn begin(app: &'a App, search: &'a Search) -> Result<Self, WebError> {
        let admin = app.admin()?;
        let mut logs = admin.log_ranges(&search.topic)?;
        if let Some(wanted) = &search.partitions {
            logs.retain(|log| wanted.contains(&log.partition));
            if logs.is_empty() {
                return Err(WebError::NotFound(format!(
                    "the topic {} has none of these partitions",
                    search.topic
                )));
            }
        }
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
            .map(|log| start(search.start, log, share, &times))
            .collect();
        let mut reader = Consumer::reader(&app.config.client, vec![search.topic.clone()])?;
        reader.assign(&positions)?;
        let ends = logs
            .iter()
            .map(|log| (log.partition, log.range.last_stable))
            .collect();
        Ok(Self {
            app,
            search,
            reader,
            ends,
            progress: Progress::default(),
            began: Instant::now(),
        })
    }

    /// Reads until the end, the limit, or nobody takes the records any more.
    pub(crate) fn run(mut self, watch: &mut impl Watch) -> Result<Progress, WebError> {
        let mut told = Instant::now();
        let ended = loop {
            self.progress.remaining = self.remaining();
            if let Some(why) = self.is_over() {
                break Some(why);
            }
            if told.elapsed() >= limits::SEARCH_PROGRESS {
                told = Instant::now();
                if watch.progress(&self.progress).is_err() {
                    break None;
                }
            }
            match self
                .reader
                .poll(limits::SEARCH_POLL_RECORDS, limits::SEARCH_POLL_WAIT)?
            {
                Polled::Records(batch) if self.take(&batch, watch).is_err() => break None,
                Polled::OutOfRange(gone) => {
                    // Retention removed what was about to be read: the oldest record comes next.
                    let log = gone.log.map_or(0, |log| log.earliest);
                    self.reader.seek(
                        &[TopicPartitionOffset {
                            offset: log,
                            ..gone.at
                        }],
                        limits::RECORD_WAIT,
                    )?;
                }
                Polled::Recreated(_) => break Some("recreated"),
                _ => {}
            }
        };
        self.progress.ended = ended;
        // Nobody listening is the usual end.
        let _ = watch.progress(&self.progress);
        self.reader.close(Duration::ZERO);
        Ok(self.progress)
    }

    fn take(
        &mut self,
        batch: &sluicebox_kafka::RecordBatch,
        watch: &mut impl Watch,
    ) -> Result<(), Gone> {
        for record in batch.iter() {
            let is_late = self
                .ends
                .get(&record.partition())
                .is_none_or(|end| record.offset() >= *end);
            if is_late && !self.search.follow {
                continue;
            }
            self.progress.scanned += 1;
            if self.search.filter.matches(record) {
                self.progress.matched += 1;
                watch.record(record)?;
                if self
                    .search
                    .limit
                    .is_some_and(|limit| self.progress.matched >= limit)
                {
                    return Ok(());
                }
            }
        }
        Ok(())
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

    fn is_over(&self) -> Option<&'static str> {
        if self
            .search
            .limit
            .is_some_and(|limit| self.progress.matched >= limit)
        {
            Some("limit")
        } else if !self.search.follow && self.progress.remaining == 0 {
            Some("end")
        } else if self.began.elapsed() >= limits::SEARCH_MAX {
            Some("time")
        } else {
            self.app.is_stopped().then_some("stopped")
        }
    }
}

fn start(
    start: Start,
    log: &PartitionLog,
    share: i64,
    times: &BTreeMap<i32, Option<i64>>,
) -> TopicPartitionOffset {
    let (first, end) = (log.range.earliest, log.range.last_stable);
    let offset = match start {
        Start::Earliest => first,
        Start::Latest(count) => end - count.div_euclid(share) - i64::from(count % share > 0),
        Start::Offset(offset) => offset,
        Start::Time(_) => times.get(&log.partition).copied().flatten().unwrap_or(end),
    };
    TopicPartitionOffset {
        topic: 0,
        partition: log.partition,
        offset: offset.clamp(first, end.max(first)),
    }
}

/// Hands a search out as server-sent events `record`, `progress` and `problem`.
pub(crate) fn search_events(app: &App, search: &Search, sender: &Sender) {
    struct Events<'a>(&'a Sender);
    impl Watch for Events<'_> {
        fn record(&mut self, record: RecordRef<'_>) -> Result<(), Gone> {
            self.0.event(
                "record",
                &json(&RecordView::of(record, limits::SHOWN_VALUE_MAX_BYTES)),
            )
        }

        fn progress(&mut self, progress: &Progress) -> Result<(), Gone> {
            self.0.event("progress", &json(progress))
        }
    }
    let done = Scan::begin(app, search).and_then(|scan| scan.run(&mut Events(sender)));
    if let Err(error) = done {
        // The browser may be gone as well.
        let _ = sender.event("problem", &error.to_string());
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
