//! `docs/streams.md` says what the code does: its keys, its reasons, its example.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

mod common;

use common::{plans_of, process, row};
use sluicebox_event::{Reason, StreamDefinition};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const DOCUMENTATION: &str = include_str!("../../../docs/streams.md");

/// The text between the heading `title` and the next one.
fn section(title: &str) -> &str {
    let start = DOCUMENTATION.find(&format!("\n## {title}\n")).unwrap() + title.len() + 5;
    let rest = &DOCUMENTATION[start..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

/// The words in backticks in the first cell of each row of a section's table.
fn documented_keys(title: &str) -> BTreeSet<String> {
    let rows = section(title)
        .lines()
        .filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|line| line.split('|').nth(1));
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect()
}

/// The keys that the code knows in the table that `toml` ends in: it names them when one is wrong.
fn known_keys(toml: &str) -> BTreeSet<String> {
    let error = StreamDefinition::parse(&format!("{toml}no_such_key = 1\n"), "test").unwrap_err();
    assert!(
        error.message.starts_with("unknown field `no_such_key`"),
        "{error}"
    );
    error
        .message
        .split('`')
        .skip(1)
        .step_by(2)
        .skip(1)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_key_is_documented() {
    assert_eq!(documented_keys("Keys of a stream"), known_keys(""));
    let mut field = known_keys("[[fields]]\n");
    field.extend(known_keys("[[fields]]\n[fields.window]\n"));
    assert_eq!(documented_keys("Keys of a field"), field);
    let mut enrichment = known_keys("[[enrichments]]\n");
    enrichment.extend(known_keys("[[enrichments]]\n[[enrichments.bands.x]]\n"));
    assert_eq!(documented_keys("Keys of an enrichment"), enrichment);
}

#[test]
fn every_reason_is_documented() {
    let mut table = String::from("| reason | what it means |\n|---|---|\n");
    for reason in Reason::all() {
        let _ = writeln!(table, "| `{}` | {} |", reason.code(), reason.explanation());
    }
    assert!(
        section("Reasons").ends_with(&table),
        "the table in docs/streams.md should be:\n{table}"
    );
}

#[test]
fn the_example_does_what_it_says() {
    let example = section("A third stream");
    let block = |kind: &str| {
        let rest = example.split(&format!("```{kind}\n")).nth(1).unwrap();
        rest.split("```").next().unwrap()
    };
    let plans = plans_of(block("toml"));
    let value = r#"{"shipmentId":7001,"express":true,"weight":22.5,"depot":"HAM"}"#;
    assert!(example.contains(value));
    let (_, json) = process(&plans, "shipment", Some(b"7001"), Some(value.as_bytes())).unwrap();
    assert_eq!(json, block("json").trim());
    assert!(example.contains(&format!(
        "`{}`",
        row(&plans, json.as_bytes()).unwrap().1.trim()
    )));
}
