//! `verify` over real runs: nothing to find where all is well, and every kind of damage named.

mod damage;
mod damaged_files;
mod definitions;
mod moments;
mod outputs;
mod replays;
mod sizes;
mod unprovable;

use std::path::Path;

use sluicebox_pipeline::verify::{Finding, Kind, Progress, Report, VerifyConfig, verify};

use super::stage::{Stage, WAIT};

pub(crate) const SENSOR: &str = "processed_data_sensor.csv";
pub(crate) const ACTIVITY: &str = "processed_data_activity.csv";
pub(crate) const LETTERS: &str = "dead_letters.csv";

/// What verifies the files of a stage. Little is sorted in memory, so that the rest is spilled.
pub(crate) fn config(stage: &Stage) -> VerifyConfig {
    VerifyConfig {
        topics: stage.topics.clone(),
        processor_group: stage.processor_config().group,
        sink_group: stage.sink_config().group,
        wait: Some(WAIT),
        temp_dir: stage.dir.path().to_owned(),
        sort_rows: 50,
        ..VerifyConfig::new(
            Some(stage.client()),
            stage.plans.clone(),
            stage.output_dir(),
        )
    }
}

pub(crate) fn verified(stage: &Stage) -> Report {
    verify(&config(stage), &Progress::default()).unwrap()
}

/// All is proven.
#[track_caller]
pub(crate) fn assert_proven(report: &Report) {
    assert!(report.verdict().is_none(), "{:#?}", report.findings);
}

/// The kinds that were found, in the order of the documentation.
pub(crate) fn kinds(report: &Report) -> Vec<Kind> {
    report.counts.keys().copied().collect()
}

/// The first finding of a kind.
#[track_caller]
pub(crate) fn finding(report: &Report, kind: Kind) -> &Finding {
    let found = report.findings.iter().find(|finding| finding.kind == kind);
    found.unwrap_or_else(|| panic!("no {kind:?}: {:#?}", report.findings))
}

/// A stage with rows of both streams and letters in its files.
pub(crate) fn finished(name: &str) -> Stage {
    let mut stage = Stage::new(name);
    stage.produce_good(0, 200);
    let clicks: Vec<_> = (0..60).map(click).collect();
    let clicks: Vec<_> = clicks
        .iter()
        .map(|(k, v)| (Some(k.as_str()), Some(v.as_str())))
        .collect();
    stage.produce("activity", &clicks);
    stage.produce(
        "sensor",
        &[
            (Some("bad-1"), Some("{\"sensor_id\":")),
            (Some("bad-2"), None),
            (None, Some("no, \"key\"\nand two lines")),
            (Some("bad-3"), Some("\u{1}binary")),
            (Some("bad-4"), Some(&far_ahead())),
        ],
    );
    stage.run_to_end();
    stage
}

/// An event that is refused for its time, with a message that depends on when.
fn far_ahead() -> String {
    r#"{"sensor_id":"bad-4","temperature":1,"humidity":40,"timestamp":"2999-01-01T00:00:00Z"}"#
        .into()
}

fn click(number: usize) -> (String, String) {
    let user = format!("user-{}", number % 5);
    let value = format!(
        r#"{{"user_id":"{user}","action":"click","page":"/p/{number}, \"x\"","timestamp":"2026-11-01T00:00:{:02}Z"}}"#,
        number % 60
    );
    (user, value)
}

/// The lines of a file, with their line ends.
pub(crate) fn lines(dir: &Path, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join(file)).unwrap();
    text.split_inclusive('\n').map(str::to_owned).collect()
}

pub(crate) fn write(dir: &Path, file: &str, lines: &[String]) {
    std::fs::write(dir.join(file), lines.concat()).unwrap();
}

/// A copy of a directory's files.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
