//! What the output topics hold and the sink has not read.

use sluicebox_event::dead_letter::{DEAD_LETTERS_FILE, DEAD_LETTERS_HEADER};
use sluicebox_pipeline::verify::{Kind, Progress, Verdict, VerifyConfig, verify};
use sluicebox_sink::{
    Attempt, DiskStorage, FileSpec, Identity, OpenOptions, Opening, SingleLayout,
};

use super::unprovable::{expire, process_to_end};
use super::{config, finding, finished, kinds, verified};
use crate::positions::reset_offsets;
use crate::stage::Stage;

/// A directory with headers and a manifest that knows no position.
fn untouched(stage: &Stage) -> std::path::PathBuf {
    let dir = stage.dir.path().join("untouched");
    let storage = DiskStorage::create(&dir).unwrap();
    let Attempt::Acquired(lock) = SingleLayout::lock(&storage).unwrap() else {
        panic!("nobody else is there")
    };
    let streams = stage.plans.streams().iter();
    let files = streams
        .clone()
        .map(|it| FileSpec::csv(it.file_name(), it.csv_header()));
    let letters = FileSpec::csv(DEAD_LETTERS_FILE, DEAD_LETTERS_HEADER);
    let opening = Opening {
        files: files.chain([letters]).collect(),
        inputs: vec![
            stage.topics.processed.clone(),
            stage.topics.dead_letters.clone(),
        ],
        sources: streams.map(|it| it.source_topic().to_owned()).collect(),
        identity: Identity {
            cluster_id: stage.admin().cluster().unwrap().cluster_id,
            topics: Vec::new(),
            plan_hash: stage.plans.hash().0,
        },
        options: OpenOptions::default(),
    };
    SingleLayout::open(storage, lock, opening).unwrap();
    dir
}

#[test]
fn records_that_the_group_has_passed_are_missing_in_a_directory_without_positions() {
    let stage = finished("no-positions");
    let config = VerifyConfig {
        output_dir: untouched(&stage),
        ..config(&stage)
    };
    let report = verify(&config, &Progress::default()).unwrap();
    assert_eq!(kinds(&report), [Kind::RowMissing], "{:#?}", report.findings);
    assert_eq!(report.counts[&Kind::RowMissing], 265);
    assert_eq!(report.streams[0].in_flight, 0);
}

#[test]
fn a_second_output_of_a_record_is_told_before_the_sink_reads_it() {
    let mut stage = finished("doubled-outputs");
    stage.produce_good(300, 340);
    process_to_end(&stage);
    let before = verified(&stage);
    assert!(before.verdict().is_none(), "{:#?}", before.findings);
    assert_eq!(before.streams[0].in_flight, 40);
    reset_offsets(&stage);
    process_to_end(&stage);
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::OutputDoubled]);
    assert_eq!(report.counts[&Kind::OutputDoubled], 305);
    assert_eq!(report.verdict(), Some(Verdict::Contradicted));
    let found = finding(&report, Kind::OutputDoubled);
    let first = &found.detail;
    assert!(
        first.contains("is an output of it, and it has a row in"),
        "{first}"
    );
    let skipping = sluicebox_pipeline::SinkConfig {
        skip_repeats: true,
        stop_at_end: true,
        ..stage.sink_config()
    };
    stage.sink(skipping).join().unwrap();
    let after = verified(&stage);
    assert!(after.verdict().is_none(), "{:#?}", after.findings);
}

#[test]
fn unread_outputs_that_are_gone_are_told_where_no_record_is_left_to_speak_for_them() {
    let mut stage = finished("gone-both");
    stage.produce_good(300, 340);
    process_to_end(&stage);
    expire(&stage, &stage.topics.processed);
    expire(&stage, &stage.source("sensor"));
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::SourceExpired, Kind::OutputGone]);
    let gone = finding(&report, Kind::OutputGone);
    assert_eq!(
        gone.place.topic.as_deref(),
        Some(stage.topics.processed.as_str())
    );
    assert!(report.counts[&Kind::OutputGone] >= 40);
}
