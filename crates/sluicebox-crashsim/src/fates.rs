//! What may become of each operation that is not durable.

use crate::dice::Dice;
use crate::operation::Operation;

/// Up to so many operations that are not durable, every combination is tried.
pub const EXHAUSTIVE_MAX_COUNT: usize = 6;

/// Combinations drawn where there are too many to try them all.
const DRAWN_COUNT: usize = 128;
/// Combinations with torn writes drawn at every moment at which a write is not durable.
const TORN_COUNT: usize = 24;

/// What becomes of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Lost,
    Kept,
    /// Of a write: the new length, not the data.
    Zeros,
    /// Of a write: some sectors, one of them in part or full of garbage, as the seed says.
    Torn(u64),
}

impl Fate {
    /// Any fate that the operation may have.
    pub(crate) fn drawn(operation: &Operation, dice: &mut Dice) -> Self {
        let fates = whole_fates(operation);
        if is_write(operation) && dice.one_in(4) {
            return Self::Torn(dice.any());
        }
        fates[dice.below(fates.len())]
    }
}

fn is_write(operation: &Operation) -> bool {
    matches!(operation, Operation::Write { .. })
}

fn whole_fates(operation: &Operation) -> &'static [Fate] {
    match operation {
        Operation::Write { .. } => &[Fate::Lost, Fate::Kept, Fate::Zeros],
        _ => &[Fate::Lost, Fate::Kept],
    }
}

/// Gives combinations of fates for these operations to `visit`, until it fails.
pub(crate) fn each_combination<E>(
    pending: &[Operation],
    dice: &mut Dice,
    mut visit: impl FnMut(&[Fate]) -> Result<(), E>,
) -> Result<(), E> {
    if pending.len() <= EXHAUSTIVE_MAX_COUNT {
        all(pending, &mut visit)?;
    } else {
        extremes(pending.len(), &mut visit)?;
        for _ in 0..DRAWN_COUNT {
            // Mostly lost, half of them, mostly kept.
            let kept_of_8 = [1, 4, 7][dice.below(3)];
            let drawn: Vec<Fate> = pending
                .iter()
                .map(|operation| match whole_fates(operation) {
                    [.., zeros] if *zeros == Fate::Zeros && dice.one_in(4) => *zeros,
                    _ if dice.below(8) < kept_of_8 => Fate::Kept,
                    _ => Fate::Lost,
                })
                .collect();
            visit(&drawn)?;
        }
    }
    let writes: Vec<usize> = (0..pending.len())
        .filter(|at| is_write(&pending[*at]))
        .collect();
    if writes.is_empty() {
        return Ok(());
    }
    for _ in 0..TORN_COUNT {
        let torn = writes[dice.below(writes.len())];
        let drawn: Vec<Fate> = (0..pending.len())
            .map(|at| {
                let also_torn = is_write(&pending[at]) && dice.one_in(3);
                if at == torn || also_torn {
                    Fate::Torn(dice.any())
                } else {
                    let fates = whole_fates(&pending[at]);
                    fates[dice.below(fates.len())]
                }
            })
            .collect();
        visit(&drawn)?;
    }
    Ok(())
}

/// Every combination of whole fates, counted up like the digits of a number.
fn all<E>(
    pending: &[Operation],
    visit: &mut impl FnMut(&[Fate]) -> Result<(), E>,
) -> Result<(), E> {
    let mut digits = vec![0; pending.len()];
    loop {
        let fates: Vec<Fate> = digits
            .iter()
            .zip(pending)
            .map(|(digit, operation): (&usize, _)| whole_fates(operation)[*digit])
            .collect();
        visit(&fates)?;
        let step = (0..digits.len()).find(|at| digits[*at] + 1 < whole_fates(&pending[*at]).len());
        let Some(at) = step else { return Ok(()) };
        digits[..at].fill(0);
        digits[at] += 1;
    }
}

/// All lost, all kept, and everything but one.
fn extremes<E>(count: usize, visit: &mut impl FnMut(&[Fate]) -> Result<(), E>) -> Result<(), E> {
    for (most, one) in [(Fate::Lost, Fate::Kept), (Fate::Kept, Fate::Lost)] {
        let mut fates = vec![most; count];
        visit(&fates)?;
        for at in 0..count {
            fates[at] = one;
            visit(&fates)?;
            fates[at] = most;
        }
    }
    Ok(())
}
