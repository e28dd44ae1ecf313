//! A replay of many dead letters: what it would do, and how far it is.

use maud::{Markup, html};

use super::layout::topic_link;
use crate::format::{grouped, time};
use crate::replay::{JobView, Meant, Preview};
use crate::visible::Visible;

/// Before it begins: what would go where.
pub(super) fn preview(meant: &Meant, preview: &Preview) -> Markup {
    let total = preview.total();
    html! {
        p.crumbs { a href="/letters" { "Dead letters" } " / replay" }
        h1 { "Replay dead letters" }
        (asked(meant.reason.as_deref(), meant.topic.as_deref()))
        section.panel aria-labelledby="would" {
            h2 #would { "What would happen" }
            @if !preview.complete { p.warning { "There are more letters than could be counted in time: these numbers are what was counted so far." } }
            p { b { (grouped(total)) } @if total == 1 { " letter" } @else { " letters" } " would be sent to " (into(preview)) ", as new records." }
            @if preview.would_fail > 0 {
                p.warning { (grouped(preview.would_fail)) " of them would be rejected again, as things are now, and become new dead letters." }
            }
            @if preview.before > 0 { p { (grouped(preview.before)) " were replayed before, and are left out." } }
            @if let Some(why) = &preview.first_refusal { p { (grouped(preview.refused)) " cannot be replayed, and are left out. The first one: " (Visible(why)) "." } }
            @if total > 0 {
                form.actions method="post" action="/replay" {
                    @for (name, value) in [("reason", &meant.reason), ("topic", &meant.topic)] {
                        @if let Some(value) = value { input type="hidden" name=(name) value=(value); }
                    }
                    @if meant.all { input type="hidden" name="all" value="true"; }
                    button type="submit" { "Replay " (grouped(total)) @if !preview.complete { " or more" } }
                    a.button.quiet-button href="/letters" { "Back" }
                }
            } @else {
                p { a href="/letters" { "Back to the dead letters" } }
            }
        }
    }
}

fn into(preview: &Preview) -> Markup {
    html! {
        @if preview.letters.is_empty() { "their source topics" }
        @for (index, (topic, count)) in preview.letters.iter().enumerate() {
            @if index > 0 { ", " }
            (topic_link(topic))
            @if preview.letters.len() > 1 { " (" (grouped(*count)) ")" }
        }
    }
}

fn asked(reason: Option<&str>, topic: Option<&str>) -> Markup {
    let any = || html! { span.quiet { "any" } };
    let given = |text: Option<&str>| match text.filter(|text| !text.is_empty()) {
        Some(text) => html! { code { (Visible(text)) } },
        None => any(),
    };
    html! {
        dl.facts {
            div { dt { "Reason" } dd { (given(reason)) } }
            div { dt { "Source topic" } dd { (given(topic)) } }
        }
    }
}

/// How far it is.
pub(super) fn region(job: Option<&JobView>, may_write: bool) -> Markup {
    let Some(job) = job else {
        return html! { p.quiet { "No replay of many letters has been started here. " a href="/letters" { "Dead letters" } } };
    };
    html! {
        (asked(job.reason.as_deref(), job.topic.as_deref()))
        p.facts role="status" {
            span.fact { b { (line(job)) } }
            span.fact { b { (grouped(job.looked_at)) } " letters looked at" }
            @if job.before > 0 { span.fact { b { (grouped(job.before)) } " replayed before, left out" } }
        }
        @if !job.replayed.is_empty() {
            ul { @for (topic, count) in &job.replayed { li { (grouped(*count)) " into " (topic_link(topic)) } } }
        }
        @if let Some(why) = &job.first_refusal { p { (grouped(job.refused)) " cannot be replayed, and are left out. The first one: " (Visible(why)) "." } }
        @if let Some(error) = &job.error { p.problem role="alert" { (error) ". What is replayed stays so; begin again for the rest: no letter is sent twice." } }
        dl.facts {
            div { dt { "Began" } dd { (time(job.began_ms)) } }
            @if let Some(ended_ms) = job.ended_ms { div { dt { "Ended" } dd { (time(ended_ms)) } } }
        }
        @if job.runs() && may_write {
            form.actions method="post" action="/replay/stop" { button type="submit" { "Stop" } }
        }
        p { a href="/letters" { "Back to the dead letters" } }
    }
}

/// A replay in one line.
pub(super) fn line(job: &JobView) -> String {
    let total = grouped(job.total());
    match job.state {
        "running" => format!("Replaying: {total} so far"),
        "done" => format!("Replayed {total}"),
        "stopped" => format!("Stopped: {total} replayed"),
        _ => format!("Broke off: {total} replayed"),
    }
}
