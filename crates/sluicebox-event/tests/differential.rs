//! Our scanner and writers against `serde_json` and csv, on input that nobody thought of.
//!
//! `SLUICEBOX_DIFFERENTIAL_SECONDS=600 cargo test -p sluicebox-event --test differential` runs the
//! last test that long instead of two seconds. A failure prints the input.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

mod common;

use common::{CLICK, PURCHASE, READING, builtin, plans_of, process, row};
use proptest::prelude::*;
use serde_json::Value;
use sluicebox_event::{Plans, Reason, Scratch};
use std::time::{Duration, Instant};

/// Members of a processed record that do not repeat the source's.
const OURS: [&str; 6] = [
    "type",
    "timestamp",
    "status",
    "category",
    "processed_at",
    "source",
];

/// Rejects that say: this is not JSON.
fn is_about_syntax(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::EmptyValue
            | Reason::ByteOrderMark
            | Reason::InvalidUtf8
            | Reason::InvalidJson
            | Reason::TruncatedJson
            | Reason::TrailingBytes
            | Reason::LoneSurrogate
    )
}

/// What must hold for any bytes.
fn check(plans: &Plans, stream: &str, key: &[u8], bytes: &[u8]) {
    let ours = process(plans, stream, Some(key), Some(bytes));
    let theirs = serde_json::from_slice::<Value>(bytes);
    match (&ours, &theirs) {
        (Ok((_, json)), Ok(source)) => check_output(plans, json, source),
        (Ok(_), Err(error)) => {
            // serde_json reads every number into a double and every value to 127 levels; a field
            // that the stream does not know may go beyond both.
            let text = error.to_string();
            assert!(
                text.starts_with("number out of range") || text.starts_with("recursion limit"),
                "{text}"
            );
        }
        (Err(reject), Ok(_)) => assert!(!is_about_syntax(reject.reason), "{reject}"),
        (Err(reject), Err(error)) => {
            let text = error.to_string();
            let theirs_alone =
                text.starts_with("number out of range") || text.starts_with("recursion limit");
            // A duplicate and an unknown member are found before the rest is read.
            let early = matches!(
                reject.reason,
                Reason::DuplicateKey | Reason::UnknownField | Reason::TooDeep
            );
            assert!(
                theirs_alone || early || is_about_syntax(reject.reason),
                "{reject} / {error}"
            );
        }
    }
}

/// The output is JSON with the values of the source, and its row reads back.
fn check_output(plans: &Plans, json: &str, source: &Value) {
    let written: Value = serde_json::from_str(json).unwrap();
    for (name, value) in written.as_object().unwrap() {
        let Some(original) = source.get(name) else {
            continue;
        };
        match (value, original) {
            // What the plan writes itself is not the source's.
            _ if OURS.contains(&name.as_str()) => {}
            (Value::Number(ours), Value::Number(theirs)) => {
                assert_eq!(ours.as_f64(), theirs.as_f64(), "{name}");
            }
            (ours, theirs) if !theirs.is_null() => assert_eq!(ours, theirs, "{name}"),
            _ => {}
        }
    }
    let (facts, csv) = row(plans, json.as_bytes()).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(csv.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    let header = plans.streams()[facts.stream.index()]
        .csv_header()
        .to_owned();
    assert_eq!(rows[0].len(), header.split(',').count());
    for (column, cell) in header.split(',').zip(&rows[0]) {
        match written.get(column) {
            None => {}
            Some(Value::String(text)) => assert_eq!(cell, text, "{column}"),
            Some(Value::Number(number)) => {
                assert_eq!(cell.parse::<f64>().ok(), number.as_f64(), "{column}");
            }
            Some(other) => assert_eq!(cell, other.to_string(), "{column}"),
        }
    }
}

fn check_all(plans: &Plans, bytes: &[u8]) {
    check(plans, "sensor", b"s-1", bytes);
    check(plans, "activity", b"u-1", bytes);
    let _ = plans.csv_row(&mut Scratch::default(), Some(bytes), &mut Vec::new());
}

/// JSON that is nearly a record: known and unknown names, all kinds of values, any spacing.
fn nearly_a_record() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => prop::sample::select(vec!["sensor_id", "temperature", "humidity", "timestamp", "user_id", "action", "page", "product_id", "amount", "currency"]).prop_map(str::to_owned),
        1 => "[a-z\\\\u0-9\"é]{0,6}",
    ];
    let value = prop_oneof![
        Just("\"s-1\"".to_owned()),
        Just("\"u-1\"".to_owned()),
        Just("\"click\"".to_owned()),
        Just("\"purchase\"".to_owned()),
        Just("\"2024-05-01T11:59:59.000Z\"".to_owned()),
        "-?[0-9]{1,3}(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?",
        "\"(\\\\[\"\\\\/bfnrtu]|\\\\u[0-9a-fA-F]{4}|[ -~é€😀]){0,12}\"",
        "\\PC{0,8}",
        Just("{\"a\":[1,{}]}".to_owned()),
        prop::sample::select(vec![
            "null", "true", "false", "[]", "{}", "-", "nul", "1e999"
        ])
        .prop_map(str::to_owned),
    ];
    let member = (name, "[ \n]{0,1}", value)
        .prop_map(|(name, space, value)| format!("\"{name}\"{space}:{space}{value}"));
    prop::collection::vec(member, 0..10).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// A record that is accepted, with any texts and numbers in it.
fn record_with_any_values() -> impl Strategy<Value = (String, f64, String)> {
    (
        any::<String>(),
        -90.0..60.0_f64,
        prop::sample::select(vec!["", " ", "\n"]),
    )
        .prop_map(|(text, number, space)| (text, number, space.to_owned()))
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_all(&builtin(), &bytes);
    }

    #[test]
    fn nearly_records_are_read_as_serde_json_reads_them(text in nearly_a_record()) {
        check_all(&builtin(), text.as_bytes());
    }

    #[test]
    fn any_text_and_number_goes_through((text, number, space) in record_with_any_values()) {
        let plans = builtin();
        let page: String = text.chars().take(2_000).collect();
        let click = format!(
            "{{{space}\"user_id\":{space}\"u-1\",\"action\":\"click\",\"page\":{},\"timestamp\":1714564799}}{space}",
            serde_json::to_string(&page).unwrap()
        );
        check(&plans, "activity", b"u-1", click.as_bytes());
        process(&plans, "activity", Some(b"u-1"), Some(click.as_bytes())).unwrap();
        let reading = READING.replace("21.5", &format!("{number:?}"));
        check(&plans, "sensor", b"s-1", reading.as_bytes());
        process(&plans, "sensor", Some(b"s-1"), Some(reading.as_bytes())).unwrap();
    }
}

/// A small generator of its own (`SplitMix64`), so that a run can be repeated from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    /// Good records, with a few bytes changed, doubled, dropped or swapped for JSON's own.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self
                .below(bytes.len().max(1))
                .min(bytes.len().saturating_sub(1));
            match self.below(5) {
                _ if bytes.is_empty() => bytes.push(b'{'),
                0 => bytes[at] = self.below(256) as u8,
                1 => bytes[at] = b"{}[]\",:\\-+.eE0123456789 \ntfnu"[self.below(29)],
                2 => {
                    bytes.remove(at);
                }
                3 => bytes.truncate(at),
                _ => {
                    let end = (at + self.below(12)).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
    }
}

#[test]
fn changed_records_are_read_as_serde_json_reads_them() {
    let plans = builtin();
    let seconds = std::env::var("SLUICEBOX_DIFFERENTIAL_SECONDS");
    let seconds = seconds.ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let seed = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_nanos() as u64;
    println!("seed {seed}");
    let mut random = Random(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let processed = process(&plans, "sensor", Some(b"s-1"), Some(READING.as_bytes()))
        .unwrap()
        .1;
    let seeds = [READING, PURCHASE, CLICK, &processed];
    let mut inputs = 0_u64;
    while Instant::now() < end {
        let mut bytes = seeds[random.below(seeds.len())].as_bytes().to_vec();
        random.mutate(&mut bytes);
        let result = std::panic::catch_unwind(|| check_all(&plans, &bytes));
        assert!(
            result.is_ok(),
            "seed {seed}, input {inputs}: {:?}",
            String::from_utf8_lossy(&bytes)
        );
        inputs += 1;
    }
    println!("{inputs} inputs");
    assert!(inputs > 1_000);
}

#[test]
fn the_syntax_of_unknown_members_is_checked_too() {
    let plans = plans_of(
        "name = \"a\"\ntopic = \"a\"\nkey_field = \"k\"\ncolumns = [\"source_partition\", \"source_offset\"]\n[[fields]]\nname = \"k\"\ntype = \"string\"\nrequired = true\n",
    );
    for value in [
        "1",
        "[1,[2,{\"x\":null}]]",
        "{\"\":\"\"}",
        "-0.0e-0",
        "\"\\ud83d\\ude00\"",
    ] {
        process(
            &plans,
            "a",
            Some(b"v"),
            Some(format!("{{\"k\":\"v\",\"x\":{value}}}").as_bytes()),
        )
        .unwrap();
    }
    for value in [
        "",
        "01",
        "[1,]",
        "{\"a\"}",
        "{1:2}",
        "\"\\u12\"",
        "tru",
        "[1 2]",
        "--1",
        "1e",
        "{,}",
    ] {
        let text = format!("{{\"k\":\"v\",\"x\":{value}}}");
        let reject = process(&plans, "a", Some(b"v"), Some(text.as_bytes())).unwrap_err();
        assert!(is_about_syntax(reject.reason), "{text}: {reject}");
    }
}
