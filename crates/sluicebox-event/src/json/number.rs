//! Numbers (IEEE 754 doubles): their value, and whether their text can be copied as it came.

/// A number token's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    /// The token is what [`write`] would write.
    pub(crate) canonical: bool,
}

/// Powers of ten that a double holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The value of a token that a scan has accepted. `None`: no finite double.
#[inline]
pub(crate) fn parse(token: &[u8]) -> Option<Number> {
    parse_short(token).or_else(|| parse_any(token))
}

/// Up to 15 significant digits without an exponent. Both steps are exact, so the one division
/// rounds correctly (Clinger 1990), and no shorter text can mean the same double: two decimals of
/// at most 15 digits never do. Without trailing zeros the text is therefore the shortest one.
#[inline]
fn parse_short(token: &[u8]) -> Option<Number> {
    let (negative, digits) = match token.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, token),
    };
    let mut mantissa = 0_u64;
    let mut fraction_digits = None;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                if mantissa >= 1_000_000_000_000_000 {
                    return None;
                }
                fraction_digits = fraction_digits.map(|count: usize| count + 1);
            }
            b'.' => fraction_digits = Some(0),
            _ => return None,
        }
    }
    let magnitude = mantissa as f64 / EXACT_POWERS.get(fraction_digits.unwrap_or(0))?;
    let value = if negative { -magnitude } else { magnitude };
    // Below 1e-5 the canonical text has an exponent.
    let canonical = fraction_digits.is_none() || (!digits.ends_with(b"0") && magnitude >= 1e-5);
    Some(Number { value, canonical })
}

#[cold]
fn parse_any(token: &[u8]) -> Option<Number> {
    let value: f64 = std::str::from_utf8(token).ok()?.parse().ok()?;
    value.is_finite().then_some(Number {
        value,
        canonical: false,
    })
}

/// Appends the shortest text that reads back as `value` (finite). Whole numbers below 1e16 have
/// no fraction: `21`, where other writers say `21.0`.
pub(crate) fn write(out: &mut Vec<u8>, value: f64) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::{parse, write};
    use proptest::prelude::*;

    fn written(value: f64) -> String {
        let mut out = Vec::new();
        write(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn canonical_tokens_are_told_from_others() {
        for token in [
            "0",
            "-0",
            "21",
            "21.5",
            "-40.25",
            "0.00001",
            "123456789012345",
        ] {
            let number = parse(token.as_bytes()).unwrap();
            assert!(number.canonical, "{token}");
            assert_eq!(written(number.value), token);
        }
        for (token, text) in [
            ("21.0", "21"),
            ("21.50", "21.5"),
            ("0.0", "0"),
            ("-0.0", "-0"),
            ("2.15e1", "21.5"),
            ("1E2", "100"),
            ("0.000001", "1e-6"),
            ("0.1000000000000000055511151231257827", "0.1"),
            ("12345678901234567890", "1.2345678901234567e+19"),
        ] {
            let number = parse(token.as_bytes()).unwrap();
            assert!(!number.canonical, "{token}");
            assert_eq!(written(number.value), text);
        }
        assert_eq!(parse(b"1e400"), None);
        assert_eq!(parse(b"-1e400"), None);
    }

    proptest! {
        #[test]
        fn values_are_those_of_the_standard_library(token in "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
            let expected: f64 = token.parse().unwrap();
            match parse(token.as_bytes()) {
                Some(number) => {
                    prop_assert_eq!(number.value.to_bits(), expected.to_bits());
                    prop_assert!(!number.canonical || written(expected) == token);
                    prop_assert_eq!(written(expected).parse::<f64>().unwrap().to_bits(), expected.to_bits());
                }
                None => prop_assert!(expected.is_infinite()),
            }
        }
    }
}
