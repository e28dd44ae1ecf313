//! The kinds of values a setting can have, and the one way in which text becomes a value.

use std::collections::BTreeMap;
use std::time::Duration;

use sluicebox_pipeline::datagen::{InvalidRatio, Rate};

/// What a setting's value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text: a name, an address.
    Text,
    /// A path of a file or directory.
    Path,
    /// A whole number in a range, both ends included.
    Integer(i64, i64),
    /// A share from 0 to 1.
    Ratio,
    /// `true` or `false`; as a flag it takes no value.
    Switch,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A length of time such as `500ms`, `10s`, `1h30m`.
    Duration,
    /// Records per second, or `max`.
    Rate,
    /// A point in time, RFC 3339.
    Timestamp,
    /// Several of what is named here; as a flag it can be repeated.
    List(&'static str),
    /// A table of `KEY=VALUE`; as a flag it can be repeated.
    Pairs,
}

/// A value that has passed its [`Kind`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Ratio(InvalidRatio),
    Switch(bool),
    Duration(Duration),
    Rate(Rate),
    /// Milliseconds since the epoch.
    Timestamp(i64),
    List(Vec<String>),
    Pairs(BTreeMap<String, String>),
}

impl Kind {
    /// Turns text into a value of this kind.
    ///
    /// # Errors
    /// A sentence that says what the value must look like.
    pub(crate) fn parse(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text | Self::Path => parse_text(text),
            Self::Integer(least, most) => parse_integer(text, least, most),
            Self::Ratio => text.parse().map(Value::Ratio),
            Self::Switch => match text {
                "true" | "1" | "yes" => Ok(Value::Switch(true)),
                "false" | "0" | "no" => Ok(Value::Switch(false)),
                _ => Err(format!("`{text}` is not `true` or `false`")),
            },
            Self::Choice(words) => match words.contains(&text) {
                true => Ok(Value::Text(text.to_owned())),
                false => Err(format!("`{text}` is not one of {}", words.join(", "))),
            },
            Self::Duration => parse_duration(text).map(Value::Duration),
            Self::Rate => text.parse().map(Value::Rate),
            Self::Timestamp => text
                .parse::<jiff::Timestamp>()
                .map(|time| Value::Timestamp(time.as_millisecond()))
                .map_err(|_| format!("`{text}` is not a time such as 2026-01-31T08:00:00Z")),
            Self::List(_) => Ok(Value::List(
                text.split(',').map(|part| part.trim().to_owned()).collect(),
            )),
            Self::Pairs => parse_pair(text),
        }
    }

    /// The word that stands for the value in help texts.
    pub(crate) fn placeholder(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Path => "PATH",
            Self::Integer(..) => "N",
            Self::Ratio => "F",
            Self::Switch => "",
            Self::Choice(_) => "WORD",
            Self::Duration => "DURATION",
            Self::Rate => "R|max",
            Self::Timestamp => "TIME",
            Self::List("path") => "FILE",
            Self::List(_) => "NAME",
            Self::Pairs => "KEY=VALUE",
        }
    }
}

fn parse_text(text: &str) -> Result<Value, String> {
    match text.is_empty() {
        true => Err("must not be empty".to_owned()),
        false => Ok(Value::Text(text.to_owned())),
    }
}

fn parse_integer(text: &str, least: i64, most: i64) -> Result<Value, String> {
    let digits = text.replace('_', "");
    match digits.parse::<i64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(Value::Integer(number)),
        Ok(_) if most == i64::MAX => Err(format!("`{text}` is less than {least}")),
        Ok(_) => Err(format!("`{text}` is not from {least} to {most}")),
        Err(_) => Err(format!("`{text}` is not a whole number")),
    }
}

/// A positive length of time, written as people write it (`10s`, `1h 30m`, `PT5M`).
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("`{text}` is not a length of time such as 500ms, 10s or 1h30m"))
}

fn parse_pair(text: &str) -> Result<Value, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(Value::Pairs(BTreeMap::from([(
            key.trim().to_owned(),
            value.to_owned(),
        )]))),
        _ => Err(format!("`{text}` is not KEY=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        assert_eq!(Kind::Rate.parse("max"), Ok(Value::Rate(Rate::Max)));
        assert_eq!(
            Kind::Rate.parse("1000"),
            Ok(Value::Rate(Rate::per_second(1000)))
        );
        assert_eq!(
            Kind::Duration.parse("1m30s"),
            Ok(Value::Duration(Duration::from_secs(90)))
        );
        assert_eq!(Kind::Integer(1, 9).parse("7"), Ok(Value::Integer(7)));
        assert_eq!(
            Kind::Timestamp.parse("1970-01-01T00:00:01Z"),
            Ok(Value::Timestamp(1000))
        );
    }

    #[test]
    fn what_is_not_of_the_kind_is_refused_with_the_shape_it_should_have() {
        for (kind, text) in [
            (Kind::Rate, "-1"),
            (Kind::Rate, "fast"),
            (Kind::Rate, "inf"),
            (Kind::Duration, "ten"),
            (Kind::Duration, "0s"),
            (Kind::Duration, "-5s"),
            (Kind::Integer(1, 9), "10"),
            (Kind::Integer(1, 9), "x"),
            (Kind::Ratio, "1.5"),
            (Kind::Ratio, "NaN"),
            (Kind::Choice(&["a", "b"]), "c"),
            (Kind::Pairs, "no-equals"),
            (Kind::Text, ""),
            (Kind::Switch, "maybe"),
            (Kind::Timestamp, "yesterday"),
        ] {
            assert!(kind.parse(text).is_err(), "{kind:?} took {text}");
        }
    }
}
