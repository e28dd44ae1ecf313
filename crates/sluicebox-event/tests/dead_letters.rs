//! Dead letters: nothing is lost, and what had to be cut is accounted for.

#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "helpers of tests, and tables that are long"
)]

mod common;

use common::{READING, builtin};
use sha2::{Digest, Sha256};
use sluicebox_event::dead_letter::{
    DEAD_LETTERS_HEADER, HEADER_CUT_HEADERS_COUNT, HEADER_CUT_KEY_LENGTH, HEADER_CUT_VALUE_LENGTH,
    HEADER_CUT_VALUE_SHA256, HEADER_MESSAGE, HEADER_OFFSET, HEADER_PARTITION, HEADER_REASON,
    HEADER_REPLAY_OF, Letter, LetterSource, Stage, letter_row, sink_letter_row,
};
use sluicebox_event::{PlanOptions, Plans, Reason, Reject, SourceRecord, builtin_definitions};

fn rejected(value: &[u8]) -> Reject {
    common::process(&builtin(), "sensor", Some(b"s-1"), Some(value)).unwrap_err()
}

fn source<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> SourceRecord<'a> {
    SourceRecord {
        topic: "sensor_data",
        partition: 2,
        offset: 9,
        timestamp_ms: 77,
        key,
        value,
    }
}

fn header<'a>(letter: &'a Letter<'_>, name: &str) -> Option<&'a str> {
    let found = letter.headers.iter().find(|(header, _)| *header == name);
    found.map(|(_, value)| std::str::from_utf8(value).unwrap())
}

/// The cells of the letter's row.
fn cells(row: &[u8]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(row);
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    rows[0].iter().map(str::to_owned).collect()
}

#[test]
fn a_letter_keeps_the_record_and_says_what_happened() {
    let value = READING.replace("21.5", "99");
    let record = source(Some(b"s-1"), Some(value.as_bytes()));
    let letter = Letter::new(
        &record,
        [("trace", Some(b"7".as_slice())), ("empty", None)],
        Stage::Process,
        &rejected(value.as_bytes()),
        1 << 20,
    );
    assert_eq!(
        (letter.key, letter.value, letter.original_headers),
        (record.key, record.value, 2)
    );
    let headers: Vec<(&str, String)> = letter
        .headers
        .iter()
        .map(|(name, value)| (name, String::from_utf8(value.to_vec()).unwrap()))
        .collect();
    let expected = [
        ("__connect.errors.topic", "sensor_data"),
        ("__connect.errors.partition", "2"),
        ("__connect.errors.offset", "9"),
        ("__connect.errors.stage", "process"),
        ("__connect.errors.exception.class.name", "out_of_range"),
        (
            "__connect.errors.exception.message",
            "`temperature` is 99 Cel, above the limit 60 Cel",
        ),
        ("sluicebox.source.timestamp", "77"),
    ];
    assert_eq!(
        headers,
        expected.map(|(name, value)| (name, value.to_owned()))
    );
    let in_topic = SourceRecord {
        topic: "dead_letters",
        partition: 0,
        offset: 5,
        timestamp_ms: common::NOW_MS,
        ..record
    };
    let older = [
        ("__connect.errors.topic", Some(b"elsewhere".as_slice())),
        ("mine", None),
    ];
    let all = older.into_iter().chain(
        letter
            .headers
            .iter()
            .map(|(name, value)| (name, Some(value))),
    );
    let mut out = Vec::new();
    let source = letter_row(&in_topic, all, &mut out).unwrap();
    assert_eq!(
        source,
        LetterSource {
            topic: "sensor_data".into(),
            partition: 2,
            offset: 9
        }
    );
    let cells = cells(&out);
    assert_eq!(cells.len(), DEAD_LETTERS_HEADER.split(',').count());
    assert_eq!(
        cells,
        [
            "sensor_data",
            "2",
            "9",
            "2024-05-01T12:00:00.000Z",
            "process",
            "out_of_range",
            "`temperature` is 99 Cel, above the limit 60 Cel",
            "s-1",
            "utf8",
            &value,
            "utf8"
        ]
    );
}

#[test]
fn a_letter_that_is_too_large_is_cut_and_keeps_length_and_hash() {
    let max = 64 * 1024;
    let (key, value) = (vec![b'k'; 40_000], vec![b'v'; 100_000]);
    let record = source(Some(&key), Some(&value));
    let headers = [("large", Some(&value[..30_000])), ("small", None)];
    let letter = Letter::new(&record, headers, Stage::Process, &rejected(b"x"), max);
    let (cut_key, cut_value) = (letter.key.unwrap(), letter.value.unwrap());
    assert!(key.starts_with(cut_key) && value.starts_with(cut_value) && !cut_value.is_empty());
    assert_eq!(letter.original_headers, 0);
    let own: usize = letter
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + 10)
        .sum();
    assert!(cut_key.len() + cut_value.len() + own <= max);
    assert_eq!(header(&letter, HEADER_CUT_KEY_LENGTH), Some("40000"));
    assert_eq!(header(&letter, HEADER_CUT_VALUE_LENGTH), Some("100000"));
    assert_eq!(header(&letter, HEADER_CUT_HEADERS_COUNT), Some("2"));
    let digest = Sha256::digest(&value);
    let hex = digest
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    assert_eq!(header(&letter, HEADER_CUT_VALUE_SHA256), Some(hex.as_str()));
    assert_eq!(header(&letter, HEADER_REASON), Some("too_large"));
    let message = header(&letter, HEADER_MESSAGE).unwrap();
    assert!(
        message.contains("65536 bytes") && message.contains("invalid_json"),
        "{message}"
    );
}

#[test]
fn a_letter_at_its_limit_is_not_cut() {
    let max = 64 * 1024;
    let value = vec![b'v'; max - 8 * 1024];
    let reject = rejected(b"x");
    let whole = Letter::new(
        &source(None, Some(&value)),
        [],
        Stage::Process,
        &reject,
        max,
    );
    assert_eq!(
        (whole.value, header(&whole, HEADER_REASON)),
        (Some(value.as_slice()), Some("invalid_json"))
    );
    let cut = Letter::new(
        &source(Some(b"k"), Some(&value)),
        [],
        Stage::Process,
        &reject,
        max,
    );
    assert_eq!(
        (cut.value.unwrap().len(), header(&cut, HEADER_REASON)),
        (value.len() - 1, Some("too_large"))
    );
}

#[test]
fn a_thousand_headers_are_kept_and_more_are_counted() {
    let record = source(None, None);
    let of = |count: usize| {
        Letter::new(
            &record,
            vec![("h", None); count],
            Stage::Process,
            &rejected(b"x"),
            1 << 20,
        )
    };
    assert_eq!(
        (
            of(1_000).original_headers,
            header(&of(1_000), HEADER_CUT_HEADERS_COUNT)
        ),
        (1_000, None)
    );
    assert_eq!(
        (
            of(1_001).original_headers,
            header(&of(1_001), HEADER_CUT_HEADERS_COUNT)
        ),
        (1_000, Some("1001"))
    );
}

/// Else a record with a thousand headers could be replayed once, and its next letter would lack one.
#[test]
fn the_header_of_a_replay_has_room_beside_the_original_ones() {
    let record = source(None, None);
    let of = |count: usize, replays: usize| {
        let mut headers = vec![("h", None); count];
        headers.extend(vec![(HEADER_REPLAY_OF, Some(b"d/0/1".as_slice())); replays]);
        let letter = Letter::new(&record, headers, Stage::Process, &rejected(b"x"), 1 << 20);
        let cut = header(&letter, HEADER_CUT_HEADERS_COUNT).map(str::to_owned);
        (letter.original_headers, cut)
    };
    assert_eq!(of(1_000, 1), (1_001, None));
    assert_eq!(of(1_000, 2), (1_001, Some("1002".to_owned())));
    assert_eq!(of(1_001, 1), (1_000, Some("1002".to_owned())));
}

#[test]
fn parts_are_null_text_or_base64() {
    for (part, cell, encoding) in [
        (None, "", "null"),
        (Some(b"".as_slice()), "", "utf8"),
        (Some(b"a,\"b\"\n\xc3\xa9"), "a,\"b\"\n\u{e9}", "utf8"),
        (Some(b"\xff"), "/w==", "base64"),
        (Some(b"a\0"), "YQA=", "base64"),
        (Some(b"a\r\n"), "YQ0K", "base64"),
        (Some(b"\xef\xbb\xbfa"), "77u/YQ==", "base64"),
        (Some(b"=1"), "=1", "utf8"),
    ] {
        let mut out = Vec::new();
        sink_letter_row(
            &source(part, part),
            &rejected(b"x"),
            common::NOW_MS,
            &mut out,
        );
        let cells = cells(&out);
        assert_eq!(
            cells[..6],
            [
                "sensor_data",
                "2",
                "9",
                "2024-05-01T12:00:00.000Z",
                "sink",
                "invalid_json"
            ]
        );
        assert_eq!(cells[7..], [cell, encoding, cell, encoding]);
    }
}

#[test]
fn a_guard_turns_formulas_into_base64() {
    let options = PlanOptions {
        csv_formula_guard: true,
        ..PlanOptions::default()
    };
    let plans = Plans::compile(&builtin_definitions().unwrap(), options).unwrap();
    let mut out = Vec::new();
    plans.sink_letter_row(
        &source(Some(b"=1"), Some(b"1=")),
        &rejected(b"x"),
        0,
        &mut out,
    );
    assert_eq!(cells(&out)[7..], ["PTE=", "base64", "1=", "utf8"]);
    let click = common::CLICK.replace("\"/\"", "\"=cmd()\"");
    let (_, json) =
        common::process(&plans, "activity", Some(b"u-1"), Some(click.as_bytes())).unwrap();
    assert!(
        common::row(&plans, json.as_bytes())
            .unwrap()
            .1
            .contains(",'=cmd(),")
    );
    assert!(
        common::row(&builtin(), json.as_bytes())
            .unwrap()
            .1
            .contains(",=cmd(),")
    );
}

#[test]
fn a_letter_without_our_headers_is_said_to_have_no_lineage() {
    let record = source(None, Some(b"x"));
    let letter = Letter::new(&record, [], Stage::Process, &rejected(b"x"), 1 << 20);
    for (name, value) in [
        (HEADER_OFFSET, None),
        (HEADER_OFFSET, Some(b"-1".as_slice())),
        (HEADER_PARTITION, Some(b"many")),
        (HEADER_REASON, Some(b"\xff")),
    ] {
        let own = letter
            .headers
            .iter()
            .map(|(name, value)| (name, Some(value)));
        let mut out = b"kept".to_vec();
        let reject = letter_row(&record, own.chain([(name, value)]), &mut out).unwrap_err();
        assert_eq!(
            (reject.reason, out.as_slice()),
            (Reason::InvalidLineage, b"kept".as_slice())
        );
        assert!(reject.message.contains(name), "{reject}");
    }
}
