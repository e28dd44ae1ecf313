//! Definitions that were others, or that a part of the pipeline did not have.

use std::sync::Arc;

use sluicebox_event::{PlanOptions, Plans, StreamDefinition, builtin_definitions};
use sluicebox_pipeline::SinkConfig;
use sluicebox_pipeline::verify::{Kind, Verdict};

use super::unprovable::process_to_end;
use super::{finished, kinds, verified};
use crate::stage::Stage;

/// The built-in definitions of a stage, changed.
fn changed(stage: &Stage, change: impl Fn(&mut StreamDefinition)) -> Arc<Plans> {
    let mut definitions = builtin_definitions().unwrap();
    for definition in &mut definitions {
        definition.topic = stage.source(&definition.name);
        change(definition);
    }
    Arc::new(Plans::compile(&definitions, PlanOptions::default()).unwrap())
}

/// A stage with a stream more than the built-in ones, and records of it, good and bad.
fn with_robots(name: &str) -> Stage {
    let text = include_str!("../../../../../config/streams/sensor.toml");
    let text = text.replacen("\"sensor\"", "\"robot\"", 1);
    let mut robot = StreamDefinition::parse(&text, "robot").unwrap();
    robot.topic = "robots".into();
    robot.file_name = "processed_data_robot.csv".into();
    let mut streams = builtin_definitions().unwrap();
    streams.push(robot);
    let mut stage = Stage::with_streams(name, streams);
    stage.produce_good(0, 50);
    let good = r#"{"sensor_id":"r-1","temperature":21.5,"humidity":40,"timestamp":"2026-11-01T00:00:00Z"}"#;
    stage.produce("robot", &[(Some("r-1"), Some(good)); 20]);
    stage.produce("robot", &[(Some("r-2"), Some("bad")); 3]);
    stage
}

#[test]
fn rows_in_a_file_of_a_former_name_are_not_missing() {
    let mut stage = finished("renamed");
    stage.plans = changed(&stage, |definition| {
        if definition.name == "sensor" {
            definition.file_name = "sensors.csv".into();
        }
    });
    stage.produce_good(300, 330);
    stage.run_to_end();
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::LineageUnknown]);
    assert_eq!(report.counts[&Kind::LineageUnknown], 200);
    assert_eq!(
        (report.streams[0].rows, report.streams[0].unprovable),
        (30, 200)
    );
}

#[test]
fn letters_of_a_stream_that_verify_has_no_definition_of_are_not_invented() {
    let mut stage = with_robots("unknown-stream");
    let without = changed(&stage, |_| {});
    stage.run_to_end();
    assert!(verified(&stage).verdict().is_none());
    stage.plans = without;
    let report = verified(&stage);
    assert_eq!(
        report.verdict(),
        Some(Verdict::Unprovable),
        "{:#?}",
        report.findings
    );
    assert!(!kinds(&report).contains(&Kind::RowInvented));
    assert!(
        !kinds(&report).contains(&Kind::SourceGone),
        "the topic is there"
    );
    assert_eq!(report.counts[&Kind::StreamUnknown], 3);
    assert_eq!(report.sink_letters, 0, "the processor wrote them");
}

#[test]
fn records_that_the_sink_had_no_definition_of_are_letters_and_not_missing() {
    let stage = with_robots("strange-type");
    process_to_end(&stage);
    let without = SinkConfig {
        plans: changed(&stage, |_| {}),
        stop_at_end: true,
        ..stage.sink_config()
    };
    stage.sink(without).join().unwrap();
    let report = verified(&stage);
    assert_eq!(
        report.verdict(),
        Some(Verdict::Unprovable),
        "{:#?}",
        report.findings
    );
    let robots = report.streams.iter().find(|it| it.name == "robot").unwrap();
    assert_eq!(
        (robots.letters, robots.missing, report.sink_letters),
        (23, 0, 20)
    );
}

#[test]
fn a_letter_of_a_stream_that_only_the_processor_knew_is_unprovable() {
    let mut stage = with_robots("processor-only");
    process_to_end(&stage);
    stage.plans = changed(&stage, |_| {});
    stage.sink_to_end();
    let report = verified(&stage);
    assert_eq!(
        kinds(&report),
        [Kind::LineageUnknown],
        "{:#?}",
        report.findings
    );
    assert_eq!(report.counts[&Kind::LineageUnknown], 3);
}

#[test]
fn a_file_does_not_take_rows_of_another_source_topic() {
    let mut stage = finished("other-topic");
    let former = Arc::clone(&stage.plans);
    let other = format!("{}-other", stage.source("sensor"));
    stage.plans = changed(&stage, |definition| {
        if definition.name == "sensor" {
            definition.topic.clone_from(&other);
        }
    });
    for rotate in [false, true] {
        let config = SinkConfig {
            rotate,
            stop_at_end: true,
            ..stage.sink_config()
        };
        let error = stage.sink(config).join().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("has rows of the topic"), "{text}");
        assert!(text.contains(&other) && error.way_out().unwrap().contains("`file`"));
    }
    stage.plans = former;
    stage.run_to_end();
    assert!(verified(&stage).verdict().is_none());
}
