//! What a replay of letters would do, counted and not done.

use std::collections::BTreeMap;

use sluicebox_event::Plans;

use super::check::would_reject;
use super::error::DlqError;
use super::letter::StoredLetter;
use super::markers::Markers;
use super::replay::{Replay, can_replay};

/// What would become of letters.
#[derive(Debug, Default)]
pub struct Forecast {
    /// Letters that would be replayed, by source topic.
    pub replayed: BTreeMap<String, u64>,
    /// How many of them their streams would reject again, as the plans are now.
    pub rejected: u64,
    /// Letters that were replayed before, and would be left out.
    pub before: u64,
    /// Letters that cannot be replayed.
    pub refused: u64,
    /// Why the first one of those cannot.
    pub first_refusal: Option<DlqError>,
}

impl Forecast {
    /// Counts a letter in, `value` in place of its own where one is given.
    pub fn take(
        &mut self,
        plans: &Plans,
        markers: &Markers,
        letter: StoredLetter,
        value: Option<&[u8]>,
    ) {
        if markers.contains_key(&letter.id) {
            self.before += 1;
            return;
        }
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
}
