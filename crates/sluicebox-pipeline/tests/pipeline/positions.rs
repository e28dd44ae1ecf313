use super::stage::{Stage, WAIT, eventually};
use sluicebox_pipeline::{PipelineError, ProcessorConfig, SinkConfig, StopLevel};

#[test]
fn a_group_whose_offsets_are_gone_goes_on_after_what_the_outputs_have() {
    let mut stage = Stage::new("expired");
    stage.produce_good(0, 500);
    stage.produce("sensor", &[(Some("s"), None), (Some("s"), Some("{"))]);
    stage.run_to_end();
    stage.produce_good(1_000, 1_200);
    // Another group's name stands for the same group after its offsets have expired.
    let group = format!("{}-anew", stage.processor_config().group);
    let config = ProcessorConfig {
        group,
        stop_at_end: true,
        ..stage.processor_config()
    };
    let processor = stage.process(config);
    let metrics = std::sync::Arc::clone(&processor.metrics);
    processor.join().unwrap();
    assert_eq!(metrics.read_total(), 200, "only what is new is processed");
    stage.sink_to_end();
    stage.assert_whole();
}

#[test]
fn a_position_before_the_log_stops_and_names_the_gap_unless_the_loss_is_accepted() {
    let mut stage = Stage::new("gone");
    stage.produce("sensor", &[(Some("one-key"), None)]);
    stage.run_to_end();
    stage.produce("sensor", &[(Some("one-key"), None); 20]);
    let (admin, topic) = (stage.admin(), stage.source("sensor"));
    let logs = admin.log_ranges(&topic).unwrap();
    let full = logs
        .iter()
        .find(|log| log.range.high_watermark > 0)
        .unwrap();
    admin
        .delete_records(&topic, &[(full.partition, 11)])
        .unwrap();
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    let error = stage.process(config.clone()).join().unwrap_err();
    assert!(matches!(error, PipelineError::PositionGone(_)), "{error}");
    assert!(
        error.to_string().contains("offsets 1 to 10 were removed"),
        "{error}"
    );
    let lossy = stage.process(ProcessorConfig {
        accept_loss: true,
        ..config
    });
    let metrics = std::sync::Arc::clone(&lossy.metrics);
    lossy.join().unwrap();
    assert_eq!(
        (metrics.process_lost_offsets.get(), metrics.read_total()),
        (10, 10)
    );
    stage.sink_to_end();
    assert_eq!(stage.account().letters, 11);
}

#[test]
fn a_processor_that_stops_at_the_end_does_not_pass_over_a_log_that_was_emptied() {
    let mut stage = Stage::new("emptied");
    stage.produce_good(0, 50);
    stage.run_to_end();
    stage.produce_good(50, 90);
    let (admin, topic) = (stage.admin(), stage.source("sensor"));
    let logs = admin.log_ranges(&topic).unwrap();
    let ends: Vec<_> = (logs.iter())
        .map(|log| (log.partition, log.range.high_watermark))
        .collect();
    admin.delete_records(&topic, &ends).unwrap();
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    let error = stage.process(config.clone()).join().unwrap_err();
    assert!(matches!(error, PipelineError::PositionGone(_)), "{error}");
    let lossy = stage.process(ProcessorConfig {
        accept_loss: true,
        ..config
    });
    let metrics = std::sync::Arc::clone(&lossy.metrics);
    lossy.join().unwrap();
    assert_eq!(metrics.process_lost_offsets.get(), 40);
}

#[test]
fn a_sink_that_stops_at_the_end_does_not_pass_over_records_that_are_gone() {
    let mut stage = Stage::new("overtaken");
    stage.produce_good(0, 50);
    stage.run_to_end();
    stage.produce_good(50, 90);
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    stage.process(config).join().unwrap();
    let (admin, topic) = (stage.admin(), stage.topics.processed.clone());
    let logs = admin.log_ranges(&topic).unwrap();
    let ends: Vec<_> = (logs.iter())
        .map(|log| (log.partition, log.range.high_watermark))
        .collect();
    admin.delete_records(&topic, &ends).unwrap();
    let sink = SinkConfig {
        stop_at_end: true,
        ..stage.sink_config()
    };
    let error = stage.sink(sink.clone()).join().unwrap_err();
    assert!(matches!(error, PipelineError::PositionGone(_)), "{error}");
    let lossy = SinkConfig {
        accept_loss: true,
        ..sink
    };
    stage.sink(lossy).join().unwrap();
}

#[test]
fn offsets_that_were_reset_by_hand_stop_the_sink_and_can_be_skipped() {
    let mut stage = Stage::new("reset");
    stage.produce_good(0, 100);
    stage.run_to_end();
    let before = stage.lines("processed_data_sensor.csv");
    // A second pass over everything, as after a reset to the earliest offsets.
    let state_dir = stage.dir.path().join("state");
    reset_offsets(&stage);
    let again = ProcessorConfig {
        stop_at_end: true,
        state_dir,
        ..stage.processor_config()
    };
    stage.process(again).join().unwrap();
    let sink = SinkConfig {
        stop_at_end: true,
        ..stage.sink_config()
    };
    let error = stage.sink(sink.clone()).join().unwrap_err();
    assert!(matches!(error, PipelineError::Repeat(_)), "{error}");
    assert!(error.to_string().contains("--skip-repeats"), "{error}");
    stage.produce_good(500, 550);
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    stage.process(config).join().unwrap();
    let skipping = stage.sink(SinkConfig {
        skip_repeats: true,
        ..sink
    });
    let metrics = std::sync::Arc::clone(&skipping.metrics);
    skipping.join().unwrap();
    assert_eq!(metrics.sink_repeats.get(), 100);
    stage.assert_whole();
    assert_eq!(
        stage.lines("processed_data_sensor.csv").len(),
        before.len() + 50
    );
}

#[test]
fn repeats_of_records_without_a_key_are_recognised_too() {
    let mut stage = Stage::new("keyless");
    // A producer that spreads the letters would choose other partitions the second time.
    stage.produce("sensor", &vec![(None, Some("junk")); 60]);
    stage.run_to_end();
    reset_offsets(&stage);
    let again = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    stage.process(again).join().unwrap();
    let skipping = stage.sink(SinkConfig {
        stop_at_end: true,
        skip_repeats: true,
        ..stage.sink_config()
    });
    let metrics = std::sync::Arc::clone(&skipping.metrics);
    skipping.join().unwrap();
    assert_eq!(metrics.sink_repeats.get(), 60);
    stage.assert_whole();
}

/// Commits 0 for every source partition, as `kafka-consumer-groups --reset-offsets` does.
pub(crate) fn reset_offsets(stage: &Stage) {
    use sluicebox_kafka::{Consumer, ConsumerOptions, Polled, TopicPartitionOffset};
    let config = stage.processor_config();
    let topics = stage
        .plans
        .streams()
        .iter()
        .map(|s| s.source_topic().to_owned())
        .collect();
    let options = ConsumerOptions::new(config.group, topics);
    let mut consumer = Consumer::subscribe(&stage.client(), options).unwrap();
    let mut zeros = Vec::new();
    eventually("the group is empty and ours", || {
        if let Polled::Assigned(partitions) = consumer.poll(1, WAIT / 100).unwrap() {
            zeros = (partitions.iter())
                .map(|at| TopicPartitionOffset {
                    topic: at.topic,
                    partition: at.partition,
                    offset: 0,
                })
                .collect();
            consumer.assign(&zeros).unwrap();
        }
        !zeros.is_empty()
    });
    consumer.commit_hint(&zeros);
    let partitions: Vec<_> = zeros.iter().map(|at| at.topic_partition()).collect();
    eventually("the offsets are reset", || {
        let committed = consumer.committed(&partitions, WAIT).unwrap();
        committed.iter().all(|offset| *offset == Some(0))
    });
    consumer.close(WAIT);
}

#[test]
fn a_recreated_topic_is_refused() {
    let mut stage = Stage::new("recreated");
    stage.produce_good(0, 20);
    stage.run_to_end();
    recreate(&stage, &stage.topics.processed);
    let error = stage.sink(stage.sink_config()).join().unwrap_err();
    assert!(matches!(error, PipelineError::Output(_)), "{error}");
    assert!(error.to_string().contains("recreated"), "{error}");
}

#[test]
fn a_recreated_source_topic_that_has_outgrown_the_old_one_is_not_mistaken_for_it() {
    let mut stage = Stage::new("outgrown");
    stage.produce("sensor", &[(Some("one-key"), None); 10]);
    stage.run_to_end();
    recreate(&stage, &stage.source("sensor"));
    stage.produce("sensor", &[(Some("one-key"), None); 30]);
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    let error = stage.process(config).join().unwrap_err();
    assert!(
        matches!(error, PipelineError::OtherSource { offset: 9, .. }),
        "{error}"
    );
    assert!(error.way_out().is_some());
}

/// Deletes a topic and makes one of the same name.
pub(crate) fn recreate(stage: &Stage, topic: &str) {
    let admin = stage.admin();
    admin.delete_topics(&[topic]).unwrap();
    eventually("the topic is gone", || admin.describe(topic).is_err());
    let new = sluicebox_kafka::admin::NewTopic {
        name: topic.to_owned(),
        partitions: 3,
        replication_factor: 1,
        configs: Vec::new(),
    };
    eventually("the topic is made anew", || {
        admin.create_topics(std::slice::from_ref(&new)).is_ok()
    });
    eventually("it can be described", || admin.describe(topic).is_ok());
}

#[test]
fn a_topic_that_does_not_exist_is_named_with_the_way_out() {
    let stage = Stage::new("nowhere");
    let mut config = stage.sink_config();
    config.topics.dead_letters = "no-such-topic".into();
    let error = stage.sink(config).end(StopLevel::ToEnd).unwrap_err();
    assert!(error.to_string().contains("no-such-topic"), "{error}");
    let help = error.way_out().unwrap();
    assert!(help.contains("sluicebox topics create"), "{help}");
}
