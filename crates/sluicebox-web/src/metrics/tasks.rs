//! What the tasks of this process count.

use sluicebox_event::Reason;
use sluicebox_pipeline::Metrics;
use sluicebox_pipeline::histogram::HistogramSnapshot;
use sluicebox_pipeline::metrics::{Lags, names};
use sluicebox_pipeline::state::TaskState;

use super::text::Text;

pub(super) fn tasks(text: &mut Text, metrics: &Metrics) {
    processed(text, metrics);
    sunk(text, metrics);
    states(text, metrics);
}

fn processed(text: &mut Text, metrics: &Metrics) {
    type Count = fn(&sluicebox_pipeline::metrics::StreamMetrics) -> u64;
    let by_stream: [(&str, &str, Count); 3] = [
        (names::PROCESS_READ, "Records read and committed", |s| {
            s.read.get()
        }),
        (
            names::PROCESS_PROCESSED,
            "Records processed and committed",
            |s| s.processed.get(),
        ),
        (
            names::PROCESS_IGNORED_FIELDS,
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
        names::PROCESS_DEAD,
        "counter",
        "Dead letters written and committed",
    );
    for stream in &metrics.streams {
        for (reason, count) in Reason::all().iter().zip(&stream.dead) {
            let labels = [("stream", stream.name.as_str()), ("reason", reason.code())];
            text.sample(names::PROCESS_DEAD, &labels, count.get());
        }
    }
    transactions(text, metrics);
}

fn transactions(text: &mut Text, metrics: &Metrics) {
    let transactions = metrics.transactions.get();
    text.single(
        names::PROCESS_TRANSACTIONS,
        "counter",
        "Committed transactions",
        transactions,
    );
    text.single(
        names::PROCESS_ABORTED,
        "counter",
        "Transactions that were done again",
        metrics.aborted.get(),
    );
    text.single(
        names::PROCESS_REBUILDS,
        "counter",
        "Producers that were rebuilt",
        metrics.rebuilds.get(),
    );
    text.family(
        names::LOST_OFFSETS,
        "counter",
        "Offsets given up with --accept-loss",
    );
    text.sample(
        names::LOST_OFFSETS,
        &[("part", "processor")],
        metrics.process_lost_offsets.get(),
    );
    text.sample(
        names::LOST_OFFSETS,
        &[("part", "sink")],
        metrics.sink_lost_offsets.get(),
    );
    text.family(
        names::LAG,
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
        text.sample(names::LAG, &labels, lag);
    }
}

fn sunk(text: &mut Text, metrics: &Metrics) {
    text.family(names::SINK_ROWS, "counter", "Durable rows");
    for file in &metrics.files {
        text.sample(names::SINK_ROWS, &[("file", &file.name)], file.rows.get());
    }
    text.family(names::SINK_BYTES, "counter", "Durable bytes");
    for file in &metrics.files {
        text.sample(names::SINK_BYTES, &[("file", &file.name)], file.bytes.get());
    }
    text.single(
        names::SINK_COMMITS,
        "counter",
        "Durable commits",
        metrics.sink_commits.get(),
    );
    text.single(
        names::SINK_REPEATS,
        "counter",
        "Records left out as repeats",
        metrics.sink_repeats.get(),
    );
    text.single(
        names::SINK_DISK_FULL,
        "counter",
        "Commits that failed for want of room",
        metrics.sink_disk_full.get(),
    );
    end_to_end(text, &metrics.end_to_end.snapshot());
}

fn end_to_end(text: &mut Text, durations: &HistogramSnapshot) {
    let name = names::END_TO_END;
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
    text.family(names::STATE, "gauge", help);
    for (index, state) in metrics.process_states().into_iter().enumerate() {
        let labels = [("part", "processor"), ("instance", &*index.to_string())];
        text.sample(names::STATE, &labels, state_number(state));
    }
    let labels = [("part", "sink"), ("instance", "0")];
    text.sample(names::STATE, &labels, state_number(metrics.sink_state()));
}
