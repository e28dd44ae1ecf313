//! Everything that must be survived, counted and kept: each class of bad input has its reason.

#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "helpers of tests, and tables that are long"
)]

mod common;

use common::{NOW_MS, PURCHASE, READING, builtin, process, reading};
use sluicebox_event::{PlanOptions, Plans, Reason, builtin_definitions};

/// What is put in place of a part of a good reading, and what becomes of it.
const SPOILED: &[(&str, &str, Result<&str, Reason>)] = &[
    // Syntax.
    ("21.5", "NaN", Err(Reason::InvalidJson)),
    ("21.5", "Infinity", Err(Reason::InvalidJson)),
    ("21.5", "-Infinity", Err(Reason::InvalidJson)),
    ("21.5", "+1", Err(Reason::InvalidJson)),
    ("21.5", "021", Err(Reason::InvalidJson)),
    ("21.5", ".5", Err(Reason::InvalidJson)),
    ("21.5", "1.", Err(Reason::InvalidJson)),
    ("21.5", "0x10", Err(Reason::InvalidJson)),
    ("21.5", "'21.5'", Err(Reason::InvalidJson)),
    ("21.5", "21.5,", Err(Reason::InvalidJson)),
    ("s-1", "s\n1", Err(Reason::InvalidJson)),
    ("s-1", "s\u{0}1", Err(Reason::InvalidJson)),
    ("s-1", "s\\x1", Err(Reason::InvalidJson)),
    ("s-1", "\\u00zz", Err(Reason::InvalidJson)),
    ("s-1", "\\ud800", Err(Reason::LoneSurrogate)),
    ("s-1", "\\udc00", Err(Reason::LoneSurrogate)),
    ("s-1", "\\ud800\\u0041", Err(Reason::LoneSurrogate)),
    ("s-1", "\\ud800\\ud800", Err(Reason::LoneSurrogate)),
    // Numbers.
    ("21.5", "1e400", Err(Reason::NumberOverflow)),
    ("21.5", "-1e400", Err(Reason::NumberOverflow)),
    ("21.5", "9007199254740993", Err(Reason::OutOfRange)),
    ("21.5", "18446744073709551616", Err(Reason::OutOfRange)),
    ("21.5", "60.00001", Err(Reason::OutOfRange)),
    ("21.5", "-90.1", Err(Reason::OutOfRange)),
    ("21.5", "60", Ok("\"temperature\":60,")),
    ("21.5", "-90", Ok("\"temperature\":-90,")),
    ("21.5", "2.150e1", Ok("\"temperature\":21.5,")),
    ("21.5", "21.0", Ok("\"temperature\":21,")),
    ("21.5", "-0", Ok("\"temperature\":-0,")),
    ("21.5", "1e-400", Ok("\"temperature\":0,")),
    ("21.5", "\"21.5\"", Err(Reason::WrongType)),
    ("21.5", "true", Err(Reason::WrongType)),
    ("21.5", "[21.5]", Err(Reason::WrongType)),
    ("21.5", "{\"v\":21.5}", Err(Reason::WrongType)),
    ("21.5", "null", Err(Reason::MissingField)),
    // Members.
    ("\"temperature\":21.5,", "", Err(Reason::MissingField)),
    (
        "\"temperature\":21.5,",
        "\"temperature\":1,\"temperature\":1,",
        Err(Reason::DuplicateKey),
    ),
    (
        "\"temperature\":21.5,",
        "\"temperature\":1,\"\\u0074emperature\":1,",
        Err(Reason::DuplicateKey),
    ),
    (
        "\"temperature\"",
        "\"\\u0074emperature\"",
        Ok("\"temperature\":21.5,"),
    ),
    (
        "\"temperature\":21.5,",
        "\"temperature\":21.5,\"x\":1,\"x\":{\"y\":[]},",
        Ok("\"temperature\":21.5,"),
    ),
    (
        "\"temperature\":21.5,",
        "\"temperature\":21.5,\"x\":1e400,",
        Ok("\"temperature\":21.5,"),
    ),
    ("\"s-1\"", "7", Err(Reason::WrongType)),
    ("s-1", "", Err(Reason::TooShort)),
    ("s-1", "s-2", Err(Reason::KeyMismatch)),
    ("s-1", "\\u0073-1", Ok("\"sensor_id\":\"s-1\",")),
    // Timestamps.
    (
        "\"2024-05-01T11:59:59.000Z\"",
        "1714564799",
        Ok("\"timestamp\":\"2024-05-01T11:59:59.000Z\""),
    ),
    (
        "\"2024-05-01T11:59:59.000Z\"",
        "1714564799000",
        Ok("\"timestamp\":\"2024-05-01T11:59:59.000Z\""),
    ),
    (
        "2024-05-01T11:59:59.000Z",
        "2024-05-01T13:59:59.0009+02:00",
        Ok("\"timestamp\":\"2024-05-01T11:59:59.000Z\""),
    ),
    (
        "\"2024-05-01T11:59:59.000Z\"",
        "-1",
        Err(Reason::TimestampOutOfWindow),
    ),
    (
        "\"2024-05-01T11:59:59.000Z\"",
        "99999999999",
        Err(Reason::TimestampOutOfWindow),
    ),
    (
        "\"2024-05-01T11:59:59.000Z\"",
        "1714564799000000",
        Err(Reason::TimestampOutOfWindow),
    ),
    (
        "\"2024-05-01T11:59:59.000Z\"",
        "1e400",
        Err(Reason::InvalidTimestamp),
    ),
    (
        "\"2024-05-01T11:59:59.000Z\"",
        "true",
        Err(Reason::WrongType),
    ),
    (
        "2024-05-01",
        "2124-05-01",
        Err(Reason::TimestampOutOfWindow),
    ),
    (
        "2024-05-01",
        "1924-05-01",
        Err(Reason::TimestampOutOfWindow),
    ),
    (
        "2024-05-01T11:59:59.000Z",
        "2024-05-02T12:00:00.000Z",
        Ok("\"timestamp\":\"2024-05-02T12:00:00.000Z\""),
    ),
    (
        "2024-05-01T11:59:59.000Z",
        "2024-05-02T12:00:00.001Z",
        Err(Reason::TimestampOutOfWindow),
    ),
    (
        "2024-05-01T11:59:59.000Z",
        "2024-05-01T11:59:59",
        Err(Reason::TimestampWithoutZone),
    ),
    ("2024-05-01", "2024-02-30", Err(Reason::InvalidTimestamp)),
    (
        "2024-05-01T11:59:59.000Z",
        "yesterday",
        Err(Reason::InvalidTimestamp),
    ),
];

#[test]
fn every_spoiled_reading_has_its_reason() {
    let plans = builtin();
    for (good, bad, expected) in SPOILED {
        assert!(READING.contains(good), "{good}");
        let value = READING.replacen(good, bad, 1);
        match (reading(&plans, value.as_bytes()), expected) {
            (Ok(json), Ok(part)) => assert!(json.contains(part), "{bad}: {json}"),
            (Err(reject), Err(reason)) => assert_eq!(reject.reason, *reason, "{bad}: {reject}"),
            (found, _) => panic!("{bad}: expected {expected:?}, found {found:?}"),
        }
    }
}

#[test]
fn every_value_that_is_no_reading_at_all_has_its_reason() {
    let plans = builtin();
    let nested = |levels: usize| {
        let inner = format!("{}{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        READING
            .replacen('{', &format!("{{\"x\":{inner},"), 1)
            .into_bytes()
    };
    let cases: Vec<(Vec<u8>, Option<Reason>)> = vec![
        (b"".to_vec(), Some(Reason::EmptyValue)),
        (b" \n\t".to_vec(), Some(Reason::EmptyValue)),
        (
            [b"\xef\xbb\xbf", READING.as_bytes()].concat(),
            Some(Reason::ByteOrderMark),
        ),
        (
            READING
                .replace("s-1", "s-\u{fffd}")
                .into_bytes()
                .iter()
                .copied()
                .filter(|b| *b != 0xbf)
                .collect(),
            Some(Reason::InvalidUtf8),
        ),
        (b"\xff\xfe{\0}\0".to_vec(), Some(Reason::InvalidUtf8)),
        (b"[1,2]".to_vec(), Some(Reason::NotAnObject)),
        (b"12".to_vec(), Some(Reason::NotAnObject)),
        (b"\"text\"".to_vec(), Some(Reason::NotAnObject)),
        (b"null".to_vec(), Some(Reason::NotAnObject)),
        (b"true".to_vec(), Some(Reason::NotAnObject)),
        (b"{}".to_vec(), Some(Reason::MissingField)),
        (b"sensor_id=1".to_vec(), Some(Reason::InvalidJson)),
        (
            format!("{READING}x").into_bytes(),
            Some(Reason::TrailingBytes),
        ),
        (
            format!("{READING}{READING}").into_bytes(),
            Some(Reason::TrailingBytes),
        ),
        (
            format!("{READING}\0").into_bytes(),
            Some(Reason::TrailingBytes),
        ),
        (format!(" \r\n{READING}\n").into_bytes(), None),
        (nested(128), None),
        (nested(129), Some(Reason::TooDeep)),
        (nested(100_000), Some(Reason::TooDeep)),
    ];
    for (value, expected) in cases {
        let found = reading(&plans, &value).err().map(|reject| reject.reason);
        assert_eq!(
            found,
            expected,
            "{}",
            String::from_utf8_lossy(&value[..value.len().min(200)])
        );
    }
    let reason = |key, value| {
        process(&plans, "sensor", key, value)
            .map(|_| ())
            .unwrap_err()
            .reason
    };
    assert_eq!(reason(Some(b"s-1"), None), Reason::NullValue);
    assert_eq!(reason(None, Some(READING.as_bytes())), Reason::MissingKey);
    assert_eq!(
        reason(Some(b""), Some(READING.as_bytes())),
        Reason::KeyMismatch
    );
    assert_eq!(
        reason(Some(b"\xff"), Some(READING.as_bytes())),
        Reason::KeyMismatch
    );
}

#[test]
fn a_reading_cut_anywhere_is_truncated() {
    let plans = builtin();
    for end in 1..READING.len() {
        let reject = reading(&plans, &READING.as_bytes()[..end]).unwrap_err();
        assert_eq!(reject.reason, Reason::TruncatedJson, "cut at {end}");
    }
}

#[test]
fn the_size_limit_is_inclusive() {
    let options = PlanOptions {
        value_max_bytes: READING.len(),
        ..PlanOptions::default()
    };
    let plans = Plans::compile(&builtin_definitions().unwrap(), options).unwrap();
    reading(&plans, READING.as_bytes()).unwrap();
    let reject = reading(&plans, format!("{READING} ").as_bytes()).unwrap_err();
    assert_eq!(reject.reason, Reason::TooLarge);
    assert!(
        reject.message.contains(&READING.len().to_string()),
        "{reject}"
    );
}

#[test]
fn decimals_keep_digits_and_have_38_of_them() {
    let plans = builtin();
    let amount = |token: &str| {
        let value = PURCHASE.replace("19.90", token);
        process(&plans, "activity", Some(b"u-1"), Some(value.as_bytes())).map(|(_, json)| {
            let rest = json.split("\"amount\":").nth(1).unwrap();
            rest.split(',').next().unwrap().to_owned()
        })
    };
    for (token, written) in [
        ("19.90", "19.90"),
        ("0", "0"),
        ("-0.00", "-0.00"),
        ("1.50e1", "15.0"),
        (
            "12345678901234567890123456789012345678",
            "12345678901234567890123456789012345678",
        ),
        (
            "0.10000000000000000000000000000000000001",
            "0.10000000000000000000000000000000000001",
        ),
    ] {
        assert_eq!(amount(token).unwrap(), written);
    }
    for (token, reason) in [
        (
            "123456789012345678901234567890123456789",
            Reason::NumberOverflow,
        ),
        ("1e400", Reason::NumberOverflow),
        ("1e-400", Reason::NumberOverflow),
        ("-0.01", Reason::OutOfRange),
        ("\"19.90\"", Reason::WrongType),
    ] {
        assert_eq!(amount(token).unwrap_err().reason, reason, "{token}");
    }
}

#[test]
fn messages_say_field_value_and_limit() {
    let plans = builtin();
    let message = |good: &str, bad: &str| {
        reading(&plans, READING.replacen(good, bad, 1).as_bytes())
            .unwrap_err()
            .message
    };
    assert_eq!(
        message("21.5", "99.5"),
        "`temperature` is 99.5 Cel, above the limit 60 Cel"
    );
    assert_eq!(
        message("21.5", "\"hot\""),
        "`temperature` is a string, not of type number: \"hot\""
    );
    assert_eq!(
        message("s-1", "s-2"),
        "`sensor_id` is s-2, but the record's key is s-1"
    );
    let long = message("s-1", &"x".repeat(5_000));
    assert!(
        long.starts_with("`sensor_id` has 5000 characters, more than 128: xxx") && long.len() < 200,
        "{long}"
    );
    let start = ", before the window's start 1970-01-01T00:00:00.000Z";
    let end = "\"2024-06-01T11:59:59.000Z\", after the window's end 2024-05-02T12:00:00.000Z";
    let no_day = "2024-02-30T11:59:59.000Z, a day or a time that does not exist";
    for (bad, wanted) in [("1969-05", start), ("2024-06", end), ("2024-02-30", no_day)] {
        let said = message(&"2024-05-01"[..bad.len()], bad);
        assert!(said.ends_with(wanted), "{said}");
    }
    assert_eq!(NOW_MS, 1_714_564_800_000);
}
