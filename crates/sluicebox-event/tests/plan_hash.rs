//! The plan hash tells apart what writes something else, and nothing more.

mod common;

use common::plans_of;
use sluicebox_event::{PlanOptions, Plans, builtin_definitions};

const SHIPMENT: &str = include_str!("data/shipment.toml");

#[test]
fn comments_layout_and_order_of_keys_do_not_count() {
    let hash = plans_of(SHIPMENT).hash();
    let commented = SHIPMENT.replace("[[fields]]", "\n# A field.\n[[fields]]");
    assert_eq!(plans_of(&commented).hash(), hash);
    let reordered = SHIPMENT
        .replace(
            "name = \"shipment\"\ntopic = \"shipments\"",
            "topic = 'shipments'\nname = \"shipment\"",
        )
        .replace(
            "{ HAM = \"Hamburg\", MUC = \"Munich\" }",
            "{ MUC = \"Munich\", HAM = \"Hamburg\" }",
        )
        .replace(
            "{ express = true, carrier = \"rail\" }",
            "{ carrier = \"rail\", express = true }",
        )
        .replace(
            "below = 50.0, label = \"light\"",
            "label = \"light\", below = 50",
        );
    assert_ne!(reordered, SHIPMENT);
    assert_eq!(plans_of(&reordered).hash(), hash);
    let explicit = SHIPMENT.replace(
        "event_time",
        "file = \"processed_data_shipment.csv\"\nkey_check = \"match\"\nevent_time",
    );
    assert_eq!(plans_of(&explicit).hash(), hash);
}

#[test]
fn whatever_changes_the_output_counts() {
    let mut hashes = std::collections::BTreeSet::from([plans_of(SHIPMENT).hash().to_string()]);
    for (old, new) in [
        ("name = \"shipment\"", "name = \"shipments\""),
        ("topic = \"shipments\"", "topic = \"parcels\""),
        ("unknown_fields = \"reject\"", "unknown_fields = \"ignore\""),
        ("event_time = \"packed\"", "key_check = \"none\""),
        ("\"city\", \"class\"", "\"class\", \"city\""),
        ("min = 1\n", "min = 2\n"),
        (
            "required = true\nmin = 1",
            "required = true\nmin = 1\nmax = 9",
        ),
        ("max_length = 3", "max_length = 4"),
        ("\"road\", \"rail\"", "\"road\", \"air\", \"rail\""),
        ("max = \"1000.00\"", "max = \"1000.01\""),
        ("default = \"EUR\"", "default = \"USD\""),
        (
            "default_when = { express = true }",
            "default_when = { express = false }",
        ),
        ("Europe/Berlin", "Europe/London"),
        ("ahead = \"7d\"", "ahead = \"8d\""),
        ("decimals = 3", "decimals = 2"),
        ("to = \"kg\"", "to = \"g\""),
        ("Munich", "München"),
        ("otherwise = \"elsewhere\"", ""),
        ("below = 50.0", "below = 51.0"),
        ("value = 2", "value = \"2\""),
    ] {
        assert!(SHIPMENT.contains(old), "{old}");
        let hash = plans_of(&SHIPMENT.replacen(old, new, 1)).hash().to_string();
        assert!(hashes.insert(hash), "{old} -> {new}");
    }
}

#[test]
fn streams_may_come_in_any_order_and_the_guard_counts() {
    let mut definitions = builtin_definitions().unwrap();
    let hash = |definitions: &[_], options| Plans::compile(definitions, options).unwrap().hash();
    let first = hash(&definitions, PlanOptions::default());
    let guarded = PlanOptions {
        csv_formula_guard: true,
        ..PlanOptions::default()
    };
    assert_ne!(hash(&definitions, guarded), first);
    let small = PlanOptions {
        value_max_bytes: 10,
        ..PlanOptions::default()
    };
    assert_eq!(hash(&definitions, small), first);
    definitions.reverse();
    assert_eq!(hash(&definitions, PlanOptions::default()), first);
    assert_eq!(first.to_string().len(), 64);
}
