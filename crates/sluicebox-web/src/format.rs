//! Numbers and times for people. Numbers keep their width while they grow, as far as they can.

use jiff::Timestamp;
pub(crate) use sluicebox_pipeline::numbers::grouped;

/// As [`grouped`], for numbers that may be below zero.
pub(crate) fn signed(number: i64) -> String {
    let sign = if number < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}

/// Words as a sentence.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    let first: String = first.into_iter().flatten().collect();
    format!("{first}{}.", letters.as_str())
}

/// So many of something, in the singular where it is one.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {what}{ending}", grouped(count as u64))
}

/// A host as Kafka tells it, without the slash that Java writes before an address.
pub(crate) fn host(host: &str) -> &str {
    host.rsplit('/').next().unwrap_or(host)
}

/// A rate per second.
pub(crate) fn rate(rate: f64) -> String {
    if rate > 0.0 && rate < 10.0 {
        format!("{rate:.1}/s")
    } else {
        format!("{}/s", grouped(rate.max(0.0).round() as u64))
    }
}

/// Bytes, in the unit that leaves a short number.
pub(crate) fn bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{value:.1} {}", units[unit]),
    }
}

/// Milliseconds, in the unit that leaves a short number.
pub(crate) fn millis(ms: u64) -> String {
    match ms {
        1_000..600_000 if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        0..1_000 => format!("{ms} ms"),
        1_000..600_000 => format!("{:.1} s", ms as f64 / 1000.0),
        _ => format!("{} min", grouped(ms / 60_000)),
    }
}

/// A moment: 2026-11-27 11:03:04.123Z; a dash where there is none.
pub(crate) fn time(ms: i64) -> String {
    let found = Timestamp::from_millisecond(ms).ok().filter(|_| ms >= 0);
    found.map_or("\u{2013}".to_owned(), |time| {
        time.strftime("%Y-%m-%d %H:%M:%S%.3fZ").to_string()
    })
}

/// A moment of a list: 11-27 11:03:04.
pub(crate) fn short_time(ms: i64) -> String {
    let found = Timestamp::from_millisecond(ms).ok().filter(|_| ms >= 0);
    found.map_or("\u{2013}".to_owned(), |time| {
        time.strftime("%m-%d %H:%M:%S").to_string()
    })
}

/// A moment of a day: 11:03:04.
pub(crate) fn clock(ms: i64) -> String {
    let found = Timestamp::from_millisecond(ms);
    found.map_or(String::new(), |time| time.strftime("%H:%M:%S").to_string())
}

/// Partitions as ranges: 0-2, 5.
pub(crate) fn ranges(numbers: &[i32]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let mut parts: Vec<String> = Vec::new();
    let mut rest = sorted.as_slice();
    while let Some((&first, _)) = rest.split_first() {
        let run = rest
            .iter()
            .enumerate()
            .take_while(|(i, n)| **n == first + *i as i32)
            .count();
        let last = rest[run - 1];
        parts.push(if run == 1 {
            first.to_string()
        } else {
            format!("{first}\u{2013}{last}")
        });
        rest = &rest[run..];
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many_and_a_host_has_no_slash() {
        assert_eq!(counted(1, "member"), "1 member");
        assert_eq!(counted(0, "member"), "0 members");
        assert_eq!(host("/127.0.0.1"), "127.0.0.1");
        assert_eq!(host("kafka.example/10.0.0.1"), "10.0.0.1");
    }

    #[test]
    fn numbers_are_short_and_can_be_read() {
        assert_eq!(signed(-1_000), "\u{2212}1,000");
        assert_eq!(
            [rate(0.0), rate(2.55), rate(12_345.6)],
            ["0/s", "2.5/s", "12,346/s"]
        );
        assert_eq!(
            [bytes(12), bytes(1536), bytes(3 << 30)],
            ["12 B", "1.5 KiB", "3.0 GiB"]
        );
        assert_eq!(
            [millis(80), millis(12_500), millis(3_600_000)],
            ["80 ms", "12.5 s", "60 min"]
        );
        assert_eq!(time(-1), "\u{2013}");
        assert_eq!(time(1_764_241_384_123), "2025-11-27 11:03:04.123Z");
    }

    #[test]
    fn partitions_are_written_as_ranges() {
        assert_eq!(ranges(&[5, 1, 0, 2]), "0\u{2013}2, 5");
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[3]), "3");
    }
}
