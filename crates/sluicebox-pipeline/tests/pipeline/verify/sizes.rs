//! Letters that say they were too large: right ones under another limit, and forged ones.

use sluicebox_event::dead_letter::{Letter, Stage as Failed};
use sluicebox_event::{Reason, Reject, SourceRecord};
use sluicebox_pipeline::verify::{Kind, Report, Verdict};

use super::{LETTERS, assert_proven, lines, verified, write};
use crate::stage::Stage;

const VALUE_BYTES: usize = 40_000;
const OLD_LIMIT: usize = 20_000;

/// The last letter of a stage, taken apart: up to its reason, its message, its value.
struct Forge {
    stage: Stage,
    all: Vec<String>,
    head: String,
    message: String,
    value: String,
}

impl Forge {
    fn new() -> Self {
        let mut stage = Stage::new("sizes");
        let value = format!("[{}", "x".repeat(VALUE_BYTES));
        stage.produce("sensor", &[(Some("huge"), Some(&value))]);
        stage.run_to_end();
        assert_proven(&verified(&stage));
        let all = lines(&stage.output_dir(), LETTERS);
        let letter = all.last().unwrap();
        let (head, rest) = letter.split_once(",process,").unwrap();
        let (_, rest) = rest.split_once(',').unwrap();
        let (message, _) = rest.split_once(",huge,utf8,").unwrap();
        Self {
            head: format!("{head},process"),
            message: message.trim_matches('"').replace("\"\"", "\""),
            value,
            all,
            stage,
        }
    }

    /// What verify finds when the last letter has these columns.
    fn with(&self, reason: &str, message: &str, key: &str, value: &str) -> Report {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let message = match message.contains(['"', ',', '\n']) {
            true => quoted(message),
            false => message.to_owned(),
        };
        let mut all = self.all.clone();
        let row = format!("{},{reason},{message},{key},utf8,{value},utf8\n", self.head);
        *all.last_mut().unwrap() = row;
        write(&self.stage.output_dir(), LETTERS, &all);
        verified(&self.stage)
    }

    fn reason(&self) -> String {
        let letter = self.all.last().unwrap();
        let (_, rest) = letter.split_once(",process,").unwrap();
        rest.split_once(',').unwrap().0.to_owned()
    }

    /// Message and value that the letter had, were it made within a limit.
    fn cut_to(&self, limit: usize) -> (String, String) {
        let source = SourceRecord {
            topic: "",
            partition: 0,
            offset: 0,
            timestamp_ms: 0,
            key: Some(b"huge"),
            value: Some(self.value.as_bytes()),
        };
        let reason = Reason::all().iter().find(|it| it.code() == self.reason());
        let reject = Reject {
            reason: *reason.unwrap(),
            message: self.message.clone(),
            field: None,
        };
        // The headers of the stage's records.
        let headers = [("trace", Some(&b"7"[..])), ("empty", None)];
        let letter = Letter::new(&source, headers, Failed::Process, &reject, limit);
        let value = String::from_utf8(letter.value.unwrap().to_vec()).unwrap();
        let mut headers = letter.headers.iter();
        let message = headers.find(|(name, _)| name.ends_with("exception.message"));
        (
            String::from_utf8(message.unwrap().1.to_vec()).unwrap(),
            value,
        )
    }
}

/// Whether it is a contradiction, as far as rows go; the checksum of the file is another.
fn of_row(report: &Report) -> Vec<(Kind, Verdict)> {
    let rows = [Kind::RowChanged, Kind::LimitChanged, Kind::PlanChanged];
    let found = report.counts.keys().filter(|kind| rows.contains(kind));
    found.map(|kind| (*kind, kind.verdict())).collect()
}

#[test]
fn a_letter_that_was_cut_under_another_limit_cannot_be_proven_and_is_not_wrong() {
    let forge = Forge::new();
    let (message, value) = forge.cut_to(OLD_LIMIT);
    assert!(
        value.len() < OLD_LIMIT && message.contains("20000"),
        "{message}"
    );
    let report = forge.with("too_large", &message, "huge", &value);
    let wanted = [(Kind::LimitChanged, Verdict::Unprovable)];
    assert_eq!(of_row(&report), wanted, "{:#?}", report.findings);
}

#[test]
fn a_forged_letter_is_a_contradiction_whatever_it_says_of_its_size() {
    let forge = Forge::new();
    let (message, value) = forge.cut_to(OLD_LIMIT);
    let reason = forge.reason();
    let other = value.replacen('x', "y", 1);
    let (longer, shorter) = (format!("{value}x"), &value[..value.len() - 1]);
    let beyond = format!("{}x", forge.value);
    let whole = forge.value.clone();
    let refused = "the value has 40001 bytes, the limit is 10";
    for (reason, message, key, value, why) in [
        (
            "too_large",
            message.as_str(),
            "huge",
            other.as_str(),
            "another value",
        ),
        ("too_large", &message, "hug", &value, "another key"),
        (
            "too_large",
            &message,
            "huge",
            &longer,
            "cut elsewhere than it says",
        ),
        (
            "too_large",
            &message,
            "huge",
            shorter,
            "cut elsewhere than it says",
        ),
        ("too_large", &message, "huge", "", "nothing is left"),
        (
            "too_large",
            refused,
            "huge",
            &whole,
            "the value was not too large",
        ),
        ("too_large", "because", "huge", &value, "no limit"),
        (
            "too_large",
            &forge.message,
            "huge",
            &beyond,
            "more than there was",
        ),
        (
            &reason,
            &forge.message,
            "huge",
            shorter,
            "cut, and not for its size",
        ),
        (&reason, &forge.message, "huge", &other, "another value"),
    ] {
        let report = forge.with(reason, message, key, value);
        let wanted = [(Kind::RowChanged, Verdict::Contradicted)];
        assert_eq!(of_row(&report), wanted, "{why}");
    }
}
