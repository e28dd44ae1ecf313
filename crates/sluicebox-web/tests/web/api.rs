//! The API tells what is there.

use serde_json::json;

use crate::http::get;
use crate::stage::{Stage, eventually};

#[test]
fn the_flow_accounts_for_every_record() {
    let stage = Stage::done();
    let flow = eventually("a snapshot with the cluster in it", || {
        let flow = get(stage.address(), "/api/v1/flow").json();
        (flow["accounting"]["input"] == 391).then_some(flow)
    });
    assert_eq!(
        flow["accounting"],
        json!({ "input": 391, "rows": 380, "letters": 11, "markers": 0, "in_flight": 0, "with_markers": false, "off_balance": false, "unknown": null })
    );
    assert_eq!(flow["streams"][2]["name"], "pumps");
    assert_eq!(flow["streams"][0]["topic"]["end"], 310);
    assert_eq!(flow["processor"]["lag"], 0);
    assert_eq!(flow["sink"]["lag"], 0);
    assert_eq!(flow["files"][0]["rows"], 300);
    assert_eq!(flow["cluster"]["brokers"], 1);
    assert!(flow["latency"]["p99_ms"].is_u64());
    assert_eq!(flow["attention"], json!([]));
}

#[test]
fn a_cluster_that_is_gone_is_said_to_be_and_comes_with_advice() {
    let mut stage = Stage::done();
    eventually("a first snapshot", || {
        (get(stage.address(), "/api/v1/flow").json()["cluster"]["brokers"] == 1).then_some(())
    });
    stage.stop_broker();
    let attention = eventually("the loss to be seen", || {
        let flow = get(stage.address(), "/api/v1/flow").json();
        flow["cluster"]["error"]
            .is_string()
            .then(|| flow["attention"][0].clone())
    });
    assert_eq!(attention["level"], "critical");
    let said = |part: &str| attention[part].as_str().unwrap().to_owned();
    let what = said("what");
    let address = stage.client().bootstrap_servers;
    assert!(
        what.starts_with(&format!("No answer from {address} since 20")) && what.len() < 150,
        "{what}"
    );
    assert!(said("advice").contains("Check that a broker is running there"));
    assert!(said("advice").contains("Nothing is lost"));
    assert!(said("details").contains("no answer from") || said("details").contains("cannot"));
    // The next snapshot tells of the same outage.
    let since = |what: &str| what.split_once(" since ").unwrap().1[..20].to_owned();
    let at = get(stage.address(), "/api/v1/flow").json()["at_ms"].clone();
    let later = eventually("another snapshot", || {
        let flow = get(stage.address(), "/api/v1/flow").json();
        (flow["at_ms"] != at).then(|| flow["attention"][0]["what"].as_str().unwrap().to_owned())
    });
    assert_eq!(since(&later), since(&what));
    assert_eq!(get(stage.address(), "/readyz").status, 503);
    assert_eq!(get(stage.address(), "/healthz").status, 200);
    assert!(
        get(stage.address(), "/metrics")
            .text()
            .contains("sluicebox_cluster_up 0\n")
    );
}

#[test]
fn topics_and_groups_are_told_in_detail() {
    let stage = Stage::done();
    let topics = get(stage.address(), "/api/v1/topics").json();
    assert!(
        topics
            .as_array()
            .unwrap()
            .contains(&json!({ "name": "pump_data", "partitions": 3 }))
    );
    let topic = get(stage.address(), "/api/v1/topics/sensor_data").json();
    let held: i64 = topic["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["high_watermark"].as_i64().unwrap())
        .sum();
    assert_eq!(held, 310);
    assert!(!topic["configs"].as_array().unwrap().is_empty());
    let group = get(stage.address(), "/api/v1/groups/processors").json();
    assert_eq!(
        (&group["lag"], &group["state"]),
        (&json!(0), &json!("Empty"))
    );
    assert_eq!(group["partitions"].as_array().unwrap().len(), 9);
    for missing in [
        "/api/v1/topics/nowhere",
        "/api/v1/groups/nobody",
        "/api/v1/streams/none/rows",
        "/api/v1/files/..%2Fverify.json",
    ] {
        let answer = get(stage.address(), missing);
        assert_eq!(answer.status, 404, "{missing}");
        assert!(answer.json()["error"].is_string());
    }
}

#[test]
fn files_are_given_as_far_as_they_are_committed() {
    let stage = Stage::done();
    let path = stage.output_dir().join("pumps.csv");
    let committed = std::fs::read(&path).unwrap();
    std::fs::write(&path, [committed.as_slice(), b"half a ro"].concat()).unwrap();
    let answer = get(stage.address(), "/api/v1/files/pumps.csv");
    assert_eq!(answer.body, committed);
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"pumps.csv\"")
    );
    let rows = get(stage.address(), "/api/v1/streams/pumps/rows").json();
    assert_eq!(rows["rows"].as_array().unwrap().len(), 20);
    assert_eq!(rows["columns"][2], "pressure");
}
