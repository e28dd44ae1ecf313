//! `dlq replay --dry-run`: what a replay would do.

use std::ops::ControlFlow;

use sluicebox_event::Plans;
use sluicebox_pipeline::dlq::{DlqError, Forecast, LetterId, LettersAt, Selection};

use super::replay::{summary, warn_of_refused};
use super::{Dlq, failed};
use crate::exit::Outcome;
use crate::output::{grouped, print};

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
    let mut forecast = Forecast::default();
    dlq.letters(letters, |letter| {
        left.retain(|id| *id != letter.id);
        if filter.takes(&letter) {
            forecast.take(plans, &markers, letter, value);
        }
        ControlFlow::Continue(())
    })?;
    if let Some(id) = left.first() {
        return Err(failed(DlqError::NoLetter { id: *id }));
    }
    print(&text(&forecast))?;
    match forecast.first_refusal {
        Some(refusal) if by_id => Err(failed(refusal)),
        Some(refusal) => {
            warn_of_refused(forecast.refused, &refusal);
            Ok(())
        }
        None => Ok(()),
    }
}

fn text(forecast: &Forecast) -> String {
    let mut text = summary("would replay", &forecast.replayed, forecast.before, true);
    if forecast.rejected > 0 {
        let rejected = grouped(forecast.rejected);
        text.push_str(&format!(
            "would be rejected again, with the definitions as they are: {rejected}\n"
        ));
    }
    text
}
