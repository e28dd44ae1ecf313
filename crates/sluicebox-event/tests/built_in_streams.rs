//! The built-in streams, from a source record to a row, as users and scripts depend on them.

mod common;

use common::{CLICK, PURCHASE, READING, builtin, process, reading, row};
use sluicebox_event::{Reason, Row, StreamId};

#[test]
fn a_reading_becomes_a_record_and_a_row() {
    let plans = builtin();
    let (processed, json) =
        process(&plans, "sensor", Some(b"s-1"), Some(READING.as_bytes())).unwrap();
    assert_eq!(
        json,
        r#"{"type":"sensor","sensor_id":"s-1","temperature":21.5,"humidity":40,"timestamp":"2024-05-01T11:59:59.000Z","status":"normal","processed_at":"2024-05-01T12:00:00.000Z","source":{"topic":"sensor_data","partition":3,"offset":42,"timestamp":1714564799500}}"#
    );
    assert_eq!(
        (processed.ignored_fields, processed.event_time_ms),
        (0, 1_714_564_799_000)
    );
    let (facts, csv) = row(&plans, json.as_bytes()).unwrap();
    assert_eq!(
        csv,
        "s-1,2024-05-01T11:59:59.000Z,21.5,40,normal,2024-05-01T12:00:00.000Z,3,42\n"
    );
    let stream = plans.stream_of_name("sensor").unwrap();
    let expected = Row {
        stream,
        source_stream: Some(stream),
        source_partition: 3,
        source_offset: 42,
        source_timestamp_ms: 1_714_564_799_500,
        processed_at_ms: common::NOW_MS,
    };
    assert_eq!(facts, expected);
}

#[test]
fn a_purchase_keeps_its_digits_and_a_click_needs_none() {
    let plans = builtin();
    let whole = |value: &str| {
        let (_, json) = process(&plans, "activity", Some(b"u-1"), Some(value.as_bytes())).unwrap();
        let csv = row(&plans, json.as_bytes()).unwrap().1;
        (json, csv)
    };
    let (json, csv) = whole(PURCHASE);
    assert!(json.starts_with(r#"{"type":"activity","user_id":"u-1","action":"purchase","page":"/cart","product_id":"p-9","amount":19.90,"currency":"USD","timestamp":"2024-05-01T11:59:59.000Z","category":"revenue","processed_at":"#), "{json}");
    assert_eq!(
        csv,
        "u-1,2024-05-01T11:59:59.000Z,purchase,/cart,p-9,19.90,USD,revenue,2024-05-01T12:00:00.000Z,3,42\n"
    );
    let (json, csv) = whole(CLICK);
    assert!(
        json.contains(r#""category":"engagement""#) && !json.contains("currency"),
        "{json}"
    );
    assert_eq!(
        csv,
        "u-1,2024-05-01T11:59:59.000Z,click,/,,,,engagement,2024-05-01T12:00:00.000Z,3,42\n"
    );
}

#[test]
fn a_purchase_without_a_currency_is_in_euro() {
    let plans = builtin();
    for value in [
        PURCHASE.replace(r#""currency":"USD","#, ""),
        PURCHASE.replace("\"USD\"", "null"),
    ] {
        let (_, json) = process(&plans, "activity", Some(b"u-1"), Some(value.as_bytes())).unwrap();
        assert!(
            json.contains(r#""amount":19.90,"currency":"EUR","timestamp""#),
            "{json}"
        );
    }
}

#[test]
fn a_purchase_needs_a_product_and_an_amount() {
    let plans = builtin();
    for (part, field) in [
        (r#""product_id":"p-9","#, "product_id"),
        (r#""amount":19.90,"#, "amount"),
    ] {
        let value = PURCHASE.replace(part, "");
        let reject = process(&plans, "activity", Some(b"u-1"), Some(value.as_bytes())).unwrap_err();
        assert_eq!(
            (reject.reason, reject.field.as_deref()),
            (Reason::MissingField, Some(field))
        );
        assert!(
            reject
                .message
                .contains("required when `action` is purchase"),
            "{}",
            reject.message
        );
    }
}

#[test]
fn the_worst_band_is_the_status() {
    let plans = builtin();
    for (temperature, humidity, status) in [
        ("21", "40", "normal"),
        ("35", "40", "warning"),
        ("21", "19.9", "warning"),
        ("44.9", "95", "critical"),
        ("-20.1", "40", "critical"),
        ("-20", "40", "warning"),
        ("0", "20", "normal"),
        ("60", "0", "critical"),
    ] {
        let value = READING
            .replace("21.5", temperature)
            .replace(":40", &format!(":{humidity}"));
        let json = reading(&plans, value.as_bytes()).unwrap();
        assert!(
            json.contains(&format!(r#""status":"{status}""#)),
            "{temperature} {humidity}: {json}"
        );
    }
}

#[test]
fn files_and_headers_are_the_documented_ones() {
    let plans = builtin();
    let file = |name: &str| {
        let stream = plans.stream_of_name(name).unwrap();
        let plan = &plans.streams()[stream.index()];
        (
            plan.source_topic().to_owned(),
            plan.file_name(),
            plan.csv_header().to_owned(),
        )
    };
    let (topic, name, header) = file("sensor");
    assert_eq!(
        (topic.as_str(), name.as_str()),
        ("sensor_data", "processed_data_sensor.csv")
    );
    assert_eq!(
        header,
        "sensor_id,timestamp,temperature,humidity,status,processed_at,source_partition,source_offset"
    );
    let (topic, name, header) = file("activity");
    assert_eq!(
        (topic.as_str(), name.as_str()),
        ("user_activity", "processed_data_activity.csv")
    );
    assert_eq!(
        header,
        "user_id,timestamp,action,page,product_id,amount,currency,category,processed_at,source_partition,source_offset"
    );
    assert_eq!(
        plans.stream_of_topic("sensor_data"),
        plans.stream_of_name("sensor")
    );
    assert_eq!(plans.stream_of_topic("elsewhere"), None);
    assert_eq!(plans.streams()[StreamId(0).index()].name(), "sensor");
}
