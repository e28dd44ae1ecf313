//! The topic changes while it is followed.

use std::time::{Duration, Instant};

use crate::stage::{Stage, TOPIC, noise};
use crate::support::Broker;

/// Longer than a topic may be unknown before it is taken for deleted.
const LONG: Duration = Duration::from_secs(7);
/// Shorter than that.
const SHORT: Duration = Duration::from_secs(2);

#[test]
fn a_topic_that_is_made_anew_is_told_and_followed() {
    for pause in [Duration::ZERO, SHORT] {
        let stage = Stage::new(1);
        stage.send_numbered(0..3);
        let tail = stage.tail(&["--from", "earliest"]);
        for _ in 0..3 {
            tail.line();
        }
        stage.admin.delete_topics(&[TOPIC]).unwrap();
        std::thread::sleep(pause);
        stage.create(2);
        stage.send_numbered(7..9);
        let complaint = loop {
            let complaint = tail.complaint();
            if complaint.contains("made anew") {
                break complaint;
            }
        };
        assert!(complaint.contains("events"), "{complaint}");
        let mut lines =
            [tail.line(), tail.line()].map(|line| line.split("  ").last().map(str::to_owned));
        lines.sort();
        assert_eq!(lines, ["v7", "v8"].map(|value| Some(value.to_owned())));
        tail.process.signal("TERM");
        tail.ends();
    }
}

#[test]
fn a_topic_that_is_deleted_ends_it_with_an_error_within_seconds() {
    let stage = Stage::new(2);
    stage.send_numbered(0..3);
    let tails = [
        &["--from", "earliest"][..],
        &["--from", "latest"],
        &["--key", "nobody", "--json"],
    ];
    let tails = tails.map(|words| stage.tail(words));
    for _ in 0..3 {
        tails[0].line();
    }
    // The others have said where they are.
    assert!(tails[1].complaint().contains("waiting for new"));
    assert!(tails[2].complaint().contains("none fits"));
    stage.admin.delete_topics(&[TOPIC]).unwrap();
    let deleted = Instant::now();
    for tail in tails {
        let (lines, complaints) = tail.ends_with(1);
        let complaints = complaints.join(" ");
        assert!(lines.is_empty(), "{lines:?}");
        assert!(
            complaints.contains("events is gone: it was deleted")
                && complaints.contains("sluicebox topics list"),
            "{complaints}"
        );
    }
    let took = deleted.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn a_broker_that_is_away_for_long_does_not_end_it() {
    let mut stage = Stage::new(1);
    stage.send_numbered(0..1);
    let tail = stage.tail(&["--from", "earliest"]);
    tail.line();
    stage.broker.process.kill_9();
    std::thread::sleep(LONG);
    let log = stage.dir.path().join("broker");
    stage.broker = Broker::start(&log, &stage.broker.address);
    std::thread::sleep(SHORT);
    stage.send_numbered(1..2);
    let line = tail.line();
    assert!(line.ends_with("  v1"), "{line}");
    tail.process.signal("TERM");
    tail.ends();
}

#[test]
fn records_that_are_removed_before_they_are_read_are_told_and_the_rest_is_read() {
    let stage = Stage::new(1);
    stage.send(|batch| {
        for number in 0..4_000 {
            batch.push_with_headers(
                Some(format!("k{number}").as_bytes()),
                Some(&noise(10_000, number)),
                &[],
            );
        }
    });
    // A bounded part is read ahead while nobody reads what it prints.
    let mut command = stage.command(&["--from", "earliest", "--no-follow"]);
    let slow = crate::support::Running::start(&mut command);
    std::thread::sleep(std::time::Duration::from_secs(2));
    stage.admin.delete_records(TOPIC, &[(0, 3_990)]).unwrap();
    // This one was not there when it began.
    stage.send_numbered(5_000..5_001);
    let result = slow.finished();
    let (said, complaints) = (
        String::from_utf8_lossy(&result.stdout),
        String::from_utf8_lossy(&result.stderr),
    );
    assert_eq!(result.status.code(), Some(0), "{complaints}");
    let lines = said.lines().count();
    assert!(lines > 10 && lines < 3_990, "{lines} lines: {complaints}");
    assert!(said.lines().last().unwrap().contains("  k3999  "));
    assert!(
        complaints.contains("were removed before they were read")
            && complaints.contains("going on at 3990"),
        "{complaints}"
    );
}
