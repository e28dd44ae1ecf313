//! Where `topics tail` begins and ends, as people type it.

use std::time::Duration;

use sluicebox_pipeline::search;

use crate::settings::value::parse_duration;

/// Numbers from here on are milliseconds since 1970 (this one is in 1973), smaller ones offsets.
const FIRST_TIME_MS: i64 = 100_000_000_000;

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Milliseconds since 1970.
    At(i64),
    /// So long before now.
    Ago(Duration),
}

impl Moment {
    /// Milliseconds since 1970.
    pub(crate) fn ms(self, now_ms: i64) -> i64 {
        match self {
            Self::At(ms) => ms,
            Self::Ago(ago) => {
                now_ms.saturating_sub(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX))
            }
        }
    }

    /// RFC 3339, milliseconds since 1970, or a length of time before now (`10m`).
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let before = text.strip_suffix("ago").unwrap_or(text).trim();
        if let Ok(ago) = parse_duration(before) {
            return Ok(Self::Ago(ago));
        }
        match search::moment(text) {
            Ok(ms) if ms >= 0 => Ok(Self::At(ms)),
            _ => Err(
                "write a time such as 2026-11-27T11:03:04Z, milliseconds since 1970, or 10m for ten minutes ago"
                    .to_owned(),
            ),
        }
    }
}

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// With the oldest record.
    Earliest,
    /// With records that are new.
    Latest,
    /// With this offset in each partition.
    Offset(i64),
    /// With the first record that is not older.
    Moment(Moment),
}

impl Since {
    /// `earliest`, `latest`, an offset, or a moment.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "earliest" => return Ok(Self::Earliest),
            "latest" => return Ok(Self::Latest),
            _ => {}
        }
        let named = text.trim().strip_prefix("offset:");
        match named.unwrap_or(text.trim()).parse::<i64>() {
            Ok(offset) if offset >= 0 && (named.is_some() || offset < FIRST_TIME_MS) => {
                Ok(Self::Offset(offset))
            }
            Err(_) if named.is_some() => {
                Err("write a whole number from 0 on after offset:".to_owned())
            }
            _ => Moment::parse(text)
                .map(Self::Moment)
                .map_err(|error| format!("it is earliest, latest, an offset, or a time: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_a_word_an_offset_or_a_time() {
        let ago = |seconds| Since::Moment(Moment::Ago(Duration::from_secs(seconds)));
        for (text, since) in [
            ("earliest", Since::Earliest),
            (" latest ", Since::Latest),
            ("0", Since::Offset(0)),
            ("99999999999", Since::Offset(99_999_999_999)),
            ("offset:1764241384000", Since::Offset(1_764_241_384_000)),
            (
                "1764241384000",
                Since::Moment(Moment::At(1_764_241_384_000)),
            ),
            (
                "2025-11-27T11:03:04Z",
                Since::Moment(Moment::At(1_764_241_384_000)),
            ),
            ("10m", ago(600)),
            ("1h30m ago", ago(5_400)),
        ] {
            assert_eq!(Since::parse(text), Ok(since), "{text}");
        }
        for wrong in ["", "-1", "offset:-1", "offset:", "offset:x", "noon", "0s"] {
            assert!(Since::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_end_is_a_time_whatever_number_it_is() {
        assert_eq!(Moment::parse("7"), Ok(Moment::At(7)));
        assert_eq!(Moment::parse("10m").map(|at| at.ms(1_000_000)), Ok(400_000));
        let ever = Moment::Ago(Duration::MAX);
        assert!(ever.ms(1_000_000) < 0);
        assert!(Moment::parse("earliest").is_err());
    }
}
