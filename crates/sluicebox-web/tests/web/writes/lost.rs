//! The broker is lost while something is written: the limit of 10 s holds, and it is said whether the record
//! may be there.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{json, letter};
use crate::gate::{Gate, Loss};
use crate::stage::Stage;

// Numbers of requests.
const PRODUCE: i16 = 0;
const INIT_PRODUCER_ID: i16 = 22;
const END_TXN: i16 = 26;

/// What is answered to a request for the path, when the broker is lost at some request of it.
fn said(stage: &Stage, gate: &Gate, path: &str, body: &serde_json::Value) -> String {
    gate.arm();
    let began = Instant::now();
    let answer = json(stage, path, body);
    let took = began.elapsed();
    let said = format!("after {took:?}: {} {}", answer.status, answer.text());
    assert!(gate.is_lost(), "{said}");
    assert!(took < Duration::from_secs(13), "{said}");
    assert_eq!(answer.status, 503, "{said}");
    said
}

/// Each at the same time: all of them take as long as the limit.
fn each(cases: &[(i16, Loss, &str)], say: impl Fn(&Gate) -> String + Sync) {
    let say = &say;
    std::thread::scope(|scope| {
        for (at, loss, wanted) in cases {
            scope.spawn(move || {
                let said = say(&Gate::new(*at, *loss));
                assert!(said.contains(wanted), "{at} {loss:?}: {said}");
            });
        }
    });
}

#[test]
fn a_record_that_is_produced_is_given_up_in_time() {
    let cases = [
        (
            INIT_PRODUCER_ID,
            Loss::Silence,
            "the record was not written",
        ),
        (INIT_PRODUCER_ID, Loss::Breaks, "the record was not written"),
        (PRODUCE, Loss::SilenceAfter, "it is not known whether"),
    ];
    each(&cases, |gate| {
        let mut stage = Stage::behind(Some(gate));
        stage.serve_writing(None);
        let path = "/api/v1/topics/sensor_data/records";
        said(&stage, gate, path, &json!({ "key": "k", "value": "v" }))
    });
}

#[test]
fn a_replay_of_a_letter_is_given_up_in_time() {
    let cases = [
        (INIT_PRODUCER_ID, Loss::Silence, "nothing was sent"),
        (INIT_PRODUCER_ID, Loss::Breaks, "nothing was sent"),
        (PRODUCE, Loss::SilenceAfter, "the record was not written"),
        (END_TXN, Loss::SilenceAfter, "it is not known whether"),
    ];
    each(&cases, |gate| {
        let mut stage = Stage::behind(Some(gate));
        stage.fill();
        stage.run_to_end();
        stage.serve_writing(None);
        let (partition, offset) = letter(&stage, "out_of_range");
        let path = format!("/api/v1/letters/{partition}/{offset}/replay");
        said(&stage, gate, &path, &json!({}))
    });
}
