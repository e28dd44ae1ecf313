use super::stage::Stage;
use sluicebox_conformance::sending::sent;
use sluicebox_event::{StreamDefinition, builtin_definitions};

#[test]
fn bad_records_become_letters_with_all_that_came() {
    let mut stage = Stage::new("dead");
    stage.produce_good(0, 10);
    let huge = format!(r#"{{"sensor_id":"h","x":"{}"}}"#, "x".repeat(1_048_576));
    let bad = [
        (Some("s"), None),
        (Some("s"), Some("")),
        (Some("s"), Some("{\"sensor_id\":")),
        (
            None,
            Some(r#"{"sensor_id":"s","temperature":1,"humidity":2,"timestamp":1790000000}"#),
        ),
        (
            Some("s"),
            Some(r#"{"sensor_id":"s","temperature":100,"humidity":2,"timestamp":1790000000}"#),
        ),
        (Some("s"), Some("[1, \"a,\\\"b\",\r\n2]")),
        (Some("h"), Some(huge.as_str())),
    ];
    stage.produce("sensor", &bad);
    stage.run_to_end();
    stage.assert_whole();
    let account = stage.account();
    assert_eq!((account.rows, account.letters), (10, bad.len() as u64));
    let file = std::fs::read(stage.output_dir().join("dead_letters.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(&file[..]);
    let mut reasons: Vec<String> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            assert_eq!(&row[0], stage.source("sensor"));
            assert_eq!(&row[4], "process");
            row[5].to_owned()
        })
        .collect();
    reasons.sort();
    let expected = [
        "empty_value",
        "missing_key",
        "not_an_object",
        "null_value",
        "out_of_range",
        "too_large",
        "truncated_json",
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn what_the_sink_cannot_read_is_kept_with_its_stage() {
    use sluicebox_kafka::OutBatch;
    let mut stage = Stage::new("foreign");
    stage.produce_good(0, 5);
    let mut batch = OutBatch::new();
    for value in ["not json", "[]", r#"{"type":"martian"}"#, "{}"] {
        batch.push_with_headers(Some(b"k"), Some(value.as_bytes()), &[]);
    }
    sent(&stage.client(), &stage.topics.processed, &batch);
    stage.run_to_end();
    let account = stage.account();
    assert!(account.is_whole(), "{account:?}");
    assert_eq!((account.rows, account.others), (5, 4));
    let letters = stage.lines("dead_letters.csv");
    assert_eq!(
        letters
            .iter()
            .filter(|line| line.contains(",sink,"))
            .count(),
        4
    );
}

#[test]
fn a_third_stream_is_a_definition_and_no_code() {
    let definition = r#"
name = "door"
topic = "door_events"
key_field = "door_id"
columns = ["door_id", "open", "source_partition", "source_offset"]

[[fields]]
name = "door_id"
type = "string"
required = true

[[fields]]
name = "open"
type = "boolean"
required = true
"#;
    let mut streams = builtin_definitions().unwrap();
    streams.push(StreamDefinition::parse(definition, "door.toml").unwrap());
    let mut stage = Stage::with_streams("third", streams);
    stage.produce_good(0, 3);
    stage.produce(
        "door",
        &[
            (Some("front"), Some(r#"{"door_id":"front","open":true}"#)),
            (Some("front"), Some(r#"{"door_id":"front","open":"ajar"}"#)),
        ],
    );
    stage.run_to_end();
    stage.assert_whole();
    let doors = stage.lines("processed_data_door.csv");
    assert_eq!(doors.len(), 2);
    assert!(doors[1].starts_with("front,true,"), "{doors:?}");
}
