use super::stage::{Stage, WAIT, eventually};
use sluicebox_kafka::{OutBatch, TransactionOptions, TransactionalProducer};
use sluicebox_pipeline::state::TaskState;
use sluicebox_pipeline::{ProcessorConfig, StopLevel};

fn running(task: &super::stage::Task) -> usize {
    task.metrics.process_lag.all().len()
}

#[test]
fn instances_share_the_partitions_and_one_takes_over_from_another() {
    let mut stage = Stage::new("share");
    let first = stage.process(stage.processor_config());
    eventually("the first has all partitions", || running(&first) == 6);
    let second = stage.process(stage.processor_config());
    eventually("both have some", || {
        let (first, second) = (running(&first), running(&second));
        first > 0 && second > 0 && first + second == 6
    });
    stage.produce_good(0, 1_000);
    eventually("both work", || {
        first.metrics.read_total() + second.metrics.read_total() == 1_000
    });
    assert!(first.metrics.read_total() > 0 && second.metrics.read_total() > 0);
    first.end(StopLevel::Drain).unwrap();
    stage.produce_good(1_000, 2_000);
    let before = second.metrics.read_total();
    eventually("the second has all work", || {
        second.metrics.read_total() >= before + 1_000
    });
    second.end(StopLevel::Drain).unwrap();
    stage.sink_to_end();
    stage.assert_whole();
}

#[test]
fn instances_that_join_and_leave_under_load_lose_and_repeat_nothing() {
    let mut stage = Stage::new("churn");
    let steady = stage.process(stage.processor_config());
    for round in 0..4 {
        stage.produce_good(round * 500, (round + 1) * 500);
        let guest = stage.process(ProcessorConfig {
            instances: 2,
            ..stage.processor_config()
        });
        stage.produce_good(10_000 + round * 500, 10_000 + (round + 1) * 500);
        // Dropped at once every other time: nothing is committed, nothing waited for.
        let level = if round % 2 == 0 {
            StopLevel::Drain
        } else {
            StopLevel::Now
        };
        eventually("the guest works", || {
            guest.metrics.process_states().contains(&TaskState::Running)
        });
        guest.end(level).unwrap();
    }
    steady.end(StopLevel::ToEnd).unwrap();
    stage.sink_to_end();
    stage.assert_whole();
    assert_eq!(stage.account().rows, 4_000);
}

#[test]
fn several_instances_stop_at_the_end_together() {
    let mut stage = Stage::new("together");
    stage.produce_good(0, 3_000);
    let config = ProcessorConfig {
        instances: 3,
        stop_at_end: true,
        ..stage.processor_config()
    };
    let task = stage.process(config);
    let metrics = std::sync::Arc::clone(&task.metrics);
    task.join().unwrap();
    assert_eq!(metrics.processed_total(), 3_000);
    assert!(
        metrics
            .process_states()
            .iter()
            .all(|state| *state == TaskState::Stopped)
    );
    stage.sink_to_end();
    stage.assert_whole();
}

/// As an instance does that was killed in the middle of a transaction.
#[test]
fn a_processor_that_stops_at_the_end_waits_until_readers_see_what_it_wrote() {
    let mut stage = Stage::new("hidden");
    let options = TransactionOptions {
        timeout_ms: 2_000,
        ..TransactionOptions::new("killed-instance")
    };
    let mut killed = TransactionalProducer::connect(&stage.client(), options, WAIT).unwrap();
    killed.begin().unwrap();
    let mut batch = OutBatch::new();
    for number in 0..40_u8 {
        batch.push_with_headers(Some(&[number]), Some(b"never committed"), &[]);
    }
    killed.send(&stage.topics.processed, batch).unwrap();
    killed.flush(WAIT).unwrap();
    stage.produce_good(0, 200);
    stage.run_to_end();
    stage.assert_whole();
    assert_eq!(stage.account().rows, 200);
}

#[test]
fn a_processor_that_stops_at_the_end_does_not_wait_for_producers_that_go_on() {
    let mut stage = Stage::new("go-on");
    stage.produce_good(0, 300);
    let (topic, client) = (stage.source("sensor"), stage.client());
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let others = std::thread::spawn(move || {
        let options = sluicebox_kafka::ProducerOptions::new(vec![topic]);
        let mut producer = sluicebox_kafka::Producer::connect(&client, options).unwrap();
        let mut batch = OutBatch::new();
        let mut sent = 0_u64;
        while !stopped.load(std::sync::atomic::Ordering::SeqCst) {
            batch.clear();
            batch.push_with_headers(Some(&sent.to_be_bytes()), Some(b"{}"), &[]);
            sent += producer.send(0, &batch, 0).unwrap() as u64;
            producer.poll(std::time::Duration::from_millis(1));
        }
        producer.flush(WAIT).unwrap();
    });
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    let ended = stage.process(config).join();
    assert!(!others.is_finished());
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    others.join().unwrap();
    ended.unwrap();
    stage.run_to_end();
    assert!(stage.account().is_whole());
    assert_eq!(stage.account().rows, 300);
}
