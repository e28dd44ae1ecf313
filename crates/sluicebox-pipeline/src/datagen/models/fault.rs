//! What goes wrong with a sensor now and then.

use crate::datagen::seed::Dice;

/// A fault is rare: one reading in so many starts one.
const ONE_READING_IN: u64 = 600;

/// What is wrong with a sensor, with its temperature error in thousandths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The last reading again and again, at one end of the sensor's scale.
    Stuck { at: i64 },
    /// One or two readings far off, as from a loose contact.
    Spike { by: i64 },
    /// Away from the truth by this much more with each reading.
    DriftAway { step: i64 },
    /// Off by the same amount: someone put the sensor in the sun.
    Offset { by: i64 },
}

/// The fault a sensor has right now, if any.
#[derive(Clone, Debug, Default)]
pub(super) struct Fault {
    kind: Option<Kind>,
    readings_left: u32,
    readings_done: u32,
}

impl Fault {
    /// What the sensor says in place of the `true_milli` degrees.
    pub(super) fn distort(&mut self, dice: &mut Dice, true_milli: i64) -> i64 {
        if self.readings_left == 0 {
            self.kind = None;
            if dice.one_in(ONE_READING_IN) {
                self.start(dice);
            }
        }
        let Some(kind) = self.kind else {
            return true_milli;
        };
        self.readings_left -= 1;
        self.readings_done += 1;
        match kind {
            Kind::Stuck { at } => at,
            Kind::Spike { by } | Kind::Offset { by } => true_milli + by,
            Kind::DriftAway { step } => true_milli + step * i64::from(self.readings_done),
        }
    }

    fn start(&mut self, dice: &mut Dice) {
        let sign = if dice.one_in(3) { -1 } else { 1 };
        let (kind, readings) = match dice.below(4) {
            0 if sign < 0 => (Kind::Stuck { at: -30_000 }, dice.between(8, 30)),
            0 => (Kind::Stuck { at: 55_000 }, dice.between(8, 30)),
            1 => (
                Kind::Spike {
                    by: sign * dice.between(22_000, 32_000),
                },
                dice.between(1, 2),
            ),
            2 => (
                Kind::DriftAway {
                    step: sign * dice.between(600, 1_200),
                },
                dice.between(15, 30),
            ),
            _ => (
                Kind::Offset {
                    by: sign * dice.between(14_000, 26_000),
                },
                dice.between(10, 40),
            ),
        };
        self.kind = Some(kind);
        self.readings_left = readings as u32;
        self.readings_done = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datagen::seed::Seeds;

    #[test]
    fn faults_come_now_and_then_end_and_are_of_every_kind() {
        let mut dice = Seeds::new(3, "t").dice("t", 0);
        let mut fault = Fault::default();
        let mut kinds = [0_u32; 4];
        let mut faulty = 0;
        for _ in 0..200_000 {
            let was = fault.kind.is_some() && fault.readings_left > 0;
            fault.distort(&mut dice, 20_000);
            faulty += u32::from(fault.kind.is_some());
            if !was && let Some(kind) = fault.kind {
                kinds[match kind {
                    Kind::Stuck { .. } => 0,
                    Kind::Spike { .. } => 1,
                    Kind::DriftAway { .. } => 2,
                    Kind::Offset { .. } => 3,
                }] += 1;
            }
        }
        assert!(kinds.iter().all(|count| *count > 40), "{kinds:?}");
        assert!(
            (2_000..10_000).contains(&faulty),
            "{faulty} of 200000 readings"
        );
    }
}
