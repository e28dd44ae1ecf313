use super::stage::{Stage, eventually};
use sluicebox_pipeline::StopLevel;
use std::time::Duration;

#[test]
fn every_record_becomes_one_row() {
    let mut stage = Stage::new("happy");
    stage.produce_good(0, 2_000);
    stage.produce("activity", &[
        (Some("u1"), Some(r#"{"user_id":"u1","action":"click","page":"/a,b","timestamp":1790000000}"#)),
        (Some("u2"), Some(r#"{"user_id":"u2","action":"purchase","product_id":"p","amount":19.90,"timestamp":1790000000}"#)),
    ]);
    stage.run_to_end();
    stage.assert_whole();
    let sensors = stage.lines("processed_data_sensor.csv");
    assert_eq!(sensors.len(), 2_001);
    assert!(sensors[0].starts_with("sensor_id,timestamp,temperature"));
    assert!(sensors[1].contains(",2026-11-01T00:") && sensors[1].contains(",21.5,40,normal,"));
    let activity = stage.lines("processed_data_activity.csv").join("\n");
    assert!(activity.contains(r#","/a,b","#) && activity.contains(",19.90,EUR,revenue,"));
}

#[test]
fn a_restart_goes_on_where_the_last_run_stopped() {
    let mut stage = Stage::new("restart");
    for round in 0..3 {
        stage.produce_good(round * 300, (round + 1) * 300);
        stage.run_to_end();
        stage.assert_whole();
    }
    let lines = stage.lines("processed_data_sensor.csv");
    assert_eq!(lines.len(), 901, "the header is there once");
}

#[test]
fn a_drain_keeps_what_is_at_hand_and_lag_goes_to_zero() {
    let mut stage = Stage::new("drain");
    let (processor, sink) = (
        stage.process(stage.processor_config()),
        stage.sink(stage.sink_config()),
    );
    for round in 0..5 {
        stage.produce_good(round * 200, (round + 1) * 200);
    }
    eventually("all rows are durable", || {
        sink.metrics.rows_total() == 1_000
    });
    eventually("no lag, markers notwithstanding", || {
        let (read, written) = (&processor.metrics.process_lag, &sink.metrics.sink_lag);
        read.total() + written.total() == 0 && !read.all().is_empty() && !written.all().is_empty()
    });
    assert_eq!(processor.metrics.processed_total(), 1_000);
    let latency = sink.metrics.end_to_end.snapshot();
    assert_eq!(latency.count(), 1_000);
    assert!(latency.quantile(0.5).unwrap() < Duration::from_secs(10));
    processor.end(StopLevel::Drain).unwrap();
    sink.end(StopLevel::Drain).unwrap();
    stage.assert_whole();
}

#[test]
fn to_the_end_means_the_end_at_that_moment() {
    let mut stage = Stage::new("toend");
    let (processor, sink) = (
        stage.process(stage.processor_config()),
        stage.sink(stage.sink_config()),
    );
    stage.produce_good(0, 1_500);
    processor.end(StopLevel::ToEnd).unwrap();
    sink.end(StopLevel::ToEnd).unwrap();
    stage.assert_whole();
    assert_eq!(stage.account().rows, 1_500);
}
