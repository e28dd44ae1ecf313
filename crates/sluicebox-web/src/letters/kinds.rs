//! Letters by kind: how many there are, and how many of them were replayed. Bounded.
//!
//! A letter can be replayed long after it was counted, and its marker says which letter it is, not of what
//! kind. So the number of each letter's kind is kept by its offset, two bytes for each, for the first
//! [`LETTER_PLACES_MAX`] offsets. Of a letter beyond them it is known that it was replayed, and no more:
//! the counts by kind are then told to be the least.
//!
//! The marker could say the reason. But those that are there do not, letters of other programs have
//! reasons of any length, and a marker is kept for ever, by everybody who reads them.

use std::collections::BTreeMap;

use serde::Serialize;
use sluicebox_pipeline::dlq::Markers;
use utoipa::ToSchema;

use super::brief::Brief;
use crate::limits::{LETTER_KINDS_MAX, LETTER_PLACES_MAX};

/// In place of a number, where an offset has no letter: a transaction's marker, mostly.
const NO_LETTER: u16 = u16::MAX;
/// Topic, stage and reason of kinds beyond the bound.
const OTHERS: &str = "(others)";
const _: () = assert!(LETTER_KINDS_MAX < NO_LETTER as usize);

/// Which letters are counted together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Kind {
    /// Topic of the source record.
    pub(crate) topic: String,
    /// The stream of that topic, if there is one.
    pub(crate) stream: Option<String>,
    /// Where it failed.
    pub(crate) stage: String,
    /// The code of the reason.
    pub(crate) reason: String,
}

/// How many there are of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Counted {
    /// The kind.
    pub(crate) kind: Kind,
    /// How many.
    pub(crate) letters: u64,
    /// How many of them were replayed, or more: see `replayed_unsorted`. Null while it is not known.
    pub(crate) replayed: Option<u64>,
}

/// All kinds that there are.
#[derive(Debug)]
pub(super) struct Kinds {
    /// By number.
    by_number: Vec<Kind>,
    /// Numbers in the order of their kinds: so a kind is found by what a letter says, which is not copied.
    order: Vec<u16>,
    /// By number.
    letters: Vec<u64>,
    partitions: BTreeMap<i32, Places>,
    /// Offsets that can still be kept.
    room: usize,
}

/// The letters of a partition, by offset.
#[derive(Debug)]
struct Places {
    first: i64,
    /// After the last one that was counted.
    end: i64,
    /// Numbers of kinds, from the first offset on; shorter than that where the room was not enough.
    numbers: Vec<u16>,
}

/// How many letters were replayed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Replayed {
    /// By number of their kind.
    by_kind: Vec<u64>,
    /// Those of which the kind is not known.
    pub(super) unsorted: u64,
}

impl Replayed {
    pub(super) fn total(&self) -> u64 {
        self.by_kind.iter().sum::<u64>() + self.unsorted
    }
}

impl Default for Kinds {
    fn default() -> Self {
        Self::with_room(LETTER_PLACES_MAX)
    }
}

impl Kinds {
    fn with_room(room: usize) -> Self {
        Self {
            by_number: Vec::new(),
            order: Vec::new(),
            letters: Vec::new(),
            partitions: BTreeMap::new(),
            room,
        }
    }

    /// Counts a letter.
    pub(super) fn add(&mut self, letter: &Brief<'_>) {
        let (id, number) = (letter.id, self.number(letter));
        self.letters[usize::from(number)] += 1;
        let places = self.partitions.entry(id.partition).or_insert(Places {
            first: id.offset,
            end: id.offset,
            numbers: Vec::new(),
        });
        places.end = places.end.max(id.offset + 1);
        let Ok(at) = usize::try_from(id.offset - places.first) else {
            return;
        };
        let more = (at + 1).saturating_sub(places.numbers.len());
        if more > self.room {
            return;
        }
        self.room -= more;
        if more > 0 {
            places.numbers.resize(at + 1, NO_LETTER);
        }
        places.numbers[at] = number;
    }

    fn number(&mut self, letter: &Brief<'_>) -> u16 {
        match self.find([&letter.topic, &letter.stage, &letter.reason]) {
            Ok(number) => number,
            Err(place) if self.by_number.len() < LETTER_KINDS_MAX => {
                self.insert(place, letter.kind())
            }
            Err(_) => {
                let others = self.find([OTHERS; 3]);
                others.unwrap_or_else(|place| self.insert(place, others_kind()))
            }
        }
    }

    /// The number of the kind with this topic, stage and reason, or its place among the others. The stream is
    /// the topic's.
    fn find(&self, wanted: [&str; 3]) -> Result<u16, usize> {
        let found = self.order.binary_search_by(|number| {
            let kind = &self.by_number[usize::from(*number)];
            [kind.topic.as_str(), &kind.stage, &kind.reason].cmp(&wanted)
        });
        found.map(|at| self.order[at])
    }

    fn insert(&mut self, place: usize, kind: Kind) -> u16 {
        let number = self.by_number.len() as u16;
        self.order.insert(place, number);
        self.by_number.push(kind);
        self.letters.push(0);
        number
    }

    /// How many of the letters that were counted have a marker. Counted anew each time: markers come and,
    /// where their topic is made anew, go.
    pub(super) fn replayed(&self, markers: &Markers) -> Replayed {
        let mut replayed = Replayed {
            by_kind: vec![0; self.letters.len()],
            unsorted: 0,
        };
        for id in markers.keys() {
            let Some(places) = self.partitions.get(&id.partition) else {
                continue;
            };
            if !(places.first..places.end).contains(&id.offset) {
                continue;
            }
            match places.numbers.get((id.offset - places.first) as usize) {
                Some(&NO_LETTER) => {}
                Some(number) => replayed.by_kind[usize::from(*number)] += 1,
                None => replayed.unsorted += 1,
            }
        }
        replayed
    }

    /// The kinds, most frequent first.
    pub(super) fn counted(&self, replayed: Option<&Replayed>) -> Vec<Counted> {
        let counted = |number: &u16| {
            let number = usize::from(*number);
            Counted {
                kind: self.by_number[number].clone(),
                letters: self.letters[number],
                replayed: replayed.map(|replayed| replayed.by_kind[number]),
            }
        };
        let mut kinds: Vec<_> = self.order.iter().map(counted).collect();
        kinds.sort_by_key(|counted| std::cmp::Reverse(counted.letters));
        kinds
    }
}

fn others_kind() -> Kind {
    Kind {
        topic: OTHERS.to_owned(),
        stream: None,
        stage: OTHERS.to_owned(),
        reason: OTHERS.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use sluicebox_pipeline::dlq::{LetterId, Marker};

    use super::super::brief::tests::brief;
    use super::*;

    fn id(partition: i32, offset: i64) -> LetterId {
        LetterId { partition, offset }
    }

    fn markers(of: &[(i32, i64)]) -> Markers {
        let marker = Marker {
            replayed_at_ms: 0,
            source_topic: "t".to_owned(),
            is_edited: false,
        };
        of.iter()
            .map(|(partition, offset)| (id(*partition, *offset), marker.clone()))
            .collect()
    }

    /// Reason, letters, replayed.
    fn told(kinds: &Kinds, replayed: &Replayed) -> Vec<(String, u64, u64)> {
        let told = |counted: Counted| {
            (
                counted.kind.reason,
                counted.letters,
                counted.replayed.unwrap(),
            )
        };
        let counted = kinds.counted(Some(replayed)).into_iter();
        counted.map(told).collect()
    }

    #[test]
    fn a_replay_is_counted_with_its_letters_kind_whenever_it_came() {
        let mut kinds = Kinds::default();
        // Offset 12 is a transaction's marker.
        for (offset, reason) in [(10, "a"), (11, "b"), (13, "a"), (14, "a")] {
            kinds.add(&brief(id(0, offset), 0, reason));
        }
        kinds.add(&brief(id(7, 500), 0, "b"));
        let of = |marked: &[(i32, i64)]| {
            let replayed = kinds.replayed(&markers(marked));
            (told(&kinds, &replayed), replayed.total())
        };
        let some = |name: &str, letters, replayed| (name.to_owned(), letters, replayed);
        assert_eq!(of(&[]), (vec![some("a", 3, 0), some("b", 2, 0)], 0));
        let (by_kind, total) = of(&[(0, 10), (0, 14), (7, 500)]);
        assert_eq!(by_kind, [some("a", 3, 2), some("b", 2, 1)]);
        assert_eq!(total, 3);
        // What was not counted: letters that were removed before, or are not read yet; a transaction's marker.
        let (by_kind, total) = of(&[(0, 9), (0, 12), (0, 15), (7, 499), (8, 0)]);
        assert_eq!(by_kind, [some("a", 3, 0), some("b", 2, 0)]);
        assert_eq!(total, 0);
    }

    #[test]
    fn beyond_the_room_a_replay_is_counted_without_its_kind() {
        let mut kinds = Kinds::with_room(4);
        for offset in 0..3 {
            kinds.add(&brief(id(0, offset), 0, "a"));
        }
        // Retention, or other things, may leave any gap: it must not cost memory.
        kinds.add(&brief(id(0, i64::MAX - 1), 0, "a"));
        kinds.add(&brief(id(1, 0), 0, "b"));
        kinds.add(&brief(id(1, 1), 0, "b"));
        let marked = [(0, 1), (0, i64::MAX - 1), (1, 0), (1, 1)];
        let replayed = kinds.replayed(&markers(&marked));
        let some = |name: &str, letters, replayed| (name.to_owned(), letters, replayed);
        assert_eq!(told(&kinds, &replayed), [some("a", 4, 1), some("b", 2, 1)]);
        assert_eq!((replayed.unsorted, replayed.total()), (2, 4));
        let kept = kinds.partitions.values().map(|places| places.numbers.len());
        assert_eq!(kept.sum::<usize>(), 4);
    }

    #[test]
    fn kinds_beyond_the_bound_are_one() {
        let mut kinds = Kinds::default();
        let letters = 2 * LETTER_KINDS_MAX as i64;
        for offset in 0..letters {
            kinds.add(&brief(id(0, offset), 0, &format!("reason_{offset}")));
        }
        let all: Vec<_> = (0..letters).map(|offset| (0, offset)).collect();
        let told = told(&kinds, &kinds.replayed(&markers(&all)));
        let rest = LETTER_KINDS_MAX as u64;
        assert_eq!(told.len(), LETTER_KINDS_MAX + 1);
        assert_eq!(told[0], ("(others)".to_owned(), rest, rest));
    }
}
