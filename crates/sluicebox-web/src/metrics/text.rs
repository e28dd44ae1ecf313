//! Counters and snapshots as `OpenMetrics` text.

use crate::flow::Flow;
use sluicebox_event::Reason;
use sluicebox_pipeline::Metrics;
use sluicebox_pipeline::histogram::HistogramSnapshot;
use sluicebox_pipeline::metrics::{Lags, names as counted};
use sluicebox_pipeline::state::TaskState;
use std::fmt::Write as _;

/// The text that Prometheus reads.
pub(crate) fn text(metrics: Option<&Metrics>, flow: &Flow) -> String {
    let mut text = Text::default();
    if let Some(metrics) = metrics {
        processed(&mut text, metrics);
        sunk(&mut text, metrics);
        states(&mut text, metrics);
    }
    if flow.at_ms > 0 {
        super::seen::seen(&mut text, flow);
    }
    text.out.push_str("# EOF\n");
    text.out
}

/// Text in the making.
#[derive(Default)]
pub(super) struct Text {
    out: String,
}

impl Text {
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str) {
        // `OpenMetrics` names a counter's family without the suffix.
        let name = if kind == "counter" {
            name.trim_end_matches("_total")
        } else {
            name
        };
        let _ = writeln!(self.out, "# TYPE {name} {kind}\n# HELP {name} {help}");
    }

    pub(super) fn sample(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        value: impl std::fmt::Display,
    ) {
        self.out.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let escaped = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let _ = write!(self.out, "{open}{label}=\"{escaped}\"");
        }
        if !labels.is_empty() {
            self.out.push('}');
        }
        let _ = writeln!(self.out, " {value}");
    }

    pub(super) fn single(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        value: impl std::fmt::Display,
    ) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}

fn processed(text: &mut Text, metrics: &Metrics) {
    type Count = fn(&sluicebox_pipeline::metrics::StreamMetrics) -> u64;
    let by_stream: [(&str, &str, Count); 3] = [
        (counted::PROCESS_READ, "Records read and committed", |s| {
            s.read.get()
        }),
        (
            counted::PROCESS_PROCESSED,
            "Records processed and committed",
            |s| s.processed.get(),
        ),
        (
            counted::PROCESS_IGNORED_FIELDS,
            "Fields that no definition names",
            |s| s.ignored_fields.get(),
        ),
    ];
    for (name, help, count) in by_stream {
        text.family(name, "counter", help);
        for stream in &metrics.streams {
            text.sample(name, &[("stream", &stream.name)], count(stream));
        }
    }
    text.family(
        counted::PROCESS_DEAD,
        "counter",
        "Dead letters written and committed",
    );
    for stream in &metrics.streams {
        for (reason, count) in Reason::all().iter().zip(&stream.dead) {
            let labels = [("stream", stream.name.as_str()), ("reason", reason.code())];
            text.sample(counted::PROCESS_DEAD, &labels, count.get());
        }
    }
    transactions(text, metrics);
}

fn transactions(text: &mut Text, metrics: &Metrics) {
    let transactions = metrics.transactions.get();
    text.single(
        counted::PROCESS_TRANSACTIONS,
        "counter",
        "Committed transactions",
        transactions,
    );
    text.single(
        counted::PROCESS_ABORTED,
        "counter",
        "Transactions that were done again",
        metrics.aborted.get(),
    );
    text.single(
        counted::PROCESS_REBUILDS,
        "counter",
        "Producers that were rebuilt",
        metrics.rebuilds.get(),
    );
    text.family(
        counted::LOST_OFFSETS,
        "counter",
        "Offsets given up with --accept-loss",
    );
    text.sample(
        counted::LOST_OFFSETS,
        &[("part", "processor")],
        metrics.process_lost_offsets.get(),
    );
    text.sample(
        counted::LOST_OFFSETS,
        &[("part", "sink")],
        metrics.sink_lost_offsets.get(),
    );
    text.family(
        counted::LAG,
        "gauge",
        "Records between a position and the end of its partition",
    );
    lags(text, "processor", &metrics.process_lag);
    lags(text, "sink", &metrics.sink_lag);
}

fn lags(text: &mut Text, part: &str, lags: &Lags) {
    for (topic, partition, lag) in lags.all() {
        let labels = [
            ("part", part),
            ("topic", &topic),
            ("partition", &partition.to_string()),
        ];
        text.sample(counted::LAG, &labels, lag);
    }
}

fn sunk(text: &mut Text, metrics: &Metrics) {
    text.family(counted::SINK_ROWS, "counter", "Durable rows");
    for file in &metrics.files {
        text.sample(counted::SINK_ROWS, &[("file", &file.name)], file.rows.get());
    }
    text.family(counted::SINK_BYTES, "counter", "Durable bytes");
    for file in &metrics.files {
        text.sample(
            counted::SINK_BYTES,
            &[("file", &file.name)],
            file.bytes.get(),
        );
    }
    text.single(
        counted::SINK_COMMITS,
        "counter",
        "Durable commits",
        metrics.sink_commits.get(),
    );
    text.single(
        counted::SINK_REPEATS,
        "counter",
        "Records left out as repeats",
        metrics.sink_repeats.get(),
    );
    text.single(
        counted::SINK_DISK_FULL,
        "counter",
        "Commits that failed for want of room",
        metrics.sink_disk_full.get(),
    );
    end_to_end(text, &metrics.end_to_end.snapshot());
}

fn end_to_end(text: &mut Text, durations: &HistogramSnapshot) {
    let name = counted::END_TO_END;
    text.family(
        name,
        "histogram",
        "From the source record's timestamp to its durable row",
    );
    let bucket = format!("{name}_bucket");
    for (edge_ms, count) in durations.cumulative() {
        text.sample(&bucket, &[("le", &seconds(edge_ms))], count);
    }
    text.sample(&bucket, &[("le", "+Inf")], durations.count());
    text.sample(&format!("{name}_sum"), &[], seconds(durations.sum_ms));
    text.sample(&format!("{name}_count"), &[], durations.count());
}

/// Prometheus has base units. With a point in any case: `OpenMetrics` knows a limit by its text.
fn seconds(ms: u64) -> String {
    format!("{:?}", ms as f64 / 1_000.0)
}

/// The states as numbers; alerts compare with them.
fn state_number(state: TaskState) -> u8 {
    match state {
        TaskState::Starting => 0,
        TaskState::Standby => 1,
        TaskState::Joining => 2,
        TaskState::Running => 3,
        TaskState::WaitingForCluster => 4,
        TaskState::DiskFull => 5,
        TaskState::Draining => 6,
        TaskState::Stopped => 7,
        TaskState::Failed => 8,
    }
}

fn states(text: &mut Text, metrics: &Metrics) {
    let help = "0 starting, 1 standby, 2 joining, 3 running, 4 waiting for the cluster, 5 disk full, 6 draining, 7 stopped, 8 failed";
    text.family(counted::STATE, "gauge", help);
    for (index, state) in metrics.process_states().into_iter().enumerate() {
        let labels = [("part", "processor"), ("instance", &*index.to_string())];
        text.sample(counted::STATE, &labels, state_number(state));
    }
    let labels = [("part", "sink"), ("instance", "0")];
    text.sample(counted::STATE, &labels, state_number(metrics.sink_state()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{FileFlow, LastVerify, StreamFlow};
    use crate::metrics::ALL;

    fn everything() -> String {
        let definitions = sluicebox_event::builtin_definitions().unwrap();
        let plans =
            sluicebox_event::Plans::compile(&definitions, sluicebox_event::PlanOptions::default())
                .unwrap();
        let metrics = Metrics::new(&plans, 2);
        metrics.process_lag.set("a\"b\\c\nd", 0, 7);
        metrics.end_to_end.record_ms(12);
        let file = FileFlow {
            name: "a.csv".to_owned(),
            ..FileFlow::default()
        };
        let flow = Flow {
            at_ms: 1_500,
            streams: vec![StreamFlow::default()],
            files: vec![file],
            last_verify: Some(LastVerify::default()),
            ..Flow::default()
        };
        text(Some(&metrics), &flow)
    }

    #[test]
    fn every_name_is_published_once_and_no_other() {
        let text = everything();
        let families: Vec<&str> = text
            .lines()
            .filter_map(|l| l.strip_prefix("# TYPE "))
            .collect();
        let names: std::collections::BTreeSet<_> = families
            .iter()
            .filter_map(|l| l.split(' ').next())
            .collect();
        let listed = ALL.iter().map(|name| name.trim_end_matches("_total"));
        assert_eq!(names, listed.collect(), "{text}");
        assert_eq!(
            names.len(),
            families.len(),
            "a family is written in one piece"
        );
    }

    #[test]
    fn the_text_is_openmetrics() {
        let text = everything();
        assert!(text.ends_with("# EOF\n"));
        assert!(text.contains(r#"topic="a\"b\\c\nd""#), "{text}");
        let end_to_end = [
            "sluicebox_end_to_end_seconds_bucket{le=\"0.007\"} 0",
            "sluicebox_end_to_end_seconds_bucket{le=\"0.015\"} 1",
            "sluicebox_end_to_end_seconds_bucket{le=\"+Inf\"} 1",
            "sluicebox_end_to_end_seconds_sum 0.012",
            "sluicebox_end_to_end_seconds_count 1",
        ];
        assert!(text.contains(&end_to_end.join("\n")), "{text}");
        let mut family = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.split(' ').next().unwrap().to_owned();
            } else if !line.starts_with('#') {
                let name = line.split([' ', '{']).next().unwrap();
                assert!(name.starts_with(&family), "{line} is not of {family}");
                assert!(
                    line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(),
                    "{line}"
                );
            }
        }
    }
}
