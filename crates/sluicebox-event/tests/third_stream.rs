//! A third stream by configuration only: nothing in the sources knows it.

mod common;

use common::{plans_of, process, row};
use sluicebox_event::Reason;

/// Every type, every enrichment and every rule that a definition can have.
const SHIPMENT: &str = include_str!("data/shipment.toml");

const PARCEL: &str = r#"{"shipmentId":7001,"express":true,"weight":22.5,"depot":"HAM","carrier":"rail","insured_value":"x","price":12.50,"packed":"2024-05-01T13:00:00"}"#;

fn parcel() -> String {
    PARCEL.replace("\"insured_value\":\"x\",", "")
}

#[test]
fn a_shipment_goes_through_json_and_csv() {
    let plans = plans_of(SHIPMENT);
    let (processed, json) =
        process(&plans, "shipment", Some(b"7001"), Some(parcel().as_bytes())).unwrap();
    assert_eq!(
        json,
        r#"{"type":"shipment","shipment_id":7001,"express":true,"weight":22.5,"depot":"HAM","carrier":"rail","price":12.50,"currency":"EUR","packed":"2024-05-01T11:00:00.000Z","weight_kg":10.206,"city":"Hamburg","class":"light","speed":"fast","schema":2,"processed_at":"2024-05-01T12:00:00.000Z","source":{"topic":"shipments","partition":3,"offset":42,"timestamp":1714564799500}}"#
    );
    assert_eq!(processed.event_time_ms, 1_714_561_200_000);
    let (_, csv) = row(&plans, json.as_bytes()).unwrap();
    assert_eq!(
        csv,
        "7001,true,10.206,Hamburg,light,fast,12.50,EUR,2024-05-01T11:00:00.000Z,2,2024-05-01T12:00:00.000Z,shipments,3,42,1714564799500\n"
    );
    let plan = &plans.streams()[0];
    assert_eq!(plan.csv_header().split(',').count(), csv.split(',').count());
    assert_eq!(plan.file_name(), "processed_data_shipment.csv");
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
}

#[test]
fn its_rules_are_kept() {
    let plans = plans_of(SHIPMENT);
    for (good, bad, reason) in [
        ("7001", "70.5", Reason::WrongType),
        ("7001", "\"7001\"", Reason::WrongType),
        ("7001", "9223372036854775808", Reason::NumberOverflow),
        ("7001", "0", Reason::OutOfRange),
        ("true", "1", Reason::WrongType),
        ("\"HAM\"", "\"HAMBURG\"", Reason::TooLong),
        ("\"rail\"", "\"pigeon\"", Reason::NotInEnumeration),
        ("\"price\":12.50,", "", Reason::MissingField),
        ("12.50", "1000.01", Reason::OutOfRange),
        (
            "\"express\"",
            "\"note\":1,\"express\"",
            Reason::UnknownField,
        ),
    ] {
        let value = parcel().replacen(good, bad, 1);
        let reject =
            process(&plans, "shipment", Some(b"7001"), Some(value.as_bytes())).unwrap_err();
        assert_eq!(reject.reason, reason, "{good} -> {bad}: {reject}");
    }
}

#[test]
fn what_is_not_there_is_left_out() {
    let plans = plans_of(SHIPMENT);
    let value = r#"{"shipmentId":7.001e3,"express":false,"packed":1714561200}"#;
    let (_, json) = process(&plans, "shipment", Some(b"7001"), Some(value.as_bytes())).unwrap();
    assert!(json.starts_with(r#"{"type":"shipment","shipment_id":7001,"express":false,"packed":"2024-05-01T11:00:00.000Z","speed":"slow","schema":2,"processed_at""#), "{json}");
    let (_, csv) = row(&plans, json.as_bytes()).unwrap();
    assert!(
        csv.starts_with("7001,false,,,,slow,,,2024-05-01T11:00:00.000Z,2,"),
        "{csv}"
    );
}

#[test]
fn the_source_names_no_stream() {
    let mut pending = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src"
    ))];
    let mut files = 0;
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        files += 1;
        let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
        for word in [
            "sensor",
            "temperature\"",
            "humidity",
            "click",
            "purchase",
            "user_id",
            "shipment",
        ] {
            assert!(!text.contains(word), "{} knows `{word}`", path.display());
        }
    }
    assert!(files > 20);
}
