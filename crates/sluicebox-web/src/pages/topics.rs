//! Topics: all of them, and one with a search in it.

use maud::{Markup, html};

use super::layout::{segment, table};
use crate::format::grouped;
use crate::records::Query;
use crate::topics::{TopicLine, TopicView};

pub(super) fn list(topics: &[TopicLine], may_write: bool) -> Markup {
    let rows = html! {
        @for topic in topics {
            tr {
                td { a href={ "/topics/" (segment(&topic.name)) } { (topic.name) } }
                td.number { (topic.partitions) }
            }
        }
    };
    html! {
        div.bar {
            h1 { "Topics" }
            @if may_write { a.button.quiet-button href="/new-topic" { "Create a topic" } }
        }
        (table("Topics", &[("Topic", false), ("Partitions", true)], &rows))
    }
}

pub(super) fn one(topic: &TopicView, query: &Query, takes_records: bool) -> Markup {
    let under = topic
        .partitions
        .iter()
        .filter(|partition| partition.in_sync.len() < partition.replicas.len())
        .count();
    html! {
        p.crumbs { a href="/topics" { "Topics" } " / " (topic.name) }
        h1 { (topic.name) }
        p.facts {
            span.fact { b { (topic.partitions.len()) } " partitions" }
            span.fact { b { (grouped(topic.span())) } " offsets held" }
            @if under > 0 { span.fact.bad { b { (under) } " under-replicated" } }
            @if takes_records { a href={ "/topics/" (segment(&topic.name)) "/produce" } { "Produce a record" } }
        }
        (search(topic, query))
        details.part {
            summary { "Partitions, offsets, replicas" }
            (partitions(topic))
        }
        details.part {
            summary { "Settings" }
            (configs(topic))
        }
    }
}

/// Whether one of the fields is filled in that are folded away.
fn is_more_given(query: &Query) -> bool {
    let fields = [
        &query.header,
        &query.partition,
        &query.offset,
        &query.time,
        &query.until,
        &query.source,
    ];
    fields
        .iter()
        .any(|field| field.as_deref().is_some_and(|text| !text.trim().is_empty()))
}

fn search(topic: &TopicView, query: &Query) -> Markup {
    let given = |field: &Option<String>| field.clone().unwrap_or_default();
    let text = |id: &str, label: &str, value: String, hint: &str| {
        html! {
            div.field { label for=(id) { (label) } input id=(id) name=(id) type="search" value=(value) placeholder=(hint) autocomplete="off"; }
        }
    };
    let from = given(&query.from);
    // A stream of events that is refused cannot tell a page why.
    let problem = query.search(&topic.name).err();
    html! {
        section.search aria-label="Records" data-search={ "/api/v1/topics/" (segment(&topic.name)) } data-topic={ "/topics/" (segment(&topic.name)) } data-offsets=(topic.span()) data-refused[problem.is_some()] {
            form.search method="get" {
                (text("key", "Key contains", given(&query.key), ""))
                (text("value", "Value contains", given(&query.value), ""))
                div.field {
                    label for="from" { "From" }
                    select id="from" name="from" {
                        @for (value, name) in [("", "latest, or all with a filter"), ("latest", "latest"), ("earliest", "earliest"), ("offset", "offset"), ("time", "time")] {
                            option value=(value) selected[value == from] { (name) }
                        }
                    }
                }
                details.more data-more="" open[is_more_given(query) || problem.is_some()] {
                    summary { "Header, partitions, offset, time" }
                    div.fields {
                        (text("header", "Header", given(&query.header), "name or name=text"))
                        (text("partition", "Partitions", given(&query.partition), "all"))
                        (text("offset", "Offset", given(&query.offset), "with from: offset"))
                        (text("time", "Time from", given(&query.time), "2026-11-27T11:00:00Z"))
                        @if query.source.is_some() { (text("source", "Source topic of a letter", given(&query.source), "any")) }
                        (text("until", "Time to", given(&query.until), "2026-11-27T12:00:00Z"))
                    }
                }
                div.actions {
                    button type="submit" { "Search" }
                    button.quiet-button type="button" data-tail="" { "Follow live" }
                    button.quiet-button type="button" data-stop="" disabled { "Stop" }
                    a.button.quiet-button data-export="export.ndjson" href={ "/api/v1/topics/" (segment(&topic.name)) "/export.ndjson?from=earliest" } download="" { "Export NDJSON" }
                    a.button.quiet-button data-export="export.csv" href={ "/api/v1/topics/" (segment(&topic.name)) "/export.csv?from=earliest" } download="" { "Export CSV" }
                }
            }
            p.progress role="status" data-progress="" {
                @match &problem { Some(problem) => (problem), None => "\u{a0}" }
            }
            noscript { p { "Searching needs JavaScript; the exports and the API do not." } }
            div.scroll tabindex="0" role="region" aria-label="Records found" {
                table.records {
                    caption.hidden { "Records found" }
                    thead { tr {
                        th.number scope="col" { "Partition" } th.number scope="col" { "Offset" } th scope="col" { "Timestamp" }
                        th scope="col" { "Key" } th scope="col" { "Value" }
                    } }
                    tbody data-records="" {}
                }
            }
        }
    }
}

fn partitions(topic: &TopicView) -> Markup {
    let list = |numbers: &[i32]| {
        numbers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let rows = html! {
        @for at in &topic.partitions {
            tr {
                td.number { (at.partition) }
                td.number { (at.earliest) }
                td.number { (at.last_stable) }
                td.number { (at.high_watermark) }
                td.number { @match at.leader { Some(leader) => (leader), None => b.bad { "none" } } }
                td { (list(&at.replicas)) }
                td.warning[at.in_sync.len() < at.replicas.len()] { (list(&at.in_sync)) }
            }
        }
    };
    let columns = [
        ("Partition", true),
        ("First offset", true),
        ("Last stable", true),
        ("End", true),
        ("Leader", true),
        ("Replicas", false),
        ("In sync", false),
    ];
    table("Partitions", &columns, &rows)
}

fn configs(topic: &TopicView) -> Markup {
    let rows = html! {
        @for config in &topic.configs {
            tr {
                td { code { (config.name) } }
                td { @match &config.value { Some(value) => (value), None => span.quiet { "secret" } } }
                td { @if config.is_default { span.quiet { "default" } } @else { "set" } }
            }
        }
    };
    table(
        "Settings",
        &[("Name", false), ("Value", false), ("", false)],
        &rows,
    )
}
