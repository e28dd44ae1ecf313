//! Replays of dead letters are counted, and two of the same letter are named.

use sluicebox_conformance::sending::sent;
use sluicebox_kafka::OutBatch;
use sluicebox_pipeline::dlq::HEADER_REPLAY_OF;
use sluicebox_pipeline::verify::Kind;

use super::{assert_proven, finding, kinds, verified};
use crate::stage::Stage;

/// Sends records that claim to be replays of these letters.
fn send_replays(stage: &Stage, letters: &[&str]) {
    let mut batch = OutBatch::new();
    for letter in letters {
        let headers = [(HEADER_REPLAY_OF, Some(letter.as_bytes()))];
        batch.push_with_headers(Some(b"sensor-1"), Some(b"{}"), &headers);
    }
    sent(&stage.client(), &stage.source("sensor"), &batch);
}

#[test]
fn a_letter_that_was_replayed_twice_is_named() {
    let mut stage = Stage::new("replays");
    stage.produce_good(0, 30);
    send_replays(&stage, &["dead_letters/0/1", "dead_letters/0/2"]);
    stage.run_to_end();
    let report = verified(&stage);
    assert_proven(&report);
    assert_eq!(report.replays, 2);
    send_replays(&stage, &["dead_letters/0/1"]);
    stage.run_to_end();
    let report = verified(&stage);
    assert_eq!(kinds(&report), [Kind::ReplayedTwice]);
    let found = finding(&report, Kind::ReplayedTwice);
    assert!(
        found.detail.contains("of dead_letters/0/1, as is"),
        "{found:?}"
    );
}
