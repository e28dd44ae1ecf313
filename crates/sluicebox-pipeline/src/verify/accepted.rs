//! Losses that were accepted (`--accept-loss`): which absent records can have been among them.
//!
//! The manifest says which offsets of the output topics were given up, and not what they held. But it is
//! known where the output of a record goes: into the topic of its kind, and there into the partition of its
//! key. And a gap is in one piece: of one source partition, the records whose outputs it held follow each
//! other, with no row of the same output partition between them. So a gap excuses one run of absent
//! records of each source partition, of its own output partition, and no more of them than it has offsets.
//! Where there are more runs than gaps, some were lost otherwise. Which of them cannot be told: the longest
//! ones are taken for those that were given up.

use std::collections::HashMap;

use sluicebox_kafka::partition_of;
use sluicebox_sink::ManifestState;

use crate::limits::VERIFY_RANGES_MAX;

/// An output topic (0: processed data, 1: dead letters) and its partition.
type Route = (usize, i32);
type Ranges = Vec<Range>;

/// Absent records: side by side, unless there are very many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) records: u64,
}

/// Processed data.
pub(super) const PROCESSED: usize = 0;
/// Dead letters.
pub(super) const LETTERS: usize = 1;

/// What was given up, and how much of it explains absent records already.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    gaps: HashMap<Route, Gaps>,
    /// How many partitions the output topics have.
    partitions: [usize; 2],
    /// Of the source partition that is being read.
    runs: HashMap<Route, Vec<Run>>,
}

/// The gaps of one output partition.
#[derive(Debug, Default)]
struct Gaps {
    count: usize,
    offsets_left: u64,
}

/// Absent records whose outputs follow each other in one output partition.
#[derive(Debug, Default)]
struct Run {
    records: u64,
    ranges: Ranges,
    is_closed: bool,
}

/// What was decided of the absent records of a source partition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decided {
    pub(super) given_up: Ranges,
    pub(super) missing: Ranges,
}

impl Accepted {
    /// What a manifest says. `outputs` are the names of the output topics, and their numbers of partitions.
    pub(super) fn of(manifest: Option<&ManifestState>, outputs: [(&str, usize); 2]) -> Self {
        let mut this = Self {
            partitions: outputs.map(|(_, partitions)| partitions),
            ..Self::default()
        };
        let Some(state) = manifest else {
            return this;
        };
        for gap in &state.gaps {
            let name = state.inputs.get(usize::from(gap.topic));
            let output = outputs
                .iter()
                .position(|(output, _)| name.is_some_and(|name| name == output));
            // Where the log had become shorter, what was behind its end was read already.
            let (Some(output), 1..) = (output, gap.to - gap.from) else {
                continue;
            };
            let gaps = this.gaps.entry((output, gap.partition)).or_default();
            gaps.count += 1;
            gaps.offsets_left += gap.to.abs_diff(gap.from);
        }
        this
    }

    /// Whether nothing was given up.
    pub(super) fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// A record is there: its output of this kind is in no gap, and ends the run of its partition.
    pub(super) fn present(&mut self, output: usize, key: Option<&[u8]>) {
        let runs = self
            .route(output, key)
            .and_then(|at| self.runs.get_mut(&at));
        if let Some(run) = runs.and_then(|runs| runs.last_mut()) {
            run.is_closed = true;
        }
    }

    /// Notes an absent record with an output of this kind, if it can have been given up at all.
    pub(super) fn note(&mut self, output: usize, key: Option<&[u8]>, offset: i64) -> bool {
        let route = self.route(output, key);
        let Some(route) = route.filter(|route| self.gaps.contains_key(route)) else {
            return false;
        };
        let runs = self.runs.entry(route).or_default();
        if runs.last().is_none_or(|run| run.is_closed) {
            runs.push(Run::default());
        }
        if let Some(run) = runs.last_mut() {
            run.records += 1;
            let is_full = run.ranges.len() >= VERIFY_RANGES_MAX;
            match run.ranges.last_mut() {
                Some(range) if range.last + 1 == offset || is_full => {
                    range.last = offset;
                    range.records += 1;
                }
                _ => run.ranges.push(Range {
                    first: offset,
                    last: offset,
                    records: 1,
                }),
            }
        }
        true
    }

    /// A source partition is read to its end: decides about those of its records that were noted.
    pub(super) fn decide(&mut self) -> Decided {
        let mut decided = Decided::default();
        for (route, mut runs) in self.runs.drain() {
            let Some(gaps) = self.gaps.get_mut(&route) else {
                continue;
            };
            runs.sort_by_key(|run| std::cmp::Reverse(run.records));
            for (index, run) in runs.into_iter().enumerate() {
                let fits = index < gaps.count && run.records <= gaps.offsets_left;
                if fits {
                    gaps.offsets_left -= run.records;
                    decided.given_up.extend(run.ranges);
                } else {
                    decided.missing.extend(run.ranges);
                }
            }
        }
        decided.given_up.sort_unstable();
        decided.missing.sort_unstable();
        decided
    }

    fn route(&self, output: usize, key: Option<&[u8]>) -> Option<Route> {
        let partitions = i32::try_from(self.partitions[output]).ok()?;
        // Outputs without a key go where an empty one goes (ADR 20).
        let partition = partition_of(key.unwrap_or_default(), partitions);
        (partitions > 0).then_some((output, partition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluicebox_sink::Gap;

    /// One output partition each, and these gaps in processed data.
    fn accepted(gaps: &[(i64, i64)]) -> Accepted {
        let gap = |&(from, to): &(i64, i64)| Gap {
            topic: 1,
            partition: 0,
            from,
            to,
        };
        let state = ManifestState {
            inputs: vec!["letters".to_owned(), "processed".to_owned()],
            gaps: gaps.iter().map(gap).collect(),
            ..ManifestState::default()
        };
        Accepted::of(Some(&state), [("processed", 1), ("letters", 1)])
    }

    /// First and last offsets of those that were given up, and of those that are missing.
    fn decided(accepted: &mut Accepted) -> [Vec<(i64, i64)>; 2] {
        let decided = accepted.decide();
        [decided.given_up, decided.missing].map(|ranges| {
            let ends = ranges.iter().map(|range| (range.first, range.last));
            ends.collect()
        })
    }

    #[test]
    fn a_gap_excuses_one_run_of_its_own_topic_and_no_more_than_it_had() {
        let mut two = accepted(&[(10, 12)]);
        assert!(!two.note(LETTERS, None, 1), "they are in another topic");
        assert!(two.note(PROCESSED, None, 5));
        two.present(LETTERS, None);
        assert!(two.note(PROCESSED, Some(b"k"), 6), "the same run");
        assert_eq!(decided(&mut two), [vec![(5, 6)], vec![]]);
        two.note(PROCESSED, None, 1);
        assert_eq!(
            decided(&mut two),
            [vec![], vec![(1, 1)]],
            "there were two offsets"
        );

        let mut many = accepted(&[(10, 90)]);
        for offset in [3, 7, 8] {
            many.note(PROCESSED, None, offset);
            if offset == 3 {
                many.present(PROCESSED, None);
            }
        }
        assert_eq!(decided(&mut many), [vec![(7, 8)], vec![(3, 3)]], "two runs");
        many.note(PROCESSED, None, 4);
        assert_eq!(
            decided(&mut many),
            [vec![(4, 4)], vec![]],
            "another partition"
        );

        let mut twice = accepted(&[(10, 90), (95, 99)]);
        for offset in [1, 3, 5] {
            twice.note(PROCESSED, None, offset);
            twice.present(PROCESSED, None);
        }
        assert_eq!(decided(&mut twice), [vec![(1, 1), (3, 3)], vec![(5, 5)]]);
        assert!(accepted(&[(90, 10)]).is_empty(), "nothing was left out");
    }

    #[test]
    fn a_gap_excuses_nothing_of_another_output_partition() {
        let mut accepted = accepted(&[(0, 100)]);
        accepted.partitions = [7, 7];
        let keys: Vec<String> = (0..50).map(|number| format!("key-{number}")).collect();
        for key in keys.iter().map(String::as_bytes) {
            assert_eq!(
                accepted.note(PROCESSED, Some(key), 1),
                partition_of(key, 7) == 0
            );
        }
    }
}
