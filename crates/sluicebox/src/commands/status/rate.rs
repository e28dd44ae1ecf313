//! How fast the groups work.

use std::time::Instant;

use super::asked::Asked;
use super::here::Here;
use crate::output::grouped;

/// Which of the groups writes the files.
const SINK: usize = 1;

/// What a group gets done in a second. Offsets are no records: each transaction ends with a marker,
/// which has an offset of its own, in each partition that it wrote to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rate {
    /// Rows and dead letters that came into the files.
    Rows(f64),
    /// Offsets that the group's committed ones have moved on by.
    Offsets(f64),
    /// There are no two looks to compare.
    Unknown,
}

impl Rate {
    pub(super) fn text(self) -> String {
        match self {
            Self::Rows(rate) => format!("{} rows/s", grouped(rate.round() as u64)),
            Self::Offsets(rate) => format!("{} offsets/s", grouped(rate.round() as u64)),
            Self::Unknown => "-".to_owned(),
        }
    }

    pub(super) fn rows(self) -> Option<f64> {
        match self {
            Self::Rows(rate) => Some(rate),
            _ => None,
        }
    }

    pub(super) fn offsets(self) -> Option<f64> {
        match self {
            Self::Offsets(rate) => Some(rate),
            _ => None,
        }
    }
}

/// The rate of each group of `known`: of the sink's from the files between two looks at them, where they
/// are its files; else from two answers of the cluster, if there are two.
pub(super) fn of_groups(
    answers: Option<(&Asked, &Asked)>,
    (here_before, here): (&Here, &Here),
    known: Option<&Asked>,
) -> Vec<Rate> {
    let Some(known) = known else {
        return Vec::new();
    };
    let is_foreign = known.mismatch(here).is_some();
    let rows = || {
        let (before, now) = (here_before.rows()?, here.rows()?);
        let passed = now.saturating_sub(before) as f64;
        Some(Rate::Rows(per_second(passed, here_before.at, here.at)))
    };
    let offsets = |group| {
        let (before, now) = answers?;
        let passed = now.committed(group) - before.committed(group);
        Some(Rate::Offsets(per_second(
            passed.max(0) as f64,
            before.at,
            now.at,
        )))
    };
    (0..known.groups.len())
        .map(|group| {
            let rows = (group == SINK && !is_foreign).then(rows).flatten();
            rows.or_else(|| offsets(group)).unwrap_or(Rate::Unknown)
        })
        .collect()
}

fn per_second(passed: f64, from: Instant, to: Instant) -> f64 {
    passed / to.duration_since(from).as_secs_f64().max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_named() {
        assert_eq!(Rate::Rows(1_999.6).text(), "2,000 rows/s");
        assert_eq!(Rate::Offsets(166.2).text(), "166 offsets/s");
        assert_eq!(Rate::Unknown.text(), "-");
        assert_eq!(Rate::Offsets(1.0).rows(), None);
        assert_eq!(Rate::Rows(1.0).offsets(), None);
    }
}
