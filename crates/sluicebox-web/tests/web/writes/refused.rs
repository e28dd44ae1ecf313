//! What would make a later `verify`, or a later replay, wrong.

use serde_json::json;
use sluicebox_kafka::Admin;
use sluicebox_kafka::admin::NewTopic;

use super::{JSON, PROGRAM, form, json, letter, replays};
use crate::http::{get, open};
use crate::stage::{Stage, WAIT};

#[test]
fn a_topic_that_would_lose_the_markers_is_neither_made_nor_used() {
    let stage = Stage::done_writing();
    let topics = "/api/v1/topics";
    for policy in ["delete", "compact,delete"] {
        let body = json!({ "name": "dlq_replays", "settings": { "cleanup.policy": policy } });
        let refused = json(&stage, topics, &body);
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(
            refused.text().contains("replayed twice"),
            "{}",
            refused.text()
        );
    }
    let made_elsewhere = NewTopic {
        name: "dlq_replays".to_owned(),
        partitions: 1,
        replication_factor: 1,
        configs: vec![("cleanup.policy".to_owned(), "delete".to_owned())],
    };
    let admin = Admin::connect(&stage.client(), WAIT).unwrap();
    admin.create_topics(&[made_elsewhere]).unwrap();
    let (partition, offset) = letter(&stage, "out_of_range");
    let path = format!("/api/v1/letters/{partition}/{offset}/replay");
    let refused = json(&stage, &path, &json!({}));
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(
        refused.text().contains("cleanup.policy=compact"),
        "{}",
        refused.text()
    );
    assert!(replays(&stage, "sensor_data").is_empty());
}

#[test]
fn a_record_cannot_say_that_it_is_a_replay() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    let path = "/api/v1/topics/sensor_data/records";
    for (name, status) in [
        ("sluicebox.replay.of", 422),
        ("sluicebox.replay.of\0", 400),
        ("a\0b", 400),
        ("mine.replay.of", 201),
    ] {
        let header = json!({ "name": name, "value": "dead_letters/0/1" });
        let answer = json(&stage, path, &json!({ "value": "a", "headers": [header] }));
        assert_eq!(answer.status, status, "{name:?}: {}", answer.text());
    }
    assert!(replays(&stage, "sensor_data").is_empty());
}

#[test]
fn what_is_not_text_is_refused_and_not_mended() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    for value in ["a%ff", "%c3%28", "a%ed%a0%80"] {
        let refused = form(
            &stage,
            "/topics/sensor_data/produce",
            &format!("value={value}"),
        );
        assert_eq!(refused.status, 400, "{value}: {}", refused.text());
    }
    for body in ["[]", " [null, \"v\", [], null]", "null", "\"text\""] {
        let path = "/api/v1/topics/sensor_data/records";
        let refused = open(stage.address(), "POST", path, &[PROGRAM, JSON], body).whole();
        assert_eq!(refused.status, 400, "{body}: {}", refused.text());
    }
    let found = get(
        stage.address(),
        "/api/v1/topics/sensor_data/records?from=earliest",
    );
    assert_eq!(found.json()["records"], json!([]));
}

#[test]
fn names_that_no_topic_of_ours_has_are_refused() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    for name in ["__consumer_offsets", "__mine"] {
        let refused = json(&stage, "/api/v1/topics", &json!({ "name": name }));
        assert_eq!(refused.status, 422, "{name}: {}", refused.text());
    }
    for name in ["%00", "processed_data%00", "a%20b", &"a".repeat(250)] {
        let path = format!("/api/v1/topics/{name}/records");
        let refused = json(&stage, &path, &json!({ "value": "a" }));
        assert_eq!(refused.status, 404, "{name}: {}", refused.text());
    }
}

#[test]
fn what_the_api_refuses_it_refuses_in_json() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    for path in [
        "/api/v1/topics/%ff",
        "/api/v1/letters/a/b",
        "/api/v1/replay/preview?all=maybe",
        "/api/v1/no/such/path",
    ] {
        let refused = get(stage.address(), path);
        assert!(refused.status >= 400, "{path}");
        assert!(refused.json()["error"].is_string(), "{path}");
    }
}
