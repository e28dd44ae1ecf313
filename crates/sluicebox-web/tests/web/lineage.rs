//! The way of a record, from either end.

use crate::http::{get, page};
use crate::stage::Stage;

#[test]
fn from_a_row_to_its_source_and_back() {
    let stage = Stage::done();
    let from_row = get(
        stage.address(),
        "/api/v1/lineage?file=processed_data_sensor.csv&line=42",
    )
    .json();
    let source = &from_row["source"];
    assert_eq!(source["topic"], "sensor_data");
    assert_eq!(from_row["row"]["line"], 42);
    assert_eq!(from_row["output"]["topic"], "processed_data");
    assert_eq!(from_row["source_record"]["offset"], source["offset"]);
    assert_eq!(from_row["notes"], serde_json::json!([]));

    let back = format!(
        "/api/v1/lineage?topic=sensor_data&partition={}&offset={}",
        source["partition"], source["offset"]
    );
    assert_eq!(get(stage.address(), &back).json(), from_row);
    let output = &from_row["output"]["record"];
    let middle = format!(
        "/api/v1/lineage?topic=processed_data&partition={}&offset={}",
        output["partition"], output["offset"]
    );
    assert_eq!(get(stage.address(), &middle).json(), from_row);
    let shown = page(stage.address(), &back.replace("/api/v1", "")).text();
    assert!(shown.contains("line <b>42</b>"), "{shown}");
}

#[test]
fn from_a_rejected_record_to_its_letter_and_its_row() {
    let stage = Stage::done();
    let from_row = get(
        stage.address(),
        "/api/v1/lineage?file=dead_letters.csv&line=2",
    )
    .json();
    assert_eq!(from_row["output"]["rejected"], true);
    let source = &from_row["source"];
    let back = format!(
        "/api/v1/lineage?topic={}&partition={}&offset={}",
        source["topic"].as_str().unwrap(),
        source["partition"],
        source["offset"]
    );
    assert_eq!(get(stage.address(), &back).json(), from_row);
}

#[test]
fn what_makes_no_sense_or_is_not_there_is_said() {
    let stage = Stage::done();
    for (question, status) in [
        ("?file=pumps.csv&line=1", 404),
        ("?file=pumps.csv&line=9999", 404),
        ("?file=..%2Fetc&line=2", 404),
        ("?topic=sensor_data&partition=0&offset=99999", 404),
        ("?topic=sensor_data", 400),
        ("?line=x&file=a", 400),
    ] {
        let answer = get(stage.address(), &format!("/api/v1/lineage{question}"));
        assert_eq!(answer.status, status, "{question}: {}", answer.text());
    }
}

/// The way of a record that is the replay of a letter leads to it; that of its marker leads nowhere.
pub(crate) fn of_a_replay(
    stage: &Stage,
    sent: &serde_json::Value,
    (partition, offset): (i64, i64),
) {
    let way = format!(
        "/lineage?topic=sensor_data&partition={}&offset={}",
        sent["partition"], sent["offset"]
    );
    let found = get(stage.address(), &format!("/api/v1{way}")).json();
    let letter = serde_json::json!({ "partition": partition, "offset": offset });
    assert_eq!(found["replay_of"], letter);
    let shown = page(stage.address(), &way).text();
    let link = format!("href=\"/letters/{partition}/{offset}\"");
    assert!(shown.contains(&link), "{shown}");
    // The marker is a record of a topic that no stream reads: nothing will ever become of it.
    let marker = (0..6).map(|partition| {
        page(
            stage.address(),
            &format!("/lineage?topic=dlq_replays&partition={partition}&offset=0"),
        )
    });
    let marker = marker.map(|answer| answer.text());
    let told = marker.filter(|text| text.contains("no stream here reads this topic"));
    assert_eq!(told.count(), 1, "one marker");
}
