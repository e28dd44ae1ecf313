//! What is known without asking the cluster: files, counters of this process, parts on this machine.

use sluicebox_event::Reason;
use sluicebox_event::dead_letter::DEAD_LETTERS_FILE;
use sluicebox_pipeline::histogram::HistogramSnapshot;
use sluicebox_sink::{DiskStorage, ManifestState, read_manifest};

use crate::config::WebConfig;
use crate::flow::{FileFlow, Flow, LastVerify, Latency, PartHere, Rejected};
use crate::limits::{COLLECT_INTERVAL, RATE_WINDOW};

/// The files as their manifest has them, and what `verify` found last.
pub(super) fn files(config: &WebConfig, flow: &mut Flow) -> Option<ManifestState> {
    flow.last_verify = last_verify(config);
    if !config.output_dir.is_dir() {
        return None;
    }
    match read_manifest(&DiskStorage::existing(&config.output_dir)) {
        Ok(Some(state)) => {
            flow.files = committed(config, &state);
            Some(state)
        }
        Ok(None) => None,
        Err(error) => {
            flow.files_error = Some(error.refusal().to_string());
            None
        }
    }
}

/// The files, in the order of the streams; rows of sealed ones count with the file they were.
fn committed(config: &WebConfig, state: &ManifestState) -> Vec<FileFlow> {
    let names = config
        .plans
        .streams()
        .iter()
        .map(sluicebox_event::StreamPlan::file_name);
    let names = names.chain([DEAD_LETTERS_FILE.to_owned()]);
    let files = names.map(|name| {
        let current = state.files.iter().filter(|file| file.name == name);
        let sealed = state
            .sealed
            .iter()
            .filter(|sealed| sealed.original == name)
            .map(|sealed| &sealed.file);
        let mut found = FileFlow {
            name: name.clone(),
            ..FileFlow::default()
        };
        for file in current.chain(sealed) {
            found.rows += file.rows;
            found.bytes += file.length;
        }
        found
    });
    files.collect()
}

fn last_verify(config: &WebConfig) -> Option<LastVerify> {
    let text = std::fs::read_to_string(&config.last_verify).ok()?;
    let note: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(LastVerify {
        at: note["at"].as_str()?.to_owned(),
        records: note["records"].as_u64()?,
        contradicted: note["contradicted"].as_u64()?,
        unprovable: note["unprovable"].as_u64()?,
    })
}

/// What the parts on this machine do, and what was counted in this process.
pub(super) fn parts(config: &WebConfig, flow: &mut Flow) {
    for running in (config.running)() {
        let part = match running.part.as_str() {
            "processor" => &mut flow.processor,
            "sink" => &mut flow.sink,
            _ => continue,
        };
        let here = PartHere {
            pid: running.pid,
            state: running.state,
            waits_for: running.waits_for,
        };
        // Several instances of a process that do the same are one line.
        if !part.here.contains(&here) {
            part.here.push(here);
        }
    }
    let Some(pipeline) = &config.pipeline else {
        return;
    };
    for (index, stream) in flow.streams.iter_mut().enumerate() {
        stream.generated = pipeline
            .generated
            .as_ref()
            .map(|generated| generated.sent_of(index));
        stream.rejected = pipeline
            .metrics
            .streams
            .get(index)
            .map(sluicebox_pipeline::metrics::StreamMetrics::dead_total);
    }
    for stream in &pipeline.metrics.streams {
        let counts = Reason::all()
            .iter()
            .zip(&stream.dead)
            .filter(|(_, count)| count.get() > 0);
        flow.rejected.extend(counts.map(|(reason, count)| Rejected {
            stream: stream.name.clone(),
            reason: reason.code().to_owned(),
            records: count.get(),
        }));
    }
}

/// Latency over the last seconds, or over all where there was nothing in them.
#[derive(Default)]
pub(super) struct RecentLatency(std::collections::VecDeque<HistogramSnapshot>);

impl RecentLatency {
    pub(super) fn of(&mut self, config: &WebConfig) -> Option<Latency> {
        let now = config.pipeline.as_ref()?.metrics.end_to_end.snapshot();
        let recent = self
            .0
            .front()
            .map(|earlier| now.since(earlier))
            .filter(|recent| recent.count() > 0);
        let latency = |counted: &HistogramSnapshot, recent| {
            let ms = |quantile| {
                counted
                    .quantile(quantile)
                    .map(|time| time.as_millis() as u64)
            };
            Some(Latency {
                p50_ms: ms(0.5)?,
                p99_ms: ms(0.99)?,
                recent,
            })
        };
        let found = recent.map_or_else(|| latency(&now, false), |recent| latency(&recent, true));
        let kept = (RATE_WINDOW.as_secs() / COLLECT_INTERVAL.as_secs().max(1)) as usize;
        self.0.push_back(now);
        if self.0.len() > kept.max(1) {
            self.0.pop_front();
        }
        found
    }
}
