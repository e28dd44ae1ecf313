//! One dead letter, and what can be done with it.

use maud::{Markup, html};

use super::layout::{record_path, segment, topic_link};
use super::marked;
use super::record::{export_path, headers, key, parts};
use crate::format::{bytes, grouped, time};
use crate::letters::LetterView;
use crate::limits::EDIT_MAX_BYTES;
use crate::records::RecordView;
use crate::visible::Visible;

/// What the page of a letter offers to do.
pub(super) enum Acts<'a> {
    /// Nothing: the dashboard only reads.
    None,
    /// It can be replayed. `said` is what became of the last try.
    Replay { said: Option<&'a str> },
    /// The new value was refused.
    Again { value: &'a str, problem: &'a str },
}

/// A letter of the topic of dead letters.
pub(super) fn one(letter: &LetterView, topic: &str, acts: &Acts<'_>) -> Markup {
    let record = &letter.record;
    html! {
        p.crumbs { a href="/letters" { "Dead letters" } " / partition " (record.partition) " / offset " (record.offset) }
        h1 { (Visible(letter.reason.as_deref().unwrap_or("Dead letter"))) }
        @if let Some(message) = &letter.message { p.problem { (Visible(message)) } }
        @if let Some(explanation) = letter.explanation { p { (explanation) } }
        dl.facts {
            div { dt { "Failed" } dd { (time(record.timestamp_ms)) } }
            @if let Some(stage) = &letter.stage { div { dt { "Stage" } dd { (Visible(stage)) } } }
            @if let Some(field) = &letter.field { div { dt { "Field" } dd { code { (Visible(field)) } } } }
            div { dt { "Key" } dd { (key(record)) } }
            @if let Some(source) = &letter.source {
                div { dt { "Source" } dd {
                    a href=(record_path(&source.topic, source.partition, source.offset)) { (Visible(&source.topic)) " / " (source.partition) " / " (source.offset) }
                } }
                div { dt { "Way" } dd {
                    a href={ "/lineage?topic=" (segment(&source.topic)) "&partition=" (source.partition) "&offset=" (source.offset) } { "from the source to the file" }
                } }
            }
        }
        (acting(letter, topic, acts))
        h2 { "What came" }
        (marked::value(letter))
        (parts(record, "Value", topic))
        h2 { "Headers" }
        (headers(record))
    }
}

fn acting(letter: &LetterView, topic: &str, acts: &Acts<'_>) -> Markup {
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
                        _ => (forms(letter, topic, acts)),
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
            @match letter.headers_of {
                Some(of) => p { "Not all of its " (grouped(of)) " headers were kept: it can be replayed with a value that is given, its own one too." },
                None => p { "Only its first part was kept: it can be replayed with a new value alone." },
            }
        } @else {
            @match &letter.would_fail {
                Some(why) if Some(why) == letter.message.as_ref() => p { "As it is, it would be rejected again, for the same reason." },
                Some(why) => p { "As it is, it would be rejected again: " (Visible(why)) "." },
                None => p { "As it is, it would be accepted now." },
            }
        }
    }
}

fn forms(letter: &LetterView, topic: &str, acts: &Acts<'_>) -> Markup {
    let action = format!(
        "/letters/{}/{}/replay",
        letter.record.partition, letter.record.offset
    );
    let refused = match acts {
        Acts::Again { value, problem } => Some((*value, *problem)),
        _ => None,
    };
    let text = refused.map(|(value, _)| value).or_else(|| own_text(letter));
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
                    @if let Some((_, problem)) = refused { p.problem role="alert" { (Visible(problem)) } }
                    label for="value" { "The value to send; the key stays as it is" }
                    // A browser leaves out the first line break.
                    textarea #value name="value" rows="10" spellcheck="false" autocomplete="off" { "\n" (text) }
                    @if refused.is_some() {
                        label.check { input type="checkbox" name="anyway" value="true"; "Send it anyway: it would become a dead letter again" }
                    }
                    button type="submit" { "Replay with this value" }
                }
            },
            None => (elsewhere(letter, topic)),
        }
    }
}

/// How to edit a value that cannot be edited on the page.
fn elsewhere(letter: &LetterView, topic: &str) -> Markup {
    let RecordView {
        partition,
        offset,
        value,
        ..
    } = &letter.record;
    let too_long = value.as_ref().filter(|value| value.encoding == "utf8");
    html! {
        p.quiet {
            @match too_long {
                Some(value) => {
                    "Its value has " (bytes(value.bytes as u64)) ", which is too long to be edited here: up to "
                    (bytes(EDIT_MAX_BYTES as u64)) " is."
                }
                None => "Its value is no text, and cannot be edited here.",
            }
            " " code { "sluicebox dlq show " (partition) ":" (offset) " --value > value" } " writes it into a file, "
            code { "sluicebox dlq replay " (partition) ":" (offset) " --value-file value" } " sends what is in it then. "
            a href=(export_path(topic, &letter.record)) download="" { "An export" } " has all of it, with its headers."
        }
    }
}

/// The letter's value where it is text that fits a page; one that has none is edited from nothing.
fn own_text(letter: &LetterView) -> Option<&str> {
    let Some(value) = &letter.record.value else {
        return Some("");
    };
    let is_text = value.encoding == "utf8" && value.bytes <= EDIT_MAX_BYTES && !value.cut;
    is_text.then_some(value.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::ReplayedView;
    use crate::records::Shown;

    fn letter(value: &[u8], max_bytes: usize) -> LetterView {
        LetterView {
            record: RecordView {
                partition: 2,
                offset: 7,
                timestamp_ms: 0,
                key: None,
                value: Some(Shown::of(value, max_bytes)),
                headers: Vec::new(),
            },
            reason: None,
            explanation: None,
            message: None,
            stage: None,
            field: None,
            source: None,
            cut: false,
            headers_of: None,
            replayed: None,
            has_stream: true,
            would_fail: None,
        }
    }

    /// Whether there is a button to replay it as it is, and a place to edit it.
    fn offered(letter: &LetterView, acts: &Acts<'_>) -> (bool, bool) {
        let page = one(letter, "dead_letters", acts).into_string();
        let plain = page.contains(">Replay</button>");
        (plain, page.contains("<textarea"))
    }

    #[test]
    fn what_can_be_done_with_a_letter_is_offered_and_nothing_else() {
        let acts = Acts::Replay { said: None };
        let text = || letter(b"{\n}", 100);
        assert_eq!(offered(&text(), &acts), (true, true));
        assert_eq!(offered(&text(), &Acts::None), (false, false));
        // Bytes and what is too long for a page go as they are.
        assert_eq!(offered(&letter(b"\xff\x00", 100), &acts), (true, false));
        assert_eq!(offered(&letter(b"abcdef", 3), &acts), (true, false));
        let mut cut = text();
        cut.cut = true;
        assert_eq!(offered(&cut, &acts), (false, true));
        let mut none = text();
        none.record.value = None;
        assert_eq!(offered(&none, &acts), (true, true));
        let mut homeless = text();
        homeless.has_stream = false;
        assert_eq!(offered(&homeless, &acts), (false, false));
        let mut replayed = text();
        replayed.replayed = Some(ReplayedView {
            at_ms: 0,
            edited: true,
            topic: "t".to_owned(),
        });
        assert_eq!(offered(&replayed, &acts), (false, false));
    }

    #[test]
    fn a_value_that_is_too_long_to_be_edited_here_is_not_said_to_be_no_text() {
        let acts = Acts::Replay { said: None };
        let said = |value: &[u8]| one(&letter(value, EDIT_MAX_BYTES), "d", &acts).into_string();
        let long = said(&vec![b'x'; 900_000]);
        for part in [
            "878.9 KiB, which is too long to be edited here: up to 256.0 KiB is",
            "sluicebox dlq show 2:7 --value",
            "sluicebox dlq replay 2:7 --value-file",
            "/api/v1/topics/d/export.ndjson?from=offset&amp;partition=2&amp;offset=7&amp;limit=1",
        ] {
            assert!(long.contains(part), "{part} in {}", &long[..3_000]);
        }
        assert!(!long.contains("is no text"));
        assert!(said(b"\xff\x00").contains("is no text"));
    }

    #[test]
    fn a_value_is_text_in_its_place() {
        let evil = "\n</textarea><script>";
        let acts = Acts::Again {
            value: evil,
            problem: "<b>",
        };
        let page = one(&letter(b"{}", 100), "dead_letters", &acts).into_string();
        assert!(
            page.contains("\n\n&lt;/textarea&gt;&lt;script&gt;"),
            "{page}"
        );
        assert!(
            !page.contains("<script>") && !page.contains("<b>"),
            "{page}"
        );
    }
}
