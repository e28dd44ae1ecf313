//! `dlq replay --dry-run`: what a replay would do.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sluicebox_event::Plans;
use sluicebox_pipeline::dlq::{
    DlqError, LetterId, LettersAt, Replay, Selection, StoredLetter, can_replay, would_reject,
};

use super::replay::{summary, warn_of_refused};
use super::{Dlq, failed};
use crate::exit::Outcome;
use crate::output::{grouped, print};

/// What would become of the letters.
#[derive(Default)]
struct Preview {
    /// By source topic.
    replayed: BTreeMap<String, u64>,
    before: u64,
    /// How many of `replayed` their streams would reject again.
    rejected: u64,
    refused: u64,
    first_refusal: Option<DlqError>,
}

/// Counts, and prints it. `value` replaces the one letter's own.
///
/// # Errors
/// The letters cannot be read, or one that was named is not there.
pub(super) fn run(
    dlq: &Dlq,
    plans: &Plans,
    letters: &LettersAt,
    filter: &Selection,
    value: Option<&[u8]>,
) -> Outcome {
    let markers = dlq.markers()?;
    let (mut left, by_id): (Vec<LetterId>, bool) = match letters {
        LettersAt::All => (Vec::new(), false),
        LettersAt::Ids(ids) => (ids.clone(), true),
    };
    let mut preview = Preview::default();
    dlq.letters(letters, |letter| {
        left.retain(|id| *id != letter.id);
        if filter.takes(&letter) {
            if markers.contains_key(&letter.id) {
                preview.before += 1;
            } else {
                preview.add(plans, letter, value);
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(id) = left.first() {
        return Err(failed(DlqError::NoLetter { id: *id }));
    }
    print(&preview.text())?;
    match preview.first_refusal {
        Some(refusal) if by_id => Err(failed(refusal)),
        Some(refusal) => {
            warn_of_refused(preview.refused, &refusal);
            Ok(())
        }
        None => Ok(()),
    }
}

impl Preview {
    fn add(&mut self, plans: &Plans, letter: StoredLetter, value: Option<&[u8]>) {
        let value = value.map(<[u8]>::to_vec);
        let replay = Replay { letter, value };
        if let Err(why) = can_replay(plans, &replay) {
            self.refused += 1;
            self.first_refusal.get_or_insert(why);
            return;
        }
        let Replay { letter, value } = replay;
        self.rejected += u64::from(would_reject(plans, &letter, value.as_deref()).is_some());
        *self.replayed.entry(letter.source_topic).or_default() += 1;
    }

    fn text(&self) -> String {
        let mut text = summary("would replay", &self.replayed, self.before);
        if self.rejected > 0 {
            let rejected = grouped(self.rejected);
            text.push_str(&format!(
                "would be rejected again, with the definitions as they are: {rejected}\n"
            ));
        }
        text
    }
}
