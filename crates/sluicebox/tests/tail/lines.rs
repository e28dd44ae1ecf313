//! What a line is.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::stage::{BEGAN_MS, PLAIN, Stage, TOPIC};
use crate::support::{Running, sluicebox};

const HOSTILE: &[&[u8]] = &[
    b"\x1b]0;owned\x07\x1b[2J\x1b[1;1H",
    b"a\r\nb\n\x0b\x0c\x08\x08\x7f",
    b"\xff\xfe\x9b2J\x00",
    "\u{9b}31m \u{202e}evil\u{2066} \u{2028} \u{feff}".as_bytes(),
    "gr\u{fc}n \u{1f600} {\"a\":\"\\u001b\"}".as_bytes(),
    b"",
];

fn stage() -> Stage {
    let stage = Stage::new(2);
    stage.send(|batch| {
        for (number, bytes) in HOSTILE.iter().enumerate() {
            let headers = [("h", Some(*bytes)), ("h", None)];
            let at = Some(BEGAN_MS + number as i64);
            batch.push_at(Some(bytes), Some(bytes), &headers, at);
            batch.push_at(None, None, &[], at);
        }
    });
    stage
}

#[test]
fn a_line_for_people_is_one_line_that_no_terminal_obeys() {
    let stage = stage();
    let said = stage.says(&["--from", "earliest"]);
    assert_eq!(said.lines().count(), HOSTILE.len() * 2, "{said}");
    let is_harmless = |c: char| {
        !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}' | '\u{feff}')
    };
    assert!(
        said.lines().all(|line| line.chars().all(is_harmless)),
        "{said}"
    );
    let place = said.lines().find(|line| line.contains("owned")).unwrap();
    let (time, rest) = place.split_once("  ").unwrap();
    assert_eq!(time, "2026-11-27T10:00:00.000Z");
    let (partition, offset) = rest.split_once("  ").unwrap().0.split_once(':').unwrap();
    assert!(partition.parse::<i32>().is_ok() && offset.parse::<i64>().is_ok());
    assert!(said.contains("  -  (null)\n"), "{said}");
    assert!(said.contains("\\u{1b}]0;owned\\u{7}\\u{1b}[2J"), "{said}");
    assert!(said.contains("\\xff\\xfe\\x9b2J\\u{0}"), "{said}");
    // What looks like an escape and is none.
    assert!(said.contains("{\"a\":\"\\\\u001b\"}"), "{said}");
}

#[test]
fn a_time_beyond_the_calendar_is_the_number_that_it_is() {
    let stage = Stage::new(1);
    let late = 253_402_300_800_000;
    stage.send(|batch| batch.push_at(Some(b"k"), Some(b"v"), PLAIN, Some(late)));
    let said = stage.says(&[]);
    assert_eq!(said, "253402300800000  0:0  k  v\n");
    let found = stage.found(&["--from", "253402300800000"]);
    assert_eq!(
        (&found[0]["timestamp"], &found[0]["timestamp_ms"]),
        (&Value::Null, &json!(late))
    );
}

#[test]
fn the_json_has_every_byte_and_is_what_the_dashboard_exports() {
    let stage = stage();
    let said = stage.says(&["--from", "earliest", "--json"]);
    let exported = exported(&stage);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(lines(&said), lines(&exported));
    assert_eq!(said.lines().count(), HOSTILE.len() * 2);
    let records = stage.found(&["--from", "earliest"]);
    let record = |value: Value| records.iter().find(|record| record["value"] == value);
    let text = record(json!("a\r\nb\n\u{b}\u{c}\u{8}\u{8}\u{7f}")).unwrap();
    let fields: BTreeSet<_> = text
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let wanted = "headers key key_encoding offset partition timestamp timestamp_ms topic value value_encoding";
    assert_eq!(fields, wanted.split(' ').collect());
    assert_eq!(
        (&text["topic"], &text["timestamp"], &text["value_encoding"]),
        (
            &json!(TOPIC),
            &json!("2026-11-27T10:00:00.001Z"),
            &json!("utf8")
        )
    );
    assert_eq!(text["timestamp_ms"], BEGAN_MS + 1);
    let bytes = record(json!("//6bMkoA")).expect("base64");
    assert_eq!(
        (
            &bytes["value_encoding"],
            &bytes["key"],
            &bytes["key_encoding"]
        ),
        (&json!("base64"), &json!("//6bMkoA"), &json!("base64"))
    );
    let header =
        |value: Value, encoding: Value| json!({"name": "h", "value": value, "encoding": encoding});
    assert_eq!(
        bytes["headers"],
        json!([
            header(json!("//6bMkoA"), json!("base64")),
            header(Value::Null, Value::Null)
        ])
    );
    let none = record(Value::Null).unwrap();
    assert!(none["key"].is_null() && none["key_encoding"].is_null());
}

/// The export of the dashboard.
fn exported(stage: &Stage) -> String {
    let mut dashboard = Running::start(
        sluicebox()
            .args(["dashboard", "--http-listen", "127.0.0.1:0"])
            .args(["--bootstrap-servers", &stage.broker.address])
            .current_dir(stage.dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    );
    let mut line = String::new();
    let stdout = dashboard.0.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("dashboard at http://").unwrap();
    let address = url.trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    let path = format!("/api/v1/topics/{TOPIC}/export.ndjson?from=earliest");
    // 1.0, for an answer without chunks.
    write!(stream, "GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{head}");
    body.to_owned()
}
