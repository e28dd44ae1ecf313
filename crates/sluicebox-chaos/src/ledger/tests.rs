//! The ledger must see every kind of disagreement: each is planted, and found.

use std::fs;
use std::path::Path;

use super::{Event, Ledger, Stream, read_files};

const RECORDS: u64 = 200;

/// Files as they should be: every number once, its partition by its stream, its offset in order.
fn write_files(dir: &Path) -> Ledger {
    let mut ledger = Ledger {
        attempted: RECORDS,
        ..Ledger::default()
    };
    let mut sensor = String::from(
        "sensor_id,timestamp,temperature,humidity,status,processed_at,source_partition,source_offset\n",
    );
    let mut activity = String::from(
        "user_id,timestamp,action,page,product_id,amount,currency,category,processed_at,source_partition,source_offset\n",
    );
    let mut letters = String::from(
        "source_topic,source_partition,source_offset,failed_at,stage,reason,message,key,key_encoding,value,value_encoding\n",
    );
    for event in (0..RECORDS).map(Event) {
        let offset = (event.0 / 2) as i64;
        let stream = event.stream();
        ledger
            .acknowledged
            .entry((stream, 0))
            .or_default()
            .add(offset);
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let columns: Vec<String> = event.columns().iter().map(|(_, t)| quoted(t)).collect();
        if event.is_bad() {
            let (key, value) = (event.key(), quoted(&event.value()));
            let topic = stream.topic();
            letters.push_str(&format!(
                "{topic},0,{offset},,process,wrong_type,,{key},utf8,{value},utf8\n"
            ));
        } else if stream == Stream::Sensor {
            sensor.push_str(&format!("{},normal,,0,{offset}\n", columns.join(",")));
        } else {
            let [user, at, action, product, amount] = &columns[..] else {
                panic!("{columns:?}");
            };
            activity.push_str(&format!(
                "{user},{at},{action},,{product},{amount},EUR,revenue,,0,{offset}\n"
            ));
        }
    }
    fs::write(dir.join(Stream::Sensor.file()), sensor).unwrap();
    fs::write(dir.join(Stream::Activity.file()), activity).unwrap();
    fs::write(dir.join("dead_letters.csv"), letters).unwrap();
    ledger
}

#[test]
fn acknowledged_records_without_an_offset_need_rows() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger {
        unplaced: 1,
        unknown: 1,
        ..write_files(dir.path())
    };
    let findings = ledger.disagreements(&read_files(dir.path()).unwrap());
    assert_says(&findings, "at least 201 acknowledged records");
}

/// What the ledger says after `damage` to a file.
fn after(name: &str, damage: impl Fn(Vec<String>) -> Vec<String>) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let ledger = write_files(dir.path());
    assert_eq!(
        ledger.disagreements(&read_files(dir.path()).unwrap()),
        Vec::<String>::new()
    );
    let path = dir.path().join(name);
    let lines = fs::read_to_string(&path).unwrap();
    let damaged = damage(lines.lines().map(str::to_owned).collect());
    fs::write(&path, damaged.join("\n") + "\n").unwrap();
    ledger.disagreements(&read_files(dir.path()).unwrap())
}

fn assert_says(findings: &[String], words: &str) {
    assert!(
        findings.iter().any(|finding| finding.contains(words)),
        "`{words}` is not in {findings:#?}"
    );
}

#[test]
fn what_was_acknowledged_and_is_gone_is_found() {
    for name in [
        "processed_data_sensor.csv",
        "processed_data_activity.csv",
        "dead_letters.csv",
    ] {
        let found = after(name, |mut lines| {
            lines.remove(2);
            lines
        });
        assert_says(&found, "was acknowledged and is in no file");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

#[test]
fn a_doubled_row_is_found() {
    let found = after("processed_data_sensor.csv", |mut lines| {
        lines.push(lines[7].clone());
        lines
    });
    assert_says(&found, "is there twice");
}

#[test]
fn a_changed_value_is_found() {
    let found = after("processed_data_sensor.csv", |mut lines| {
        lines[5] = lines[5].replace(".5\"", ".6\"");
        lines
    });
    assert_says(&found, "temperature is");
}

#[test]
fn an_invented_row_is_found() {
    let found = after("processed_data_sensor.csv", |mut lines| {
        let later = Event(RECORDS + 40);
        let columns: Vec<String> = later.columns().into_iter().map(|(_, t)| t).collect();
        lines.push(format!("{},normal,,0,4000", columns.join(",")));
        lines
    });
    assert_says(&found, "was never produced");
    assert_says(&found, "at most");
}

#[test]
fn a_broken_order_is_found() {
    let found = after("dead_letters.csv", |mut lines| {
        let changed = lines[1].replace("\"\"sensor-", "\"\"other-");
        lines[1] = changed;
        lines
    });
    assert_says(&found, "not what was produced");
    let found = after("processed_data_sensor.csv", |mut lines| {
        lines[1..].reverse();
        lines
    });
    assert_says(&found, "of the same key");
}
