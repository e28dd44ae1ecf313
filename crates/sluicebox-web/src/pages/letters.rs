//! Dead letters: what there is, and one of them.

use maud::{Markup, html};

use super::chart;
use super::layout::{record_path, segment, table, topic_link};
use super::record::{headers, marked, parts};
use crate::data::{Chart, Look, Series};
use crate::format::{grouped, millis, short_time, time};
use crate::letters::{Counted, LetterView, LettersView, Line};

/// Reasons that the chart tells apart.
const REASONS_DRAWN: usize = 8;

pub(super) fn region(view: &LettersView, topic: &str) -> Markup {
    html! {
        p.facts {
            span.fact { b { (grouped(view.total)) } " letters in " (topic_link(topic)) }
            @if view.remaining > 0 { span.fact { b { (grouped(view.remaining)) } " still to be read" } }
            @if view.total > 0 { a href="/api/v1/files/dead_letters.csv" download="" { "Download dead_letters.csv" } }
        }
        @if let Some(error) = &view.error { p.problem role="alert" { (error) } }
        @if view.total == 0 && view.error.is_none() {
            p.quiet { "No record has been rejected." }
        } @else {
            div.two {
                section { (chart::figure(&over_time(view))) h2 { "By reason" } (kinds(view, topic)) }
                section { h2 { "Latest" } (latest(&view.latest)) }
            }
        }
    }
}

fn over_time(view: &LettersView) -> Chart {
    let mut reasons: Vec<_> = view.over_time.iter().collect();
    reasons.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<u64>()));
    let mut series: Vec<_> = reasons
        .iter()
        .take(REASONS_DRAWN - 1)
        .map(|(reason, counts)| Series {
            name: (*reason).clone(),
            look: Look::Stack,
            values: counts.iter().map(|count| Some(*count as f64)).collect(),
            badness: None,
        })
        .collect();
    if reasons.len() >= REASONS_DRAWN {
        let rest = &reasons[REASONS_DRAWN - 1..];
        let sum = |step: usize| {
            rest.iter()
                .map(|(_, counts)| counts.get(step).copied().unwrap_or(0))
                .sum::<u64>()
        };
        let values = (0..view.times.len()).map(|step| Some(sum(step) as f64));
        series.push(Series {
            name: format!("{} others", rest.len()),
            look: Look::Stack,
            values: values.collect(),
            badness: None,
        });
    }
    Chart {
        title: format!("Rejected, per {}", millis(view.step_ms.unsigned_abs())),
        times: view.times.clone(),
        series,
        bands: Vec::new(),
    }
}

fn kinds(view: &LettersView, topic: &str) -> Markup {
    let most = view
        .kinds
        .first()
        .map_or(1, |counted| counted.letters.max(1));
    let search = |counted: &Counted| {
        let header = format!(
            "{}={}",
            sluicebox_event::dead_letter::HEADER_REASON,
            counted.kind.reason
        );
        format!(
            "/topics/{}?from=earliest&header={}",
            segment(topic),
            segment(&header)
        )
    };
    let rows = html! {
        @for counted in &view.kinds {
            tr {
                td { a href=(search(counted)) { (counted.kind.reason) } }
                td { @match &counted.kind.stream { Some(stream) => (stream), None => (counted.kind.topic) } }
                td { (counted.kind.stage) }
                td.number { meter min="0" max=(most) value=(counted.letters) aria-hidden="true" {} (grouped(counted.letters)) }
            }
        }
    };
    table(
        "Letters by reason and stream",
        &[
            ("Reason", false),
            ("Stream", false),
            ("Stage", false),
            ("Letters", true),
        ],
        &rows,
    )
}

fn latest(lines: &[Line]) -> Markup {
    let rows = html! {
        @for line in lines.iter().take(50) {
            tr {
                td { a href={ "/letters/" (line.partition) "/" (line.offset) } { (short_time(line.failed_at_ms)) } }
                td { (line.kind.reason) }
                td.wrap { (line.message) }
            }
        }
    };
    table(
        "The latest letters, newest first",
        &[
            ("Failed", false),
            ("Reason", false),
            ("What is wrong", false),
        ],
        &rows,
    )
}

pub(super) fn one(letter: &LetterView) -> Markup {
    let record = &letter.record;
    html! {
        p.crumbs { a href="/letters" { "Dead letters" } " / partition " (record.partition) " / offset " (record.offset) }
        h1 { (letter.reason.as_deref().unwrap_or("Dead letter")) }
        @if let Some(message) = &letter.message { p.problem { (message) } }
        @if let Some(explanation) = letter.explanation { p { (explanation) } }
        dl.facts {
            div { dt { "Failed" } dd { (time(record.timestamp_ms)) } }
            @if let Some(stage) = &letter.stage { div { dt { "Stage" } dd { (stage) } } }
            @if let Some(field) = &letter.field { div { dt { "Field" } dd { code { (field) } } } }
            @if let Some(source) = &letter.source {
                div { dt { "Source" } dd {
                    a href=(record_path(&source.topic, source.partition, source.offset)) { (source.topic) " / " (source.partition) " / " (source.offset) }
                } }
                div { dt { "Way" } dd {
                    a href={ "/lineage?topic=" (segment(&source.topic)) "&partition=" (source.partition) "&offset=" (source.offset) } { "from the source to the file" }
                } }
            }
        }
        h2 { "What came" }
        @match &record.value {
            Some(value) if value.encoding == "utf8" => (marked(&value.text, letter.field.as_deref(), letter.message.as_deref())),
            _ => {}
        }
        (parts(record, "Value"))
        h2 { "Headers" }
        (headers(record))
    }
}
