//! `sluicebox run`, as a newcomer starts it.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use support::{Accounted, Running, output, records, sluicebox, text, until};

fn run_records(dir: &Path, records: u64, more: &[&str]) -> String {
    let result = output(
        sluicebox()
            .args([
                "run",
                "--seed",
                "7",
                "--rate",
                "max",
                "--records",
                &records.to_string(),
                "--output-dir",
            ])
            .arg(dir)
            .args(more),
    );
    let said = text(&result.stdout) + &text(&result.stderr);
    assert!(result.status.success(), "{said}");
    text(&result.stdout)
}

#[test]
fn a_bounded_run_ends_by_itself_and_accounts_for_every_record() {
    let dir = tempfile::tempdir().unwrap();
    let summary = run_records(dir.path(), 5000, &[]);
    let all = Accounted::read(dir.path());
    assert_eq!((all.rows, all.letters), (5000, 0));
    all.assert_exactly_once();
    assert!(summary.contains("processed_data_sensor.csv"), "{summary}");
    assert!(summary.contains("5,000"), "{summary}");
}

#[test]
fn a_second_run_appends_without_a_second_header() {
    let dir = tempfile::tempdir().unwrap();
    run_records(dir.path(), 2000, &[]);
    let before = std::fs::read_to_string(dir.path().join("processed_data_sensor.csv")).unwrap();
    run_records(dir.path(), 2000, &[]);
    let after = std::fs::read_to_string(dir.path().join("processed_data_sensor.csv")).unwrap();
    assert!(after.starts_with(&before));
    let all = Accounted::read(dir.path());
    assert_eq!(all.rows, 4000);
    all.assert_exactly_once();
}

#[test]
fn bad_records_become_dead_letters_and_nothing_else_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    run_records(dir.path(), 3000, &["--invalid-ratio", "0.1"]);
    let all = Accounted::read(dir.path());
    assert_eq!(all.rows + all.letters, 3000);
    assert!(
        (200..=400).contains(&all.letters),
        "{} dead letters",
        all.letters
    );
    all.assert_exactly_once();
    let reasons: std::collections::BTreeSet<_> = records(&dir.path().join("dead_letters.csv"))
        .iter()
        .map(|(record, columns)| record[columns["reason"]].to_owned())
        .collect();
    assert!(reasons.len() >= 8, "{reasons:?}");
}

#[test]
fn ctrl_c_drains_accounts_and_exits_with_0() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = Running::start(
        sluicebox()
            .args(["run", "--rate", "500", "--output-dir"])
            .arg(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    );
    until("rows are there", || complete_rows(dir.path()) > 200);
    run.signal("INT");
    assert_eq!(run.wait().code(), Some(0));
    Accounted::read(dir.path()).assert_exactly_once();
}

#[test]
fn after_kill_9_of_the_whole_run_the_next_one_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..4u64 {
        let before = complete_rows(dir.path());
        let mut run = Running::start(
            sluicebox()
                .args(["run", "--rate", "5000", "--output-dir"])
                .arg(dir.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        until("new rows are there", || {
            complete_rows(dir.path()) > before + 500
        });
        std::thread::sleep(Duration::from_millis(37 * round));
        run.kill_9();
    }
    let result = output(
        sluicebox()
            .args(["run", "--stop-at-end", "--output-dir"])
            .arg(dir.path()),
    );
    assert!(result.status.success(), "{}", text(&result.stderr));
    Accounted::read(dir.path()).assert_exactly_once();
}

/// Rows without reading them as CSV: while it is written, the last line may be half there.
fn complete_rows(dir: &Path) -> usize {
    let lines = |name: &str| {
        std::fs::read_to_string(dir.join(name)).map_or(0, |text| text.matches('\n').count())
    };
    lines("processed_data_sensor.csv") + lines("processed_data_activity.csv")
}
