//! The tables of names against the sources: a name that no source has tests nothing.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sluicebox_faults::planted::BUGS;
use sluicebox_faults::points::POINTS;

/// The names of all `point!` that have an error to return.
fn failing() -> Vec<String> {
    let names = names(|text| arguments(text, "point"));
    names
        .into_iter()
        .filter(|(_, next)| *next == ',')
        .map(|(name, _)| name)
        .collect()
}

/// The names that the product's sources give to these macros.
fn used(macros: &[&str]) -> Vec<String> {
    let of_text = |text: &str| {
        macros
            .iter()
            .flat_map(|name| arguments(text, name))
            .collect()
    };
    names(of_text).into_iter().map(|(name, _)| name).collect()
}

fn names(of_text: impl Fn(&str) -> Vec<(String, char)>) -> Vec<(String, char)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = Vec::new();
    for entry in fs::read_dir(crates).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("sluicebox-faults") {
            collect(&path.join("src"), &of_text, &mut names);
        }
    }
    assert!(!names.is_empty(), "the sources are not found");
    names
}

fn collect(
    directory: &Path,
    of_text: &impl Fn(&str) -> Vec<(String, char)>,
    names: &mut Vec<(String, char)>,
) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, of_text, names);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            names.extend(of_text(&text));
        }
    }
}

/// The first argument, a literal, of every use of a macro, and what stands behind it. Formatting may
/// put it on a line of its own.
fn arguments(text: &str, name: &str) -> Vec<(String, char)> {
    let opening = format!("{name}!(");
    let uses = text.match_indices(&opening).filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    });
    uses.filter_map(|(at, _)| {
        let rest = text[at + opening.len()..].trim_start().strip_prefix('"')?;
        let (argument, behind) = rest.split_once('"')?;
        let next = behind.trim_start().chars().next()?;
        Some((argument.to_owned(), next))
    })
    .collect()
}

fn assert_same(used: &[String], listed: &[&str]) {
    let used: BTreeSet<&str> = used.iter().map(String::as_str).collect();
    let listed: BTreeSet<&str> = listed.iter().copied().collect();
    let unknown: Vec<_> = used.difference(&listed).collect();
    let unused: Vec<_> = listed.difference(&used).collect();
    assert!(unknown.is_empty(), "not in the table: {unknown:?}");
    assert!(unused.is_empty(), "in no source: {unused:?}");
}

#[test]
fn every_failpoint_is_listed_and_every_listed_one_is_somewhere() {
    let used = used(&["point", "io_point", "torn_point"]);
    let listed: Vec<_> = POINTS.iter().map(|point| point.name).collect();
    assert_same(&used, &listed);
    let once: BTreeSet<_> = used.iter().collect();
    assert_eq!(once.len(), used.len(), "a failpoint is one place: {used:?}");
}

#[test]
fn every_planted_bug_is_listed_and_every_listed_one_is_somewhere() {
    let listed: Vec<_> = BUGS.iter().map(|bug| bug.name).collect();
    assert_same(&used(&["planted"]), &listed);
}

#[test]
fn the_table_says_which_points_can_fail() {
    let plain: BTreeSet<String> = used(&["point"]).into_iter().collect();
    let failing: BTreeSet<String> = failing().into_iter().collect();
    for point in POINTS {
        let fails = !plain.contains(point.name) || failing.contains(point.name);
        assert_eq!(point.fails, fails, "{}", point.name);
    }
}
