//! Whose turn it is: every class in order, the heavy ones less often.

use super::candidates::Candidate;
use super::class::InvalidClass;
use crate::datagen::limits::HEAVY_CLASS_EVERY_TURNS;

/// Goes through the classes, and within a class through its fields.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    candidates: Vec<Candidate>,
    next: usize,
    turn: u64,
}

impl Turns {
    /// Turns over candidates, of which at least one is not heavy.
    pub(super) fn new(candidates: Vec<Candidate>) -> Self {
        debug_assert!(
            candidates
                .iter()
                .any(|candidate| !candidate.class.is_heavy())
        );
        Self {
            candidates,
            next: 0,
            turn: 0,
        }
    }

    /// The class whose turn it is, with the field to show it on.
    pub(super) fn next(&mut self) -> (InvalidClass, usize) {
        loop {
            if self.next == self.candidates.len() {
                self.next = 0;
                self.turn += 1;
            }
            let candidate = &self.candidates[self.next];
            self.next += 1;
            let heavy_turn = self.turn.is_multiple_of(HEAVY_CLASS_EVERY_TURNS);
            if heavy_turn || !candidate.class.is_heavy() {
                let field = self.turn % candidate.fields.len() as u64;
                return (candidate.class, candidate.fields[field as usize]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_take_turns_and_heavy_ones_come_seldom() {
        let candidate = |class, fields: &[usize]| Candidate {
            class,
            fields: fields.to_vec(),
        };
        let mut turns = Turns::new(vec![
            candidate(InvalidClass::MissingField, &[0, 2]),
            candidate(InvalidClass::ValueAtLimit, &[0]),
            candidate(InvalidClass::Tombstone, &[0]),
        ]);
        let drawn: Vec<_> = (0..132).map(|_| turns.next()).collect();
        let count = |class| drawn.iter().filter(|(drawn, _)| *drawn == class).count();
        assert_eq!(count(InvalidClass::ValueAtLimit), 2);
        assert_eq!(count(InvalidClass::Tombstone), 65);
        assert_eq!(drawn[0], (InvalidClass::MissingField, 0));
        assert_eq!(drawn[3], (InvalidClass::MissingField, 2));
    }
}
