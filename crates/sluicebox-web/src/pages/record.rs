//! One record: as it came, indented, in hexadecimal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::layout::{record_path, segment, table, topic_link};
use crate::format::{bytes, time};
use crate::limits::HEX_SHOWN_MAX_BYTES;
use crate::records::{RecordView, Shown, hex, pretty};
use crate::visible::Visible;

pub(super) fn page(
    topic: &str,
    partition: i32,
    offset: i64,
    record: Option<&RecordView>,
) -> Markup {
    let neighbour = |offset: i64, name: &str| html! { a href=(record_path(topic, partition, offset)) { (name) } };
    html! {
        p.crumbs { (topic_link(topic)) " / partition " (partition) " / offset " (offset) }
        h1 { "Record" }
        p.facts {
            @if offset > 0 { (neighbour(offset - 1, "Offset before")) }
            (neighbour(offset + 1, "Offset after"))
            a href={ "/lineage?topic=" (segment(topic)) "&partition=" (partition) "&offset=" (offset) } { "The way of this record" }
        }
        @match record {
            None => p { "There is no record at this offset: it is the marker of a transaction, a record of one that was aborted, or one that was compacted away." },
            Some(record) => {
                dl.facts {
                    div { dt { "Timestamp" } dd { (time(record.timestamp_ms)) } }
                    div { dt { "Key" } dd { (key(record)) } }
                    div { dt { "Value" } dd { @match &record.value { Some(value) => (bytes(value.bytes as u64)), None => span.quiet { "none (a tombstone)" } } } }
                }
                h2 { "Value" }
                (parts(record, "Value", topic))
                h2 { "Headers" }
                (headers(record))
            }
        }
    }
}

/// The export of one record, which has all of it.
pub(super) fn export_path(topic: &str, record: &RecordView) -> String {
    let RecordView {
        partition, offset, ..
    } = record;
    format!(
        "/api/v1/topics/{}/export.ndjson?from=offset&partition={partition}&offset={offset}&limit=1",
        segment(topic)
    )
}

/// A value in all its forms; the most readable one is open. `of`: whose value it is.
pub(super) fn parts(record: &RecordView, of: &str, topic: &str) -> Markup {
    let Some(value) = &record.value else {
        return html! { p.quiet { "The record has no value." } };
    };
    let indented = (value.encoding == "utf8" && !value.cut)
        .then(|| pretty(&value.text))
        .flatten();
    let raw = raw(value);
    html! {
        @if value.cut { p.quiet { "Only the first part of " (bytes(value.bytes as u64)) " is shown; " a href=(export_path(topic, record)) download="" { "an export has all of it" } "." } }
        @if let Some(indented) = &indented { (part("JSON", of, indented, true)) }
        (part(if value.encoding == "utf8" { "As it came" } else { "As base64" }, of, &value.text, indented.is_none()))
        (part("Hexadecimal", of, &hex(&raw[..raw.len().min(HEX_SHOWN_MAX_BYTES)]), false))
    }
}

fn raw(value: &Shown) -> Vec<u8> {
    match value.encoding {
        "utf8" => value.text.as_bytes().to_vec(),
        _ => STANDARD.decode(&value.text).unwrap_or_default(),
    }
}

fn part(name: &str, of: &str, text: &str, open: bool) -> Markup {
    html! {
        details.part open[open] {
            summary { (name) }
            pre tabindex="0" role="region" aria-label={ (of) ": " (name) } { (Visible(text)) }
        }
    }
}

/// The key; bytes that are no text as base64.
pub(super) fn key(record: &RecordView) -> Markup {
    html! {
        @match &record.key {
            Some(key) => (part_of(key)),
            None => span.quiet { "none" },
        }
    }
}

/// Bytes in a line, which say where they are no text, or not all.
fn part_of(shown: &Shown) -> Markup {
    html! {
        code { (Visible(&shown.text)) }
        @if shown.encoding != "utf8" { " (base64)" }
        @if shown.cut { " \u{2026}" }
    }
}

/// All headers.
pub(super) fn headers(record: &RecordView) -> Markup {
    let rows = html! {
        @for header in &record.headers {
            tr {
                td { code { (Visible(&header.name)) } }
                td { @match &header.value { Some(value) => (part_of(value)), None => span.quiet { "none" } } }
            }
        }
        @if record.headers.is_empty() { tr { td.quiet colspan="2" { "It has no headers." } } }
    };
    table("Headers", &[("Name", false), ("Value", false)], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::HeaderView;

    #[test]
    fn a_header_that_is_no_text_says_so() {
        let header = |name: &str, value: &[u8]| HeaderView {
            name: name.to_owned(),
            value: Some(Shown::of(value, 4)),
        };
        let record = RecordView {
            partition: 0,
            offset: 0,
            timestamp_ms: 0,
            key: None,
            value: None,
            headers: vec![
                header("a", b"\xff\x00"),
                header("b", b"text"),
                header("c", b"longer"),
            ],
        };
        let shown = headers(&record).into_string();
        for cell in [
            "<td><code>/wA=</code> (base64)</td>",
            "<td><code>text</code></td>",
            "<td><code>long</code> \u{2026}</td>",
        ] {
            assert!(shown.contains(cell), "{cell} in {shown}");
        }
    }
}
