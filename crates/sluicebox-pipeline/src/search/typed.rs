//! Times and partitions as people type them.

use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A time: RFC 3339, or milliseconds since 1970. Without a zone it is UTC.
///
/// # Errors
/// It is none; the message says what to write.
pub fn moment(text: &str) -> Result<i64, String> {
    if let Ok(ms) = text.parse::<i64>() {
        return Ok(ms);
    }
    instant(text).ok_or_else(|| {
        format!("{text}: write a time such as 2026-11-27T11:03:04Z, or milliseconds since 1970")
    })
}

/// All that RFC 3339 can write: `jiff::Timestamp` ends a day before the year 9999 does. Seconds and zone may
/// be missing, as in what `<input type="datetime-local">` gives.
fn instant(text: &str) -> Option<i64> {
    let pieces = Pieces::parse(text).ok()?;
    let local = pieces.date().to_datetime(pieces.time()?);
    let offset_s = match pieces.to_numeric_offset() {
        Some(offset) => offset.seconds(),
        // The name of a zone alone: at some times it would mean two.
        None if pieces.time_zone_annotation().is_some() => return None,
        None => 0,
    };
    let ms = i64::try_from(local.duration_since(EPOCH).as_millis()).ok()?;
    Some(ms - i64::from(offset_s) * 1_000)
}

/// Partitions, separated by commas.
///
/// # Errors
/// They are none; the message says what to write.
pub fn partitions(list: &str) -> Result<Vec<i32>, String> {
    let numbers = list
        .split(',')
        .map(|number| number.trim().parse().ok().filter(|number| *number >= 0));
    let numbers: Option<Vec<i32>> = numbers.collect();
    let mut numbers = numbers.ok_or_else(|| {
        let most = i32::MAX;
        format!("partition={list}: write numbers from 0 to {most}, separated by commas")
    })?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_be_written_in_many_ways() {
        for time in [
            "1764241384000",
            "2025-11-27T11:03:04Z",
            "2025-11-27T11:03:04",
            "2025-11-27 11:03:04",
            "2025-11-27T12:03:04+01:00",
        ] {
            assert_eq!(moment(time), Ok(1_764_241_384_000), "{time}");
        }
        assert_eq!(moment("2025-11-27T11:03"), Ok(1_764_241_380_000));
        for (time, ms) in [
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
            ("9999-12-31T23:59:59.999", 253_402_300_799_999),
            ("9999-12-31T23:59:59+23:00", 253_402_217_999_000),
            ("1970-01-01T01:00+01:00", 0),
        ] {
            assert_eq!(moment(time), Ok(ms), "{time}");
        }
        for wrong in [
            "",
            "noon",
            "2025-13-01T00:00:00Z",
            "10m",
            "2025-11-27",
            "2025-11-27T11:03:04[Europe/Berlin]",
            "10000-01-01T00:00:00Z",
        ] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn partitions_are_numbers_with_commas() {
        assert_eq!(partitions("2, 0,2"), Ok(vec![0, 2]));
        assert_eq!(partitions("2147483647,70000"), Ok(vec![70_000, i32::MAX]));
        for wrong in ["", "a", "-1", "0,,1", "2147483648"] {
            assert!(partitions(wrong).is_err(), "{wrong}");
        }
    }
}
