//! Findings as they are gathered: every one counted, the first ones of each kind kept.

use std::collections::BTreeMap;

use super::kind::Kind;
use crate::limits::VERIFY_FINDINGS_PER_KIND;

/// Something that was found, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file in the output directory.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: Option<u64>,
    /// Where in the file, in bytes from its beginning.
    pub position: Option<u64>,
    /// The source topic.
    pub topic: Option<String>,
    /// The source partition.
    pub partition: Option<i32>,
    /// The source offset; the first of several.
    pub offset: Option<i64>,
    /// The last one of several.
    pub last_offset: Option<i64>,
}

/// A finding: what, where, and how many records or rows it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub place: Place,
    /// How many records or rows (files, for findings of files) it is about.
    pub count: u64,
    /// What exactly was found there.
    pub detail: String,
}

/// All findings so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    counts: BTreeMap<Kind, u64>,
    /// By kind: how many are kept, and which of them is the latest.
    latest: BTreeMap<Kind, (usize, usize)>,
}

impl Findings {
    /// Adds a finding of one record, row or file.
    pub(super) fn add(&mut self, kind: Kind, place: Place, detail: impl Into<String>) {
        self.add_many(kind, place, 1, detail);
    }

    /// Whether there is any finding of a kind.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.counts.contains_key(&kind)
    }

    /// Adds a finding of several records or rows.
    pub(super) fn add_many(
        &mut self,
        kind: Kind,
        place: Place,
        count: u64,
        detail: impl Into<String>,
    ) {
        *self.counts.entry(kind).or_default() += count;
        let (kept, latest) = self.latest.entry(kind).or_default();
        if *kept > 0 && self.kept[*latest].takes_in(&place) {
            let finding = &mut self.kept[*latest];
            finding.count += count;
            finding.place.last_offset = place.last_offset.or(place.offset);
            return;
        }
        if *kept < VERIFY_FINDINGS_PER_KIND {
            *kept += 1;
            *latest = self.kept.len();
            self.kept.push(Finding {
                kind,
                place,
                count,
                detail: detail.into(),
            });
        }
    }

    /// The findings that were kept, the worst kinds first; and how many there are of each kind.
    pub(super) fn finish(mut self) -> (Vec<Finding>, BTreeMap<Kind, u64>) {
        self.kept.sort_by_key(|finding| finding.kind);
        (self.kept, self.counts)
    }

    /// Those that were kept, to complete their places.
    pub(super) fn kept_mut(&mut self) -> &mut [Finding] {
        &mut self.kept
    }
}

impl Finding {
    /// Whether the finding at `next`, of the same kind, is more of the same.
    fn takes_in(&self, next: &Place) -> bool {
        let same = (self.place.topic == next.topic) && (self.place.partition == next.partition);
        let follows = |next: i64| {
            let last = self.place.last_offset.or(self.place.offset);
            last.is_some_and(|last| last + 1 == next)
        };
        match self.kind {
            // What is wrong is one range; offsets between would be right.
            Kind::RowMissing
            | Kind::AcceptedLoss
            | Kind::TransactionOpen
            | Kind::OutputGone
            | Kind::OutputDoubled
            | Kind::FileArchived => same && next.offset.is_some_and(follows),
            // What cannot be proven is told by partition.
            Kind::SourceExpired | Kind::SourceGone | Kind::StreamUnknown | Kind::PlanChanged => {
                same && next.topic.is_some()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(partition: i32, offset: i64) -> Place {
        Place {
            topic: Some("t".into()),
            partition: Some(partition),
            offset: Some(offset),
            ..Place::default()
        }
    }

    #[test]
    fn missing_rows_side_by_side_are_one_finding_and_all_are_counted() {
        let mut findings = Findings::default();
        for (partition, offset) in [(0, 5), (0, 6), (0, 8), (1, 9)] {
            findings.add(Kind::RowMissing, at(partition, offset), "");
        }
        let (kept, counts) = findings.finish();
        let ranges: Vec<_> = kept
            .iter()
            .map(|found| (found.place.offset, found.place.last_offset, found.count))
            .collect();
        assert_eq!(
            ranges,
            [
                (Some(5), Some(6), 2),
                (Some(8), None, 1),
                (Some(9), None, 1)
            ]
        );
        assert_eq!(counts[&Kind::RowMissing], 4);
    }

    #[test]
    fn findings_are_bounded_and_the_count_is_not() {
        let mut findings = Findings::default();
        for offset in 0..1_000 {
            findings.add(Kind::RowChanged, at(0, offset), "");
        }
        let (kept, counts) = findings.finish();
        assert_eq!(kept.len(), VERIFY_FINDINGS_PER_KIND);
        assert_eq!(counts[&Kind::RowChanged], 1_000);
    }
}
