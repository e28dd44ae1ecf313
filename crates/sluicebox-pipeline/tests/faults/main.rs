//! What the processor does when something fails at a given place: needs the feature `faults`.
//!
//! Failpoints belong to the whole process, so these tests are apart from the others, and run one
//! after the other.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

#[path = "../pipeline/stage.rs"]
#[allow(
    dead_code,
    reason = "shared with the other tests, which need all of it"
)]
mod stage;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sluicebox_faults::set;
use sluicebox_pipeline::{ProcessorConfig, StopLevel};
use stage::{Stage, eventually};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn records_dropped_after_a_failure_are_not_committed_by_a_stop_that_comes_before_they_are_read_again()
 {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stage = Stage::new("dropped-and-stopped");
    let processor = stage.process(stage.processor_config());
    stage.produce_good(0, 100);
    eventually("it works", || processor.metrics.processed_total() == 100);
    // A transaction fails late, when the next one is under way and a third is being filled; then the
    // new producers take their time, and the stop comes meanwhile.
    let fails_late = "process.send.before=1*delay(4000);process.send.after=1*error";
    set(&format!("{fails_late};process.connect.before=delay(3000)")).unwrap();
    for hundred in 1..4 {
        stage.produce_good(hundred * 100, (hundred + 1) * 100);
        std::thread::sleep(Duration::from_millis(150));
    }
    eventually("a transaction fails", || {
        processor.metrics.aborted.get() > 0
    });
    processor.end(StopLevel::Drain).unwrap();
    set("process.connect.before=off").unwrap();
    stage.run_to_end();
    stage.assert_whole();
    assert_eq!(stage.account().rows, 400);
}

#[test]
fn a_sink_that_starts_on_a_full_disk_waits_for_room() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stage = Stage::new("full-at-start");
    let config = ProcessorConfig {
        stop_at_end: true,
        ..stage.processor_config()
    };
    stage.produce_good(0, 100);
    stage.process(config).join().unwrap();
    set("sink.create.write=3*full->off;sink.checkpoint.write=2*full->off").unwrap();
    let sink = stage.sink(stage.sink_config());
    eventually("all rows are there", || sink.metrics.rows_total() == 100);
    assert_eq!(sink.metrics.sink_disk_full.get(), 5);
    sink.end(StopLevel::Drain).unwrap();
    stage.assert_whole();

    set("sink.checkpoint.write=full").unwrap();
    let sink = stage.sink(stage.sink_config());
    eventually("it waits", || sink.metrics.sink_disk_full.get() > 1);
    sink.end(StopLevel::Drain).unwrap();
    set("sink.checkpoint.write=off").unwrap();
}
