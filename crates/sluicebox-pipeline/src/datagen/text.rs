//! JSON by hand into a buffer that is reused: no allocation per record.

use jiff::Timestamp;

/// Appends `number` / 10^`digits` in its shortest form, which the plan copies as it is.
pub(super) fn push_fixed(out: &mut Vec<u8>, number: i64, digits: u32) {
    let start = out.len();
    push_decimal(out, number, digits);
    while digits > 0 && out.len() > start && out.ends_with(b"0") {
        out.pop();
    }
    if out.ends_with(b".") {
        out.pop();
    }
}

/// Appends `number` / 10^`digits` with all its digits, as money is written.
pub(super) fn push_decimal(out: &mut Vec<u8>, number: i64, digits: u32) {
    if number < 0 {
        out.push(b'-');
    }
    let scale = 10_u64.pow(digits);
    let magnitude = number.unsigned_abs();
    push_padded(out, magnitude / scale, 1);
    if digits > 0 {
        out.push(b'.');
        push_padded(out, magnitude % scale, digits as usize);
    }
}

/// Appends `number` with zeros in front up to `width` digits.
pub(super) fn push_padded(out: &mut Vec<u8>, mut number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    while number > 0 {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let start = first.min(digits.len() - width.min(digits.len()));
    out.extend_from_slice(&digits[start..]);
}

/// Event time as `2026-11-23T19:39:10.123Z`, worked out anew once a second only.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    ms: i64,
    second: i64,
    text: Vec<u8>,
}

impl Stamp {
    /// The stamp of `ms` (epoch milliseconds; years beyond ±9999 stop there).
    pub(super) fn at(ms: i64) -> Self {
        let mut stamp = Self {
            ms,
            second: i64::MIN,
            text: Vec::with_capacity(32),
        };
        stamp.set(ms);
        stamp
    }

    /// Moves the stamp to `ms`.
    pub(super) fn set(&mut self, ms: i64) {
        self.ms = ms;
        let second = ms.div_euclid(1000);
        if second != self.second {
            self.second = second;
            let (low, high) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
            let time = Timestamp::from_second(second.clamp(low, high)).unwrap_or_default();
            self.text = time.to_string().into_bytes();
            self.text.pop();
            self.text.extend_from_slice(b".000Z");
        }
        let millis = ms.rem_euclid(1000) as u64;
        let end = self.text.len() - 1;
        self.text.truncate(end - 3);
        push_padded(&mut self.text, millis, 3);
        self.text.push(b'Z');
    }

    /// RFC 3339 in UTC with exactly three decimals.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Epoch milliseconds.
    pub(super) fn ms(&self) -> i64 {
        self.ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_as_a_json_reader_expects_them() {
        for (number, digits, wanted) in [
            (2143, 2, "21.43"),
            (2140, 2, "21.4"),
            (2100, 2, "21"),
            (-5, 2, "-0.05"),
            (0, 2, "0"),
            (-1000, 2, "-10"),
            (70, 0, "70"),
        ] {
            assert_eq!(text(|out| push_fixed(out, number, digits)), wanted);
        }
        assert_eq!(text(|out| push_decimal(out, 1990, 2)), "19.90");
        assert_eq!(text(|out| push_decimal(out, 5, 2)), "0.05");
        assert_eq!(text(|out| push_padded(out, 42, 4)), "0042");
        assert_eq!(text(|out| push_padded(out, 12_345, 4)), "12345");
        assert_eq!(
            text(|out| push_padded(out, u64::MAX, 1)),
            u64::MAX.to_string()
        );
    }

    #[test]
    fn a_stamp_is_rfc_3339_with_three_decimals() {
        let mut stamp = Stamp::at(0);
        for (ms, wanted) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (7, "1970-01-01T00:00:00.007Z"),
            (1_763_926_750_123, "2025-11-23T19:39:10.123Z"),
            (1_763_926_750_999, "2025-11-23T19:39:10.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            stamp.set(ms);
            assert_eq!(stamp.text(), wanted.as_bytes());
        }
        stamp.set(i64::MAX);
        assert!(stamp.text().starts_with(b"9999-12-30T"));
    }
}
