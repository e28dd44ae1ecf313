//! What a wrong definition is told: where, what, and what was probably meant.

mod common;

use sluicebox_event::StreamDefinition;

const SHIPMENT: &str = include_str!("data/shipment.toml");

/// A change of the good definition, the line that is named, and words of the answer.
const MISTAKES: &[(&str, &str, usize, &str)] = &[
    (
        "topic = \"shipments\"",
        "topc = \"shipments\"",
        2,
        "unknown field `topc`, expected one of",
    ),
    (
        "topic = \"shipments\"",
        "topc = \"shipments\"",
        2,
        "did you mean `topic`?",
    ),
    (
        "topic = \"shipments\"",
        "topic = \"ship ments\"",
        2,
        "cannot be the name of a topic",
    ),
    (
        "topic = \"shipments\"",
        "topic = 3",
        2,
        "invalid type: integer `3`, expected a string",
    ),
    (
        "topic = \"shipments\"",
        "topic = \"shipments",
        2,
        "invalid basic string",
    ),
    (
        "name = \"shipment\"",
        "name = \"2nd\"",
        1,
        "cannot be the name of a stream",
    ),
    (
        "name = \"shipment\"",
        "name = \"shipment\"\nfile = \"../x.csv\"",
        2,
        "cannot be the name of a stream's file",
    ),
    (
        "key_field = \"shipmentId\"",
        "key_field = \"shipmentid\"",
        3,
        "did you mean `shipmentId`?",
    ),
    (
        "key_field = \"shipmentId\"",
        "key_field = \"depot\"",
        3,
        "`depot` cannot be the key field",
    ),
    (
        "unknown_fields = \"reject\"",
        "unknown_fields = \"refuse\"",
        4,
        "there is `ignore`, `reject`",
    ),
    (
        "event_time = \"packed\"",
        "event_time = \"weight\"",
        5,
        "`weight` is a number, not a timestamp",
    ),
    (
        "\"city\", \"class\"",
        "\"town\", \"class\"",
        7,
        "column `town` does not exist",
    ),
    (
        "\"city\", \"class\"",
        "\"ctiy\", \"class\"",
        7,
        "did you mean `city`?",
    ),
    (
        "\"city\", \"class\"",
        "\"city\", \"city\"",
        7,
        "column `city` is there twice",
    ),
    (
        "\"source_offset\",",
        "",
        6,
        "column `source_offset` is missing",
    ),
    (
        "type = \"integer\"",
        "type = \"intger\"",
        14,
        "did you mean `integer`?",
    ),
    (
        "min = 1\n",
        "min = 1\nmax = 0\n",
        16,
        "a `min` above its `max`",
    ),
    (
        "min = 1\n",
        "min = 1.5\n",
        16,
        "a whole number is wanted, this is a float",
    ),
    (
        "min = 1\n",
        "min_length = 1\n",
        16,
        "`min_length` means nothing for a field of type integer",
    ),
    (
        "name = \"express\"",
        "name = \"weight\"",
        24,
        "field `weight` is there twice",
    ),
    (
        "max_length = 3",
        "max_length = 3\nmin_length = 4",
        32,
        "a string of 4 to 3 characters cannot be",
    ),
    (
        "\"road\", \"rail\"",
        "\"rail\", \"rail\"",
        37,
        "value `rail` is there twice",
    ),
    (
        "values = [\"road\", \"rail\", \"sea\"]",
        "",
        36,
        "enumeration `carrier` has no `values`",
    ),
    (
        "carrier = \"rail\" }",
        "carrier = \"rial\" }",
        42,
        "did you mean `rail`?",
    ),
    (
        "carrier = \"rail\" }",
        "carier = \"rail\" }",
        42,
        "did you mean `carrier`?",
    ),
    (
        "carrier = \"rail\" }",
        "weight = 3 }",
        42,
        "`weight` is a number and cannot decide this",
    ),
    (
        "express = true, carrier",
        "express = \"yes\", carrier",
        42,
        "is of type boolean, this is a string",
    ),
    (
        "max = \"1000.00\"",
        "max = \"lots\"",
        44,
        "this is not a decimal",
    ),
    (
        "default = \"EUR\"",
        "default = 3",
        49,
        "the default is none: `currency` is a number, not of type string",
    ),
    (
        "default = \"EUR\"",
        "",
        50,
        "`default_when` needs a `default`",
    ),
    (
        "zone = \"Europe/Berlin\"",
        "zone = \"Europe/Berlim\"",
        56,
        "did you mean `Europe/Berlin`?",
    ),
    (
        "ahead = \"7d\"",
        "ahead = \"7 days\"",
        57,
        "`7 days` is not a duration",
    ),
    (
        "from = \"2020-01-01T00:00:00Z\"",
        "from = \"2020\"",
        57,
        "`2020` is not an instant",
    ),
    (
        "ahead = \"7d\"",
        "behind = \"7d\"",
        57,
        "unknown field `behind`",
    ),
    (
        "name = \"shipment_id\"",
        "name = \"source\"",
        60,
        "is a name that every record has for itself",
    ),
    (
        "name = \"shipment_id\"",
        "name = \"type\"",
        60,
        "is a name that every record has for itself",
    ),
    (
        "name = \"schema\"",
        "name = \"processed_at\"",
        91,
        "is a name that every record has for itself",
    ),
    (
        "name = \"schema\"",
        "name = \"weight\"",
        91,
        "`weight` is there twice",
    ),
    (
        "type = \"convert\"",
        "type = \"conversion\"",
        66,
        "there is no enrichment of type `conversion`",
    ),
    (
        "to = \"kg\"",
        "to = \"m\"",
        68,
        "`[lb_av]` measures masses, `m` measures lengths",
    ),
    ("to = \"kg\"", "to = \"Kg\"", 68, "did you mean `kg`?"),
    (
        "to = \"kg\"",
        "labels = [\"x\"]",
        68,
        "`labels` means nothing for an enrichment of type convert",
    ),
    (
        "field = \"weight\"\nto",
        "field = \"express\"\nto",
        67,
        "`express` has no unit to convert from",
    ),
    (
        "field = \"depot\"",
        "field = \"weight\"",
        75,
        "`weight` is a number and cannot be looked up",
    ),
    (
        "field = \"depot\"",
        "field = \"carrier\"",
        75,
        "`carrier` is never `HAM`",
    ),
    (
        "bands = { weight",
        "bands = { depot",
        82,
        "`depot` is a string, and bands are for numbers",
    ),
    (
        "{ label = \"heavy\" }",
        "{ label = \"heave\" }",
        82,
        "did you mean `heavy`?",
    ),
    (
        "{ label = \"heavy\" }",
        "{ below = 9, label = \"heavy\" }",
        82,
        "numbers from 9 on have no label",
    ),
    (
        "{ below = 50.0, label",
        "{ label",
        82,
        "a band without an end hides those behind it",
    ),
    (
        "true = \"fast\"",
        "yes = \"fast\"",
        88,
        "`express` is of type boolean and never `yes`",
    ),
    ("value = 2", "", 92, "constant `schema` needs `value`"),
];

#[test]
fn every_mistake_is_named_with_its_line() {
    StreamDefinition::parse(SHIPMENT, "shipment.toml").unwrap();
    for (good, bad, line, words) in MISTAKES {
        assert!(SHIPMENT.contains(good), "{good}");
        let error =
            StreamDefinition::parse(&SHIPMENT.replacen(good, bad, 1), "shipment.toml").unwrap_err();
        let text = error.to_string();
        assert!(text.contains(words), "{good} -> {bad}\n{text}");
        assert_eq!(error.line(), Some(*line), "{good} -> {bad}\n{text}");
        assert!(
            text.starts_with(&format!("shipment.toml:{line}: ")),
            "{text}"
        );
    }
}
