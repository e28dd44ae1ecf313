//! Dead letters: what there is.

use maud::{Markup, html};

use super::chart;
use super::layout::{segment, table, topic_link};
use super::replay;
use crate::data::{Chart, Look, Series};
use crate::format::{grouped, millis, short_time};
use crate::letters::{Counted, LettersView, Line};
use crate::limits::LETTERS_SHOWN;
use crate::replay::JobView;
use crate::visible::Visible;

/// Reasons that the chart tells apart.
const REASONS_DRAWN: usize = 8;
/// In place of a number.
const NOT_KNOWN: &str = "\u{2013}";

/// What may be done with letters, and what is being done.
pub(super) struct Acting {
    /// Whether the dashboard may write.
    pub(super) may_write: bool,
    /// The replay of many letters that runs, or ran last.
    pub(super) job: Option<JobView>,
}

pub(super) fn region(view: &LettersView, topic: &str, acting: &Acting) -> Markup {
    let is_known = view.remaining == Some(0);
    // Of an outage it has the error.
    let is_old = view.remaining.is_none() && view.error.is_none() && view.total > 0;
    html! {
        p.facts {
            span.fact { b { @if is_known || view.total > 0 { (grouped(view.total)) } @else { (NOT_KNOWN) } } " letters in " (topic_link(topic)) }
            @if let Some(replayed) = view.replayed.filter(|replayed| *replayed > 0) {
                span.fact { b { (grouped(replayed)) } " replayed" }
                span.fact { b { (grouped(view.total.saturating_sub(replayed))) } " left" }
            }
            @if let Some(remaining) = view.remaining.filter(|remaining| *remaining > 0) { span.fact { b { (grouped(remaining)) } " still to be read" } }
            @if view.total > 0 { a href="/api/v1/files/dead_letters.csv" download="" { "Download dead_letters.csv" } }
            @if view.total > 0 && acting.may_write { a href="/replay/new?all=true" { "Replay all\u{a0}\u{2026}" } }
        }
        @if is_old { p.quiet role="status" { "Still reading: what came in since somebody last looked is not in these numbers yet." } }
        @if let Some(job) = &acting.job { p.facts { span.fact { (replay::line(job)) } a href="/replay" { "The replay" } } }
        @if let Some(error) = &view.error { p.problem role="alert" { (error) @if view.total > 0 { ". The numbers are those of before." } } }
        @if let Some(error) = &view.replays_error { p.quiet { "It is not known which letters were replayed lately: " (error) } }
        @if view.total == 0 && view.error.is_none() {
            p.quiet { @if is_known { "No record has been rejected." } @else { "Looking at the topic \u{2026}" } }
        } @else {
            div.two {
                section { (chart::figure(&over_time(view))) h2 { "By reason" } (kinds(view, topic, acting.may_write)) }
                section { h2 { "Latest" } (latest(&view.latest, topic)) }
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

fn kinds(view: &LettersView, topic: &str, may_write: bool) -> Markup {
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
        // What stands for a topic that is not known is in brackets, as no name of one is.
        let source = Some(&counted.kind.topic).filter(|source| !source.starts_with('('));
        let source = source.map_or(String::new(), |source| {
            format!("&source={}", segment(source))
        });
        format!(
            "/topics/{}?from=earliest&header={}{source}",
            segment(topic),
            segment(&header)
        )
    };
    let replay = |counted: &Counted| {
        let kind = &counted.kind;
        format!(
            "/replay/new?reason={}&topic={}",
            segment(&kind.reason),
            segment(&kind.topic)
        )
    };
    let is_least = view.replayed_unsorted > 0;
    let rows = html! {
        @for counted in &view.kinds {
            tr {
                td { a href=(search(counted)) { (Visible(&counted.kind.reason)) } }
                td { @match &counted.kind.stream { Some(stream) => (stream), None => (Visible(&counted.kind.topic)) } }
                td.number { div.metered { meter min="0" max=(most) value=(counted.letters) aria-hidden="true" {} span { (grouped(counted.letters)) } } }
                td.number { (replayed(counted, is_least)) }
                td.number { (left(counted, is_least)) }
                @if may_write { td { a href=(replay(counted)) { "Replay\u{a0}\u{2026}" } } }
                td { (Visible(&counted.kind.stage)) }
            }
        }
    };
    // Where it is narrow the last ones are out of sight.
    let columns = [
        ("Reason", false),
        ("Stream", false),
        ("Letters", true),
        ("Replayed", true),
        ("Left", true),
        ("Replay", false),
        ("Stage", false),
    ];
    let columns = columns.into_iter();
    let columns: Vec<_> = columns
        .filter(|(name, _)| may_write || *name != "Replay")
        .collect();
    html! {
        (table("Letters by reason and stream", &columns, &rows))
        @if is_least {
            p.quiet { (grouped(view.replayed_unsorted)) " more were replayed; there are too many letters to know of what kind those are." }
        }
    }
}

/// How many of a kind were replayed; at least so many, where the kind of some is not known.
fn replayed(counted: &Counted, is_least: bool) -> String {
    let at_least = if is_least { "at least " } else { "" };
    let replayed = counted.replayed.map(grouped);
    replayed.map_or(NOT_KNOWN.to_owned(), |count| format!("{at_least}{count}"))
}

/// How many of a kind can still be replayed.
fn left(counted: &Counted, is_least: bool) -> String {
    let at_most = if is_least { "at most " } else { "" };
    let left = |replayed| grouped(counted.letters.saturating_sub(replayed));
    let left = counted.replayed.map(left);
    left.map_or(NOT_KNOWN.to_owned(), |count| format!("{at_most}{count}"))
}

fn latest(lines: &[Line], topic: &str) -> Markup {
    let rows = html! {
        @for line in lines.iter().take(LETTERS_SHOWN) {
            tr {
                td { a href={ "/letters/" (line.partition) "/" (line.offset) } { (short_time(line.failed_at_ms)) } }
                td { (Visible(&line.kind.reason)) }
                td.wrap {
                    @if line.replayed_at_ms.is_some() { span.tag { "replayed" } " " }
                    (Visible(&line.message))
                }
            }
        }
    };
    let columns = [
        ("Failed", false),
        ("Reason", false),
        ("What is wrong", false),
    ];
    html! {
        (table("The latest letters, newest first", &columns, &rows))
        @if lines.len() > LETTERS_SHOWN {
            p.quiet {
                "These are the latest " (LETTERS_SHOWN) ". "
                a href={ "/topics/" (segment(topic)) "?from=earliest" } { "The topic" } " has all."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::letters::Kind;
    use crate::limits::LETTERS_LATEST;

    use super::*;

    #[test]
    fn page_and_docs_agree_on_how_many_letters_are_shown() {
        let lines = vec![Line::default(); LETTERS_SHOWN + 1];
        let page = latest(&lines, "dead_letters").into_string();
        assert_eq!(page.matches("href=\"/letters/").count(), LETTERS_SHOWN);
        assert!(
            page.contains(&format!("the latest {LETTERS_SHOWN}.")),
            "{page}"
        );
        let page = latest(&lines[1..], "dead_letters").into_string();
        assert!(!page.contains("These are"), "{page}");
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/dashboard.md");
        let docs = std::fs::read_to_string(docs).unwrap();
        let said = format!("the latest {LETTERS_SHOWN} (`/api/v1/letters` has {LETTERS_LATEST})");
        assert!(docs.contains(&said), "{said}");
    }

    #[test]
    fn a_count_says_when_it_is_the_least_or_not_known() {
        let kind = Kind {
            topic: "t".to_owned(),
            stream: None,
            stage: "process".to_owned(),
            reason: "wrong_type".to_owned(),
        };
        let cells = |replayed, is_least| {
            let counted = Counted {
                kind: kind.clone(),
                letters: 1_500,
                replayed,
            };
            (
                super::replayed(&counted, is_least),
                left(&counted, is_least),
            )
        };
        let text = |replayed: &str, left: &str| (replayed.to_owned(), left.to_owned());
        assert_eq!(cells(Some(3), false), text("3", "1,497"));
        assert_eq!(cells(Some(3), true), text("at least 3", "at most 1,497"));
        assert_eq!(cells(None, false), text("\u{2013}", "\u{2013}"));
    }
}
