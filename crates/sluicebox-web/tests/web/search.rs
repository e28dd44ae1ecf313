//! Searches in topics.

use serde_json::Value;

use crate::http::{get, open};
use crate::stage::{ATTACKS, HOSTILE, Stage};

/// All records that a search finds, and how it ended.
fn search(stage: &Stage, topic: &str, query: &str) -> (Vec<Value>, Value) {
    let mut events = open(
        stage.address(),
        "GET",
        &format!("/api/v1/topics/{topic}/search{query}"),
        &[],
        "",
    );
    assert_eq!(events.status, 200);
    let mut records = Vec::new();
    loop {
        let (name, data) = events.event().expect("the search ends with a report");
        let data: Value = serde_json::from_str(&data).unwrap_or_else(|_| panic!("{name}: {data}"));
        match name.as_str() {
            "record" => records.push(data),
            _ if data["ended"].is_string() => return (records, data),
            _ => {}
        }
    }
}

#[test]
fn a_search_finds_by_key_value_header_partition_offset_and_time() {
    let stage = Stage::done();
    let (all, ended) = search(&stage, "sensor_data", "?from=earliest");
    assert_eq!((all.len(), &ended["ended"]), (310, &Value::from("end")));
    let count = |query: &str| search(&stage, "sensor_data", query).0.len();
    let of_key = all
        .iter()
        .filter(|record| record["key"]["text"] == "sensor-3")
        .count();
    assert_eq!(count("?key=sensor-3"), of_key);
    assert_eq!(count("?value=999"), 10);
    assert_eq!(count("?header=trace"), 310);
    assert_eq!(count("?header=trace%3D7"), 310);
    assert_eq!(count("?header=trace%3D8"), 0);
    let in_partition = all.iter().filter(|record| record["partition"] == 1).count();
    assert_eq!(count("?from=earliest&partition=1"), in_partition);
    let behind = all
        .iter()
        .filter(|record| record["offset"].as_i64() >= Some(30))
        .count();
    assert_eq!(count("?from=offset&offset=30"), behind);
    assert_eq!(count("?from=time&time=2020-01-01T00:00:00Z"), 310);
    assert_eq!(count("?from=time&time=2100-01-01T00:00:00Z"), 0);
    assert_eq!(count("?from=earliest&until=2020-01-01T00:00:00Z"), 0);
    assert_eq!(count("?from=earliest&limit=7"), 7);
    assert_eq!(count(""), 50, "the latest ones");
}

#[test]
fn the_latest_records_are_those_of_all_partitions_by_time() {
    let stage = Stage::done();
    // Of one key, and so in one partition; the others rest since before.
    std::thread::sleep(std::time::Duration::from_millis(5));
    let new = |number| ("sensor-3".to_owned(), format!("new {number}"));
    stage.produce("sensor_data", (0..60).map(new));
    let is_new = |record: &Value| record["value"]["text"].as_str().unwrap().starts_with("new");
    let (found, ended) = search(&stage, "sensor_data", "");
    assert!(found.len() == 50 && found.iter().all(is_new), "{found:?}");
    assert_eq!(ended["matched"], 50);
    let path = "/api/v1/topics/sensor_data/records?limit=10";
    let page = get(stage.address(), path).json();
    let found: Vec<_> = page["records"].as_array().unwrap().iter().collect();
    let values: Vec<_> = found
        .iter()
        .map(|one| one["value"]["text"].clone())
        .collect();
    let wanted: Vec<_> = (50..60).map(|number| format!("new {number}")).collect();
    assert_eq!(values, wanted);
    let path = "/api/v1/topics/sensor_data/export.ndjson";
    let lines = get(stage.address(), path).text();
    assert_eq!(
        (lines.lines().count(), lines.matches("\"new ").count()),
        (50, 50)
    );
}

#[test]
fn a_search_that_makes_no_sense_says_what_would() {
    let stage = Stage::done();
    for query in [
        "?from=nowhere",
        "?from=offset",
        "?partition=x",
        "?limit=-1",
        "?time=noon&from=time",
        "?unknown=1",
        "?follow=maybe",
    ] {
        let answer = get(
            stage.address(),
            &format!("/api/v1/topics/sensor_data/search{query}"),
        );
        assert_eq!(answer.status, 400, "{query}");
    }
    for (path, says) in [
        ("nowhere/search", "nowhere"),
        ("nowhere/export.csv", "nowhere"),
        ("sensor_data/search?partition=77", "no partition 77"),
        ("sensor_data/export.ndjson?partition=77", "no partition 77"),
    ] {
        let answer = get(stage.address(), &format!("/api/v1/topics/{path}"));
        assert_eq!(answer.status, 404, "{path}");
        let said = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(said.contains(says), "{path}: {said}");
    }
}

#[test]
fn new_records_are_followed_until_nobody_listens() {
    let stage = Stage::done();
    let mut events = open(
        stage.address(),
        "GET",
        "/api/v1/topics/pump_data/search?follow=true",
        &[],
        "",
    );
    // It stands at the end before the new record is sent.
    assert_eq!(events.event().unwrap().0, "progress");
    stage.produce("pump_data", [("new".to_owned(), "a new one".to_owned())]);
    let record = std::iter::from_fn(|| events.event())
        .find(|(name, _)| name == "record")
        .unwrap();
    let record: Value = serde_json::from_str(&record.1).unwrap();
    assert_eq!(record["value"]["text"], "a new one");
}

#[test]
fn so_many_searches_run_and_ending_one_makes_room() {
    let stage = Stage::done();
    let path = "/api/v1/topics/pump_data/search?follow=true";
    let mut running: Vec<_> = (0..sluicebox_web::limits::SEARCHES_MAX)
        .map(|_| open(stage.address(), "GET", path, &[], ""))
        .collect();
    for search in &mut running {
        assert!(search.event().is_some());
    }
    let refused = get(stage.address(), path);
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("stop one of them"));
    running.pop();
    crate::stage::eventually("room for another search", || {
        (open(stage.address(), "GET", path, &[], "").status == 200).then_some(())
    });
}

#[test]
fn exports_have_every_record_whole() {
    let stage = Stage::done();
    let long = "x".repeat(100_000);
    stage.produce(HOSTILE, [("long".to_owned(), long.clone())]);
    let lines = get(
        stage.address(),
        "/api/v1/topics/hostile/export.ndjson?from=earliest",
    )
    .text();
    let values: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(values.len(), ATTACKS.len() + 1);
    assert!(values.iter().any(|value| value["value"] == long.as_str()));
    for attack in ATTACKS {
        assert!(
            values
                .iter()
                .any(|value| value["value"] == attack && value["key"] == attack)
        );
    }
    let answer = get(
        stage.address(),
        "/api/v1/topics/hostile/export.csv?from=earliest",
    );
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(answer.body.as_slice())
        .records()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), ATTACKS.len() + 1);
    assert!(
        rows.iter().any(|row| &row[5] == ATTACKS[4]),
        "line breaks are kept"
    );
}

#[test]
fn records_come_one_by_one_too() {
    let stage = Stage::done();
    let record = get(stage.address(), "/api/v1/topics/sensor_data/records/0/0").json();
    assert_eq!(
        (&record["partition"], &record["offset"]),
        (&Value::from(0), &Value::from(0))
    );
    let page = get(
        stage.address(),
        "/api/v1/topics/sensor_data/records?from=earliest&limit=3",
    )
    .json();
    assert_eq!(page["records"].as_array().unwrap().len(), 3);
    assert_eq!(
        get(
            stage.address(),
            "/api/v1/topics/sensor_data/records/0/99999"
        )
        .status,
        404
    );
    assert_eq!(
        get(stage.address(), "/api/v1/topics/sensor_data/records/77/0").status,
        404
    );
}
