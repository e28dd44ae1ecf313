//! Records that are wrong as Kafka records, and records in the output topics that no processor wrote.

use super::class::Make::{ByHand, Instead};
use super::class::{Bad, Class, Place};

/// Largest value that a plan looks at.
const VALUE_MAX_BYTES: usize = 1_048_576;

const fn source(name: &'static str, reason: &'static str, make: fn(&str, &str) -> Bad) -> Class {
    Class {
        name,
        place: Place::Sensor,
        reason,
        make: ByHand(make),
        heavy: false,
    }
}

const fn heavy(name: &'static str, reason: &'static str, make: fn(&str, &str) -> Bad) -> Class {
    Class {
        heavy: true,
        ..source(name, reason, make)
    }
}

fn bad(key: Option<&[u8]>, value: Option<&[u8]>) -> Bad {
    Bad {
        key: key.map(<[u8]>::to_vec),
        value: value.map(<[u8]>::to_vec),
        headers: Vec::new(),
    }
}

/// A reading without its temperature, filled up with white space.
fn of_size(id: &str, good: &str, bytes: usize) -> Bad {
    let short = good.replacen("\"temperature\":21.5,", "", 1);
    let space = " ".repeat(bytes - short.len());
    bad(
        Some(id.as_bytes()),
        Some(short.replacen('{', &format!("{{{space}"), 1).as_bytes()),
    )
}

/// Keys, headers and sizes.
pub(super) const RECORDS: &[Class] = &[
    source("tombstone", "null_value", |id, _| {
        bad(Some(id.as_bytes()), None)
    }),
    source("null key", "missing_key", |_, good| {
        bad(None, Some(good.as_bytes()))
    }),
    source("empty key", "key_mismatch", |_, good| {
        bad(Some(b""), Some(good.as_bytes()))
    }),
    source("another key", "key_mismatch", |id, good| {
        bad(Some(format!("{id}x").as_bytes()), Some(good.as_bytes()))
    }),
    source("key that is not UTF-8", "key_mismatch", |id, good| {
        bad(
            Some(&[id.as_bytes(), b"\xff"].concat()),
            Some(good.as_bytes()),
        )
    }),
    source("key of 60,000 bytes", "key_mismatch", |_, good| {
        bad(Some(&[b'k'; 60_000]), Some(good.as_bytes()))
    }),
    source("1,000 headers", "missing_field", |id, _| {
        let header = |n: usize| (format!("h{}", n % 300), Some(n.to_string().into_bytes()));
        Bad {
            headers: (0..1_000).map(header).collect(),
            ..bad(Some(id.as_bytes()), Some(b"{}"))
        }
    }),
    source("headers that look like ours", "missing_field", |id, _| {
        Bad {
            headers: [
                "__connect.errors.topic",
                "__connect.errors.offset",
                "__connect.errors.exception.class.name",
            ]
            .map(|name| (name.to_owned(), Some(b"forged".to_vec())))
            .to_vec(),
            ..bad(Some(id.as_bytes()), Some(b"{}"))
        }
    }),
    source("header of 30,000 bytes", "missing_field", |id, _| Bad {
        headers: vec![("big".to_owned(), Some(vec![0xff; 30_000]))],
        ..bad(Some(id.as_bytes()), Some(b"{}"))
    }),
    heavy("value at the limit", "missing_field", |id, good| {
        of_size(id, good, VALUE_MAX_BYTES)
    }),
    heavy("value over the limit", "too_large", |id, good| {
        of_size(id, good, VALUE_MAX_BYTES + 1)
    }),
];

const fn processed(
    name: &'static str,
    reason: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Class {
    Class {
        name,
        place: Place::Processed,
        reason,
        make: Instead(bad, good),
        heavy: false,
    }
}

const fn output(
    name: &'static str,
    place: Place,
    reason: &'static str,
    make: fn(&str, &str) -> Bad,
) -> Class {
    Class {
        place,
        ..source(name, reason, make)
    }
}

const LINEAGE: &str = "invalid_lineage";

/// What stands in an output topic and was not written by a processor.
pub(super) const OUTPUTS: &[Class] = &[
    processed("unknown type", "unknown_stream_type", "robot", "sensor"),
    processed("no type", "missing_stream_type", "", "\"type\":\"sensor\","),
    processed(
        "number for the type",
        "missing_stream_type",
        "7",
        "\"sensor\"",
    ),
    processed(
        "processed field left out",
        "missing_field",
        "",
        "\"temperature\":21.5,",
    ),
    processed(
        "string for a processed number",
        "wrong_type",
        "\"hot\"",
        "21.5",
    ),
    processed(
        "processed_at of another form",
        "invalid_timestamp",
        "2024-05-01 12:00",
        "2024-05-01T12:00:00.000Z",
    ),
    processed("no source", LINEAGE, "\"x\"", "\"source\""),
    processed("no source topic", LINEAGE, "", "\"topic\":\"sensor_data\","),
    processed(
        "number for the source topic",
        LINEAGE,
        "7",
        "\"sensor_data\"",
    ),
    processed("negative partition", LINEAGE, ":-1,", ":3,"),
    processed("fraction of a partition", LINEAGE, ":1.5,", ":3,"),
    processed("partition beyond 32 bits", LINEAGE, ":99999999999,", ":3,"),
    processed(
        "partition beyond any topic's",
        LINEAGE,
        ":2000000000,",
        ":3,",
    ),
    processed("negative offset", LINEAGE, ":-42,", ":42,"),
    processed(
        "offset beyond 64 bits",
        LINEAGE,
        ":9223372036854775808,",
        ":42,",
    ),
    processed(
        "the last offset there is",
        LINEAGE,
        ":9223372036854775807,",
        ":42,",
    ),
    processed(
        "string for the source timestamp",
        LINEAGE,
        "\"noon\"",
        "1714564799500",
    ),
    output(
        "processed tombstone",
        Place::Processed,
        "null_value",
        |id, _| bad(Some(id.as_bytes()), None),
    ),
    output(
        "processed empty value",
        Place::Processed,
        "empty_value",
        |id, _| bad(Some(id.as_bytes()), Some(b"")),
    ),
    output(
        "processed, cut",
        Place::Processed,
        "truncated_json",
        |id, good| {
            bad(
                Some(id.as_bytes()),
                Some(&good.as_bytes()[..good.len() - 9]),
            )
        },
    ),
    output(
        "processed array",
        Place::Processed,
        "not_an_object",
        |id, good| bad(Some(id.as_bytes()), Some(format!("[{good}]").as_bytes())),
    ),
    output(
        "letter without headers",
        Place::Letters,
        LINEAGE,
        |id, good| bad(Some(id.as_bytes()), Some(good.as_bytes())),
    ),
    output(
        "letter of a negative offset",
        Place::Letters,
        LINEAGE,
        |id, _| letter(id, "0", "-1"),
    ),
    output(
        "letter of no partition",
        Place::Letters,
        LINEAGE,
        |id, _| letter(id, "all", "1"),
    ),
    output(
        "letter of a partition beyond any",
        Place::Letters,
        LINEAGE,
        |id, _| letter(id, "2000000000", "1"),
    ),
];

/// A dead letter with headers as the processor writes them.
fn letter(id: &str, partition: &str, offset: &str) -> Bad {
    let headers = [
        ("__connect.errors.topic", "sensor_data"),
        ("__connect.errors.partition", partition),
        ("__connect.errors.offset", offset),
        ("__connect.errors.stage", "process"),
        ("__connect.errors.exception.class.name", "out_of_range"),
        ("__connect.errors.exception.message", "forged"),
        ("sluicebox.source.timestamp", "-1"),
    ];
    Bad {
        headers: headers
            .map(|(name, value)| (name.to_owned(), Some(value.as_bytes().to_vec())))
            .to_vec(),
        ..bad(Some(id.as_bytes()), Some(b"{}"))
    }
}
