//! The home page: the pipeline as it is drawn, with what flows on each edge.

use maud::{Markup, html};

use super::chart;
use super::layout::{name, segment, table, topic_link};
use crate::collect::Point;
use crate::flow::{FileFlow, Flow, Level, PartFlow, TopicFlow};
use crate::format::{bytes, grouped, millis, ranges, rate, signed};

pub(super) fn region(flow: &Flow, history: &[Point]) -> Markup {
    html! {
        h1.hidden { "Flow" }
        (attention(flow))
        (drawing(flow))
        (accounting(flow))
        div.two {
            (chart::past("Records per second", history, &[("into the topics", |p| p.input), ("rows to files", |p| p.rows)]))
            (chart::past("Records waiting", history, &[("for the processor", |p| p.processor_lag as f64), ("for the sink", |p| p.sink_lag as f64)]))
        }
        (owners(flow))
        (health(flow))
    }
}

fn attention(flow: &Flow) -> Markup {
    html! {
        section.attention aria-label="What needs a person" aria-live="polite" {
            @if flow.at_ms == 0 {
                p.calm { "Looking at the cluster \u{2026}" }
            } @else if flow.attention.is_empty() {
                p.good { "Everything flows. Nothing needs you." }
            }
            @for found in &flow.attention {
                p class=(match found.level { Level::Critical => "critical", Level::Warning => "warning" }) {
                    strong { (found.what) } " " span { (found.advice) }
                }
            }
        }
    }
}

/// Whether something that needs a person is about a part of the drawing.
fn hurts(flow: &Flow, about: &str) -> Option<&'static str> {
    let worst = flow
        .attention
        .iter()
        .filter(|found| found.about == about)
        .map(|found| found.level)
        .max()?;
    Some(match worst {
        Level::Critical => "critical",
        Level::Warning => "warning",
    })
}

fn drawing(flow: &Flow) -> Markup {
    let read: f64 = flow.streams.iter().map(|stream| stream.topic.rate).sum();
    let rows: f64 = flow.files.iter().map(|file| file.rate).sum();
    html! {
        section.flow aria-label="The pipeline" {
            (stage("Producers", &html! {
                @for stream in &flow.streams {
                    div.node {
                        h3 { (stream.name) }
                        p.big { (rate(stream.topic.rate)) }
                        p { @match stream.generated { Some(sent) => { (grouped(sent)) " sent" }, None => { "from outside" } } }
                    }
                }
            }))
            (edge(read, "in", None))
            (stage("Source topics", &html! { @for stream in &flow.streams { (topic(flow, &stream.topic)) } }))
            (edge(flow.processor.rate, "read", Some((flow.processor.lag, hurts(flow, "processor").is_some()))))
            (stage("Processor", &part(flow, "processor", &flow.processor)))
            // Each record in is one record out, in one of the two topics.
            (edge(flow.processor.rate, "written", None))
            (stage("Output topics", &html! { @for output in &flow.outputs { (topic(flow, output)) } }))
            (edge(rows, "read", Some((flow.sink.lag, hurts(flow, "sink").is_some()))))
            (stage("Sink", &part(flow, "sink", &flow.sink)))
            (edge(rows, "rows", None))
            (stage("Files", &html! {
                @for file in &flow.files { (file_node(file)) }
                @if flow.files.is_empty() { div.node { p.quiet { "No files yet." } } }
            }))
        }
    }
}

fn stage(title: &str, nodes: &Markup) -> Markup {
    html! { div.stage { h2 { (title) } div.nodes { (nodes) } } }
}

/// `lag`: what waits there, and whether it hurts.
fn edge(per_second: f64, what: &str, lag: Option<(u64, bool)>) -> Markup {
    let moves = per_second >= 0.05;
    html! {
        div.edge.moves[moves] {
            span.arrow aria-hidden="true" {}
            span.label { b { (rate(per_second)) } " " (what) }
            @if let Some((lag, hurts)) = lag { span.label.lag.hurts[hurts] { (grouped(lag)) " waiting" } }
        }
    }
}

fn topic(flow: &Flow, topic: &TopicFlow) -> Markup {
    let bad = !topic.offline.is_empty()
        || !topic.under_replicated.is_empty()
        || (topic.missing && flow.at_ms > 0);
    html! {
        div.node.critical[!topic.offline.is_empty()].warning[bad && topic.offline.is_empty()] {
            h3 { (topic_link(&topic.name)) }
            p.big { (grouped(topic.end.max(0).unsigned_abs())) }
            p {
                @if topic.missing { "does not exist" }
                @else if !topic.offline.is_empty() { "no leader: " (ranges(&topic.offline)) }
                @else if !topic.under_replicated.is_empty() { "under-replicated: " (ranges(&topic.under_replicated)) }
                @else { "offsets" br; (topic.partitions) " partitions" }
            }
        }
    }
}

fn part(flow: &Flow, kind: &str, part: &PartFlow) -> Markup {
    let level = hurts(flow, kind);
    html! {
        div class={ "node " (level.unwrap_or("")) } {
            h3 { a href={ "/groups/" (segment(&part.group)) } { (part.group) } }
            p.big { (part.members.len()) @if part.members.len() == 1 { " member" } @else { " members" } }
            p { @if part.state.is_empty() { "unknown" } @else { (part.state) } }
            @for here in &part.here { p.state { (here.state) } }
            @if kind == "processor" {
                @let rejected: u64 = flow.rejected.iter().map(|rejected| rejected.records).sum();
                @if rejected > 0 { p { (grouped(rejected)) " rejected" } }
            } @else if let Some(latency) = flow.latency {
                p { "p50 " (millis(latency.p50_ms)) }
                p { "p99 " (millis(latency.p99_ms)) " end to end" }
            }
        }
    }
}

fn file_node(file: &FileFlow) -> Markup {
    html! {
        div.node {
            h3 { a href={ "/api/v1/files/" (segment(&file.name)) } download="" { (name(&file.name)) } }
            p.big { (grouped(file.rows)) }
            p { "rows, " (rate(file.rate)) }
            p { (bytes(file.bytes)) }
        }
    }
}

fn accounting(flow: &Flow) -> Markup {
    let account = &flow.accounting;
    html! {
        section.account.critical[account.off_balance] aria-label="The account" {
            h2 { "Every record is accounted for" }
            p.sum {
                (term(&grouped(account.input), "records in")) (sign("="))
                (term(&grouped(account.rows), "rows")) (sign("+"))
                (term(&grouped(account.letters), "dead letters")) (sign("+"))
                (term(&signed(account.in_flight), if account.with_markers { "in flight, or markers of replays" } else { "in flight" }))
            }
            p.quiet {
                @match &flow.last_verify {
                    Some(verify) if verify.contradicted == 0 => {
                        "Last " code { "verify" } ": " (verify.at) ", " (grouped(verify.records)) " records, nothing contradicts"
                        @if verify.unprovable > 0 { "; " (grouped(verify.unprovable)) " cannot be proven" } "."
                    }
                    Some(verify) => { "Last " code { "verify" } ": " (verify.at) ", " b { (grouped(verify.contradicted)) " contradictions" } "." }
                    None => { "Never verified: " code { "sluicebox verify" } " proves it record by record, also while all of this runs." }
                }
            }
        }
    }
}

fn term(number: &str, what: &str) -> Markup {
    html! { span.term { b { (number) } " " span { (what) } } }
}

fn sign(sign: &str) -> Markup {
    html! { span.sign { (sign) } }
}

fn owners(flow: &Flow) -> Markup {
    let rows = html! {
        @for (name, part) in [("processor", &flow.processor), ("sink", &flow.sink)] {
            @for member in &part.members {
                tr {
                    td { (name) }
                    td { (member.client_id) }
                    td { (member.host) }
                    td {
                        @if member.partitions.is_empty() { span.quiet { "none" } }
                        @for (index, owned) in member.partitions.iter().enumerate() {
                            @if index > 0 { br; }
                            (owned.topic) " " span.partitions { (ranges(&owned.partitions)) }
                        }
                    }
                }
            }
        }
        @if flow.processor.members.is_empty() && flow.sink.members.is_empty() {
            tr { td.quiet colspan="4" { "No processor and no sink is in its group." } }
        }
    };
    html! {
        section {
            h2 { "Who owns which partition" }
            (table("Members and their partitions", &[("Part", false), ("Member", false), ("Host", false), ("Partitions", false)], &rows))
        }
    }
}

fn health(flow: &Flow) -> Markup {
    let topics = || {
        flow.streams
            .iter()
            .map(|stream| &stream.topic)
            .chain(&flow.outputs)
    };
    let under: usize = topics().map(|topic| topic.under_replicated.len()).sum();
    let offline: usize = topics().map(|topic| topic.offline.len()).sum();
    html! {
        section {
            h2 { "Cluster" }
            p {
                @if let Some(error) = &flow.cluster.error { b.bad { "does not answer: " (error) } }
                @else {
                    (flow.cluster.brokers) @if flow.cluster.brokers == 1 { " broker" } @else { " brokers" } " up \u{b7} "
                    @if offline > 0 { b.bad { (offline) " partitions without a leader" } }
                    @else if under > 0 { b.bad { (under) " partitions under-replicated" } }
                    @else { "all replicas in sync" }
                    " \u{b7} " code { (flow.cluster.bootstrap_servers) } " \u{b7} " code { (flow.cluster.id) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Attention, StreamFlow};

    #[test]
    fn what_hurts_is_red_and_says_what_to_do() {
        let mut flow = Flow {
            at_ms: 1,
            ..Flow::default()
        };
        flow.streams.push(StreamFlow {
            name: "<b>".to_owned(),
            ..StreamFlow::default()
        });
        flow.attention.push(Attention {
            level: Level::Critical,
            about: "sink",
            what: "No sink runs.".to_owned(),
            advice: "Start one.".to_owned(),
        });
        let drawn = region(&flow, &[]).into_string();
        assert!(
            drawn.contains(
                "<p class=\"critical\"><strong>No sink runs.</strong> <span>Start one.</span>"
            ),
            "{drawn}"
        );
        assert!(drawn.contains("class=\"node critical\""));
        assert!(drawn.contains("&lt;b&gt;") && !drawn.contains("<h3><b>"));
        flow.attention.clear();
        assert!(
            region(&flow, &[])
                .into_string()
                .contains("Nothing needs you")
        );
    }
}
