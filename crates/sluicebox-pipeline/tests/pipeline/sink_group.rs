use std::time::Duration;

use super::stage::{Stage, eventually};
use sluicebox_kafka::{Consumer, ConsumerOptions, Polled};
use sluicebox_pipeline::state::TaskState;
use sluicebox_pipeline::{PipelineError, SinkConfig, StopLevel};

#[test]
fn a_second_sink_on_the_directory_stands_by_and_takes_over() {
    let mut stage = Stage::new("standby");
    let processor = stage.process(stage.processor_config());
    let first = stage.sink(stage.sink_config());
    stage.produce_good(0, 300);
    eventually("the first writes", || first.metrics.rows_total() == 300);
    let second = stage.sink(stage.sink_config());
    eventually("the second stands by", || {
        second.metrics.sink_state() == TaskState::Standby
    });
    first.end(StopLevel::Now).unwrap();
    stage.produce_good(300, 400);
    let began = std::time::Instant::now();
    eventually("the second writes", || second.metrics.rows_total() == 100);
    assert!(began.elapsed().as_secs() < 10, "took {:?}", began.elapsed());
    second.end(StopLevel::Drain).unwrap();
    processor.end(StopLevel::Drain).unwrap();
    stage.assert_whole();
}

#[test]
fn a_sink_that_does_not_get_every_partition_names_the_other_member() {
    let mut stage = Stage::new("alone");
    let first = stage.sink(stage.sink_config());
    eventually("the first runs", || {
        first.metrics.sink_state() == TaskState::Running
    });
    let elsewhere = SinkConfig {
        output_dir: stage.dir.path().join("elsewhere"),
        state_dir: stage.dir.path().join("elsewhere-state"),
        ..stage.sink_config()
    };
    let error = stage.sink(elsewhere).join().unwrap_err();
    assert!(matches!(error, PipelineError::NotAlone { .. }), "{error}");
    assert!(
        error.to_string().contains("pipeline-test"),
        "names the other: {error}"
    );
    stage.produce_good(0, 100);
    let processor = stage.process(stage.processor_config());
    eventually("the first has all again", || {
        first.metrics.rows_total() == 100
    });
    processor.end(StopLevel::Drain).unwrap();
    first.end(StopLevel::Drain).unwrap();
    stage.assert_whole();
}

#[test]
fn a_sink_whose_name_in_the_group_was_taken_over_joins_again() {
    let mut stage = Stage::new("fenced");
    let processor = stage.process(stage.processor_config());
    let sink = stage.sink(stage.sink_config());
    stage.produce_good(0, 100);
    eventually("it writes", || sink.metrics.rows_total() == 100);
    let config = stage.sink_config();
    let id = std::fs::read_to_string(config.state_dir.join("sink-0.slot")).unwrap();
    let options = ConsumerOptions {
        group_instance_id: Some(format!("{}-{}", config.group, id.trim())),
        ..ConsumerOptions::new(config.group, vec![config.topics.processed])
    };
    let mut thief = Consumer::subscribe(&stage.client(), options).unwrap();
    let poll = Duration::from_millis(50);
    // The thief is fenced in turn as soon as the sink is back, so it is not to be polled for long.
    eventually("the name is taken", || {
        matches!(thief.poll(1, poll), Ok(Polled::Assigned(_)) | Err(_))
    });
    stage.produce_good(100, 300);
    eventually("it writes again", || sink.metrics.rows_total() == 300);
    thief.close(Duration::ZERO);
    sink.end(StopLevel::Drain).unwrap();
    processor.end(StopLevel::Drain).unwrap();
    stage.assert_whole();
}
