//! Where nothing is left that could prove it: told as unprovable, with the reason, never as wrong.

use std::sync::Arc;
use std::time::Duration;

use sluicebox_event::{PlanOptions, Plans, StreamDefinition, builtin_definitions};
use sluicebox_kafka::{OutBatch, TransactionOptions, TransactionalProducer};
use sluicebox_pipeline::verify::{Kind, Progress, Report, Verdict, VerifyConfig, verify};
use sluicebox_pipeline::{ProcessorConfig, SinkConfig, StopLevel};

use super::{
    ACTIVITY, LETTERS, SENSOR, assert_proven, config, finding, finished, kinds, lines, verified,
    write,
};
use crate::stage::{Stage, WAIT, eventually};

fn alone(stage: &Stage) -> Report {
    let config = VerifyConfig {
        client: None,
        ..config(stage)
    };
    verify(&config, &Progress::default()).unwrap()
}

pub(super) fn process_to_end(stage: &Stage) {
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    stage.process(config).join().unwrap();
}

/// Removes every record of a topic that is there now.
pub(super) fn expire(stage: &Stage, topic: &str) {
    let admin = stage.admin();
    let ends: Vec<_> = admin
        .log_ranges(topic)
        .unwrap()
        .iter()
        .map(|log| (log.partition, log.range.high_watermark))
        .collect();
    admin.delete_records(topic, &ends).unwrap();
}

#[test]
fn rows_whose_records_have_expired_cannot_be_proven_and_new_ones_can() {
    let mut stage = finished("expired-source");
    expire(&stage, &stage.source("sensor"));
    stage.produce_good(300, 340);
    stage.run_to_end();
    let report = verified(&stage);
    assert_eq!(
        (kinds(&report), report.verdict()),
        (vec![Kind::SourceExpired], Some(Verdict::Unprovable))
    );
    assert_eq!(report.counts[&Kind::SourceExpired], 205);
    let stream = &report.streams[0];
    assert_eq!(
        (stream.source_records, stream.rows, stream.unprovable),
        (40, 240, 205)
    );
    let expired = finding(&report, Kind::SourceExpired);
    assert!(
        expired.detail.starts_with("the topic now begins at offset"),
        "{}",
        expired.detail
    );
    let mut all = lines(&stage.output_dir(), SENSOR);
    all.insert(50, all[3].clone());
    write(&stage.output_dir(), SENSOR, &all);
    let report = verified(&stage);
    assert_eq!(
        finding(&report, Kind::RowDoubled).place.line,
        Some(51),
        "also of expired ones"
    );
}

#[test]
fn outputs_that_are_gone_before_the_sink_read_them_are_told_apart_from_lost_rows() {
    let mut stage = finished("gone-output");
    stage.produce_good(300, 340);
    process_to_end(&stage);
    expire(&stage, &stage.topics.processed);
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::OutputGone]);
    assert_eq!(report.counts[&Kind::OutputGone], 40);
    let lossy = SinkConfig {
        accept_loss: true,
        stop_at_end: true,
        ..stage.sink_config()
    };
    stage.sink(lossy).join().unwrap();
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::AcceptedLoss]);
    assert_eq!(report.counts[&Kind::AcceptedLoss], 40);
}

/// A row of the sensor's file, by the source partition and offset that its last columns name.
fn without(stage: &Stage, pick: impl Fn(&str) -> bool) -> (i32, i64) {
    let mut all = lines(&stage.output_dir(), SENSOR);
    let line = all.iter().position(|line| pick(line)).unwrap();
    let removed = all.remove(line);
    write(&stage.output_dir(), SENSOR, &all);
    let mut columns = removed.trim_end().rsplit(',');
    let offset = columns.next().unwrap().parse().unwrap();
    (columns.next().unwrap().parse().unwrap(), offset)
}

#[test]
fn an_accepted_loss_excuses_what_was_in_its_gap_and_no_other_row() {
    let mut stage = finished("accepted");
    stage.produce_good(300, 340);
    process_to_end(&stage);
    expire(&stage, &stage.topics.processed);
    let lossy = SinkConfig {
        accept_loss: true,
        stop_at_end: true,
        ..stage.sink_config()
    };
    stage.sink(lossy).join().unwrap();
    // Rows after the gap, in the same partitions.
    stage.produce_good(400, 440);
    stage.run_to_end();
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::AcceptedLoss]);
    assert_eq!(report.counts[&Kind::AcceptedLoss], 40);

    let whole = lines(&stage.output_dir(), SENSOR);
    for number in [3, whole.len() - 3] {
        let (partition, offset) = without(&stage, |line| line == whole[number]);
        let report = verified(&stage);
        let missing = finding(&report, Kind::RowMissing);
        assert_eq!(
            (missing.place.partition, missing.place.offset),
            (Some(partition), Some(offset)),
            "the row that was removed, and no other"
        );
        assert_eq!(report.counts[&Kind::RowMissing], 1);
        assert_eq!(report.counts[&Kind::AcceptedLoss], 40);
        assert_eq!(report.verdict(), Some(Verdict::Contradicted));
        write(&stage.output_dir(), SENSOR, &whole);
    }
    // The gap was of processed data: a letter that is gone is lost.
    let letters = lines(&stage.output_dir(), LETTERS);
    write(&stage.output_dir(), LETTERS, &letters[..letters.len() - 1]);
    let report = verified(&stage);
    assert_eq!(report.counts[&Kind::RowMissing], 1);
    assert_eq!(report.counts[&Kind::AcceptedLoss], 40);
}

#[test]
fn an_open_transaction_in_front_of_the_outputs_is_waited_for_and_then_told() {
    let mut stage = finished("open");
    let options = TransactionOptions::new("somebody-else");
    let mut other = TransactionalProducer::connect(&stage.client(), options, WAIT).unwrap();
    other.begin().unwrap();
    let mut batch = OutBatch::new();
    for number in 0..40_u8 {
        batch.push_with_headers(Some(&[number]), Some(b"hidden"), &[]);
    }
    other.send(&stage.topics.processed, batch).unwrap();
    other.flush(WAIT).unwrap();
    stage.produce_good(300, 340);
    // Not to the end: there it would wait for the other transaction.
    let processor = stage.process(stage.processor_config());
    eventually("all are committed", || {
        processor.metrics.processed_total() == 40
    });
    processor.end(StopLevel::Drain).unwrap();
    let config = VerifyConfig {
        stable_wait: Duration::from_millis(300),
        ..config(&stage)
    };
    let report = verify(&config, &Progress::default()).unwrap();
    assert_eq!(
        kinds(&report),
        [Kind::TransactionOpen],
        "{:#?}",
        report.findings
    );
    other.abandon(WAIT);
    let report = verified(&stage);
    assert_proven(&report);
    assert_eq!(report.streams[0].in_flight, 40);
}

/// The built-in streams with other bands: the same columns, other values.
fn changed(stage: &Stage, columns: bool) -> Arc<Plans> {
    let text = include_str!("../../../../../config/streams/sensor.toml");
    let text = text.replace("\"normal\"", "\"fine\"");
    let text = if columns {
        text.replace("\"humidity\", ", "")
    } else {
        text
    };
    let mut sensor = StreamDefinition::parse(&text, "changed").unwrap();
    sensor.topic = stage.source("sensor");
    let mut definitions = builtin_definitions().unwrap();
    for definition in &mut definitions {
        definition.topic = stage.source(&definition.name);
    }
    definitions.retain(|known| known.name != sensor.name);
    definitions.insert(0, sensor);
    Arc::new(Plans::compile(&definitions, PlanOptions::default()).unwrap())
}

#[test]
fn rows_of_former_definitions_are_unprovable_and_not_wrong() {
    let mut stage = finished("plan");
    stage.plans = changed(&stage, false);
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::PlanChanged]);
    stage.produce_good(300, 330);
    stage.run_to_end();
    let report = verified(&stage);
    assert_eq!(
        (kinds(&report), report.verdict()),
        (vec![Kind::PlanChanged], Some(Verdict::Unprovable))
    );
    assert_eq!(
        report.counts[&Kind::PlanChanged],
        200,
        "the new ones are proven"
    );
    let mut all = lines(&stage.output_dir(), SENSOR);
    all.remove(3);
    write(&stage.output_dir(), SENSOR, &all);
    assert_eq!(
        verified(&stage).counts[&Kind::RowMissing],
        1,
        "also of former ones"
    );
}

#[test]
fn sealed_files_are_read_too_and_may_be_archived() {
    let mut stage = finished("sealed");
    stage.plans = changed(&stage, true);
    stage.produce_good(300, 330);
    process_to_end(&stage);
    let rotating = SinkConfig {
        rotate: true,
        stop_at_end: true,
        ..stage.sink_config()
    };
    stage.sink(rotating).join().unwrap();
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::PlanChanged]);
    assert_eq!(report.counts[&Kind::PlanChanged], 200);
    let files: Vec<_> = report
        .files
        .iter()
        .map(|it| (it.name.as_str(), it.rows, it.is_sealed))
        .collect();
    assert!(
        files.contains(&("processed_data_sensor.1.csv", 200, true)),
        "{files:?}"
    );
    let sealed = stage.output_dir().join("processed_data_sensor.1.csv");
    let whole = std::fs::read_to_string(&sealed).unwrap();
    std::fs::write(&sealed, whole.replacen("21.5", "21.6", 1)).unwrap();
    let changed = verified(&stage);
    let place = &finding(&changed, Kind::FileChanged).place;
    assert_eq!(place.file.as_deref(), Some("processed_data_sensor.1.csv"));
    std::fs::remove_file(&sealed).unwrap();
    let archived = verified(&stage);
    assert_eq!(kinds(&archived), [Kind::FileArchived]);
    assert_eq!(archived.streams[0].unprovable, 200);
}

#[test]
fn the_files_alone_tell_doubled_rows_holes_and_checksums() {
    let stage = finished("alone");
    let report = alone(&stage);
    assert_eq!(report.verdict(), Some(Verdict::Unprovable));
    assert_eq!(report.counts[&Kind::NoTopics], 265);
    assert!(!report.with_topics && !kinds(&report).contains(&Kind::OffsetGap));
    let dir = stage.output_dir();
    let whole = lines(&dir, SENSOR);
    let mut all = whole.clone();
    // A row in the middle of its partition makes room for another one.
    let middle = all.iter().position(|line| line.ends_with(",5\n")).unwrap();
    let again = all.iter().rposition(|line| line.ends_with(",1\n")).unwrap();
    all[middle] = all[again].clone();
    write(&dir, SENSOR, &all);
    let report = alone(&stage);
    let doubled = finding(&report, Kind::RowDoubled);
    let line = middle.max(again) as u64 + 1;
    assert_eq!(
        (doubled.place.file.as_deref(), doubled.place.line),
        (Some(SENSOR), Some(line))
    );
    assert_eq!(report.counts[&Kind::OffsetGap], 1);
    assert_eq!(report.counts[&Kind::FileChanged], 1);
    write(&dir, SENSOR, &whole);
    let clicks = lines(&dir, ACTIVITY);
    write(&dir, ACTIVITY, &clicks[..clicks.len() - 1]);
    let report = alone(&stage);
    write(&dir, ACTIVITY, &clicks);
    assert!(report.counts.contains_key(&Kind::FileShorter));
    assert_eq!(
        report.counts[&Kind::RowMissing],
        1,
        "the manifest knows the last offset"
    );
    let mut all = whole.clone();
    let (start, _) = all[100].rsplit_once(',').unwrap();
    all[100] = format!("{start},4711\n");
    write(&dir, SENSOR, &all);
    assert_eq!(
        finding(&alone(&stage), Kind::RowInvented).place.offset,
        Some(4_711)
    );
}

#[test]
fn an_empty_directory_without_topics_is_not_proven() {
    let stage = Stage::new("nothing");
    std::fs::create_dir(stage.output_dir()).unwrap();
    let report = alone(&stage);
    assert_eq!(kinds(&report), [Kind::NoTopics]);
}

#[test]
fn a_letter_may_be_sent_a_moment_after_its_record_was_refused() {
    let stage = finished("moment");
    let letter = lines(&stage.output_dir(), LETTERS);
    let letter = letter
        .iter()
        .find(|line| line.contains("timestamp_out_of_window"))
        .unwrap();
    assert!(
        letter.contains("after the window's end"),
        "its message has a time in it: {letter}"
    );
    assert_proven(&verified(&stage));
}
