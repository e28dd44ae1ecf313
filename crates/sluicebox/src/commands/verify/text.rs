//! The report for people: a table per part of the truth, then what was found.

use std::path::Path;

use sluicebox_pipeline::verify::{Finding, Kind, Report, Verdict};

use super::topics::Described;
use crate::output::{Table, absolute, grouped};

/// Findings of each kind that are shown; `--json` has more.
const SHOWN_PER_KIND: usize = 8;

/// The report as text.
pub(super) fn of(report: &Report, source: &Described, dir: &Path) -> String {
    let mut text = format!("the files in {}, {}\n\n", absolute(dir), source.sentence);
    text.push_str(&streams(report));
    text.push('\n');
    text.push_str(&files(report));
    if report.sink_letters > 0 {
        text.push_str(&format!(
            "\n{} letters of the sink itself, about records of the output topics\n",
            grouped(report.sink_letters)
        ));
    }
    for kind in Kind::all() {
        if let Some(count) = report.counts.get(kind) {
            text.push_str(&format!("\n{}", found(report, *kind, *count)));
        }
    }
    text.push_str(&format!("\n{}\n", verdict(report)));
    text
}

fn streams(report: &Report) -> String {
    let mut table = Table::new(&[
        "STREAM",
        "RECORDS",
        "ROWS",
        "LETTERS",
        "IN FLIGHT",
        "WAITING",
        "MISSING",
        "DOUBLED",
        "CHANGED",
        "INVENTED",
        "OUT OF ORDER",
        "UNPROVABLE",
    ]);
    for stream in &report.streams {
        let of_topics = |count: u64| match report.with_topics {
            true => grouped(count),
            false => "?".to_owned(),
        };
        table.row(vec![
            stream.name.clone(),
            of_topics(stream.source_records),
            grouped(stream.rows),
            grouped(stream.letters),
            of_topics(stream.in_flight),
            of_topics(stream.waiting),
            grouped(stream.missing),
            grouped(stream.doubled),
            of_topics(stream.changed),
            grouped(stream.invented),
            of_topics(stream.out_of_order),
            grouped(stream.unprovable),
        ]);
    }
    table.text()
}

fn files(report: &Report) -> String {
    if report.files.is_empty() {
        return "no files of ours are there yet\n".to_owned();
    }
    let mut table = Table::new(&["FILE", "ROWS", "COMMITTED ROWS", "COMMITTED BYTES"]);
    for file in &report.files {
        let recorded = |count: Option<u64>| count.map_or_else(|| "?".to_owned(), grouped);
        table.row(vec![
            file.name.clone(),
            grouped(file.rows),
            recorded(file.recorded_rows),
            recorded(file.recorded_bytes),
        ]);
    }
    let mut text = table.text();
    let uncommitted = report.files.iter().filter(|file| {
        let is_recorded = file.recorded_bytes.is_some();
        is_recorded && file.uncommitted_bytes > 0
    });
    for file in uncommitted {
        text.push_str(&format!(
            "{}: {} bytes behind the committed ones were left out: a sink is writing, or its next start cuts them\n",
            file.name,
            grouped(file.uncommitted_bytes)
        ));
    }
    text
}

fn found(report: &Report, kind: Kind, count: u64) -> String {
    let mut text = format!(
        "{}: {} ({})\n  {}\n  {}\n",
        kind.verdict().code(),
        kind.code(),
        grouped(count),
        kind.meaning(),
        kind.advice()
    );
    let findings: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.kind == kind)
        .collect();
    for finding in findings.iter().take(SHOWN_PER_KIND) {
        text.push_str(&format!("  - {}\n", place(finding)));
    }
    let shown: u64 = findings
        .iter()
        .take(SHOWN_PER_KIND)
        .map(|finding| finding.count)
        .sum();
    if shown < count {
        text.push_str(&format!(
            "  and {} more (--json names the first of them)\n",
            grouped(count - shown)
        ));
    }
    text
}

fn place(finding: &Finding) -> String {
    let place = &finding.place;
    let mut parts = Vec::new();
    if let Some(file) = &place.file {
        parts.push(match (place.line, place.position) {
            (Some(line), _) => format!("{file} line {line}"),
            (None, Some(position)) => format!("{file} byte {position}"),
            (None, None) => file.clone(),
        });
    }
    if let (Some(topic), Some(partition)) = (&place.topic, place.partition) {
        let offsets = match (place.offset, place.last_offset) {
            (Some(first), Some(last)) => format!(" offsets {first} to {last}"),
            (Some(first), None) => format!(" offset {first}"),
            (None, _) => String::new(),
        };
        parts.push(format!("{topic} partition {partition}{offsets}"));
    }
    let mut text = parts.join(", ");
    if !finding.detail.is_empty() {
        let colon = if text.is_empty() { "" } else { ": " };
        text.push_str(&format!("{colon}{}", finding.detail));
    }
    if finding.count > 1 {
        text.push_str(&format!(" ({} of them)", grouped(finding.count)));
    }
    text
}

fn verdict(report: &Report) -> String {
    let rows: u64 = report
        .streams
        .iter()
        .map(|stream| stream.rows + stream.letters)
        .sum();
    match report.verdict() {
        None => format!(
            "proven: every record is exactly one row or one letter, or on its way ({} rows and letters)",
            grouped(rows)
        ),
        Some(Verdict::Contradicted) => format!(
            "contradicted: {} findings",
            grouped(report.count(Verdict::Contradicted))
        ),
        Some(Verdict::Unprovable) => format!(
            "nothing is wrong, as far as can be told; {} rows or records cannot be proven (--strict makes that a failure)",
            grouped(report.count(Verdict::Unprovable))
        ),
    }
}
