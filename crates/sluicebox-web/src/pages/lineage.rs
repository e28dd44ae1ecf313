//! The way of a record, from any place of it.

use maud::{Markup, html};

use super::layout::{record_path, table};
use super::record::parts;
use crate::error::WebError;
use crate::format::time;
use crate::lineage::{Question, Way};
use crate::visible::Visible;

pub(super) fn page(
    files: &[String],
    question: &Question,
    found: Option<&Result<Way, WebError>>,
) -> Markup {
    html! {
        h1 { "Lineage" }
        p { "From a row to the record that it came from, and from a record to its row." }
        (forms(files, question))
        @match found {
            None => {}
            Some(Err(error)) => p.problem role="alert" { (error) },
            Some(Ok(way)) => (shown(way)),
        }
    }
}

fn forms(files: &[String], question: &Question) -> Markup {
    let given = |field: &Option<String>| field.clone().unwrap_or_default();
    let field = |id: &str, label: &str, value: String| {
        html! {
            div.field { label for=(id) { (label) } input id=(id) name=(id) value=(value) autocomplete="off"; }
        }
    };
    html! {
        div.two {
            form.search method="get" aria-label="Begin with a row" {
                div.field {
                    label for="file" { "File" }
                    select id="file" name="file" {
                        @for file in files { option selected[Some(file) == question.file.as_ref()] { (file) } }
                    }
                }
                (field("line", "Line", given(&question.line)))
                div.actions { button type="submit" { "From this row" } }
            }
            form.search method="get" aria-label="Begin with a record" {
                (field("topic", "Topic", given(&question.topic)))
                (field("partition", "Partition", given(&question.partition)))
                (field("offset", "Offset", given(&question.offset)))
                div.actions { button type="submit" { "From this record" } }
            }
        }
    }
}

fn shown(way: &Way) -> Markup {
    let source = &way.source;
    html! {
        @for note in &way.notes { p.warning { (note) } }
        ol.way {
            li {
                h2 { "Source record" }
                p { a href=(record_path(&source.topic, source.partition, source.offset)) { (source.topic) " / partition " (source.partition) " / offset " (source.offset) }
                    @if let Some(stream) = &way.stream { ", stream " b { (stream) } } }
                @if let Some(letter) = &way.replay_of {
                    @let place = (letter.partition, letter.offset);
                    p { "A replay of the dead letter " a href={ "/letters/" (place.0) "/" (place.1) } { (place.0) " / " (place.1) } "." }
                }
                @match &way.source_record {
                    Some(record) => { p.quiet { (time(record.timestamp_ms)) } (parts(record, "Source record", &source.topic)) }
                    None => p.quiet { "The record is not there any more." },
                }
            }
            li {
                h2 { @match &way.output { Some(output) if output.rejected => "Dead letter", _ => "Processed record" } }
                @match &way.output {
                    Some(output) => {
                        @let at = (output.record.partition, output.record.offset);
                        p {
                            a href=(if output.rejected { format!("/letters/{}/{}", at.0, at.1) } else { record_path(&output.topic, at.0, at.1) }) {
                                (output.topic) " / partition " (at.0) " / offset " (at.1)
                            }
                        }
                        p.quiet { (time(output.record.timestamp_ms)) }
                        (parts(&output.record, "Output record", &output.topic))
                    }
                    None if way.stream.is_none() => p.quiet { "None: no stream here reads this topic." },
                    None => p.quiet { "Not found: it is not in a file yet, or not in the topic any more." },
                }
            }
            li {
                h2 { "Row" }
                @match &way.row {
                    Some(row) => {
                        p { code { (row.file) } ", line " b { (row.line) } }
                        (table("The row", &[("Column", false), ("Value", false)], &html! {
                            @for (column, cell) in row.columns.iter().zip(&row.cells) { tr { td { (column) } td { (Visible(cell)) } } }
                        }))
                    }
                    None if way.stream.is_none() => p.quiet { "None: no stream here reads this topic." },
                    None => p.quiet { "It is in no file yet." },
                }
            }
        }
    }
}
