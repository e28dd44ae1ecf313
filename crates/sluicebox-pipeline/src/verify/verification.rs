//! The verification as a whole.

use std::collections::HashMap;

use sluicebox_kafka::ClientOptions;
use sluicebox_sink::ManifestState;

use super::absences::Absences;
use super::alone::Alone;
use super::asking::Asking;
use super::config::{Phase, Progress, VerifyConfig};
use super::cut::Cut;
use super::entry::Entry;
use super::error::VerifyError;
use super::expect::Expect;
use super::files::{self, DataFile};
use super::finding::{Findings, Place};
use super::join::Join;
use super::kind::Kind;
use super::logs::LogReader;
use super::manifest::Manifest;
use super::replays::Replays;
use super::report::{Report, StreamReport};
use super::row_counts::RowCounts;
use super::scan::{LastRow, Scan};
use super::sorter::Sorter;
use super::topics::Topics;
use super::{leftovers, lines, order, tail};
use crate::lineage::LineageReader;
use sluicebox_sink::names::MANIFEST;

/// Room for the other columns of a row.
const ROW_EXTRA_BYTES: usize = 256 * 1024;

/// Compares the files with the topics; without a cluster, looks at the files alone.
///
/// # Errors
/// The cluster does not answer or is another one, or files cannot be read or made. Damage is no
/// error: it is in the report.
pub fn verify(config: &VerifyConfig, progress: &Progress) -> Result<Report, VerifyError> {
    progress.begin(Phase::Cut, 0);
    match &config.client {
        None => {
            let manifest = Manifest::read(config)?;
            Verification::new(config, progress, manifest).alone()
        }
        Some(client) => {
            let (cut, manifest) = Asking::connect(config, client)?.cut()?;
            Verification::new(config, progress, manifest).with_topics(client, cut)
        }
    }
}

/// What is gathered on the way.
struct Verification<'a> {
    config: &'a VerifyConfig,
    progress: &'a Progress,
    manifest: Manifest,
    topics: Topics,
    files: Vec<DataFile>,
    findings: Findings,
    report: Report,
    /// Rows of the files: their order and highest offsets.
    order: HashMap<(u16, u16, i32), LastRow>,
    highest: HashMap<(u16, i32), i64>,
}

impl<'a> Verification<'a> {
    fn new(config: &'a VerifyConfig, progress: &'a Progress, manifest: Manifest) -> Self {
        let (plans, state) = (&config.plans, manifest.state());
        let topics = Topics::new(plans, &config.topics, state);
        let files = files::files(&config.output_dir, plans, state);
        let streams = plans.streams().iter().map(|stream| StreamReport {
            name: stream.name().to_owned(),
            topic: stream.source_topic().to_owned(),
            ..StreamReport::default()
        });
        let report = Report {
            streams: streams.collect(),
            ..Report::default()
        };
        Self {
            config,
            progress,
            manifest,
            topics,
            files,
            findings: Findings::default(),
            report,
            order: HashMap::new(),
            highest: HashMap::new(),
        }
    }

    fn alone(mut self) -> Result<Report, VerifyError> {
        let entries = self.scan()?;
        let temp = &self.config.temp_dir;
        let sorted = entries.finish().map_err(VerifyError::temporary(temp))?;
        let mut alone = Alone {
            topics: &self.topics,
            files: &self.files,
            findings: &mut self.findings,
            counts: RowCounts {
                streams: &mut self.report.streams,
                sink_letters: &mut self.report.sink_letters,
            },
            highest: &self.highest,
            temp,
        };
        alone.check(sorted, self.manifest.state())?;
        for (family, topic, partition) in self.disordered() {
            let place = Place {
                topic: Some(self.topics.name(topic).to_owned()),
                partition: Some(partition),
                ..Place::file(&self.files[usize::from(family)].name)
            };
            self.findings.add(Kind::OrderUnknown, place, "");
        }
        self.finish()
    }

    fn with_topics(mut self, client: &ClientOptions, mut cut: Cut) -> Result<Report, VerifyError> {
        self.report.with_topics = true;
        self.report.cluster_id = Some(cut.cluster_id.clone());
        let mut entries = self.scan()?;
        let (config, progress) = (self.config, self.progress);
        let highest = &mut self.highest;
        let is_whole = tail::read(config, client, &cut, &mut entries, highest, progress)?;
        cut.is_output_gone |= !is_whole;
        let temp = &config.temp_dir;
        let offsets = cut.sources.iter().flat_map(|source| &source.partitions);
        let offsets: i64 = offsets.map(|log| log.end - log.earliest).sum();
        progress.begin(Phase::Sources, offsets.max(0) as u64);
        let entries = entries.finish().map_err(VerifyError::temporary(temp))?;
        let disordered = self.disordered();
        let manifest = self.manifest.state();
        let absences = Absences::of(&self.files, config, &self.topics, manifest, &cut);
        let mut join = Join {
            plans: &config.plans,
            topics: &self.topics,
            files: &self.files,
            cut: &cut,
            entries,
            findings: &mut self.findings,
            counts: RowCounts {
                streams: &mut self.report.streams,
                sink_letters: &mut self.report.sink_letters,
            },
            expect: Expect::new(
                &config.plans,
                &config.topics.dead_letters,
                cut.record_bytes_max,
            ),
            is_plan_certain: is_plan_certain(config, self.manifest.state()),
            is_tail_certain: manifest.is_some() && cut.outputs.iter().all(|it| it.gone.is_none()),
            disordered: disordered
                .into_iter()
                .map(|(family, topic, partition)| (topic, partition, family))
                .collect(),
            keyed: Sorter::new(temp, config.sort_rows),
            absences,
            replays: Replays::default(),
            row_max_bytes: row_max_bytes(config),
            progress,
            temp,
            here: None,
        };
        let names = self.topics.names()[..self.topics.sources()].to_vec();
        let mut reader = LogReader::new(client, names, config.wait)?;
        let highest = &self.highest;
        join.sources(&mut reader, |topic, log| {
            // Where the group knows nothing, the outputs do; the processor resumes in the same way.
            let seen = highest.get(&(topic, log.partition));
            let seen = seen.map_or(0, |highest| highest.saturating_add(1));
            log.committed.unwrap_or(seen)
        })?;
        reader.close();
        read_sink_letters(&mut join, config, client)?;
        join.finish_replays();
        join.unread_gone();
        self.report.replays = join.replays.count;
        let keyed = join.keyed;
        let streams = &mut self.report.streams;
        order::check(
            keyed,
            &self.topics,
            &self.files,
            streams,
            &mut self.findings,
            temp,
        )?;
        self.finish()
    }

    /// Reads the files.
    fn scan(&mut self) -> Result<Sorter<Entry>, VerifyError> {
        let config = self.config;
        self.note_manifest()?;
        let bytes = self.files.iter().map(|file| match &file.recorded {
            Some(state) => state.length,
            None => match file.path.metadata() {
                Ok(found) => found.len(),
                Err(_) => 0,
            },
        });
        self.progress.begin(Phase::Files, bytes.sum());
        let mut sorter = Sorter::new(&config.temp_dir, config.sort_rows);
        let mut scan = Scan {
            plans: &config.plans,
            topics: &mut self.topics,
            sorter: &mut sorter,
            findings: &mut self.findings,
            progress: self.progress,
            row_max_bytes: row_max_bytes(config),
            order: HashMap::new(),
            highest: HashMap::new(),
            lineages: LineageReader::default(),
            others: Vec::new(),
        };
        self.report.files = scan.files(&self.files, &config.temp_dir)?;
        (self.order, self.highest) = (scan.order, scan.highest);
        Ok(sorter)
    }

    /// Findings about the manifest, and about files that it does not know.
    fn note_manifest(&mut self) -> Result<(), VerifyError> {
        let place = Place::file(MANIFEST);
        match &self.manifest {
            Manifest::Read(_) => {}
            Manifest::Damaged(what) => {
                self.findings
                    .add(Kind::ManifestDamaged, place, what.as_str());
            }
            Manifest::Missing if self.files.is_empty() => {}
            Manifest::Missing => {
                let detail = "there is none in the directory";
                self.findings.add(Kind::ManifestMissing, place, detail);
            }
        }
        let config = self.config;
        let dir = &config.output_dir;
        let unknown = files::unknown(dir, &config.plans, &self.files);
        for name in unknown.map_err(VerifyError::read(dir))? {
            self.findings.add(Kind::FileUnknown, Place::file(&name), "");
        }
        Ok(())
    }

    /// File family, topic and partition of rows that do not stand in the order of their offsets.
    fn disordered(&self) -> Vec<(u16, u16, i32)> {
        let disordered = self.order.iter();
        let mut found: Vec<_> = disordered
            .filter(|(_, last)| **last == LastRow::Disordered)
            .map(|(of, _)| *of)
            .collect();
        found.sort_unstable();
        found
    }

    fn finish(mut self) -> Result<Report, VerifyError> {
        self.note_leftovers()?;
        self.check_unsealed()?;
        let numbered = lines::number(self.findings.kept_mut(), &self.files);
        numbered.map_err(VerifyError::read(&self.config.output_dir))?;
        (self.report.findings, self.report.counts) = self.findings.finish();
        Ok(self.report)
    }

    fn note_leftovers(&mut self) -> Result<(), VerifyError> {
        let dir = &self.config.output_dir;
        let files = &self.report.files;
        if files.iter().any(leftovers::has_some) {
            let is_written = leftovers::may_be_written(dir);
            if let Some(state) = Manifest::read(self.config)?.state() {
                leftovers::note(dir, files, state, is_written, &mut self.findings);
            }
        }
        Ok(())
    }

    /// Files are only ever appended to, except where a sink seals them: what was read then was another
    /// file than the manifest spoke of.
    fn check_unsealed(&self) -> Result<(), VerifyError> {
        let sealed = |state: Option<&ManifestState>| state.map_or(0, |state| state.sealed.len());
        let now = Manifest::read(self.config)?;
        if self.manifest.state().is_some() && sealed(now.state()) > sealed(self.manifest.state()) {
            return Err(VerifyError::Sealed);
        }
        Ok(())
    }
}

fn read_sink_letters(
    join: &mut Join<'_>,
    config: &VerifyConfig,
    client: &ClientOptions,
) -> Result<(), VerifyError> {
    let outputs = vec![
        config.topics.processed.clone(),
        config.topics.dead_letters.clone(),
    ];
    let mut reader = LogReader::new(client, outputs, config.wait)?;
    join.sink_letters(&mut reader)?;
    reader.close();
    Ok(())
}

/// Whether every row was written with the present definitions. A manifest's epoch grows whenever
/// they change; without a manifest nothing speaks against it.
fn is_plan_certain(config: &VerifyConfig, manifest: Option<&ManifestState>) -> bool {
    manifest.is_none_or(|state| state.epoch <= 1 && state.plan_hash == config.plans.hash().0)
}

/// The longest row that there can be: key and value as base64, and the other columns.
fn row_max_bytes(config: &VerifyConfig) -> usize {
    2 * 2 * config.plans.options().value_max_bytes + ROW_EXTRA_BYTES
}
