//! How it goes on, and how it ends.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use crate::stage::{Stage, noise};
use crate::support::{Running, until};

#[test]
fn the_last_ten_come_in_order_then_new_ones_and_ctrl_c_ends_it_well() {
    let stage = Stage::new(3);
    stage.send_numbered(0..25);
    let tail = stage.tail(&[]);
    for number in 15..25 {
        let line = tail.line();
        assert!(
            line.ends_with(&format!("  k{number}  v{number}")),
            "{number}: {line}"
        );
    }
    for number in [25, 26] {
        stage.send_numbered(number..number + 1);
        let line = tail.line();
        assert!(line.ends_with(&format!("  v{number}")), "{line}");
    }
    tail.process.signal("INT");
    assert_eq!(tail.ends(), (Vec::new(), Vec::new()));
}

#[test]
fn a_filter_goes_on_with_new_records_and_a_limit_counts_old_and_new() {
    let stage = Stage::new(2);
    stage.send_numbered(0..12);
    let tail = stage.tail(&["--value", "v1", "--limit", "4"]);
    let mut found: Vec<_> = (0..3).map(|_| tail.line()).collect();
    stage.send_numbered(12..20);
    let (rest, _) = tail.ends();
    found.extend(rest);
    assert_eq!(found.len(), 4, "v1, v10, v11, and a new one: {found:?}");
    let last = stage.tail(&["--limit", "12"]);
    let lines: Vec<_> = (0..10).map(|_| last.line()).collect();
    assert!(lines[9].ends_with("  v19"), "{lines:?}");
    stage.send_numbered(20..23);
    assert_eq!(last.ends().0.len(), 2);
}

#[test]
fn whoever_has_read_enough_ends_it_well_whether_more_comes_or_not() {
    let stage = Stage::new(1);
    stage.send_numbered(0..5);
    // Nothing more comes: it has to see by itself that nobody reads.
    let mut few = Running::start(&mut stage.command(&["--from", "earliest"]));
    let mut head = BufReader::new(few.0.stdout.take().unwrap());
    head.read_line(&mut String::new()).unwrap();
    drop(head);
    assert_eq!(few.wait().code(), Some(0));
    stage.send_numbered(5..40_000);
    let mut many = Running::start(&mut stage.command(&["--from", "earliest", "--no-follow"]));
    let mut head = BufReader::new(many.0.stdout.take().unwrap());
    for number in 0..3 {
        let mut line = String::new();
        head.read_line(&mut line).unwrap();
        assert!(line.ends_with(&format!("  v{number}\n")), "{line}");
    }
    drop(head);
    let result = many.finished();
    assert_eq!(result.status.code(), Some(0));
    assert!(result.stderr.is_empty());
}

#[test]
fn a_reader_that_stands_still_stops_the_search_and_not_ctrl_c() {
    let stage = Stage::new(1);
    stage.send(|batch| {
        for number in 0..15_000 {
            batch.push_with_headers(None, Some(&noise(10_000, number)), &[]);
        }
    });
    // Nobody reads its stdout.
    let mut tail = Running::start(&mut stage.command(&["--from", "earliest"]));
    let resident = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", tail.0.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        kb.unwrap_or(0)
    };
    let mut before = 0;
    let mut still = 0;
    until("memory stands still", || {
        let now = resident();
        still = if now > 8_000 && now.abs_diff(before) < 512 {
            still + 1
        } else {
            0
        };
        before = now;
        std::thread::sleep(Duration::from_millis(100));
        still >= 10
    });
    if cfg!(target_os = "linux") {
        assert!(before < 100_000, "{before} KB for a topic of 150 MB");
    }
    tail.signal("INT");
    assert_eq!(tail.wait().code(), Some(0));
}
