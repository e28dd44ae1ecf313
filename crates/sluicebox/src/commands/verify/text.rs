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
    if report.replays > 0 {
        text.push_str(&format!(
            "\n{} of the source records are replays of dead letters\n",
            grouped(report.replays)
        ));
    }
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
        // A finding speaks for those that no sink is writing.
        let is_found = report.findings.iter().any(|finding| {
            finding.kind == Kind::UncommittedTail && finding.place.file.as_ref() == Some(&file.name)
        });
        is_recorded && file.uncommitted_bytes > 0 && !is_found
    });
    for file in uncommitted {
        text.push_str(&format!(
            "{}: {} bytes behind the committed ones were left out: a sink is writing\n",
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sluicebox_pipeline::verify::{FileReport, Place, StreamReport};

    use super::*;

    fn source() -> Described {
        Described {
            code: "cluster",
            place: "kafka1:9092".into(),
            sentence: "compared with the topics on kafka1:9092".into(),
        }
    }

    fn report() -> Report {
        Report {
            with_topics: true,
            streams: vec![StreamReport {
                name: "sensor".into(),
                topic: "sensor_data".into(),
                source_records: 1_204_000,
                rows: 1_200_000,
                letters: 3_000,
                in_flight: 900,
                waiting: 100,
                ..StreamReport::default()
            }],
            files: vec![FileReport {
                name: "processed_data_sensor.csv".into(),
                rows: 1_200_000,
                recorded_rows: Some(1_200_000),
                recorded_bytes: Some(96_000_000),
                uncommitted_bytes: 1_530,
                ..FileReport::default()
            }],
            ..Report::default()
        }
    }

    fn place(line: Option<u64>, offset: i64, last_offset: Option<i64>) -> Place {
        Place {
            file: line.map(|_| "processed_data_sensor.csv".into()),
            line,
            position: None,
            topic: Some("sensor_data".into()),
            partition: Some(3),
            offset: Some(offset),
            last_offset,
        }
    }

    fn add(report: &mut Report, kind: Kind, place: Place, count: u64, detail: &str) {
        *report.counts.entry(kind).or_default() += count;
        report.findings.push(Finding {
            kind,
            place,
            count,
            detail: detail.into(),
        });
    }

    #[test]
    fn a_report_without_findings() {
        insta::assert_snapshot!(of(&report(), &source(), Path::new("/srv/events")));
    }

    #[test]
    fn a_report_with_findings_of_every_verdict() {
        let mut report = report();
        let stream = &mut report.streams[0];
        (stream.missing, stream.changed, stream.unprovable) = (12, 1, 40);
        add(
            &mut report,
            Kind::RowMissing,
            place(None, 7, Some(17)),
            11,
            "",
        );
        add(&mut report, Kind::RowMissing, place(None, 30, None), 1, "");
        let changed = "temperature is `21.6`, expected `21.5`";
        add(
            &mut report,
            Kind::RowChanged,
            place(Some(4_012), 4_000, None),
            1,
            changed,
        );
        let expired = "the topic now begins at offset 40";
        add(
            &mut report,
            Kind::SourceExpired,
            place(Some(2), 0, Some(39)),
            40,
            expired,
        );
        *report.counts.entry(Kind::RowChanged).or_default() += 1_500;
        insta::assert_snapshot!(of(&report, &source(), Path::new("/srv/events")));
    }
}
