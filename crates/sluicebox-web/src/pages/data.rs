//! Charts and last rows of a stream.

use maud::{Markup, html};

use super::chart;
use super::layout::{segment, table};
use crate::app::App;
use crate::data;
use crate::error::WebError;
use crate::format::grouped;
use crate::limits::TAIL_ROWS_SHOWN;
use crate::visible::Visible;

pub(super) fn page(streams: &[&str], current: &str, live: &Markup) -> Markup {
    html! {
        h1 { "Data" }
        nav.tabs aria-label="Streams" {
            ul { @for stream in streams { li { a href={ "/data/" (segment(stream)) } aria-current=[(*stream == current).then_some("page")] { (stream) } } } }
        }
        (live)
    }
}

pub(super) fn region(app: &App, stream: &str) -> Result<Markup, WebError> {
    let file = data::definition(app, stream)?.file_name.clone();
    let found = data::of_stream(app, stream)?;
    let newest = found.tail.rows.last();
    let columns = found.tail.header.iter().enumerate().map(|(at, column)| {
        let cell = newest.and_then(|row| row.get(at));
        (column.as_str(), cell.is_some_and(|cell| is_number(cell)))
    });
    let columns: Vec<_> = columns.collect();
    let shown = found.tail.rows.iter().rev().take(TAIL_ROWS_SHOWN);
    let place = |row: &[String], column: &str| {
        found
            .tail
            .column(column)
            .and_then(|at| row.get(at).cloned())
    };
    let topic = app
        .config
        .plans
        .streams()
        .iter()
        .find(|plan| plan.name() == stream)
        .map_or("", |plan| plan.source_topic());
    let rows = html! {
        @for row in shown {
            tr {
                @for (cell, (column, _)) in row.iter().zip(&columns) {
                    @if *column == "source_offset" {
                        td.number {
                            a href={ "/lineage?topic=" (segment(topic)) "&partition=" (place(row, "source_partition").unwrap_or_default()) "&offset=" (cell) } { (cell) }
                        }
                    } @else {
                        td.number[is_number(cell)] { (Visible(cell)) }
                    }
                }
            }
        }
    };
    Ok(html! {
        @if found.tail.rows.is_empty() {
            p.quiet { "No rows in " code { (file) } " yet." }
        } @else {
            p.quiet { "The last " (grouped(found.tail.rows.len() as u64)) " rows of " code { (file) } ", by the time of the event." }
            div.charts { @for drawn in &found.charts { (chart::figure(drawn)) } }
            div.bar {
                h2 { "Last rows" }
                a.button href={ "/api/v1/files/" (segment(&file)) } download="" { "Download " (file) }
            }
            (table("Last rows, newest first; the source offset leads to the way of the record", &columns, &rows))
        }
    })
}

fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.parse::<f64>().is_ok()
}
