//! What is found.

use sluicebox_kafka::{ClientOptions, OutBatch, TransactionOptions, TransactionalProducer};

use crate::stage::{BEGAN_MS, Headers, PLAIN, Stage, TOPIC};
use crate::support::{PATIENCE, output, text};

fn stage() -> Stage {
    let stage = Stage::new(3);
    let failed: Headers<'_> = &[("reason", Some(b"wrong_type")), ("empty", None)];
    let other: Headers<'_> = &[("reason", Some(b"missing_field"))];
    let records: [(&str, Option<&str>, Headers<'_>); 5] = [
        ("ann", Some("apple pie"), PLAIN),
        ("bob", Some("apple"), failed),
        ("ann-2", Some("pear"), other),
        ("cleo", None, failed),
        ("ann", Some("banana"), &[("note", Some(b"wrong_type"))]),
    ];
    stage.send(|batch| {
        for (number, (key, value, headers)) in records.into_iter().enumerate() {
            let at = Some(BEGAN_MS + number as i64 * 1_000);
            batch.push_at(Some(key.as_bytes()), value.map(str::as_bytes), headers, at);
        }
    });
    stage
}

#[test]
fn every_filter_finds_what_it_says_and_together_they_find_what_fits_all() {
    let stage = stage();
    for (words, wanted) in [
        (&["--key", "ann"][..], &["apple pie", "banana", "pear"][..]),
        (&["--value", "apple"], &["apple", "apple pie"]),
        (&["--value", "apple", "--key", "ann"], &["apple pie"]),
        (&["--header", "reason"], &["apple", "null", "pear"]),
        (&["--header", "reason=wrong"], &["apple", "null"]),
        (&["--header", "empty"], &["apple", "null"]),
        (&["--header", "empty=x"], &[]),
        (&["--header", "wrong_type"], &[]),
        (&["--value", "no such fruit"], &[]),
        (
            &["--from", "earliest"],
            &["apple", "apple pie", "banana", "null", "pear"],
        ),
        (&["--from", "latest"], &[]),
        (&["--last", "2"], &["banana", "null"]),
        (&["--last", "3", "--key", "ann"], &["banana", "pear"]),
        (&["--last", "0"], &[]),
        (&["--limit", "1"], &["banana"]),
    ] {
        assert_eq!(stage.values(words), wanted, "{words:?}");
    }
    assert_eq!(
        stage.found(&["--value", "a", "--limit", "2"]).len(),
        2,
        "a limit ends it"
    );
}

#[test]
fn it_begins_and_ends_at_times_and_offsets() {
    let stage = Stage::new(1);
    stage.send_numbered(0..20);
    let at = |number: i64| (BEGAN_MS + number * 1_000).to_string();
    let names = |numbers: std::ops::Range<i64>| {
        let mut names: Vec<_> = numbers.map(|number| format!("v{number}")).collect();
        names.sort();
        names
    };
    for (words, wanted) in [
        (vec!["--from", "17"], 17..20),
        (vec!["--from", "99"], 0..0),
        (vec!["--from", "offset:18"], 18..20),
        (vec!["--from", &at(15)], 15..20),
        (vec!["--from", "2026-11-27T10:00:17.500Z"], 18..20),
        (vec!["--until", &at(3)], 0..4),
        (vec!["--until", "9999-12-31T23:59:59Z"], 0..20),
        (vec!["--from", "2", "--until", "2026-11-27T10:00:04Z"], 2..5),
        (vec!["--from", &at(2), "--until", &at(4)], 2..5),
        (vec![], 10..20),
    ] {
        assert_eq!(stage.values(&words), names(wanted), "{words:?}");
    }
    // The records are older than ten minutes, or from the future, by the clock of this machine.
    let old = stage.values(&["--from", "1s"]).len();
    assert!(old == 0 || old == 20, "{old}");
}

/// A replay, say: it comes late, and keeps its time.
#[test]
fn a_record_that_is_older_than_the_start_is_left_out_wherever_it_stands() {
    let stage = Stage::new(1);
    stage.send_numbered(10..12);
    stage.send_numbered(0..2);
    stage.send_numbered(12..13);
    let at = |number: i64| (BEGAN_MS + number * 1_000).to_string();
    assert_eq!(stage.values(&["--from", &at(11)]), ["v11", "v12"]);
    let words = ["--from", &at(1), "--until", &at(10)];
    assert_eq!(stage.values(&words), ["v1", "v10"]);
    let words = ["--from", &at(11), "--limit", "2", "--value", "v"];
    assert_eq!(stage.values(&words), ["v11", "v12"]);
}

#[test]
fn an_end_in_the_past_ends_it_and_one_to_come_is_waited_for() {
    let stage = Stage::new(1);
    stage.send_numbered(0..3);
    let past = output(&mut stage.command(&["--until", "1000"]));
    assert!(past.status.success() && past.stdout.is_empty());
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    let following = stage.tail(&["--until", &soon.to_string()]);
    stage.send(|batch| batch.push_with_headers(None, Some(b"in time"), &[]));
    let (lines, complaints) = following.ends();
    assert!(jiff::Timestamp::now() >= soon && complaints.is_empty());
    assert!(lines.last().unwrap().ends_with("  -  in time"), "{lines:?}");
}

#[test]
fn partitions_are_chosen_and_a_wrong_one_is_refused() {
    let stage = Stage::new(3);
    stage.send_numbered(0..60);
    let all = stage.found(&["--from", "earliest"]);
    let of = |wanted: &[i64]| {
        let of = all
            .iter()
            .filter(|record| wanted.contains(&record["partition"].as_i64().unwrap()));
        of.count()
    };
    assert!(of(&[0]) > 0 && of(&[1]) > 0 && of(&[2]) > 0 && all.len() == 60);
    let some = stage.found(&["--from", "earliest", "--partition", "2,0"]);
    assert_eq!(some.len(), of(&[0, 2]));
    assert!(some.iter().all(|record| record["partition"] != 1));
    for (words, code, says) in [
        (
            &["--partition", "0,7"][..],
            1,
            "has no partition 7; it has 3, 0 to 2",
        ),
        (
            &["--partition", "2147483647"],
            1,
            "has no partition 2147483647; it has 3, 0 to 2",
        ),
        (&["--partition", "2147483648"], 2, "from 0 to 2147483647"),
        (&["--partition", "x"], 2, "separated by commas"),
        (&["--from", "noon"], 2, "earliest, latest, an offset"),
        (&["--until", "noon"], 2, "2026-11-27T11:03:04Z"),
        (&["--last", "3", "--from", "0"], 2, "cannot be used with"),
        (&["--limit", "0"], 2, "--limit"),
    ] {
        let result = output(&mut stage.command(words));
        let said = text(&result.stderr);
        assert_eq!(result.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
}

#[test]
fn a_topic_that_is_not_there_is_told_with_one_that_is() {
    let stage = Stage::new(1);
    let mut command = crate::support::sluicebox();
    command
        .args(["topics", "tail", "evnets"])
        .args(["--bootstrap-servers", &stage.broker.address]);
    let result = output(&mut command);
    let said = text(&result.stderr);
    assert_eq!(result.status.code(), Some(1), "{said}");
    assert!(
        said.contains("there is no topic `evnets`") && said.contains("did you mean `events`?"),
        "{said}"
    );
}

#[test]
fn only_committed_records_are_seen_and_markers_do_not_count() {
    let stage = Stage::new(1);
    let client = ClientOptions::new(&stage.broker.address, "test");
    let options = TransactionOptions::new("tail-test");
    let mut producer = TransactionalProducer::connect(&client, options, PATIENCE).unwrap();
    let send = |producer: &mut TransactionalProducer, values: std::ops::Range<u32>| {
        producer.begin().unwrap();
        let mut batch = OutBatch::new();
        for value in values {
            let value = format!("t{value:02}");
            batch.push_with_headers(None, Some(value.as_bytes()), &[]);
        }
        producer.send(TOPIC, batch).unwrap();
        producer.flush(PATIENCE).unwrap();
    };
    for number in 0..10 {
        send(&mut producer, number..number + 1);
        producer.commit_records(PATIENCE).unwrap();
    }
    // These are called off, and stay in the log.
    send(&mut producer, 10..99);
    producer.abandon(PATIENCE);
    let wanted: Vec<_> = (0..10).map(|number| format!("t{number:02}")).collect();
    assert_eq!(stage.values(&["--from", "earliest"]), wanted);
    assert_eq!(stage.values(&[]), wanted, "it looks further back for ten");
    assert_eq!(stage.values(&["--last", "3"]), wanted[7..]);
}

#[test]
fn where_fewer_fit_than_one_expects_the_end_of_the_search_is_said() {
    let stage = stage();
    for (words, said) in [
        (
            &["--key", "nobody"][..],
            "looked through 5 records, none fits\n",
        ),
        (
            &["--last", "2", "--key", "bob"],
            "the last 2 records were looked at, none fits; --from earliest looks through all\n",
        ),
        (
            &["--last", "4", "--key", "ann"],
            "the last 4 records were looked at, 2 fit; --from earliest looks through all\n",
        ),
        (
            &["--last", "9", "--key", "cleo"],
            "all 5 records were looked at, 1 fits\n",
        ),
        (
            &["--last", "9", "--key", "o"],
            "all 5 records were looked at, 2 fit\n",
        ),
        (&["--last", "4", "--key", "ann", "--limit", "1"], ""),
        (
            &["--key", "ann", "--limit", "9"],
            "no more records fit: found 3, where --limit asks for 9\n",
        ),
        (&["--key", "ann", "--limit", "3"], ""),
        (&["--limit", "9"], ""),
        (&["--last", "9"], ""),
        (&["--from", "latest"], "there are no records\n"),
    ] {
        let result = output(stage.command(words).arg("--no-follow"));
        assert_eq!(text(&result.stderr), said, "{words:?}");
    }
    let tail = stage.tail(&["--key", "nobody", "--limit", "1"]);
    assert_eq!(
        tail.complaint(),
        "looked through 5 records, none fits; waiting for new ones"
    );
    stage.send(|batch| batch.push_at(Some(b"nobody"), Some(b"at last"), PLAIN, Some(BEGAN_MS)));
    assert!(tail.line().ends_with("nobody  at last"));
    tail.ends();
}

#[test]
fn a_line_of_a_dead_letter_ends_in_its_reason() {
    let stage = Stage::new(1);
    let headers: Headers<'_> = &[(
        "__connect.errors.exception.class.name",
        Some(b"too\x1b_long"),
    )];
    stage.send(|batch| batch.push_at(Some(b"k"), Some(b"v"), headers, Some(BEGAN_MS)));
    assert_eq!(
        stage.says(&[]),
        "2026-11-27T10:00:00.000Z  0:0  k  v  [too\\u{1b}_long]\n"
    );
}
