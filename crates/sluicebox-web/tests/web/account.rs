//! What the dashboard says where files, topics and definitions do not belong together.

use serde_json::Value;

use crate::http::get;
use crate::stage::{Stage, eventually};

/// The first snapshot that fits.
fn flow(stage: &Stage, fits: impl Fn(&Value) -> bool) -> Value {
    eventually("a snapshot that fits", || {
        let flow = get(stage.address(), "/api/v1/flow").json();
        fits(&flow).then_some(flow)
    })
}

#[test]
fn files_of_another_cluster_are_named_and_not_counted() {
    let first = Stage::done();
    let mut second = Stage::empty();
    std::fs::create_dir(second.output_dir()).unwrap();
    for file in std::fs::read_dir(first.output_dir()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), second.output_dir().join(file.file_name())).unwrap();
    }
    second.serve(None, Vec::new());
    let flow = flow(&second, |flow| flow["cluster"]["brokers"] == 1);
    let said = &flow["attention"][0];
    assert_eq!(
        (&said["level"], &said["about"]),
        (&"critical".into(), &"files".into())
    );
    let what = said["what"].as_str().unwrap();
    assert!(what.contains("were written from the cluster `"), "{what}");
    assert!(
        said["advice"]
            .as_str()
            .unwrap()
            .contains("--bootstrap-servers")
    );
    assert!(flow["accounting"]["unknown"].is_string(), "{flow}");
    let page = get(second.address(), "/").text();
    assert!(!page.contains("Everything flows") && page.contains("The account is unknown"));
    let ready = get(second.address(), "/readyz");
    assert_eq!(ready.status, 503);
    let checks = ready.json()["checks"].clone();
    let files = checks
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "files");
    assert_eq!(files.unwrap()["ok"], false);
    let metrics = get(second.address(), "/metrics").text();
    assert!(
        metrics.contains("sluicebox_files_mismatch 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("sluicebox_accounting_off_balance 0\n"),
        "{metrics}"
    );
    assert!(
        !metrics.contains("\nsluicebox_accounting_in_flight_records "),
        "{metrics}"
    );
}

#[test]
fn rows_of_a_stream_without_a_definition_make_no_alarm() {
    let mut stage = Stage::empty();
    stage.fill();
    // A letter of the stream, beside its rows.
    stage.produce("pump_data", [("p1".to_owned(), "broken".to_owned())]);
    stage.run_to_end();
    stage.forget_third();
    stage.serve(None, Vec::new());
    let flow = flow(&stage, |flow| flow["cluster"]["brokers"] == 1);
    let why = flow["accounting"]["unknown"].as_str().unwrap();
    assert!(
        why.contains("pump_data") && why.contains("--stream"),
        "{why}"
    );
    assert_eq!(flow["attention"], serde_json::json!([]));
    assert!(
        get(stage.address(), "/")
            .text()
            .contains("pump_data, which no stream here reads")
    );
}

#[test]
fn without_the_cluster_there_is_no_account() {
    let mut stage = Stage::done();
    flow(&stage, |flow| flow["accounting"]["input"] == 391);
    stage.stop_broker();
    let flow = flow(&stage, |flow| flow["cluster"]["error"].is_string());
    assert!(flow["accounting"]["unknown"].is_string(), "{flow}");
    assert_ne!(flow["cluster"]["bootstrap_servers"], "", "{flow}");
    let page = get(stage.address(), "/").text();
    assert!(
        !page.contains("does not exist") && !page.contains("in flight"),
        "{page}"
    );
    assert_eq!(page.matches("address is right").count(), 1, "{page}");
}
