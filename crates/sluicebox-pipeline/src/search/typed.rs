//! Times and partitions as people type them.

/// A time: RFC 3339, or milliseconds since 1970. Without a zone it is UTC.
///
/// # Errors
/// It is none; the message says what to write.
pub fn moment(text: &str) -> Result<i64, String> {
    if let Ok(ms) = text.parse::<i64>() {
        return Ok(ms);
    }
    // What `<input type="datetime-local">` gives has neither seconds nor zone.
    let spelled = [text.to_owned(), format!("{text}Z"), format!("{text}:00Z")];
    let found = spelled
        .iter()
        .find_map(|text| text.parse::<jiff::Timestamp>().ok());
    found.map(jiff::Timestamp::as_millisecond).ok_or_else(|| {
        format!("{text}: write a time such as 2026-11-27T11:03:04Z, or milliseconds since 1970")
    })
}

/// Partitions, separated by commas.
///
/// # Errors
/// They are none; the message says what to write.
pub fn partitions(list: &str) -> Result<Vec<i32>, String> {
    let numbers = list
        .split(',')
        .map(|number| number.trim().parse::<u16>().map(i32::from));
    let mut numbers = numbers
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| format!("partition={list}: write numbers from 0, separated by commas"))?;
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
        for wrong in ["", "noon", "2025-13-01T00:00:00Z", "10m"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn partitions_are_numbers_with_commas() {
        assert_eq!(partitions("2, 0,2"), Ok(vec![0, 2]));
        for wrong in ["", "a", "-1", "0,,1", "70000"] {
            assert!(partitions(wrong).is_err(), "{wrong}");
        }
    }
}
