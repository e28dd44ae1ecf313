//! Offsets that somebody moved, topics that are others than before.

use super::positions::recreate;
use super::stage::{Stage, eventually};
use sluicebox_kafka::admin::CommittedOffset;
use sluicebox_pipeline::{PipelineError, ProcessorConfig, SinkConfig};

fn to_end(stage: &Stage) -> ProcessorConfig {
    ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    }
}

/// Sets the processors' group to these offsets, moved.
fn set_group(stage: &Stage, offsets: &[CommittedOffset], by: i64) {
    let group = stage.processor_config().group;
    let mut offsets = offsets.to_vec();
    offsets.retain(|at| at.topic == stage.source("sensor"));
    for at in &mut offsets {
        at.offset += by;
    }
    stage.admin().set_offsets(&group, &offsets).unwrap();
}

#[test]
fn a_group_that_was_set_past_records_is_refused_and_goes_on_when_set_back() {
    let mut stage = Stage::new("forward");
    stage.produce_good(0, 100);
    stage.run_to_end();
    let group = stage.processor_config().group;
    let before = stage.admin().committed_offsets(&group).unwrap();
    stage.produce_good(100, 300);
    set_group(&stage, &before, 5);
    let error = stage.process(to_end(&stage)).join().unwrap_err();
    assert!(matches!(error, PipelineError::Skipped { .. }), "{error}");
    let help = error.way_out().unwrap();
    assert!(
        help.contains("--reset-offsets") && help.contains("--accept-loss"),
        "{help}"
    );
    set_group(&stage, &before, 0);
    stage.run_to_end();
    stage.assert_whole();
}

#[test]
fn records_that_a_group_was_set_past_are_left_out_when_the_loss_is_accepted() {
    let mut stage = Stage::new("accepted");
    stage.produce_good(0, 100);
    stage.run_to_end();
    let group = stage.processor_config().group;
    let before = stage.admin().committed_offsets(&group).unwrap();
    stage.produce_good(100, 300);
    set_group(&stage, &before, 5);
    let lossy = stage.process(ProcessorConfig {
        accept_loss: true,
        ..to_end(&stage)
    });
    let metrics = std::sync::Arc::clone(&lossy.metrics);
    lossy.join().unwrap();
    let partitions = before.len() as u64 / 2;
    assert_eq!(metrics.process_lost_offsets.get(), 5 * partitions);
    // From here on the offsets are a processor's again: nobody asks any more.
    stage.produce_good(300, 310);
    stage.process(to_end(&stage)).join().unwrap();
    stage.sink_to_end();
    assert_eq!(stage.account().rows, 310 - 5 * partitions);
}

#[test]
fn a_source_topic_that_is_made_anew_under_a_processor_ends_it() {
    let mut stage = Stage::new("anew");
    let processor = stage.process(stage.processor_config());
    stage.produce_good(0, 60);
    eventually("it works", || processor.metrics.processed_total() == 60);
    recreate(&stage, &stage.source("sensor"));
    stage.produce_good(100, 400);
    let error = processor.join().unwrap_err();
    let is_named = matches!(
        &error,
        PipelineError::Recreated {
            is_source: true,
            ..
        } | PipelineError::OtherSource { .. }
    );
    assert!(is_named, "{error}");
    let again = stage.process(to_end(&stage)).join().unwrap_err();
    assert!(again.to_string().contains("made anew"), "{again}");
}

#[test]
fn a_processed_topic_that_is_made_anew_under_a_sink_is_read_from_its_beginning() {
    let mut stage = Stage::new("outputs");
    stage.produce_good(0, 60);
    stage.run_to_end();
    let sink = stage.sink(stage.sink_config());
    stage.produce_good(60, 90);
    stage.process(to_end(&stage)).join().unwrap();
    eventually("it writes", || sink.metrics.rows_total() == 30);
    recreate(&stage, &stage.topics.processed);
    stage.produce_good(100, 400);
    stage.process(to_end(&stage)).join().unwrap();
    let error = sink.join().unwrap_err();
    assert!(
        matches!(
            error,
            PipelineError::Recreated {
                is_source: false,
                ..
            }
        ),
        "{error}"
    );
    // The group stands at the old topic's offsets, which mean nothing in the new one.
    let config = SinkConfig {
        output_dir: stage.dir.path().join("new"),
        stop_at_end: true,
        accept_loss: true,
        ..stage.sink_config()
    };
    let new = stage.sink(config);
    let metrics = std::sync::Arc::clone(&new.metrics);
    new.join().unwrap();
    assert_eq!(metrics.rows_total(), 300);
}

#[test]
fn a_sink_on_an_empty_directory_does_not_take_the_groups_word_for_rows() {
    let mut stage = Stage::new("empty");
    stage.produce_good(0, 100);
    stage.run_to_end();
    let elsewhere = SinkConfig {
        output_dir: stage.dir.path().join("elsewhere"),
        stop_at_end: true,
        ..stage.sink_config()
    };
    let error = stage.sink(elsewhere.clone()).join().unwrap_err();
    assert!(
        matches!(error, PipelineError::RowsElsewhere { .. }),
        "{error}"
    );
    assert!(error.way_out().unwrap().contains("another group"));
    let left = std::fs::read_dir(&elsewhere.output_dir).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(
        left,
        ["lock.sluicebox"],
        "a refused directory is left as it was"
    );
    let another = SinkConfig {
        group: format!("{}-2", elsewhere.group),
        ..elsewhere.clone()
    };
    let rebuilt = stage.sink(another);
    let metrics = std::sync::Arc::clone(&rebuilt.metrics);
    rebuilt.join().unwrap();
    assert_eq!(metrics.rows_total(), 100, "all rows are made again");
    // The other way out: the two directories together are whole.
    stage.produce_good(100, 130);
    stage.process(to_end(&stage)).join().unwrap();
    let on = stage.sink(SinkConfig {
        output_dir: stage.dir.path().join("on"),
        accept_loss: true,
        ..elsewhere
    });
    let metrics = std::sync::Arc::clone(&on.metrics);
    on.join().unwrap();
    assert_eq!(metrics.rows_total(), 30, "the gap is accepted");
}

#[test]
fn a_sink_gets_the_partitions_that_were_added_while_it_was_down() {
    let mut stage = Stage::new("added");
    stage.produce_good(0, 100);
    stage.run_to_end();
    let admin = stage.admin();
    for topic in [&stage.topics.processed, &stage.topics.dead_letters] {
        admin.add_partitions(topic, 5).unwrap();
    }
    stage.produce_good(100, 300);
    // The group still knows the sink by its name, and what it had.
    stage.run_to_end();
    stage.assert_whole();
}
