//! The sink's half on its own: what it reads, what it rejects, what survives into CSV.

#![allow(clippy::too_many_lines, reason = "tables that are long")]

mod common;

use common::{READING, builtin, process, reading, row};
use sluicebox_event::Reason;

#[test]
fn awkward_texts_survive_the_way_into_csv_and_back() {
    let plans = builtin();
    let text = "a\0b\r\n\"c\",d;e'=1\t\u{7f}é€😀\\/";
    let page = serde_json::to_string(text).unwrap();
    let value = common::CLICK.replace("\"/\"", &page);
    let (_, json) = process(&plans, "activity", Some(b"u-1"), Some(value.as_bytes())).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed["page"], text);
    let (_, csv) = row(&plans, json.as_bytes()).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(csv.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[0][3]), (1, text));
}

#[test]
fn the_sink_rejects_what_is_no_processed_record() {
    let plans = builtin();
    let good = reading(&plans, READING.as_bytes()).unwrap();
    for (part, other, reason) in [
        ("\"type\":\"sensor\",", "", Reason::MissingStreamType),
        (
            "\"type\":\"sensor\"",
            "\"type\":7",
            Reason::MissingStreamType,
        ),
        (
            "\"type\":\"sensor\"",
            "\"type\":\"sensors\"",
            Reason::UnknownStreamType,
        ),
        ("\"sensor_id\":\"s-1\",", "", Reason::MissingField),
        (
            "\"temperature\":21.5",
            "\"temperature\":\"21.5\"",
            Reason::WrongType,
        ),
        (
            ",\"processed_at\":\"2024-05-01T12:00:00.000Z\"",
            "",
            Reason::InvalidLineage,
        ),
        (
            "\"processed_at\":\"2024-05-01T12:00:00.000Z\"",
            "\"processed_at\":1",
            Reason::InvalidTimestamp,
        ),
        (",\"offset\":42", "", Reason::InvalidLineage),
        ("\"offset\":42", "\"offset\":-1", Reason::InvalidLineage),
        ("\"offset\":42", "\"offset\":4.2e1", Reason::InvalidLineage),
        (
            "\"partition\":3",
            "\"partition\":2147483648",
            Reason::InvalidLineage,
        ),
        (
            "\"topic\":\"sensor_data\"",
            "\"topic\":1",
            Reason::InvalidLineage,
        ),
        (
            "\"source\":{",
            "\"source\":1,\"x\":{",
            Reason::InvalidLineage,
        ),
        (
            "\"offset\":42",
            "\"offset\":42,\"offset\":42",
            Reason::DuplicateKey,
        ),
        ("}}", "}", Reason::TruncatedJson),
    ] {
        assert!(good.contains(part), "{part}");
        let reject = row(&plans, good.replacen(part, other, 1).as_bytes()).unwrap_err();
        assert_eq!(reject.reason, reason, "{part} -> {other}: {reject}");
    }
    let reject = plans
        .csv_row(
            &mut sluicebox_event::Scratch::default(),
            None,
            &mut Vec::new(),
        )
        .unwrap_err();
    assert_eq!(reject.reason, Reason::NullValue);
}

#[test]
fn the_sink_reads_members_in_any_order_and_ignores_new_ones() {
    let plans = builtin();
    let good = reading(&plans, READING.as_bytes()).unwrap();
    let moved = good.replacen("\"type\":\"sensor\",", "\"new\":[1], ", 1);
    let moved = moved.replacen("}}", "},\"type\" : \"\\u0073ensor\"}", 1);
    assert_eq!(
        row(&plans, moved.as_bytes()).unwrap(),
        row(&plans, good.as_bytes()).unwrap()
    );
}
