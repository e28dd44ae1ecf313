//! Numbers as digits: integers, decimals whose digits are kept, epoch numbers. Exact.

use crate::limits::DECIMAL_MAX_DIGITS;
use std::cmp::Ordering;

/// The parts of a number token that a scan has accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    integer: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
    has_exponent: bool,
}

/// Exponents are cut off here: far more than any type holds, far less than overflows.
const EXPONENT_CEILING: i64 = 1_000_000_000_000;

impl<'a> Decimal<'a> {
    pub(crate) fn of(token: &'a [u8]) -> Self {
        let (negative, rest) = match token.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, token),
        };
        let (mantissa, exponent) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        let (integer, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &mantissa[..0]),
        };
        let has_exponent = exponent.is_some();
        Self {
            negative,
            integer,
            fraction,
            exponent: exponent.map_or(0, read_exponent),
            has_exponent,
        }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + Clone + use<'a> {
        self.integer
            .iter()
            .chain(self.fraction)
            .map(|digit| digit - b'0')
    }

    /// Digits from the first one that is not zero, and how many of them stand before the point
    /// (negative: zeros follow the point first). `None`: zero.
    fn significant(&self) -> Option<(impl Iterator<Item = u8> + Clone + use<'a>, i64)> {
        let zeros = self.digits().take_while(|&digit| digit == 0).count();
        if zeros == self.integer.len() + self.fraction.len() {
            return None;
        }
        let point = self.integer.len() as i64 - zeros as i64 + self.exponent;
        Some((self.digits().skip(zeros), point))
    }

    /// The largest whole number that is not above this one times ten to the `shift`, and whether
    /// they are equal. `None`: beyond 64 bits.
    pub(crate) fn floor(&self, shift: i64) -> Option<(i64, bool)> {
        let Some((mut digits, point)) = self.significant() else {
            return Some((0, true));
        };
        let point = point + shift;
        if point > 19 {
            return None;
        }
        let mut magnitude = 0_u64;
        for _ in 0..point {
            magnitude = magnitude
                .checked_mul(10)?
                .checked_add(u64::from(digits.next().unwrap_or(0)))?;
        }
        let exact = digits.all(|digit| digit == 0);
        let magnitude = i128::from(magnitude);
        let floor = match (self.negative, exact) {
            (false, _) => magnitude,
            (true, true) => -magnitude,
            (true, false) => -magnitude - 1,
        };
        i64::try_from(floor).ok().map(|floor| (floor, exact))
    }

    /// Appends the number without an exponent, every significant digit kept. False, and nothing
    /// appended, when that takes more than [`DECIMAL_MAX_DIGITS`] digits.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> bool {
        let Some((mut digits, point)) = self.significant() else {
            out.push(b'0');
            return true;
        };
        let before = point.max(0);
        let after = (digits.clone().count() as i64 - point).max(0);
        if before + after > DECIMAL_MAX_DIGITS as i64 {
            return false;
        }
        if self.negative {
            out.push(b'-');
        }
        if before == 0 {
            out.push(b'0');
        }
        for _ in 0..before {
            out.push(b'0' + digits.next().unwrap_or(0));
        }
        if after > 0 {
            out.push(b'.');
        }
        for _ in point..0 {
            out.push(b'0');
        }
        out.extend(digits.map(|digit| b'0' + digit));
        true
    }

    /// Whether the token has an exponent, so that its text has to be rewritten.
    pub(crate) fn has_exponent(&self) -> bool {
        self.has_exponent
    }

    /// Whether all digits fit, leading zeros not counted.
    pub(crate) fn fits(&self) -> bool {
        let leading = usize::from(self.integer == b"0");
        self.integer.len() - leading + self.fraction.len() <= DECIMAL_MAX_DIGITS
    }

    /// Whether [`Decimal::write`] would succeed.
    pub(crate) fn fits_written_out(&self) -> bool {
        self.significant().is_none_or(|(digits, point)| {
            let after = (digits.count() as i64 - point).max(0);
            point.max(0) + after <= DECIMAL_MAX_DIGITS as i64
        })
    }

    /// Compares the values, however they are written.
    pub(crate) fn compare(&self, other: &Decimal<'_>) -> Ordering {
        match (self.sign(), other.sign()) {
            (mine, theirs) if mine != theirs => mine.cmp(&theirs),
            (0, _) => Ordering::Equal,
            (1, _) => self.compare_magnitude(other),
            _ => self.compare_magnitude(other).reverse(),
        }
    }

    fn sign(&self) -> i8 {
        match (self.significant().is_some(), self.negative) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => -1,
        }
    }

    fn compare_magnitude(&self, other: &Decimal<'_>) -> Ordering {
        let (Some((mut mine, my_point)), Some((mut theirs, their_point))) =
            (self.significant(), other.significant())
        else {
            return Ordering::Equal;
        };
        if my_point != their_point {
            return my_point.cmp(&their_point);
        }
        loop {
            match (mine.next(), theirs.next()) {
                (None, None) => return Ordering::Equal,
                (left, right) => match left.unwrap_or(0).cmp(&right.unwrap_or(0)) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                },
            }
        }
    }
}

fn read_exponent(text: &[u8]) -> i64 {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let magnitude = digits.iter().fold(0_i64, |value, digit| {
        (value * 10 + i64::from(digit - b'0')).min(EXPONENT_CEILING)
    });
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::Decimal;
    use std::cmp::Ordering;

    fn plain(token: &str) -> Option<String> {
        let mut out = Vec::new();
        Decimal::of(token.as_bytes())
            .write(&mut out)
            .then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn exponents_are_written_out_and_digits_kept() {
        for (token, text) in [
            ("19.90", "19.90"),
            ("1.50e2", "150"),
            ("1.505e2", "150.5"),
            ("15e3", "15000"),
            ("15e-3", "0.015"),
            ("-1.5E-1", "-0.15"),
            ("0.015e2", "1.5"),
            ("0.015e1", "0.15"),
            ("0e5", "0"),
            ("0e-2", "0"),
            ("1e37", "10000000000000000000000000000000000000"),
        ] {
            assert_eq!(plain(token).as_deref(), Some(text), "{token}");
        }
        for token in [
            "1e38",
            "1e400",
            "1e-39",
            "1e-99999999999999999999",
            "1e99999999999999999999",
        ] {
            assert_eq!(plain(token), None, "{token}");
        }
    }

    #[test]
    fn floors_are_exact() {
        let floor = |token: &str, shift| Decimal::of(token.as_bytes()).floor(shift);
        assert_eq!(floor("1700000000.123", 3), Some((1_700_000_000_123, true)));
        assert_eq!(
            floor("1700000000.1239", 3),
            Some((1_700_000_000_123, false))
        );
        assert_eq!(floor("-1.0001", 3), Some((-1001, false)));
        assert_eq!(floor("-1.001", 3), Some((-1001, true)));
        assert_eq!(floor("1.7e9", 0), Some((1_700_000_000, true)));
        assert_eq!(floor("9223372036854775807", 0), Some((i64::MAX, true)));
        assert_eq!(floor("-9223372036854775808", 0), Some((i64::MIN, true)));
        assert_eq!(floor("9223372036854775808", 0), None);
        assert_eq!(floor("18446744073709551616", 0), None);
        assert_eq!(floor("1e400", 0), None);
        assert_eq!(floor("-1e-400", 0), Some((-1, false)));
        assert_eq!(floor("0e999999", 0), Some((0, true)));
    }

    #[test]
    fn values_are_compared_not_texts() {
        let compare =
            |a: &str, b: &str| Decimal::of(a.as_bytes()).compare(&Decimal::of(b.as_bytes()));
        for (a, b) in [
            ("-1", "0"),
            ("0.09", "0.1"),
            ("9", "10"),
            ("-10", "-9"),
            ("1e-400", "0.1"),
            ("99999999999999999999.98", "99999999999999999999.99"),
        ] {
            assert_eq!(compare(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(compare(b, a), Ordering::Greater, "{a} {b}");
        }
        for (a, b) in [
            ("0", "-0.00"),
            ("1", "1.000"),
            ("100", "1e2"),
            ("-0.5", "-5e-1"),
        ] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }
}
