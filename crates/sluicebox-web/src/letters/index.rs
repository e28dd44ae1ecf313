//! What is kept of all letters: counts by kind and over time, and the latest ones. Bounded.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use serde::Serialize;
use sluicebox_pipeline::dlq::{LetterId, Markers};
use utoipa::ToSchema;

use super::brief::{Brief, set, set_or_none};
use super::kinds::{Counted, Kind, Kinds, Replayed};
use crate::limits::{LETTER_KINDS_MAX, LETTER_STEPS_MAX, LETTERS_COMPARED_FOR, LETTERS_LATEST};

/// A letter in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Line {
    /// Partition in the dead-letter topic.
    pub(crate) partition: i32,
    /// Offset there.
    pub(crate) offset: i64,
    /// When it failed, milliseconds since 1970.
    pub(crate) failed_at_ms: i64,
    /// What kind it is.
    pub(crate) kind: Kind,
    /// What is wrong, for people.
    pub(crate) message: String,
    /// The key, shortened.
    pub(crate) key: Option<String>,
    /// When it was replayed, milliseconds since 1970; null until it is.
    pub(crate) replayed_at_ms: Option<i64>,
}

impl Line {
    /// Becomes the line of a letter, in the room that another one has left.
    fn become_line_of(&mut self, letter: &Brief<'_>) {
        self.partition = letter.id.partition;
        self.offset = letter.id.offset;
        self.failed_at_ms = letter.failed_at_ms;
        letter.kind_into(&mut self.kind);
        set(&mut self.message, &letter.message);
        set_or_none(&mut self.key, letter.key.as_deref());
    }

    fn id(&self) -> LetterId {
        LetterId {
            partition: self.partition,
            offset: self.offset,
        }
    }
}

/// The letters in the topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LettersView {
    /// All that were read.
    pub(crate) total: u64,
    /// How many of them were replayed; null while it is not known.
    pub(crate) replayed: Option<u64>,
    /// Replayed ones whose kind is no longer known, because there are too many letters: the counts by kind
    /// are without them.
    pub(crate) replayed_unsorted: u64,
    /// Why it is not known what was replayed, or was last.
    pub(crate) replays_error: Option<String>,
    /// Offsets that are still to be read; null while that is not known: until the reader has compared itself
    /// with the ends of the topics, and while the cluster does not answer. The numbers may be old then.
    pub(crate) remaining: Option<u64>,
    /// Why reading stopped, if it did.
    pub(crate) error: Option<String>,
    /// By kind, most frequent first.
    pub(crate) kinds: Vec<Counted>,
    /// Milliseconds between two of `over_time`.
    pub(crate) step_ms: i64,
    /// When each step begins, milliseconds since 1970.
    pub(crate) times: Vec<i64>,
    /// By reason, the letters of each step.
    pub(crate) over_time: BTreeMap<String, Vec<u64>>,
    /// The latest ones, newest first.
    pub(crate) latest: Vec<Line>,
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) total: u64,
    /// Offsets that were still to be read, and when the ends of the topics were asked for to tell.
    left: Option<(u64, Instant)>,
    pub(super) error: Option<String>,
    /// Where reading goes on, by partition.
    pub(super) positions: BTreeMap<i32, i64>,
    /// Whether markers of replays were read, and why they were not when they were last looked for.
    pub(super) markers_are_known: bool,
    pub(super) markers_error: Option<String>,
    kinds: Kinds,
    steps: Steps,
    latest: VecDeque<Line>,
}

impl Index {
    /// Somebody looks again after a while, or the cluster did not answer: what came in since is not known.
    pub(super) fn forget_left(&mut self, error: Option<String>) {
        self.left = None;
        self.error = error;
    }

    /// So many offsets are still to be read before the ends that were asked for then.
    pub(super) fn compared(&mut self, left: u64, asked: Instant) {
        self.left = Some((left, asked));
    }

    /// Offsets that are still to be read, as far as that is known now. A cluster that has just gone away is
    /// not asked at its usual time, and its silence must not pass for "nothing came".
    pub(super) fn remaining(&self, now: Instant) -> Option<u64> {
        let is_fresh = |asked| now.saturating_duration_since(asked) <= LETTERS_COMPARED_FOR;
        let (left, asked) = self.left?;
        is_fresh(asked).then_some(left)
    }

    /// Counts a letter.
    pub(super) fn add(&mut self, letter: &Brief<'_>) {
        self.total += 1;
        self.positions
            .insert(letter.id.partition, letter.id.offset + 1);
        self.steps.add(letter.failed_at_ms, &letter.reason);
        self.kinds.add(letter);
        self.list(letter);
    }

    /// Puts a letter among the latest, if it is one of them. In a full list the oldest makes room, its texts'
    /// memory too: nothing is allocated for a letter that will be pushed out by the next ones.
    fn list(&mut self, letter: &Brief<'_>) {
        let is_later = |line: &Line| line.failed_at_ms <= letter.failed_at_ms;
        let mut line = if self.latest.len() < LETTERS_LATEST {
            Line::default()
        } else if let Some(oldest) = self.latest.pop_front_if(|oldest| is_later(oldest)) {
            oldest
        } else {
            return;
        };
        line.become_line_of(letter);
        // Partitions come one after the other: the latest are those that failed last.
        let place = self.latest.partition_point(is_later);
        self.latest.insert(place, line);
    }

    /// What there is, and what of it has one of the markers.
    pub(super) fn view(&self, markers: &Markers) -> LettersView {
        let replayed = (self.markers_are_known).then(|| self.kinds.replayed(markers));
        let (times, over_time) = self.steps.view();
        let latest = self.latest.iter().rev().map(|line| Line {
            replayed_at_ms: markers.get(&line.id()).map(|marker| marker.replayed_at_ms),
            ..line.clone()
        });
        LettersView {
            total: self.total,
            replayed: replayed.as_ref().map(Replayed::total),
            replayed_unsorted: replayed.as_ref().map_or(0, |replayed| replayed.unsorted),
            replays_error: self.markers_error.clone(),
            remaining: self.remaining(Instant::now()),
            error: self.error.clone(),
            kinds: self.kinds.counted(replayed.as_ref()),
            step_ms: self.steps.step_ms,
            times,
            over_time,
            latest: latest.collect(),
        }
    }
}

/// Counts over time, in steps that double when there are too many.
#[derive(Debug)]
struct Steps {
    step_ms: i64,
    /// (step, reason) -> letters.
    counts: BTreeMap<i64, BTreeMap<String, u64>>,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            step_ms: 1_000,
            counts: BTreeMap::new(),
        }
    }
}

impl Steps {
    fn add(&mut self, ms: i64, reason: &str) {
        let of_step = self.counts.entry(ms.div_euclid(self.step_ms)).or_default();
        if let Some(count) = of_step.get_mut(reason) {
            *count += 1;
        } else if of_step.len() < LETTER_KINDS_MAX {
            of_step.insert(reason.to_owned(), 1);
        }
        while self.span() > LETTER_STEPS_MAX as i64 {
            self.double();
        }
    }

    fn span(&self) -> i64 {
        match (self.counts.first_key_value(), self.counts.last_key_value()) {
            (Some((first, _)), Some((last, _))) => last - first + 1,
            _ => 0,
        }
    }

    fn double(&mut self) {
        self.step_ms *= 2;
        for (step, counts) in std::mem::take(&mut self.counts) {
            let merged = self.counts.entry(step.div_euclid(2)).or_default();
            for (reason, count) in counts {
                *merged.entry(reason).or_default() += count;
            }
        }
    }

    fn view(&self) -> (Vec<i64>, BTreeMap<String, Vec<u64>>) {
        let Some((&first, _)) = self.counts.first_key_value() else {
            return Default::default();
        };
        let span = self.span();
        let mut over_time: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (step, counts) in &self.counts {
            for (reason, count) in counts {
                let of_reason = over_time
                    .entry(reason.clone())
                    .or_insert_with(|| vec![0; span as usize]);
                of_reason[(step - first) as usize] = *count;
            }
        }
        (
            (0..span)
                .map(|step| (first + step) * self.step_ms)
                .collect(),
            over_time,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::brief::tests::brief;
    use super::*;

    fn id(offset: i64) -> LetterId {
        LetterId {
            partition: 0,
            offset,
        }
    }

    #[test]
    fn letters_are_counted_by_kind_and_over_time_in_bounded_room() {
        let mut index = Index::default();
        for number in 0..100_000_i64 {
            let reason = format!("reason_{}", number % 2_000);
            index.add(&brief(id(number), number * 777, &reason));
        }
        let view = index.view(&Markers::new());
        assert_eq!(view.total, 100_000);
        assert_eq!(
            view.kinds
                .iter()
                .map(|counted| counted.letters)
                .sum::<u64>(),
            100_000
        );
        assert!(view.kinds.len() <= LETTER_KINDS_MAX + 1 && view.times.len() <= LETTER_STEPS_MAX);
        assert_eq!(view.kinds[0].kind.reason, "(others)");
        assert_eq!(
            (view.latest.len(), view.latest[0].offset),
            (LETTERS_LATEST, 99_999)
        );
    }

    #[test]
    fn what_is_left_is_known_only_for_a_moment_after_the_ends_were_asked_for() {
        let (mut index, asked) = (Index::default(), Instant::now());
        assert_eq!(index.remaining(asked), None, "nobody has looked yet");
        index.compared(0, asked);
        assert_eq!(index.remaining(asked + LETTERS_COMPARED_FOR), Some(0));
        let later = asked + 2 * LETTERS_COMPARED_FOR;
        assert_eq!(index.remaining(later), None, "the cluster does not answer");
        index.forget_left(None);
        assert_eq!(index.remaining(asked), None, "woken");
    }

    #[test]
    fn the_latest_are_those_that_failed_last_whatever_the_order() {
        let mut index = Index::default();
        for (offset, at) in [(0, 30), (1, 10), (2, 20)] {
            index.add(&brief(id(offset), at, "r"));
        }
        let view = index.view(&Markers::new());
        let latest: Vec<_> = view.latest.iter().map(|line| line.failed_at_ms).collect();
        assert_eq!(latest, [30, 20, 10]);
        assert_eq!(view.over_time["r"], [3]);
    }

    #[test]
    fn a_line_has_nothing_of_the_letter_that_made_room_for_it() {
        let mut index = Index::default();
        for offset in 0..LETTERS_LATEST as i64 {
            let letter = Brief {
                stream: Some("sensor"),
                message: "`x` is 9, the limit is 5".into(),
                key: Some("k".into()),
                ..brief(id(offset), 10, "out_of_range")
            };
            index.add(&letter);
        }
        let (older, later) = (id(1_000), id(1_001));
        index.add(&brief(older, 9, "r"));
        index.add(&brief(later, 11, "r"));
        let latest = index.view(&Markers::new()).latest;
        let mut expected = Line::default();
        expected.become_line_of(&brief(later, 11, "r"));
        assert_eq!(latest[0], expected);
        assert!(latest.iter().all(|line| line.id() != older));
        assert_eq!(latest.len(), LETTERS_LATEST);
    }
}
