//! One dead letter, and what can be done with it.

use maud::{Markup, html};

use super::layout::{record_path, segment, topic_link};
use super::record::{headers, marked, parts};
use crate::format::time;
use crate::letters::LetterView;
use crate::limits::EDIT_MAX_BYTES;

/// What the page of a letter offers to do.
pub(super) enum Acts<'a> {
    /// Nothing: the dashboard only reads.
    None,
    /// It can be replayed. `said` is what became of the last try.
    Replay { said: Option<&'a str> },
    /// The new value was refused.
    Again { value: &'a str, problem: &'a str },
}

/// A letter.
pub(super) fn one(letter: &LetterView, acts: &Acts<'_>) -> Markup {
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
        (acting(letter, acts))
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

fn acting(letter: &LetterView, acts: &Acts<'_>) -> Markup {
    let id = format!("{}:{}", letter.record.partition, letter.record.offset);
    html! {
        section.panel aria-labelledby="replay" {
            h2 #replay { "Replay" }
            @if let Acts::Replay { said: Some(said) } = acts { (outcome(said)) }
            @match &letter.replayed {
                Some(replayed) => p {
                    "Replayed " (time(replayed.at_ms)) " into " (topic_link(&replayed.topic))
                    @if replayed.edited { ", with another value" }
                    ". A dead letter is replayed once."
                },
                None => {
                    (prospects(letter))
                    @match acts {
                        Acts::None => p { code { "sluicebox dlq replay " (id) } " sends it once more. A dashboard that is started with " code { "--allow-writes" } " has a button for it." },
                        _ if !letter.has_stream => {},
                        _ => (forms(letter, acts)),
                    }
                }
            }
        }
    }
}

/// What a replay that was asked for came to.
fn outcome(said: &str) -> Markup {
    match said {
        "replayed" => html! { p.done role="status" { "It is sent." } },
        "before" => {
            html! { p.done role="status" { "It had been replayed before: nothing was sent now." } }
        }
        _ => html! {},
    }
}

/// What would become of it as it is.
fn prospects(letter: &LetterView) -> Markup {
    html! {
        @if !letter.has_stream {
            p { "No stream reads its source topic: it cannot be replayed." }
        } @else if letter.cut {
            p { "Only its first part was kept: it can be replayed with a new value alone." }
        } @else {
            @match &letter.would_fail {
                Some(why) if Some(why) == letter.message.as_ref() => p { "As it is, it would be rejected again, for the same reason." },
                Some(why) => p { "As it is, it would be rejected again: " (why) "." },
                None => p { "As it is, it would be accepted now." },
            }
        }
    }
}

fn forms(letter: &LetterView, acts: &Acts<'_>) -> Markup {
    let action = format!(
        "/letters/{}/{}/replay",
        letter.record.partition, letter.record.offset
    );
    let refused = match acts {
        Acts::Again { value, problem } => Some((*value, *problem)),
        _ => None,
    };
    let value = letter.record.value.as_ref();
    let own = value
        .filter(|value| value.encoding == "utf8" && value.bytes <= EDIT_MAX_BYTES && !value.cut);
    let text = refused.map(|(value, _)| value);
    let text = text.or_else(|| own.map(|own| own.text.as_str()));
    html! {
        @if !letter.cut {
            form method="post" action=(action) {
                button.quiet-button[letter.would_fail.is_some()] type="submit" { "Replay" }
            }
        }
        @match text {
            Some(text) => details.edit open[refused.is_some()] {
                summary { "Edit and replay" }
                form.stacked.wide method="post" action=(action) {
                    @if let Some((_, problem)) = refused { p.problem role="alert" { (problem) } }
                    label for="value" { "The value to send; the key stays as it is" }
                    // A browser leaves out the first line break.
                    textarea #value name="value" rows="10" spellcheck="false" autocomplete="off" { "\n" (text) }
                    @if refused.is_some() {
                        label.check { input type="checkbox" name="anyway" value="true"; "Send it anyway: it would become a dead letter again" }
                    }
                    button type="submit" { "Replay with this value" }
                }
            },
            None => p.quiet { "Its value is not text that can be edited here: " code { "sluicebox dlq replay --value-file" } " takes any." },
        }
    }
}
