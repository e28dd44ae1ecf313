//! Values that are wrong: what stands in a record of a source topic.

use super::class::Make::{ByHand, Instead};
use super::class::{Bad, Class, Place};

const fn sensor(name: &'static str, reason: &'static str, bad: &'static str) -> Class {
    member(name, reason, bad, "21.5")
}

const fn member(
    name: &'static str,
    reason: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Class {
    Class {
        name,
        place: Place::Sensor,
        reason,
        make: Instead(bad, good),
        heavy: false,
    }
}

const fn purchase(
    name: &'static str,
    reason: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Class {
    Class {
        place: Place::Activity,
        ..member(name, reason, bad, good)
    }
}

const fn at(name: &'static str, reason: &'static str, bad: &'static str) -> Class {
    member(name, reason, bad, "\"2024-05-01T11:59:59.000Z\"")
}

/// One member of an otherwise good record is wrong.
pub(super) const MEMBERS: &[Class] = &[
    sensor("NaN", "invalid_json", "NaN"),
    sensor("Infinity", "invalid_json", "Infinity"),
    sensor("-Infinity", "invalid_json", "-Infinity"),
    sensor("plus sign", "invalid_json", "+1"),
    sensor("leading zero", "invalid_json", "021"),
    sensor("leading point", "invalid_json", ".5"),
    sensor("trailing point", "invalid_json", "1."),
    sensor("hexadecimal number", "invalid_json", "0x10"),
    sensor("single quotes", "invalid_json", "'21.5'"),
    sensor("trailing comma", "invalid_json", "21.5,"),
    sensor("comment", "invalid_json", "21.5/*warm*/"),
    member("raw line feed", "invalid_json", "@\n", "@"),
    member("raw carriage return", "invalid_json", "@\r", "@"),
    member("raw NUL", "invalid_json", "@\0", "@"),
    member("raw tab", "invalid_json", "@\t", "@"),
    member("raw quote", "invalid_json", "@\"x", "@"),
    member("unknown escape", "invalid_json", "@\\x1", "@"),
    member("escape that is no hex", "invalid_json", "@\\u00zz", "@"),
    member("high surrogate alone", "lone_surrogate", "@\\ud800", "@"),
    member("low surrogate alone", "lone_surrogate", "@\\udc00", "@"),
    member(
        "two high surrogates",
        "lone_surrogate",
        "@\\ud800\\ud800",
        "@",
    ),
    sensor("1e400", "number_overflow", "1e400"),
    sensor("-1e400", "number_overflow", "-1e400"),
    sensor("beyond 53 bits", "out_of_range", "9007199254740993"),
    sensor("beyond i64", "out_of_range", "9223372036854775808"),
    sensor("beyond u64", "out_of_range", "18446744073709551616"),
    sensor("above its range", "out_of_range", "60.00001"),
    sensor("below its range", "out_of_range", "-90.1"),
    sensor("string for a number", "wrong_type", "\"21.5\""),
    sensor("boolean for a number", "wrong_type", "true"),
    sensor("array for a number", "wrong_type", "[21.5]"),
    sensor("object for a number", "wrong_type", "{\"v\":21.5}"),
    sensor("null for a required field", "missing_field", "null"),
    member("number for a string", "wrong_type", "7", "\"@\""),
    member(
        "required field left out",
        "missing_field",
        "",
        "\"temperature\":21.5,",
    ),
    sensor("field twice", "duplicate_key", "1,\"temperature\":1"),
    sensor(
        "field twice, once escaped",
        "duplicate_key",
        "1,\"\\u0074emperature\":1",
    ),
    member("empty string", "too_short", "", "@"),
    at("negative timestamp", "timestamp_out_of_window", "-1"),
    at(
        "seconds of the year 5138",
        "timestamp_out_of_window",
        "99999999999",
    ),
    at(
        "microseconds",
        "timestamp_out_of_window",
        "1714564799000000",
    ),
    at("timestamp 1e400", "invalid_timestamp", "1e400"),
    at("boolean for a timestamp", "wrong_type", "true"),
    at(
        "a hundred years ahead",
        "timestamp_out_of_window",
        "\"2124-05-01T00:00:00Z\"",
    ),
    at(
        "a hundred years back",
        "timestamp_out_of_window",
        "\"1924-05-01T00:00:00Z\"",
    ),
    at(
        "no offset",
        "timestamp_without_zone",
        "\"2024-05-01T11:59:59\"",
    ),
    at(
        "30 February",
        "invalid_timestamp",
        "\"2024-02-30T00:00:00Z\"",
    ),
    at("no timestamp at all", "invalid_timestamp", "\"yesterday\""),
    purchase("unknown word", "not_in_enumeration", "steal", "purchase"),
    purchase(
        "left out, required when",
        "missing_field",
        "",
        "\"product_id\":\"p-9\",",
    ),
    purchase("decimal below its range", "out_of_range", "-0.01", "19.90"),
    purchase(
        "decimal of 39 digits",
        "number_overflow",
        "123456789012345678901234567890123456789",
        "19.90",
    ),
    purchase("decimal 1e-400", "number_overflow", "1e-400", "19.90"),
    purchase("string for a decimal", "wrong_type", "\"19.90\"", "19.90"),
    purchase("one character too many", "too_long", "EURO", "USD"),
    purchase("one character too few", "too_short", "EU", "USD"),
];

const fn whole(name: &'static str, reason: &'static str, make: fn(&str, &str) -> Bad) -> Class {
    Class {
        name,
        place: Place::Sensor,
        reason,
        make: ByHand(make),
        heavy: false,
    }
}

/// A record of this key and value.
fn bad(id: &str, value: impl Into<Vec<u8>>) -> Bad {
    Bad {
        key: Some(id.as_bytes().to_vec()),
        value: Some(value.into()),
        headers: Vec::new(),
    }
}

/// A good reading with this before its first member.
fn nested(id: &str, good: &str, levels: usize) -> Bad {
    let (open, close) = ("[".repeat(levels), "]".repeat(levels));
    bad(
        id,
        good.replacen('{', &format!("{{\"x\":{open}{close},"), 1),
    )
}

/// The value is no record at all.
pub(super) const WHOLES: &[Class] = &[
    whole("empty value", "empty_value", |id, _| bad(id, "")),
    whole("white space only", "empty_value", |id, _| bad(id, " \n\t")),
    whole("byte order mark", "byte_order_mark", |id, good| {
        bad(id, format!("\u{feff}{good}"))
    }),
    whole("Latin-1", "invalid_utf8", |id, good| {
        bad(id, [good.split_at(14).0.as_bytes(), b"caf\xe9\"}"].concat())
    }),
    whole("overlong UTF-8", "invalid_utf8", |id, good| {
        bad(
            id,
            [good.split_at(14).0.as_bytes(), b"\xc0\xaf\"}"].concat(),
        )
    }),
    whole("UTF-16", "invalid_utf8", |id, good| {
        let units = good.encode_utf16().flat_map(u16::to_le_bytes);
        bad(
            id,
            [0xff, 0xfe].into_iter().chain(units).collect::<Vec<_>>(),
        )
    }),
    whole("array", "not_an_object", |id, good| {
        bad(id, format!("[{good}]"))
    }),
    whole("number", "not_an_object", |id, _| bad(id, "42")),
    whole("string", "not_an_object", |id, _| bad(id, "\"text\"")),
    whole("null", "not_an_object", |id, _| bad(id, "null")),
    whole("true", "not_an_object", |id, _| bad(id, "true")),
    whole("empty object", "missing_field", |id, _| bad(id, "{}")),
    whole("form data", "invalid_json", |id, _| {
        bad(id, format!("sensor_id={id}"))
    }),
    whole("XML", "invalid_json", |id, _| {
        bad(id, format!("<s id=\"{id}\"/>"))
    }),
    whole("cut in the middle", "truncated_json", |id, good| {
        bad(id, &good.as_bytes()[..good.len() / 2])
    }),
    whole("cut before its last byte", "truncated_json", |id, good| {
        bad(id, &good.as_bytes()[..good.len() - 1])
    }),
    whole("letter behind the end", "trailing_bytes", |id, good| {
        bad(id, format!("{good}x"))
    }),
    whole("NUL behind the end", "trailing_bytes", |id, good| {
        bad(id, format!("{good}\0"))
    }),
    whole("two records in one", "trailing_bytes", |id, good| {
        bad(id, format!("{good}{good}"))
    }),
    whole("129 levels", "too_deep", |id, good| nested(id, good, 128)),
    whole("5,000 levels", "too_deep", |id, good| {
        nested(id, good, 5_000)
    }),
    whole("string of 5,000 characters", "too_long", |id, good| {
        bad(id, good.replacen(id, &"x".repeat(5_000), 1))
    }),
    whole(
        "cell with everything CSV fears",
        "not_an_object",
        |id, _| bad(id, "[\"=1+1\",\"\\\"\",\"a,b\",\r\n\"\\u0000\"]"),
    ),
    whole("Avro", "invalid_utf8", |id, _| {
        bad(id, &b"\0\0\0\0\x07\x02\xc8\x06bad"[..])
    }),
];
