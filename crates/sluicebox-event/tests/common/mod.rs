//! What the tests of this crate share.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

use sluicebox_event::{
    PlanOptions, Plans, Processed, Reject, Row, Scratch, SourceRecord, StreamDefinition,
    builtin_definitions,
};

/// 2024-05-01T12:00:00.000Z, the time of processing.
pub(crate) const NOW_MS: i64 = 1_714_564_800_000;

/// A reading that is accepted, for other tests to spoil.
pub(crate) const READING: &str = r#"{"sensor_id":"s-1","temperature":21.5,"humidity":40,"timestamp":"2024-05-01T11:59:59.000Z"}"#;

/// A purchase that is accepted.
pub(crate) const PURCHASE: &str = r#"{"user_id":"u-1","action":"purchase","page":"/cart","product_id":"p-9","amount":19.90,"currency":"USD","timestamp":"2024-05-01T11:59:59.000Z"}"#;

/// A click that is accepted.
pub(crate) const CLICK: &str =
    r#"{"user_id":"u-1","action":"click","page":"/","timestamp":"2024-05-01T11:59:59.000Z"}"#;

pub(crate) fn builtin() -> Plans {
    Plans::compile(&builtin_definitions().unwrap(), PlanOptions::default()).unwrap()
}

pub(crate) fn plans_of(definition: &str) -> Plans {
    let definition = StreamDefinition::parse(definition, "test.toml").unwrap();
    Plans::compile(&[definition], PlanOptions::default()).unwrap()
}

/// A record of `stream`'s topic at partition 3, offset 42.
pub(crate) fn record<'a>(
    plans: &'a Plans,
    stream: &str,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
) -> SourceRecord<'a> {
    let stream = plans.stream_of_name(stream).unwrap();
    let topic = plans.streams()[stream.index()].source_topic();
    SourceRecord {
        topic,
        partition: 3,
        offset: 42,
        timestamp_ms: 1_714_564_799_500,
        key,
        value,
    }
}

/// The processed record of `value` as text.
pub(crate) fn process(
    plans: &Plans,
    stream: &str,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<(Processed, String), Reject> {
    let mut out = b"before".to_vec();
    let id = plans.stream_of_name(stream).unwrap();
    let record = record(plans, stream, key, value);
    let result = plans.process(id, &mut Scratch::default(), &record, NOW_MS, &mut out);
    let text = String::from_utf8(out).unwrap();
    let written = text.strip_prefix("before").unwrap().to_owned();
    assert!(
        result.is_ok() || written.is_empty(),
        "a rejected record left {written}"
    );
    result.map(|processed| (processed, written))
}

/// Processes a reading whose key is `s-1`.
pub(crate) fn reading(plans: &Plans, value: &[u8]) -> Result<String, Reject> {
    process(plans, "sensor", Some(b"s-1"), Some(value)).map(|(_, text)| text)
}

/// The CSV row of a processed record.
pub(crate) fn row(plans: &Plans, value: &[u8]) -> Result<(Row, String), Reject> {
    let mut out = b"before".to_vec();
    let result = plans.csv_row(&mut Scratch::default(), Some(value), &mut out);
    let text = String::from_utf8(out).unwrap();
    let written = text.strip_prefix("before").unwrap().to_owned();
    assert!(
        result.is_ok() || written.is_empty(),
        "a rejected record left {written}"
    );
    result.map(|row| (row, written))
}
