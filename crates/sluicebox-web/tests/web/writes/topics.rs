//! Topics are created, and records produced.

use serde_json::json;

use super::{encoded, form, json};
use crate::http::{get, page};
use crate::stage::Stage;

#[test]
fn a_topic_is_created_with_what_was_asked_for() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    let settings = encoded("retention.ms=3600000\r\nmax.message.bytes=2000000");
    let body = format!("name=clicks&partitions=5&replication_factor=&settings={settings}");
    let created = form(&stage, "/new-topic", &body);
    assert_eq!(
        (created.status, created.header("location")),
        (303, Some("/topics/clicks")),
        "{}",
        created.text()
    );
    let topic = get(stage.address(), "/api/v1/topics/clicks").json();
    assert_eq!(topic["partitions"].as_array().unwrap().len(), 5);
    let setting = |topic: &serde_json::Value, name: &str| {
        let mut all = topic["configs"].as_array().unwrap().iter();
        all.find(|config| config["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(setting(&topic, "retention.ms"), "3600000");

    let again = form(&stage, "/new-topic", &body);
    assert_eq!(again.status, 422);
    let shown = again.text();
    assert!(
        shown.contains("value=\"clicks\"") && shown.contains("retention.ms=3600000"),
        "{shown}"
    );
    for (body, status) in [
        (json!({ "name": "clicks" }), 409),
        (json!({ "name": "" }), 400),
        (json!({ "name": "a", "partitions": 0 }), 400),
        (json!({ "name": "a", "partitions": 100_000 }), 400),
        (json!({ "name": "a", "other": 1 }), 400),
        (json!({ "name": "a/b" }), 422),
        (json!({ "name": "a", "replication_factor": 3 }), 422),
        (
            json!({ "name": "a", "settings": { "no.such.setting": "1" } }),
            422,
        ),
    ] {
        let answer = json(&stage, "/api/v1/topics", &body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    let markers = json(&stage, "/api/v1/topics", &json!({ "name": "dlq_replays" })).json();
    assert_eq!(markers["partitions"], 1);
    assert_eq!(markers["settings"]["cleanup.policy"], "compact");
}

#[test]
fn a_record_is_produced_where_it_was_asked_for() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    let body = format!(
        "key=k1&value={}&headers={}&partition=2",
        encoded("{\r\n}"),
        encoded("trace=7")
    );
    let sent = form(&stage, "/topics/sensor_data/produce", &body);
    let to = sent
        .header("location")
        .unwrap_or_else(|| panic!("{}", sent.text()));
    assert_eq!(
        (sent.status, to),
        (303, "/topics/sensor_data/produce?partition=2&offset=0")
    );
    let shown = page(stage.address(), to).text();
    assert!(
        shown.contains("href=\"/topics/sensor_data/2/0\""),
        "{shown}"
    );
    let record = get(stage.address(), "/api/v1/topics/sensor_data/records/2/0").json();
    assert_eq!(record["value"]["text"], "{\n}");
    assert_eq!(
        (&record["key"]["text"], &record["headers"][0]["name"]),
        (&json!("k1"), &json!("trace"))
    );

    let path = "/api/v1/topics/sensor_data/records";
    let null = json(&stage, path, &json!({ "partition": 1 })).json();
    assert_eq!(
        null,
        json!({ "topic": "sensor_data", "partition": 1, "offset": 0 })
    );
    let record = get(stage.address(), "/api/v1/topics/sensor_data/records/1/0").json();
    assert!(
        record["key"].is_null() && record["value"].is_null(),
        "{record}"
    );
    let empty = json(
        &stage,
        path,
        &json!({ "partition": 1, "key": "", "value": "" }),
    )
    .json();
    let record = get(stage.address(), &format!("{path}/1/{}", empty["offset"])).json();
    assert_eq!(
        (&record["key"]["bytes"], &record["value"]["bytes"]),
        (&json!(0), &json!(0))
    );
    // Without a partition the key says where, always the same.
    let places: Vec<_> = (0..3)
        .map(|_| {
            json(&stage, path, &json!({ "key": "k", "value": "v" })).json()["partition"].clone()
        })
        .collect();
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");

    for (topic, body, status) in [
        ("no_such_topic", json!({ "value": "x" }), 404),
        ("sensor_data", json!({ "value": "x", "partition": 3 }), 400),
        ("sensor_data", json!({ "value": "x", "partition": -1 }), 400),
        ("sensor_data", json!({ "value": 7 }), 400),
    ] {
        let answer = json(&stage, &format!("/api/v1/topics/{topic}/records"), &body);
        assert_eq!(answer.status, status, "{topic} {body}: {}", answer.text());
    }
}

#[test]
fn topics_of_the_pipelines_own_transactions_take_no_records() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    for (topic, why) in [
        ("processed_data", "verify"),
        ("dead_letters", "verify"),
        ("dlq_replays", "replayed that never was"),
        ("__consumer_offsets", "own"),
    ] {
        let path = format!("/topics/{topic}/produce");
        let answer = form(&stage, &path, "value=x");
        assert_eq!(answer.status, 422, "{topic}");
        assert!(answer.text().contains(why), "{topic}: {}", answer.text());
        let answer = json(
            &stage,
            &format!("/api/v1/topics/{topic}/records"),
            &json!({ "value": "x" }),
        );
        assert_eq!(answer.status, 422, "{topic}");
        let shown = page(stage.address(), &path).text();
        assert!(
            shown.contains(why) && !shown.contains("<textarea"),
            "{topic}: {shown}"
        );
    }
    let link = "/topics/processed_data/produce";
    assert!(
        !page(stage.address(), "/topics/processed_data")
            .text()
            .contains(link)
    );
    assert!(
        page(stage.address(), "/topics/sensor_data")
            .text()
            .contains("/topics/sensor_data/produce")
    );
}
