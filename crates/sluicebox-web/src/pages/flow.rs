//! The home page: the pipeline as it is drawn, with what flows on each edge.

use maud::{Markup, html};

use super::layout::{name, segment, table, topic_link};
use super::{account, chart};
use crate::attention;
use crate::collect::Point;
use crate::flow::{FileFlow, Flow, Level, PartFlow, TopicFlow};
use crate::format::{bytes, counted, grouped, host, millis, ranges, rate};
use crate::limits::RATE_WINDOW;

/// The state of a group that nobody has joined yet.
const NO_GROUP: &str = "Dead";
/// What stands for a number that nobody can tell.
const UNKNOWN: &str = "unknown";

pub(super) fn region(flow: &Flow, history: &[Point]) -> Markup {
    html! {
        h1.hidden { "Flow" }
        (needs(flow))
        (drawing(flow))
        (account::section(flow))
        div.two {
            (chart::past("Records per second", history, &[("into the topics", |p| p.input), ("rows to files", |p| p.rows)]))
            (chart::past("Lag, in offsets", history, &[("of the processor", |p| p.processor_lag as f64), ("of the sink", |p| p.sink_lag as f64)]))
        }
        (owners(flow))
        (health(flow))
    }
}

fn needs(flow: &Flow) -> Markup {
    html! {
        section.attention aria-label="What needs a person" aria-live="polite" {
            @if flow.attention.is_empty() {
                @let (said, is_well) = attention::calm(flow);
                p class=(if is_well { "good" } else { "calm" }) { (said) }
            }
            @for found in &flow.attention {
                p class=(match found.level { Level::Critical => "critical", Level::Warning => "warning" }) {
                    strong { (found.what) } " " span { (found.advice) }
                }
                @if let Some(details) = &found.details {
                    details.more { summary { "What the client library says" } p.quiet { (details) } }
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

/// Whether what is drawn of the cluster is of now.
fn is_known(flow: &Flow) -> bool {
    flow.cluster.error.is_none()
}

fn drawing(flow: &Flow) -> Markup {
    let read: f64 = flow.streams.iter().map(|stream| stream.topic.rate).sum();
    let rows: f64 = flow.files.iter().map(|file| file.rate).sum();
    let known = |per_second: f64| is_known(flow).then_some(per_second);
    let lag = |lag: u64, of: &str| is_known(flow).then(|| (lag, hurts(flow, of).is_some()));
    html! {
        section.flow aria-label="The pipeline" {
            (stage("Producers", &html! {
                @for stream in &flow.streams {
                    div.node {
                        h3 { (stream.name) }
                        p.big { (known(stream.topic.rate).map_or(UNKNOWN.to_owned(), rate)) }
                        p { @match stream.generated { Some(sent) => { (grouped(sent)) " sent" }, None => { "from outside" } } }
                    }
                }
            }))
            (edge(known(read), "in", None))
            (stage("Source topics", &html! { @for stream in &flow.streams { (topic(flow, &stream.topic)) } }))
            (edge(known(flow.processor.rate), "read", lag(flow.processor.lag, "processor")))
            (stage("Processor", &part(flow, "processor", &flow.processor)))
            // Each record in is one record out, in one of the two topics.
            (edge(known(flow.processor.rate), "written", None))
            (stage("Output topics", &html! { @for output in &flow.outputs { (topic(flow, output)) } }))
            (edge(Some(rows), "read", lag(flow.sink.lag, "sink")))
            (stage("Sink", &part(flow, "sink", &flow.sink)))
            (edge(Some(rows), "rows", None))
            (stage("Files", &html! {
                @for file in &flow.files { (file_node(file)) }
                @if flow.files.is_empty() { div.node { p.quiet { "No files yet." } } }
            }))
        }
        p.quiet.note { "Rates are means of the last " (RATE_WINDOW.as_secs()) " s. Offsets of output topics, and the sink's lag in them, are more than records: each transaction of the processor ends with a marker in every partition that it wrote to." }
    }
}

fn stage(title: &str, nodes: &Markup) -> Markup {
    html! { div.stage { h2 { (title) } div.nodes { (nodes) } } }
}

/// `lag`: what waits there, and whether it hurts.
fn edge(per_second: Option<f64>, what: &str, lag: Option<(u64, bool)>) -> Markup {
    let moves = per_second.is_some_and(|rate| rate >= 0.05);
    html! {
        div.edge.moves[moves] {
            span.arrow aria-hidden="true" {}
            span.label { b { (per_second.map_or(UNKNOWN.to_owned(), rate)) } " " (what) }
            @if let Some((lag, hurts)) = lag { span.label.lag.hurts[hurts] { "lag " (grouped(lag)) } }
        }
    }
}

fn topic(flow: &Flow, topic: &TopicFlow) -> Markup {
    let bad = !topic.offline.is_empty()
        || !topic.under_replicated.is_empty()
        || (topic.missing && flow.at_ms > 0);
    let bad = bad && is_known(flow);
    html! {
        div.node.critical[bad && !topic.offline.is_empty()].warning[bad && topic.offline.is_empty()] {
            h3 { (topic_link(&topic.name)) }
            @if !is_known(flow) {
                p.big { (UNKNOWN) }
            } @else {
                p.big { (grouped(topic.end.max(0).unsigned_abs())) }
                p {
                    @if topic.missing { "does not exist" }
                    @else if !topic.offline.is_empty() { "no leader: " (ranges(&topic.offline)) }
                    @else if !topic.under_replicated.is_empty() { "under-replicated: " (ranges(&topic.under_replicated)) }
                    @else { "offsets" br; (counted(topic.partitions, "partition")) }
                }
            }
        }
    }
}

fn part(flow: &Flow, kind: &str, part: &PartFlow) -> Markup {
    let level = hurts(flow, kind);
    html! {
        div class={ "node " (level.unwrap_or("")) } {
            h3 { a href={ "/groups/" (segment(&part.group)) } { (part.group) } }
            @if is_known(flow) {
                p.big { (part.members.len()) }
                p {
                    @if part.members.len() == 1 { "member" } @else { "members" } br;
                    @match part.state.as_str() { "" => (UNKNOWN), NO_GROUP => "no such group yet", state => (state) }
                }
            } @else {
                p.big { (UNKNOWN) }
            }
            @for here in &part.here { p.state { (here.state) } }
            @if kind == "processor" {
                @let rejected: u64 = flow.rejected.iter().map(|rejected| rejected.records).sum();
                @if rejected > 0 { p { (grouped(rejected)) " rejected" } }
            } @else if let Some(latency) = flow.latency {
                p { "p50 " (millis(latency.p50_ms)) }
                p { "p99 " (millis(latency.p99_ms)) " end to end" @if !latency.recent { " since the start" } }
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

fn owners(flow: &Flow) -> Markup {
    let rows = html! {
        @for (name, part) in [("processor", &flow.processor), ("sink", &flow.sink)] {
            @for member in part.members.iter().filter(|_| is_known(flow)) {
                tr {
                    td { (name) }
                    td { (member.client_id) }
                    td { (host(&member.host)) }
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
        @if !is_known(flow) {
            tr { td.quiet colspan="4" { "Unknown: the cluster does not answer." } }
        } @else if flow.processor.members.is_empty() && flow.sink.members.is_empty() {
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
    let under: usize = flow
        .topics()
        .map(|topic| topic.under_replicated.len())
        .sum();
    let offline: usize = flow.topics().map(|topic| topic.offline.len()).sum();
    html! {
        section {
            h2 { "Cluster" }
            p {
                @if !is_known(flow) { b.bad { "does not answer" } " \u{b7} " code { (flow.cluster.bootstrap_servers) } }
                @else {
                    (counted(flow.cluster.brokers, "broker")) " up \u{b7} "
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
    fn what_a_cluster_that_is_gone_knows_is_unknown() {
        let mut flow = Flow {
            at_ms: 1,
            ..Flow::default()
        };
        flow.cluster.error = Some("gone".to_owned());
        flow.accounting.unknown = Some("It is gone.".to_owned());
        flow.streams.push(StreamFlow {
            topic: TopicFlow {
                name: "t".to_owned(),
                missing: true,
                ..TopicFlow::default()
            },
            ..StreamFlow::default()
        });
        let drawn = region(&flow, &[]).into_string();
        for wrong in ["does not exist", "in flight", "members", "is accounted for"] {
            assert!(!drawn.contains(wrong), "{wrong} in {drawn}");
        }
        assert!(drawn.contains("<p class=\"big\">unknown</p>"), "{drawn}");
    }

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
            details: Some("<i>long</i>".to_owned()),
        });
        let drawn = region(&flow, &[]).into_string();
        assert!(
            drawn.contains(
                "<p class=\"critical\"><strong>No sink runs.</strong> <span>Start one.</span>"
            ),
            "{drawn}"
        );
        let details = "<details class=\"more\"><summary>What the client library says</summary><p class=\"quiet\">&lt;i&gt;long&lt;/i&gt;</p>";
        assert!(drawn.contains(details), "{drawn}");
        assert!(drawn.contains("class=\"node critical\""));
        assert!(drawn.contains("&lt;b&gt;") && !drawn.contains("<h3><b>"));
        flow.attention.clear();
        assert!(
            region(&flow, &[])
                .into_string()
                .contains("Neither a processor nor a sink runs")
        );
    }
}
