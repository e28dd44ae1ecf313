//! The output directory is not writable, not ours, damaged, or of another cluster or topic.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{Admin, ClientOptions};

use crate::support::{Broker, PATIENCE, contents, ends_with, says, sluicebox, until};

const SENSOR: &str = "processed_data_sensor.csv";
const ACTIVITY: &str = "processed_data_activity.csv";

/// A broker, and an output directory with the rows of 100 records.
struct Site {
    broker: Broker,
    dir: tempfile::TempDir,
}

impl Site {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
        Self { broker, dir }
    }

    fn with_rows() -> Self {
        let site = Self::start();
        site.verb(0, &["datagen", "all", "--records", "100", "--rate", "max"]);
        site.verb(0, &["process", "--stop-at-end"]);
        site.verb(0, &["sink", "--stop-at-end"]);
        site
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn verb(&self, code: i32, args: &[&str]) -> String {
        let mut command = sluicebox();
        command
            .args(args)
            .args(["--bootstrap-servers", &self.broker.address, "--output-dir"]);
        ends_with(code, command.arg(self.out()))
    }

    /// All that is to stay; who holds the lock is written into its file.
    fn kept(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut kept = contents(&self.out());
        kept.retain(|path, _| !path.ends_with("lock.sluicebox"));
        kept
    }

    /// The sink refuses, and leaves every file as it was.
    fn refused(&self) -> String {
        let before = self.kept();
        let said = self.verb(1, &["sink", "--stop-at-end"]);
        assert!(before == self.kept(), "a file was touched\n{said}");
        said
    }
}

#[test]
fn an_output_directory_below_a_file_is_refused() {
    let site = Site::start();
    std::fs::write(site.out(), "a file").unwrap();
    let below = site.out().join("deeper").display().to_string();
    for verb in ["run", "sink"] {
        let mut command = sluicebox();
        command.args([verb, "--output-dir", &below]);
        match verb {
            "run" => command.args(["--records", "1"]),
            _ => command.args(["--bootstrap-servers", &site.broker.address]),
        };
        let said = ends_with(1, &mut command);
        says(
            &said,
            &["cannot", &below, "Not a directory", "choose another"],
        );
    }
    assert_eq!(std::fs::read_to_string(site.out()).unwrap(), "a file");
}

#[test]
fn a_csv_whose_header_is_not_ours_is_refused_and_untouched() {
    let site = Site::start();
    std::fs::create_dir(site.out()).unwrap();
    std::fs::write(site.out().join(SENSOR), "when,what\n1,2\n").unwrap();
    let said = site.verb(1, &["sink", "--stop-at-end"]);
    says(
        &said,
        &[
            SENSOR,
            "is not ours: its first line is `when,what`",
            "left untouched",
            "move it away",
        ],
    );
    assert_eq!(
        std::fs::read_to_string(site.out().join(SENSOR)).unwrap(),
        "when,what\n1,2\n"
    );
    assert!(!site.out().join(ACTIVITY).exists());
}

#[test]
fn a_manifest_of_another_cluster_is_refused() {
    let mut site = Site::with_rows();
    site.broker = Broker::start(&site.dir.path().join("another"), "127.0.0.1:0");
    let said = site.refused();
    says(
        &said,
        &[
            "belongs to the cluster `sluicebox-",
            "but this is the cluster `sluicebox-",
            "choose another output directory",
        ],
    );
}

#[test]
fn a_damaged_manifest_is_refused_with_the_place() {
    let site = Site::with_rows();
    let manifest = site.out().join("manifest.sluicebox");
    let mut bytes = std::fs::read(&manifest).unwrap();
    // In the first record: a torn tail would be cut and is no damage.
    bytes[24] ^= 0xff;
    std::fs::write(&manifest, bytes).unwrap();
    let said = site.refused();
    says(
        &said,
        &[
            "manifest.sluicebox is damaged at byte",
            "restore the manifest",
            "move the whole directory aside",
        ],
    );
    says(
        &site.verb(1, &["status"]),
        &[
            "manifest.sluicebox is damaged at byte",
            "restore the manifest",
        ],
    );
}

#[test]
fn a_file_shorter_than_recorded_is_refused() {
    let site = Site::with_rows();
    let path = site.out().join(SENSOR);
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(200).unwrap();
    says(
        &site.refused(),
        &[
            SENSOR,
            "has 200 bytes",
            "rows are lost",
            "restore this file",
        ],
    );
}

#[test]
fn a_recreated_topic_is_refused() {
    let site = Site::with_rows();
    recreate(&site.broker.address, "processed_data");
    let said = site.refused();
    says(
        &said,
        &[
            "the topic `processed_data` was recreated",
            "move the whole directory aside",
        ],
    );
}

fn recreate(servers: &str, topic: &str) {
    let admin = Admin::connect(&ClientOptions::new(servers, "test"), PATIENCE).unwrap();
    admin.delete_topics(&[topic]).unwrap();
    until("the topic is gone", || admin.describe(topic).is_err());
    let new = NewTopic {
        name: topic.to_owned(),
        partitions: 6,
        replication_factor: 1,
        configs: Vec::new(),
    };
    until("the topic is made anew", || {
        admin.create_topics(std::slice::from_ref(&new)).is_ok()
    });
    until("the topic has leaders", || {
        admin.describe(topic).is_ok_and(|topic| {
            topic
                .partitions
                .iter()
                .all(|partition| partition.leader.is_some())
        })
    });
}

#[test]
fn a_state_directory_that_is_a_file_is_refused() {
    let site = Site::start();
    let state = site.dir.path().join("state");
    std::fs::write(&state, "a file").unwrap();
    let state = state.display().to_string();
    let said = site.verb(1, &["process", "--state-dir", &state]);
    says(
        &said,
        &[&state, "choose another directory with --state-dir"],
    );
}

#[test]
fn a_broker_directory_that_is_in_use_is_refused() {
    let site = Site::start();
    let dir: &Path = &site.dir.path().join("broker");
    let said = ends_with(
        1,
        sluicebox()
            .args(["broker", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(dir),
    );
    says(&said, &["broker", "is held by", "--data-dir"]);
}
