//! `topics tail`: records of a topic, found and followed.

mod asked;
mod line;
mod newest;
mod note;
mod out;

use std::time::{Duration, Instant};

use clap::ArgMatches;
use miette::miette;
use sluicebox_kafka::{Admin, ClientOptions, ErrorCode};
use sluicebox_pipeline::search::{
    Bounds, Ended, Filter, Progress, Scan, Search, SearchError, Start, Watch,
};
use sluicebox_pipeline::stop::StopSignal;

use self::asked::{Asked, Begin};
use self::newest::Newest;
use self::note::Last;
use self::out::Out;
use super::known;
use crate::commands::{Started, cluster, problems, start};
use crate::exit::{Failure, Outcome};
use crate::limits::{TAIL_RECREATED_POLL_MS, TAIL_RECREATED_WAIT_MS};
use crate::signals;

/// Offsets that are looked through at first for one record: most have a transaction's marker beside them
/// at worst.
const OFFSETS_PER_RECORD: i64 = 2;
/// How many times as many offsets are looked through where those were not enough.
const OFFSETS_GROW: i64 = 8;

pub(super) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = start(matches)?;
    let asked = Asked::from(matches, now_ms());
    let stop = StopSignal::new();
    signals::leave_at_signal(&stop)
        .map_err(|error| Failure::Failed(miette!("cannot listen for signals: {error}")))?;
    let servers = cluster::bootstrap_servers(&config);
    let tail = Tail {
        client: cluster::client_options(&config, &servers, "tail")?,
        admin: cluster::ask(&config)?,
        stop,
        asked: &asked,
    };
    known(&tail.admin, &asked.topic)?;
    let mut out = Out::new(&asked.topic, asked.style, asked.follow);
    let done = tail.run(&mut out);
    // Whoever reads no more ended it: that comes first.
    out.end()?;
    done.map_err(failed)
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn failed(error: SearchError) -> Failure {
    match error {
        SearchError::Kafka(error) => problems::kafka(error),
        SearchError::NoPartition { .. } => Failure::Failed(problems::report(
            error.to_string(),
            Some("`sluicebox topics describe TOPIC` shows the partitions"),
        )),
        SearchError::Gone { .. } => Failure::Failed(problems::report(
            error.to_string(),
            Some(
                "`sluicebox topics list` shows what there is; once the topic is made anew, run this again",
            ),
        )),
        SearchError::Refused { .. } => Failure::Failed(problems::report(
            error.to_string(),
            Some("have Read on the topic granted (docs/security.md has the command)"),
        )),
    }
}

/// The last records.
struct Found {
    /// The lines of those that fit, oldest first.
    lines: Vec<Vec<u8>>,
    /// Where it goes on after them.
    next: Start,
    /// How many there were; `None` where looking broke off.
    looked_at: Option<u64>,
    /// What is to be said where not all of them were kept.
    cut: Option<String>,
}

impl Found {
    /// Says where fewer than were `asked` for are printed, and why.
    fn say(&self, asked: u64, left: Option<u64>, out: &mut Out<'_>) {
        if let Some(cut) = &self.cut {
            tracing::warn!("{cut}");
            return;
        }
        let fit = self.lines.len() as u64;
        let looked_at = self.looked_at.unwrap_or(fit);
        if left != Some(0) && fit < looked_at {
            out.note.of_last(Last {
                asked,
                looked_at,
                fit,
            });
        }
    }
}

struct Tail<'a> {
    client: ClientOptions,
    admin: Admin,
    stop: StopSignal,
    asked: &'a Asked,
}

impl Tail<'_> {
    fn run(&self, out: &mut Out<'_>) -> Result<(), SearchError> {
        let mut left = self.asked.limit;
        let mut start = match &self.asked.begin {
            Begin::At(start) => start.clone(),
            Begin::Last(0) => Start::Latest(0),
            Begin::Last(records) => {
                let found = self.last(*records)?;
                left = left.map(|left| left.saturating_sub(found.lines.len() as u64));
                for line in &found.lines {
                    if out.print(line).is_break() {
                        return Ok(());
                    }
                }
                found.say(*records as u64, left, out);
                if !self.asked.follow {
                    if found.looked_at.is_some() {
                        out.at_end();
                    }
                    return Ok(());
                }
                found.next
            }
        };
        while left != Some(0) && !self.stop.is_ending() {
            let search = self.search(start, self.asked.filter.clone(), left);
            let scan = Scan::begin(&self.client, &self.admin, &search)?;
            let progress = self.look(scan, out)?;
            left = left.map(|left| left.saturating_sub(progress.matched));
            if progress.ended != Some(Ended::Recreated) {
                self.say_if_below_limit(&progress, left, out);
                break;
            }
            self.recreated()?;
            start = match &self.asked.begin {
                Begin::At(time @ Start::Time(_)) => time.clone(),
                _ => Start::Earliest,
            };
        }
        Ok(())
    }

    /// Where fewer were found than `--limit` asks for.
    fn say_if_below_limit(&self, progress: &Progress, left: Option<u64>, out: &mut Out<'_>) {
        let (Some(limit), Some(left)) = (self.asked.limit, left) else {
            return;
        };
        let has_some = left > 0 && left < limit && !self.asked.filter.is_empty();
        if has_some && progress.ended == Some(Ended::End) {
            out.note.below_limit(limit - left, limit);
        }
    }

    /// The last records of all partitions. More is looked through until there are enough: between records
    /// there can be any number of markers and of aborted records.
    fn last(&self, records: usize) -> Result<Found, SearchError> {
        let mut offsets = records as i64 * OFFSETS_PER_RECORD;
        let mut start = Start::LatestOfEach(offsets);
        loop {
            let search = Search {
                follow: false,
                ..self.search(start, Filter::default(), None)
            };
            let asked = self.asked;
            let mut newest = Newest::new(&asked.topic, asked.style, &asked.filter, records);
            let scan = Scan::begin(&self.client, &self.admin, &search)?;
            let (ends, later) = (scan.ends().clone(), scan.begins_later());
            let progress = self.look(scan, &mut newest)?;
            if progress.ended == Some(Ended::Recreated) {
                self.recreated()?;
                return Ok(Found {
                    lines: Vec::new(),
                    next: Start::Earliest,
                    looked_at: None,
                    cut: None,
                });
            }
            let is_whole = later
                .iter()
                .all(|partition| newest.is_enough_of(*partition));
            if is_whole || progress.ended != Some(Ended::End) {
                let is_all = progress.ended == Some(Ended::End);
                return Ok(Found {
                    cut: newest.cut(),
                    lines: newest.lines(asked.limit),
                    next: Start::At(ends),
                    // Of those that came, the last ones were meant.
                    looked_at: is_all.then(|| progress.scanned.min(records as u64)),
                });
            }
            offsets = offsets.saturating_mul(OFFSETS_GROW);
            start = Start::LatestOfEach(offsets);
        }
    }

    /// Reads until the end, or until somebody or `--until` ends it.
    fn look(&self, scan: Scan<'_>, watch: &mut impl Watch) -> Result<Progress, SearchError> {
        let until = self.asked.until_ms.filter(|_| self.asked.follow);
        let left = until.map(|until| until.saturating_sub(now_ms()).max(0).unsigned_abs());
        let is_stopped = || self.stop.is_ending();
        let bounds = Bounds {
            longest: left.map(Duration::from_millis),
            is_stopped: &is_stopped,
        };
        scan.run(&bounds, watch)
    }

    fn search(&self, start: Start, filter: Filter, limit: Option<u64>) -> Search {
        Search {
            topic: self.asked.topic.clone(),
            partitions: self.asked.partitions.clone(),
            start,
            filter,
            follow: self.asked.follow,
            limit,
        }
    }

    /// Says that the topic is another one now, and waits until the cluster knows it everywhere.
    fn recreated(&self) -> Result<(), SearchError> {
        let topic = &self.asked.topic;
        tracing::warn!(
            topic,
            "the topic was deleted and made anew while it was read; going on with the new one from its first record"
        );
        let began = Instant::now();
        loop {
            match self.admin.log_ranges(topic) {
                Err(error)
                    if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
                        && began.elapsed() < Duration::from_millis(TAIL_RECREATED_WAIT_MS) =>
                {
                    self.stop
                        .sleep(Duration::from_millis(TAIL_RECREATED_POLL_MS));
                }
                other => return other.map(|_| ()).map_err(Into::into),
            }
        }
    }
}
