//! At any moment: while everything runs, behind and in front of the sink, and over what the sink
//! could not read.

use std::time::Duration;

use sluicebox_conformance::sending::sent;
use sluicebox_kafka::OutBatch;
use sluicebox_pipeline::verify::{Kind, Progress, VerifyConfig, VerifyError, verify};
use sluicebox_pipeline::{ProcessorConfig, StopLevel};

use super::{LETTERS, assert_proven, config, finding, finished, kinds, lines, verified, write};
use crate::stage::Stage;

#[test]
fn nothing_is_found_while_everything_runs() {
    let mut stage = Stage::new("running");
    let processor = stage.process(stage.processor_config());
    let sink = stage.sink(stage.sink_config());
    let mut rows = Vec::new();
    for round in 0..8 {
        stage.produce_good(round * 500, (round + 1) * 500);
        let report = verified(&stage);
        assert_proven(&report);
        rows.push(report.streams[0].rows);
    }
    processor.end(StopLevel::ToEnd).unwrap();
    sink.end(StopLevel::ToEnd).unwrap();
    let report = verified(&stage);
    assert_proven(&report);
    assert_eq!(report.streams[0].rows, 4_000);
    assert!(
        rows.iter().any(|rows| (1..4_000).contains(rows)),
        "{rows:?}"
    );
}

#[test]
fn records_on_their_way_are_in_flight_or_waiting() {
    let mut stage = Stage::new("on-the-way");
    stage.produce_good(0, 100);
    let waiting = verified(&stage);
    assert_proven(&waiting);
    assert_eq!(
        (waiting.streams[0].waiting, waiting.streams[0].in_flight),
        (100, 0)
    );
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    stage.process(config).join().unwrap();
    stage.produce_good(100, 130);
    let report = verified(&stage);
    assert_proven(&report);
    assert_eq!(
        (report.streams[0].waiting, report.streams[0].in_flight),
        (30, 100)
    );
    stage.run_to_end();
    let report = verified(&stage);
    assert_proven(&report);
    let stream = &report.streams[0];
    assert_eq!((stream.waiting, stream.in_flight, stream.rows), (0, 0, 130));
}

#[test]
fn letters_of_the_sink_are_checked_against_the_records_that_it_could_not_read() {
    let stage = finished("sink-letters");
    let mut batch = OutBatch::new();
    for value in ["not of ours", "{\"type\":\"nobody\"}"] {
        batch.push_with_headers(Some(b"k"), Some(value.as_bytes()), &[]);
    }
    sent(&stage.client(), &stage.topics.processed, &batch);
    stage.sink_to_end();
    let report = verified(&stage);
    assert_proven(&report);
    assert_eq!(report.sink_letters, 2);
    let mut all = lines(&stage.output_dir(), LETTERS);
    let at = all
        .iter()
        .position(|line| line.contains("not of ours"))
        .unwrap();
    all[at] = all[at].replace("not of ours", "not of mine");
    write(&stage.output_dir(), LETTERS, &all);
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::FileChanged, Kind::RowChanged]);
    let changed = finding(&report, Kind::RowChanged);
    assert_eq!(changed.place.line, Some(at as u64 + 1));
    assert!(changed.detail.contains("not of mine"), "{}", changed.detail);
}

#[test]
fn a_group_whose_offsets_are_gone_does_not_hide_a_missing_row() {
    let stage = finished("no-group");
    let config = VerifyConfig {
        processor_group: "nobody-knows-it".into(),
        ..config(&stage)
    };
    let report = verify(&config, &Progress::default()).unwrap();
    assert_proven(&report);
    let mut all = lines(&stage.output_dir(), "processed_data_sensor.csv");
    all.remove(3);
    write(&stage.output_dir(), "processed_data_sensor.csv", &all);
    let report = verify(&config, &Progress::default()).unwrap();
    assert_eq!(report.counts[&Kind::RowMissing], 1);
}

#[test]
fn the_files_of_another_cluster_are_refused() {
    let (stage, other) = (finished("here"), Stage::new("there"));
    if stage.client().bootstrap_servers == other.client().bootstrap_servers {
        return; // Both on one real cluster.
    }
    let config = VerifyConfig {
        client: Some(other.client()),
        ..config(&stage)
    };
    let error = verify(&config, &Progress::default()).unwrap_err();
    assert!(matches!(error, VerifyError::OtherCluster { .. }), "{error}");
    assert!(error.way_out().unwrap().contains("--bootstrap-servers"));
}

#[test]
fn a_cluster_that_does_not_answer_is_waited_for_as_long_as_was_said() {
    let stage = Stage::new("silent");
    let mut client = stage.client();
    client.bootstrap_servers = "127.0.0.1:1".into();
    let config = VerifyConfig {
        client: Some(client),
        wait: Some(Duration::from_millis(300)),
        ..config(&stage)
    };
    let error = verify(&config, &Progress::default()).unwrap_err();
    assert!(
        error.to_string().contains("no answer from 127.0.0.1:1"),
        "{error}"
    );
}
