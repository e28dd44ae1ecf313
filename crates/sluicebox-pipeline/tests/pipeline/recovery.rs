use super::stage::{Stage, WAIT, eventually};
use sluicebox_kafka::{TransactionOptions, TransactionalProducer};
use sluicebox_pipeline::{PipelineError, StopLevel};

/// The id of the first slot of the stage's processors.
fn transactional_id(stage: &Stage) -> String {
    let slot = stage.dir.path().join("state/process-0.slot");
    let id = std::fs::read_to_string(slot).unwrap();
    format!("{}-{}-a", stage.processor_config().group, id.trim())
}

#[test]
fn tasks_that_are_dropped_without_a_drain_go_on_where_they_had_committed() {
    let mut stage = Stage::new("dropped");
    for round in 0..4 {
        let (processor, sink) = (
            stage.process(stage.processor_config()),
            stage.sink(stage.sink_config()),
        );
        stage.produce_good(round * 1_000, (round + 1) * 1_000);
        let some = 300 * (round as u64);
        eventually("some rows are there", || {
            sink.metrics.rows_total() >= some.min(1)
        });
        processor.end(StopLevel::Now).unwrap();
        sink.end(StopLevel::Now).unwrap();
    }
    stage.run_to_end();
    stage.assert_whole();
    assert_eq!(stage.account().rows, 4_000);
}

#[test]
fn a_processor_that_was_fenced_once_takes_its_id_back_and_repeats_nothing() {
    let mut stage = Stage::new("fenced");
    let processor = stage.process(stage.processor_config());
    stage.produce_good(0, 500);
    eventually("it works", || processor.metrics.processed_total() == 500);
    let thief = TransactionOptions::new(transactional_id(&stage));
    let thief = TransactionalProducer::connect(&stage.client(), thief, WAIT).unwrap();
    for round in 0..4 {
        stage.produce_good(1_000 + round * 10, 1_010 + round * 10);
    }
    eventually("it goes on", || processor.metrics.processed_total() == 540);
    assert!(processor.metrics.rebuilds.get() >= 1);
    thief.abandon(WAIT);
    processor.end(StopLevel::Drain).unwrap();
    stage.sink_to_end();
    stage.assert_whole();
}

/// The batch of a failed transaction is dropped, and the consumer is past it until it is rewound. A
/// stop that comes before that must not commit where the consumer is.
#[test]
fn a_stop_in_the_middle_of_a_recovery_does_not_commit_the_offsets_of_what_was_dropped() {
    let mut stage = Stage::new("stopped");
    for round in 0..6 {
        let processor = stage.process(stage.processor_config());
        stage.produce_good(round * 1_000, round * 1_000 + 50);
        eventually("it works", || processor.metrics.processed_total() >= 50);
        let thief = TransactionOptions::new(transactional_id(&stage));
        let thief = TransactionalProducer::connect(&stage.client(), thief, WAIT).unwrap();
        while processor.metrics.rebuilds.get() == 0 {
            stage.produce_good(round * 1_000 + 50, round * 1_000 + 100);
            let fenced = std::time::Instant::now();
            while processor.metrics.rebuilds.get() == 0 && fenced.elapsed().as_millis() < 500 {
                std::thread::yield_now();
            }
        }
        processor.end(StopLevel::Drain).unwrap();
        thief.abandon(WAIT);
    }
    stage.run_to_end();
    stage.assert_whole();
}

#[test]
fn a_processor_whose_id_is_taken_again_and_again_stops_and_says_why() {
    let mut stage = Stage::new("thief");
    let processor = stage.process(stage.processor_config());
    stage.produce_good(0, 10);
    eventually("it works", || processor.metrics.processed_total() == 10);
    let mut thieves = Vec::new();
    let stop = processor.stop.clone();
    for round in 0..60 {
        let thief = TransactionOptions::new(transactional_id(&stage));
        thieves.push(TransactionalProducer::connect(&stage.client(), thief, WAIT).unwrap());
        stage.produce_good(100 + round * 10, 110 + round * 10);
        let sent = 10 * (round as u64 + 2);
        eventually("it takes its id back, or stops", || {
            stop.level() >= StopLevel::Drain || processor.metrics.processed_total() == sent
        });
        if stop.level() >= StopLevel::Drain {
            break;
        }
    }
    let error = processor.join().unwrap_err();
    assert!(matches!(error, PipelineError::Fenced { .. }), "{error}");
    assert!(
        error
            .way_out()
            .is_some_and(|help| help.contains("--state-dir")),
        "{error}"
    );
    for thief in thieves {
        thief.abandon(std::time::Duration::from_secs(1));
    }
    stage.run_to_end();
    stage.assert_whole();
}
