//! Goes through a run and visits every directory that a power loss could have left.

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::dice::{Dice, seed_from_environment};
use crate::disk::Disk;
use crate::fates::{Fate, each_combination};
use crate::image::Image;
use crate::operation::Operation;
use crate::survivors::Survivors;

/// A run on a [`Disk`], and what its client had been told when.
#[derive(Debug)]
pub struct History<C> {
    disk: Disk,
    told: Vec<(usize, C)>,
}

impl<C> History<C> {
    /// A history that begins now; `client` is what the client knows so far.
    pub fn begin(disk: &Disk, client: C) -> Self {
        Self {
            disk: disk.clone(),
            told: vec![(disk.operations(), client)],
        }
    }

    /// From now on the client knows this: nothing of it may be lost.
    pub fn tell(&mut self, client: C) {
        self.told.push((self.disk.operations(), client));
    }
}

/// A state that was recovered from wrongly.
#[derive(Debug)]
pub struct Violation {
    /// Different states until it was found, this one included.
    pub states: u64,
    text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Visits states, each once, and counts them.
#[derive(Debug)]
pub struct Explorer {
    seed: u64,
    dice: Dice,
    seen: HashSet<u64>,
    one_in: usize,
    moments: u64,
    drawn: u64,
}

impl Explorer {
    /// With the seed of the environment.
    pub fn new() -> Self {
        Self::with_seed(seed_from_environment())
    }

    /// With this seed.
    pub fn with_seed(seed: u64) -> Self {
        Self {
            seed,
            dice: Dice::new(seed),
            seen: HashSet::new(),
            one_in: 1,
            moments: 0,
            drawn: 0,
        }
    }

    /// Tries one of so many combinations, for runs that have too many.
    #[must_use]
    pub fn one_in(self, one_in: usize) -> Self {
        Self { one_in, ..self }
    }

    /// Different states so far. The same files count again where the client had been told more.
    pub fn states(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Dice of the same seed, for choices of the test.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// What was done, for people.
    pub fn summary(&self) -> String {
        format!(
            "{} different crash states (of {} drawn, at {} moments), seed {}",
            self.states(),
            self.drawn,
            self.moments,
            self.seed
        )
    }

    /// Visits what a power loss may leave after every operation of a history. `check` recovers and
    /// says what is wrong; a panic counts as well.
    ///
    /// # Errors
    /// The first state that `check` finds fault with.
    pub fn explore<C: Hash>(
        &mut self,
        scenario: &str,
        history: &History<C>,
        mut check: impl FnMut(&Image, &C) -> Result<(), String>,
    ) -> Result<(), Violation> {
        let (start, log) = history.disk.history();
        let first = history.told.first().map_or(0, |(at, _)| *at);
        let mut survivors = Survivors::new(&start);
        for at in 0..=log.len() {
            if let Some(done) = at.checked_sub(1).map(|last| &log[last]) {
                survivors.step(done);
            }
            if at < first {
                continue;
            }
            self.moments += 1;
            for client in knowing(&history.told, at) {
                let mut dice = self.dice.clone();
                let mut choosing = Dice::new(dice.any());
                let visited = each_combination(&survivors.pending, &mut dice, |fates| {
                    self.drawn += 1;
                    if !choosing.one_in(self.one_in) {
                        return Ok(());
                    }
                    let image = survivors.image(fates);
                    if !self.seen.insert(image.fingerprint(client)) {
                        return Ok(());
                    }
                    judge(&image, client, &mut check).map_err(|what| {
                        let moment = Moment {
                            at,
                            log: &log,
                            survivors: &survivors,
                            fates,
                        };
                        self.violation(scenario, &moment, &what)
                    })
                });
                self.dice = dice;
                visited?;
            }
        }
        Ok(())
    }

    fn violation(&self, scenario: &str, moment: &Moment<'_>, what: &str) -> Violation {
        let (states, seed) = (self.states(), self.seed);
        let text = format!(
            "{scenario}: {what}\n{moment}found after {states} states; \
             SLUICEBOX_CRASH_SEED={seed} finds it again"
        );
        Violation { states, text }
    }
}

impl Default for Explorer {
    fn default() -> Self {
        Self::new()
    }
}

/// What the client may know when the power fails after `at` operations: what it was told before the
/// last one, and each thing that it was told right after it.
fn knowing<C>(told: &[(usize, C)], at: usize) -> impl Iterator<Item = &C> {
    let now = told.partition_point(|(when, _)| *when < at);
    let from = now.saturating_sub(1);
    told[from..]
        .iter()
        .take_while(move |(when, _)| *when <= at)
        .map(|(_, client)| client)
}

fn judge<C>(
    image: &Image,
    client: &C,
    check: &mut impl FnMut(&Image, &C) -> Result<(), String>,
) -> Result<(), String> {
    let checked = catch_unwind(AssertUnwindSafe(|| check(image, client)));
    checked.unwrap_or_else(|panic| Err(format!("panicked: {}", message_of(panic.as_ref()))))
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

/// A moment of a run and what became of what was not durable.
struct Moment<'a> {
    at: usize,
    log: &'a [Operation],
    survivors: &'a Survivors,
    fates: &'a [Fate],
}

impl fmt::Display for Moment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self
            .at
            .checked_sub(1)
            .map(|last| self.log[last].to_string());
        let last = last.unwrap_or_else(|| "nothing".to_owned());
        writeln!(f, "the power fails after operation {}: {last}", self.at)?;
        for (operation, fate) in self.survivors.pending.iter().zip(self.fates) {
            writeln!(f, "  {fate:?}: {operation}")?;
        }
        Ok(())
    }
}
