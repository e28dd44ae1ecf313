//! Dead letters are read, found, and replayed exactly once.

use std::ops::ControlFlow;

use sluicebox_conformance::sending::sent;
use sluicebox_kafka::OutBatch;
use sluicebox_pipeline::Patience;
use sluicebox_pipeline::dlq::{
    DlqError, HEADER_REPLAY_OF, LetterId, LettersAt, Replay, ReplayConfig, Replayer, StoredLetter,
    read_letters,
};
use sluicebox_pipeline::stop::StopSignal;

use super::stage::{Stage, WAIT};

const GOOD: &str = r#"{"sensor_id":"sensor-1","temperature":21.5,"humidity":40,"timestamp":"2026-11-01T00:00:00Z"}"#;

pub(crate) fn patience(stage: &Stage) -> Patience {
    Patience {
        servers: stage.client().bootstrap_servers,
        wait: Some(WAIT),
        stop: StopSignal::new(),
        outwaits_refusals: false,
    }
}

pub(crate) fn letters(stage: &Stage, which: &LettersAt) -> Vec<StoredLetter> {
    let mut found = Vec::new();
    let topic = &stage.topics.dead_letters;
    let visit = |letter| {
        found.push(letter);
        ControlFlow::Continue(())
    };
    assert!(read_letters(&stage.client(), topic, which, &patience(stage), visit).unwrap());
    found.sort_by_key(|letter| letter.id);
    found
}

pub(crate) fn replayer_of(stage: &Stage) -> Replayer {
    let config = ReplayConfig {
        client: stage.client(),
        plans: stage.plans.clone(),
        letters_topic: stage.topics.dead_letters.clone(),
        markers_topic: format!("{}-replays", stage.topics.dead_letters),
        replication_factor: Some(1),
    };
    Replayer::start(config, &patience(stage)).unwrap()
}

fn with_value(letter: &StoredLetter, value: &str) -> Replay {
    Replay {
        letter: letter.clone(),
        value: Some(value.as_bytes().to_vec()),
    }
}

pub(crate) fn as_it_was(letter: &StoredLetter) -> Replay {
    Replay {
        letter: letter.clone(),
        value: None,
    }
}

/// A stage with dead letters of these values, and some good records between them.
fn with_letters(name: &str, values: &[&str]) -> Stage {
    let mut stage = Stage::new(name);
    fill(&mut stage, values);
    stage
}

pub(crate) fn fill(stage: &mut Stage, values: &[&str]) {
    for value in values {
        stage.produce("sensor", &[(Some("sensor-1"), Some(*value))]);
    }
    stage.produce_good(0, 20);
    stage.run_to_end();
}

#[test]
fn letters_are_read_with_what_they_were_and_why_they_failed() {
    let stage = with_letters("dlq-read", &["{}", "no json"]);
    let all = letters(&stage, &LettersAt::All);
    assert_eq!(all.len(), 2);
    let first = &all[0];
    assert_eq!(first.source_topic, stage.source("sensor"));
    assert_eq!(
        (first.reason.as_str(), first.stage.as_str()),
        ("missing_field", "process")
    );
    assert_eq!(first.value.as_deref(), Some(&b"{}"[..]));
    assert_eq!(first.key.as_deref(), Some(&b"sensor-1"[..]));
    assert_eq!(first.headers[0], ("trace".to_owned(), Some(b"7".to_vec())));
    let one = letters(&stage, &LettersAt::Ids(vec![all[1].id]));
    assert_eq!(one, all[1..]);
    let gone = LetterId {
        partition: 0,
        offset: 1_000_000,
    };
    assert_eq!(letters(&stage, &LettersAt::Ids(vec![gone])), []);
}

#[test]
fn a_letter_is_replayed_once_however_often_it_is_asked_for() {
    let stage = with_letters("dlq-once", &["{}", "no json"]);
    let all = letters(&stage, &LettersAt::All);
    let mut replayer = replayer_of(&stage);
    let twice = [with_value(&all[0], GOOD), with_value(&all[0], GOOD)];
    let outcome = replayer.replay(&twice).unwrap();
    assert_eq!((outcome.replayed.len(), outcome.before.len()), (1, 1));
    let again = replayer.replay(&twice[..1]).unwrap();
    assert_eq!((again.replayed.len(), again.before.len()), (0, 1));
    replayer.close();
    // Another one, who starts anew, knows it as well.
    let mut other = replayer_of(&stage);
    assert!(other.markers()[&all[0].id].is_edited);
    let outcome = other
        .replay(&[as_it_was(&all[0]), as_it_was(&all[1])])
        .unwrap();
    assert_eq!(
        (outcome.replayed, outcome.before),
        (vec![all[1].id], vec![all[0].id])
    );
    other.close();
    stage.run_to_end();
    // One became a row, the other one a letter again.
    assert_eq!(stage.lines("processed_data_sensor.csv").len(), 1 + 20 + 1);
    assert_eq!(letters(&stage, &LettersAt::All).len(), 3);
    let newest = letters(&stage, &LettersAt::All);
    let newest = newest.iter().find(|letter| !all.contains(letter)).unwrap();
    let of = newest
        .headers
        .iter()
        .find(|(name, _)| name == HEADER_REPLAY_OF);
    assert!(of.is_some(), "{newest:?}");
    assert_eq!(newest.source_timestamp_ms, all[1].source_timestamp_ms);
}

#[test]
fn of_two_replays_at_the_same_time_the_later_one_goes_on() {
    let stage = with_letters("dlq-two", &["{}", "no json"]);
    let all = letters(&stage, &LettersAt::All);
    let mut first = replayer_of(&stage);
    let mut second = replayer_of(&stage);
    let error = first.replay(&[as_it_was(&all[0])]).unwrap_err();
    assert!(matches!(error, DlqError::TakenOver(_)), "{error}");
    let outcome = second.replay(&[as_it_was(&all[0])]).unwrap();
    assert_eq!(outcome.replayed, [all[0].id]);
}

#[test]
fn a_letter_with_as_many_headers_as_are_kept_is_replayed_again_and_again() {
    let mut stage = Stage::new("dlq-headers");
    let send = |count: usize| {
        let mut batch = OutBatch::new();
        batch.push_with_headers(
            Some(b"s"),
            Some(b"{}"),
            &vec![("h", Some(&b"1"[..])); count],
        );
        sent(&stage.client(), &stage.source("sensor"), &batch);
    };
    send(1_000);
    send(1_001);
    stage.produce_good(0, 5);
    stage.run_to_end();
    let is_more = |letter: &StoredLetter| letter.is_cut;
    let (cut, whole): (Vec<_>, Vec<_>) = letters(&stage, &LettersAt::All)
        .into_iter()
        .partition(is_more);
    assert_eq!((cut.len(), whole.len()), (1, 1));
    let mut replayer = replayer_of(&stage);
    let error = replayer.replay(&[as_it_was(&cut[0])]).unwrap_err();
    let says = "holds only the first 1000 of its record's 1001 headers";
    assert!(error.to_string().contains(says), "{error}");
    let mut letter = whole[0].clone();
    for time in 1..3 {
        let outcome = replayer.replay(&[as_it_was(&letter)]).unwrap();
        assert_eq!(outcome.replayed, [letter.id]);
        stage.run_to_end();
        let mut all = letters(&stage, &LettersAt::All);
        assert_eq!(all.len(), 2 + time);
        all.sort_by_key(|letter| (letter.failed_at_ms, letter.source_offset));
        letter = all.pop().unwrap();
        assert_eq!((letter.is_cut, letter.headers.len()), (false, 1_001));
    }
}

#[test]
fn a_letter_that_cannot_be_whole_needs_a_value() {
    let stage = with_letters("dlq-cut", &["{}"]);
    let mut letter = letters(&stage, &LettersAt::All).remove(0);
    let mut replayer = replayer_of(&stage);
    letter.is_cut = true;
    let error = replayer.replay(&[as_it_was(&letter)]).unwrap_err();
    assert!(matches!(error, DlqError::Cut { .. }), "{error}");
    letter.source_topic = "somewhere".to_owned();
    let error = replayer.replay(&[with_value(&letter, GOOD)]).unwrap_err();
    assert!(matches!(error, DlqError::NoStream { .. }), "{error}");
    assert!(replayer.markers().is_empty());
}
