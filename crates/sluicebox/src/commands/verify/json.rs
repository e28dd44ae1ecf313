//! The report for programs. The schema is documented in `docs/verify.md`; members are only ever added.

use std::path::Path;

use serde_json::{Value, json};
use sluicebox_pipeline::verify::{Finding, Report, Verdict};

use super::topics::Described;
use crate::output::absolute;

/// Version of the schema.
const SCHEMA_VERSION: u32 = 1;

/// The report as JSON.
pub(super) fn of(report: &Report, source: &Described, dir: &Path, is_strict: bool) -> Value {
    let verdict = match report.verdict() {
        None => "proven",
        Some(verdict) => verdict.code(),
    };
    let is_good = match report.verdict() {
        Some(Verdict::Contradicted) => false,
        Some(Verdict::Unprovable) => !is_strict,
        None => true,
    };
    let counts: serde_json::Map<String, Value> = report
        .counts
        .iter()
        .map(|(kind, count)| (kind.code().to_owned(), json!(count)))
        .collect();
    json!({
        "version": SCHEMA_VERSION,
        "verdict": verdict,
        "good": is_good,
        "strict": is_strict,
        "output_dir": absolute(dir),
        "topics": { "from": source.code, "place": source.place, "cluster_id": report.cluster_id },
        "streams": streams(report),
        "replays": report.replays,
        "sink_letters": report.sink_letters,
        "files": files(report),
        "contradicted": report.count(Verdict::Contradicted),
        "unprovable": report.count(Verdict::Unprovable),
        "counts": counts,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn streams(report: &Report) -> Value {
    let streams = report.streams.iter().map(|stream| {
        json!({
            "stream": stream.name,
            "topic": stream.topic,
            "source_records": stream.source_records,
            "rows": stream.rows,
            "letters": stream.letters,
            "in_flight": stream.in_flight,
            "waiting": stream.waiting,
            "missing": stream.missing,
            "doubled": stream.doubled,
            "changed": stream.changed,
            "invented": stream.invented,
            "out_of_order": stream.out_of_order,
            "unprovable": stream.unprovable,
        })
    });
    streams.collect()
}

fn files(report: &Report) -> Value {
    let files = report.files.iter().map(|file| {
        json!({
            "file": file.name,
            "sealed": file.is_sealed,
            "rows": file.rows,
            "recorded_rows": file.recorded_rows,
            "recorded_bytes": file.recorded_bytes,
            "crc32c": format!("{:08x}", file.crc),
            "uncommitted_bytes": file.uncommitted_bytes,
            "unreadable": file.unreadable,
        })
    });
    files.collect()
}

fn finding(finding: &Finding) -> Value {
    let place = &finding.place;
    json!({
        "kind": finding.kind.code(),
        "verdict": finding.kind.verdict().code(),
        "file": place.file,
        "line": place.line,
        "position": place.position,
        "topic": place.topic,
        "partition": place.partition,
        "offset": place.offset,
        "last_offset": place.last_offset,
        "count": finding.count,
        "detail": finding.detail,
        "meaning": finding.kind.meaning(),
        "advice": finding.kind.advice(),
    })
}
