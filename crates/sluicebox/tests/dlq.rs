//! `dlq list | show | replay` as a person uses them, over `sluicebox broker`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod support;

use std::process::{Command, Stdio};

use support::{Broker, Verbs, output, text};

struct Stage {
    _dir: tempfile::TempDir,
    _broker: Broker,
    verbs: Verbs,
}

impl Stage {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
        let verbs = Verbs::new(&broker.address, &dir.path().join("out"));
        Self {
            _dir: dir,
            _broker: broker,
            verbs,
        }
    }

    fn says(&self, words: &[&str]) -> String {
        let result = output(&mut self.command(words));
        assert!(
            result.status.success(),
            "{words:?}: {}",
            text(&result.stderr)
        );
        text(&result.stdout)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.verbs.verb(words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn pipeline(&self) {
        self.verbs.drain("process");
        self.verbs.drain("sink");
    }

    /// Every dead letter, as JSON.
    fn letters(&self, words: &[&str]) -> Vec<serde_json::Value> {
        let said = self.says(&[&["dlq", "list", "--json"], words].concat());
        said.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

#[test]
fn a_dead_letter_is_found_looked_at_mended_and_replayed_once() {
    let stage = Stage::new();
    stage.says(&[
        "datagen",
        "sensor",
        "--records",
        "400",
        "--rate",
        "max",
        "--invalid-ratio",
        "0.1",
    ]);
    stage.pipeline();
    let letters = stage.letters(&[]);
    assert_eq!(letters.len(), 40);
    let table = stage.says(&["dlq", "list", "--limit", "3"]);
    assert_eq!(
        table.lines().take_while(|line| !line.is_empty()).count(),
        1 + 3,
        "{table}"
    );
    a_limit_holds_for_json_too(&stage, &letters);

    // The key has to fit the value.
    let with_key = |letter: &&serde_json::Value| letter["key"]["text"].is_string();
    let letter = letters.iter().find(with_key).unwrap();
    let (id, key) = (letter["id"].as_str().unwrap(), &letter["key"]["text"]);
    let shown = stage.says(&["dlq", "show", id]);
    assert!(
        shown.contains("replayed   no") && shown.contains("sensor_data/"),
        "{shown}"
    );

    let mended = stage.verbs.out.join("mended.json");
    let value = serde_json::json!({
        "sensor_id": key, "temperature": 21.5, "humidity": 40, "timestamp": "2026-11-01T00:00:00Z",
    });
    std::fs::write(&mended, value.to_string()).unwrap();
    let mended = mended.display().to_string();
    let replay = ["dlq", "replay", id, "--value-file", &mended];
    assert_eq!(
        stage.says(&[&replay[..], &["--dry-run"]].concat()),
        "would replay 1 dead letter: 1 into sensor_data\n"
    );
    assert_eq!(
        stage.says(&replay),
        "replayed 1 dead letter: 1 into sensor_data\n"
    );
    assert_eq!(
        stage.says(&replay),
        "replayed 0 dead letters\nleft out, because replayed before: 1\n"
    );
    assert!(
        stage
            .says(&["dlq", "show", id])
            .contains(", with another value")
    );
    one_is_replayed(&stage, letter["reason"].as_str().unwrap());
    stage.pipeline();
    let all = stage.verbs.accounted();
    all.assert_exactly_once();
    assert_eq!(
        (all.rows, all.letters),
        (361, 40),
        "the mended one is a row now"
    );

    the_others_fail_again(&stage, letters[1]["reason"].as_str().unwrap());
}

/// The newest are given; all where none is set.
fn a_limit_holds_for_json_too(stage: &Stage, letters: &[serde_json::Value]) {
    let times = |letters: &[serde_json::Value]| {
        let time = |letter: &serde_json::Value| letter["failed_at"].as_str().unwrap().to_owned();
        let mut times: Vec<_> = letters.iter().map(time).collect();
        times.sort();
        times
    };
    let newest = stage.letters(&["--limit", "3"]);
    assert_eq!(times(&newest), times(letters)[37..], "{newest:?}");
    assert!(stage.letters(&["--limit", "0"]).is_empty());
}

/// The counts by reason say that one of this reason was, and how many are left.
fn one_is_replayed(stage: &Stage, reason: &str) {
    let of_reason = stage.letters(&["--reason", reason]).len();
    let said = stage.says(&["dlq", "list", "--limit", "0", "--reason", reason]);
    let counts: Vec<_> = said.lines().last().unwrap().split_whitespace().collect();
    let (all, left) = (of_reason.to_string(), (of_reason - 1).to_string());
    assert_eq!(counts, [reason, "sensor_data", &all, "1", &left], "{said}");
    let header = said.lines().rev().nth(1).unwrap();
    assert!(header.ends_with("DEAD LETTERS  REPLAYED  LEFT"), "{said}");
}

/// They are letters once more, and the old ones stay marked.
fn the_others_fail_again(stage: &Stage, reason: &str) {
    let said = stage.says(&["dlq", "replay", "--all", "--dry-run"]);
    assert_eq!(
        said,
        "would replay 39 dead letters: 39 into sensor_data\nleft out, because replayed before: 1\n\
         would be rejected again, with the definitions as they are: 39\n"
    );
    stage.says(&["dlq", "replay", "--all"]);
    stage.pipeline();
    assert_eq!(stage.letters(&[]).len(), 40 + 39);
    let open = |letter: &&serde_json::Value| letter["replayed_at"].is_null();
    assert_eq!(stage.letters(&[]).iter().filter(open).count(), 39);
    let same = stage.letters(&["--reason", reason]);
    assert!(!same.is_empty() && same.iter().all(|letter| letter["reason"] == reason));
    assert!(
        stage
            .says(&["verify", "--strict"])
            .contains("proven: every record")
    );
}

#[test]
fn a_topic_of_the_pipeline_is_the_same_whether_it_is_created_by_name_or_with_the_others() {
    let (by_name, together) = (Stage::new(), Stage::new());
    together.says(&["topics", "create"]);
    for topic in ["sensor_data", "processed_data", "dead_letters"] {
        by_name.says(&["topics", "create", topic]);
        let settings = |stage: &Stage| {
            let said = stage.says(&["topics", "describe", topic, "--json"]);
            let described: serde_json::Value = serde_json::from_str(&said).unwrap();
            let partitions = described["partitions"].as_array().unwrap().len();
            (partitions, described["configs"].clone())
        };
        let (named, usual) = (settings(&by_name), settings(&together));
        assert_eq!(named, usual, "{topic}");
        let bytes = named.1["max.message.bytes"].as_str().unwrap();
        assert!(
            bytes.parse::<u64>().unwrap() > 1_100_000,
            "{topic}: {bytes}"
        );
    }
    by_name.says(&["topics", "create", "dlq_replays"]);
    let said = by_name.says(&["topics", "describe", "dlq_replays"]);
    assert!(said.contains("cleanup.policy=compact"), "{said}");
    // What is asked for wins.
    by_name.says(&[
        "topics",
        "create",
        "a",
        "--topic-config",
        "max.message.bytes=5000",
    ]);
    let said = by_name.says(&["topics", "describe", "a"]);
    assert!(said.contains("max.message.bytes=5000"), "{said}");
}

#[test]
fn a_replay_says_what_is_wrong_with_it() {
    let stage = Stage::new();
    stage.says(&["topics", "create"]);
    assert_eq!(stage.says(&["dlq", "list"]), "no dead letters\n");
    for (words, code, says) in [
        (
            &["dlq", "replay", "0:7"][..],
            1,
            "there is no dead letter 0:7",
        ),
        (&["dlq", "show", "0:7"], 1, "there is no dead letter 0:7"),
        (&["dlq", "show", "7"], 2, "write PARTITION:OFFSET"),
        (
            &["dlq", "replay", "--dry-run"],
            2,
            "nothing says which dead letters to replay",
        ),
        (&["dlq", "replay"], 2, "name an ID"),
        (
            &["dlq", "replay", "--reason", "wrong_typ"],
            2,
            "did you mean `wrong_type`?",
        ),
        (
            &["dlq", "list", "--reason", "of_another_program"],
            0,
            "is no reason of this version",
        ),
        (
            &["dlq", "replay", "0:1", "0:2", "--value-file", "-"],
            2,
            "replay them one by one",
        ),
        (
            &["dlq", "replay", "0:1", "--value-file", "/no/such"],
            2,
            "/no/such",
        ),
    ] {
        let result = output(&mut stage.command(words));
        let said = text(&result.stderr);
        assert_eq!(result.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains(says), "{words:?}: {said}");
        let stdout = text(&result.stdout);
        assert!(!stdout.contains("replayed"), "{words:?}: {stdout}");
    }
}
