//! Timestamps: RFC 3339 to milliseconds and back, and epoch numbers.
//!
//! Everything leaves as RFC 3339 in UTC with exactly three decimals, 24 bytes. Finer digits are
//! cut, towards the past, so that a text and an epoch number of the same instant stay equal.

mod form;

use crate::json::decimal::Decimal;
use crate::limits::EPOCH_SECONDS_BELOW;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub(crate) use form::has_form;

/// Bytes of a canonical timestamp.
pub(crate) const CANONICAL_BYTES: usize = 24;

/// 0000-01-01T00:00:00.000Z, the first instant RFC 3339 can write.
pub(crate) const FIRST_MS: i64 = -62_167_219_200_000;

/// 9999-12-31T23:59:59.999Z, the last instant RFC 3339 can write.
pub(crate) const LAST_MS: i64 = 253_402_300_799_999;

const DAY_MS: i64 = 86_400_000;

/// A text that was read as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// Milliseconds since 1970: of the instant if there was an offset, else of the local time as
    /// if it were UTC.
    pub(crate) ms: i64,
    /// The text named an offset (`Z` or `+02:00`).
    pub(crate) has_offset: bool,
    /// The text is the canonical one.
    pub(crate) canonical: bool,
}

/// Reads `2024-05-01T12:30:00[.fraction][Z|+hh:mm]` (RFC 3339 section 5.6; `t`, `z` and a space
/// are allowed as there). Second 60 becomes 59, since UTC milliseconds have no leap seconds.
/// `None`: malformed, or no such day or time.
pub(crate) fn parse(text: &[u8]) -> Option<Parsed> {
    let year = two(text, 0)? * 100 + two(text, 2)?;
    let (month, day) = (two(text, 5)?, two(text, 8)?);
    let (hour, minute, second) = (two(text, 11)?, two(text, 14)?, two(text, 17)?);
    let separators = [text[4], text[7], text[10], text[13], text[16]];
    if !matches!(separators, [b'-', b'-', b'T' | b't' | b' ', b':', b':']) {
        return None;
    }
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction_ms, rest) = fraction(&text[19..])?;
    let offset_minutes = offset(rest)?;
    let seconds =
        days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
    let local_ms = seconds * 1_000 + fraction_ms;
    Some(Parsed {
        ms: local_ms - offset_minutes.unwrap_or(0) * 60_000,
        has_offset: offset_minutes.is_some(),
        canonical: text.len() == CANONICAL_BYTES
            && text[10] == b'T'
            && text[19] == b'.'
            && text[23] == b'Z'
            && second < 60,
    })
}

/// Milliseconds since 1970 of a timestamp as it leaves: `2024-05-01T12:30:00.000Z` and no other form.
/// For those who read rows back.
pub fn instant_ms(text: &[u8]) -> Option<i64> {
    parse(text)
        .filter(|parsed| parsed.canonical)
        .map(|parsed| parsed.ms)
}

/// The text of an instant, milliseconds since 1970, as everything leaves: RFC 3339 in UTC with three
/// decimals.
pub fn instant_text(ms: i64) -> String {
    String::from_utf8_lossy(&format(ms)).into_owned()
}

/// Whether a text has the shape of a canonical timestamp: cheap, for what we wrote ourselves.
#[inline]
pub(crate) fn is_canonical_shape(text: &[u8]) -> bool {
    const SHAPE: [u8; CANONICAL_BYTES] = *b"0000-00-00T00:00:00.000Z";
    let Ok(text) = <&[u8; CANONICAL_BYTES]>::try_from(text) else {
        return false;
    };
    // Without branches, so that the compiler does all bytes at once.
    text.iter().zip(SHAPE).fold(true, |fits, (&byte, shape)| {
        fits & if shape == b'0' {
            byte.wrapping_sub(b'0') < 10
        } else {
            byte == shape
        }
    })
}

/// Two digits at `at`.
#[inline]
fn two(text: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (
        text.get(at)?.wrapping_sub(b'0'),
        text.get(at + 1)?.wrapping_sub(b'0'),
    );
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

/// Milliseconds of an optional fraction, and what follows it.
#[inline]
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', digits)) = rest.split_first() else {
        return Some((0, rest));
    };
    let length = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if length == 0 {
        return None;
    }
    let digit = |at: usize| {
        if at < length {
            i64::from(digits[at] - b'0')
        } else {
            0
        }
    };
    Some((digit(0) * 100 + digit(1) * 10 + digit(2), &digits[length..]))
}

/// Minutes east of UTC; inner `None`: no offset there. Outer `None`: malformed.
#[expect(clippy::option_option, reason = "absent and malformed are two things")]
#[inline]
fn offset(rest: &[u8]) -> Option<Option<i64>> {
    let (sign, digits) = match rest {
        [] => return Some(None),
        [b'Z' | b'z'] => return Some(Some(0)),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if digits.len() != 5 || digits[2] != b':' {
        return None;
    }
    let (hours, minutes) = (two(digits, 0)?, two(digits, 3)?);
    (hours <= 23 && minutes <= 59).then_some(Some(sign * (hours * 60 + minutes)))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level
/// date algorithms": years start in March, so that the leap day comes last).
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The canonical text of an instant. Instants that RFC 3339 cannot write are moved to the nearest
/// one it can.
pub(crate) fn format(ms: i64) -> [u8; CANONICAL_BYTES] {
    let ms = ms.clamp(FIRST_MS, LAST_MS);
    let days = ms.div_euclid(DAY_MS) + 719_468;
    let of_day = ms.rem_euclid(DAY_MS);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let parts = [
        (0, year / 100),
        (2, year % 100),
        (5, month),
        (8, day),
        (11, of_day / 3_600_000),
        (14, of_day / 60_000 % 60),
        (17, of_day / 1_000 % 60),
        (20, of_day / 10 % 100),
    ];
    for (at, value) in parts {
        text[at] = b'0' + (value / 10) as u8;
        text[at + 1] = b'0' + (value % 10) as u8;
    }
    text[22] = b'0' + (of_day % 10) as u8;
    text
}

/// An epoch number: below 1e11 in magnitude seconds, else milliseconds. Exact, finer digits cut.
/// `None`: beyond anything a timestamp can be.
pub(crate) fn from_epoch(token: &[u8]) -> Option<i64> {
    let number = Decimal::of(token);
    let (whole, exact) = number.floor(0)?;
    // -1e11 itself is milliseconds; its floor tells it apart from -1e11 plus a fraction.
    let is_seconds = whole < EPOCH_SECONDS_BELOW
        && (whole > -EPOCH_SECONDS_BELOW || (whole == -EPOCH_SECONDS_BELOW && !exact));
    if is_seconds {
        number.floor(3).map(|(ms, _)| ms)
    } else {
        Some(whole)
    }
}

/// The instant of a local time in a zone. Where clocks were put back the earlier instant counts;
/// a time that they skipped moves on by what was skipped (RFC 5545 section 3.3.5).
pub(crate) fn in_zone(local_ms: i64, zone: &TimeZone) -> Option<i64> {
    let utc = Timestamp::from_millisecond(local_ms).ok()?;
    let local: DateTime = TimeZone::UTC.to_datetime(utc);
    zone.to_timestamp(local).ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_of_rfc_3339_are_read() {
        for (text, ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("2024-02-29t23:59:59.9999z", 1_709_251_199_999),
            ("2024-02-29 23:59:59.9+00:00", 1_709_251_199_900),
            ("1970-01-01T02:00:00+02:00", 0),
            ("1969-12-31T23:59:59.9999-00:00", -1),
            ("2016-12-31T23:59:60Z", 1_483_228_799_000),
            ("0000-01-01T00:00:00.000Z", FIRST_MS),
            ("9999-12-31T23:59:59.999Z", LAST_MS),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap().ms, ms, "{text}");
        }
        for text in [
            "",
            "2024",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:61Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+2:00",
            "2024-01-01T00:00:00+0200",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00ZZ",
            "2024/01/01T00:00:00Z",
            "2024-01-01T00:00Z",
            "+2024-01-01T00:00:00Z",
            "２０２４-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn epoch_numbers_are_seconds_or_milliseconds_by_magnitude() {
        for (token, ms) in [
            ("1700000000", 1_700_000_000_000),
            ("1700000000.1239", 1_700_000_000_123),
            ("1700000000123", 1_700_000_000_123),
            ("99999999999", 99_999_999_999_000),
            ("99999999999.9999", 99_999_999_999_999),
            ("100000000000", 100_000_000_000),
            ("-99999999999.5", -99_999_999_999_500),
            ("-100000000000", -100_000_000_000),
            ("1.7e9", 1_700_000_000_000),
            ("-0.0001", -1),
        ] {
            assert_eq!(from_epoch(token.as_bytes()), Some(ms), "{token}");
        }
        assert_eq!(from_epoch(b"1e400"), None);
    }

    #[test]
    fn a_zone_decides_what_a_local_time_means() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| in_zone(parse(text.as_bytes()).unwrap().ms, &berlin).map(format);
        assert_eq!(
            at("2024-07-01T12:00:00"),
            Some(*b"2024-07-01T10:00:00.000Z")
        );
        assert_eq!(
            at("2024-10-27T02:30:00"),
            Some(*b"2024-10-27T00:30:00.000Z")
        );
        assert_eq!(
            at("2024-03-31T02:30:00"),
            Some(*b"2024-03-31T01:30:00.000Z")
        );
    }

    proptest! {
        #[test]
        fn texts_agree_with_jiff(ms in FIRST_MS..=LAST_MS) {
            let text = format(ms);
            let parsed = parse(&text).unwrap();
            prop_assert_eq!(parsed, Parsed { ms, has_offset: true, canonical: true });
            let instant = jiff::Timestamp::from_millisecond(ms).unwrap();
            prop_assert_eq!(format!("{instant:.3}").into_bytes(), text.to_vec());
        }

        #[test]
        fn what_we_read_jiff_reads_alike(text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])") {
            let ours = parse(text.as_bytes());
            match text.parse::<jiff::Timestamp>() {
                Ok(theirs) => {
                    let nanoseconds = theirs.as_nanosecond();
                    prop_assert_eq!(ours.map(|parsed| i128::from(parsed.ms)), Some(nanoseconds.div_euclid(1_000_000)));
                }
                // jiff also refuses offsets and instants beyond its own range of years.
                Err(_) => prop_assert!(ours.is_none_or(|parsed| parsed.ms < FIRST_MS + DAY_MS || parsed.ms > LAST_MS - 2 * DAY_MS)),
            }
        }
    }
}
