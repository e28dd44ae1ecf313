//! Why a text is no timestamp.

use super::parse;

/// Bytes of date and time down to seconds, and of the year.
const SECONDS_BYTES: usize = 19;
const YEAR_BYTES: usize = 4;

/// Whether a text that [`parse`] refuses is written as RFC 3339 is: then there is no such day or time.
pub(crate) fn has_form(text: &[u8]) -> bool {
    let Some((date_and_time, rest)) = text.split_at_checked(SECONDS_BYTES) else {
        return false;
    };
    // The same with digits that every calendar and clock has.
    let mut possible = date_and_time.to_vec();
    for (at, byte) in possible.iter_mut().enumerate().skip(YEAR_BYTES) {
        if byte.is_ascii_digit() {
            *byte = if at == 6 || at == 9 { b'1' } else { b'0' };
        }
    }
    possible.extend_from_slice(rest);
    parse(&possible).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_that_do_not_exist_are_told_from_other_forms() {
        for (text, wanted) in [
            ("2026-02-30T03:00:00Z", true),
            ("2024-13-01T00:00:00.5+02:00", true),
            ("2024-00-00T24:61:61", true),
            ("2024-02-30T00:00:00+0200", false),
            ("2024-02-30T00:00Z", false),
            ("2024-02-30", false),
            ("2024-02-xxT00:00:00Z", false),
            ("", false),
        ] {
            assert_eq!(has_form(text.as_bytes()), wanted, "{text}");
        }
    }
}
