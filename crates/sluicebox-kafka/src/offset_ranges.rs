//! Sets of offsets as sorted, disjoint ranges.

/// Offsets `start` to `end`, `end` not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OffsetRange {
    /// First offset.
    pub start: i64,
    /// Offset after the last.
    pub end: i64,
}

/// A set of offsets of one partition. In the normal case it is a single range, and adding the
/// next offset is one comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OffsetRanges {
    ranges: Vec<OffsetRange>,
}

impl OffsetRanges {
    /// Adds an offset; one that is there already changes nothing.
    pub fn add(&mut self, offset: i64) {
        match self.ranges.last_mut() {
            Some(last) if offset == last.end => last.end += 1,
            Some(last) if offset < last.end => self.add_earlier(offset),
            _ => self.ranges.push(OffsetRange {
                start: offset,
                end: offset + 1,
            }),
        }
    }

    /// The ranges, sorted, disjoint, none next to another.
    pub fn ranges(&self) -> &[OffsetRange] {
        &self.ranges
    }

    /// How many offsets are in the set.
    pub fn count(&self) -> u64 {
        self.ranges
            .iter()
            .map(|range| (range.end - range.start) as u64)
            .sum()
    }

    /// Whether the offset is in the set.
    pub fn contains(&self, offset: i64) -> bool {
        let next = self.ranges.partition_point(|range| range.start <= offset);
        next > 0 && offset < self.ranges[next - 1].end
    }

    /// Adds an offset below the end of the last range.
    fn add_earlier(&mut self, offset: i64) {
        let next = self.ranges.partition_point(|range| range.start <= offset);
        if next > 0 && offset < self.ranges[next - 1].end {
            return;
        }
        let joins_before = next > 0 && self.ranges[next - 1].end == offset;
        let joins_after = self
            .ranges
            .get(next)
            .is_some_and(|range| range.start == offset + 1);
        match (joins_before, joins_after) {
            (true, true) => {
                self.ranges[next - 1].end = self.ranges[next].end;
                self.ranges.remove(next);
            }
            (true, false) => self.ranges[next - 1].end += 1,
            (false, true) => self.ranges[next].start -= 1,
            (false, false) => {
                self.ranges.insert(
                    next,
                    OffsetRange {
                        start: offset,
                        end: offset + 1,
                    },
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The set's ranges must hold exactly the offsets of a plain set.
    fn check(offsets: &[i64]) {
        let mut ranges = OffsetRanges::default();
        let mut plain = BTreeSet::new();
        for &offset in offsets {
            ranges.add(offset);
            plain.insert(offset);
            let listed: Vec<i64> = ranges
                .ranges()
                .iter()
                .flat_map(|range| range.start..range.end)
                .collect();
            assert_eq!(
                listed,
                plain.iter().copied().collect::<Vec<_>>(),
                "after {offset}"
            );
            assert!(
                ranges
                    .ranges()
                    .windows(2)
                    .all(|pair| pair[0].end < pair[1].start)
            );
            assert_eq!(ranges.count(), plain.len() as u64);
            assert!(ranges.contains(offset) && !ranges.contains(-1));
        }
    }

    #[test]
    fn any_order_of_offsets_gives_sorted_disjoint_ranges() {
        check(&[0, 1, 2, 3]);
        check(&[5, 3, 4, 1, 0, 2, 9, 7, 8, 6]);
        check(&[10, 10, 9, 9, 11, 3, 3]);
        // Every order of five offsets with a gap in it.
        let mut order = [0i64, 1, 2, 4, 5];
        permute(&mut order, 0);
    }

    fn permute(order: &mut [i64; 5], at: usize) {
        if at == order.len() {
            check(order);
            return;
        }
        for other in at..order.len() {
            order.swap(at, other);
            permute(order, at + 1);
            order.swap(at, other);
        }
    }

    #[test]
    fn contiguous_offsets_are_one_range() {
        let mut ranges = OffsetRanges::default();
        (100..200).for_each(|offset| ranges.add(offset));
        assert_eq!(
            ranges.ranges(),
            [OffsetRange {
                start: 100,
                end: 200
            }]
        );
    }
}
