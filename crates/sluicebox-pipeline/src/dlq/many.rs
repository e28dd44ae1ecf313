//! Replays as many letters as there are, a transaction for so many of them.

use std::collections::BTreeMap;

use super::error::DlqError;
use super::replay::{Replay, Replayer, can_replay};
use crate::limits::{REPLAY_TRANSACTION_BYTES, REPLAY_TRANSACTION_RECORDS};

/// What became of many letters.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many are in their source topics now, by topic.
    pub replayed: BTreeMap<String, u64>,
    /// How many somebody had replayed before.
    pub before: u64,
    /// How many cannot be replayed.
    pub refused: u64,
    /// Why the first one of those cannot.
    pub first_refusal: Option<DlqError>,
}

impl Tally {
    /// How many are in their source topics now.
    pub fn total(&self) -> u64 {
        self.replayed.values().sum()
    }

    /// Counts a letter that cannot be replayed.
    pub fn refuse(&mut self, why: DlqError) {
        self.refused += 1;
        self.first_refusal.get_or_insert(why);
    }
}

/// A replay of letters that come one after the other.
pub struct Many {
    replayer: Replayer,
    batch: Vec<Replay>,
    bytes: usize,
    tally: Tally,
}

impl Many {
    /// Nothing is replayed yet.
    pub fn new(replayer: Replayer) -> Self {
        Self {
            replayer,
            batch: Vec::new(),
            bytes: 0,
            tally: Tally::default(),
        }
    }

    /// What became of the letters so far. Those that wait for their transaction are not counted.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Takes a letter; replays what waits when it is enough for a transaction. One that cannot be
    /// replayed is counted.
    ///
    /// # Errors
    /// Those of [`Replayer::replay`].
    pub fn take(&mut self, replay: Replay) -> Result<(), DlqError> {
        if self.replayer.markers().contains_key(&replay.letter.id) {
            self.tally.before += 1;
            return Ok(());
        }
        if let Err(why) = can_replay(self.replayer.plans(), &replay) {
            self.tally.refuse(why);
            return Ok(());
        }
        let letter = &replay.letter;
        let value = replay.value.as_ref().or(letter.value.as_ref());
        self.bytes += value.map_or(0, Vec::len) + letter.key.as_ref().map_or(0, Vec::len);
        self.batch.push(replay);
        if self.batch.len() < REPLAY_TRANSACTION_RECORDS && self.bytes < REPLAY_TRANSACTION_BYTES {
            return Ok(());
        }
        self.commit()
    }

    /// Replays what waits.
    ///
    /// # Errors
    /// Those of [`Replayer::replay`].
    pub fn commit(&mut self) -> Result<(), DlqError> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let outcome = self.replayer.replay(&batch)?;
        self.tally.before += outcome.before.len() as u64;
        // In the order in which they were given.
        let mut replayed = outcome.replayed.iter().peekable();
        for Replay { letter, .. } in batch {
            if replayed.next_if_eq(&&letter.id).is_some() {
                *self.tally.replayed.entry(letter.source_topic).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Ends the replay; what waits is not replayed.
    pub fn close(self) -> Tally {
        self.replayer.close();
        self.tally
    }
}
