//! What must become of the bad records, and what became of them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::class::{Bad, Class};

/// One class's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records that were sent.
    pub sent: u64,
    /// Rows of them in `dead_letters.csv`, as they should be.
    pub letters: u64,
}

/// The bad records that were sent and are not found yet. Records are told apart by a hash: they may
/// be large.
#[derive(Debug, Default)]
pub struct Expected {
    waiting: HashMap<u64, usize>,
    /// By number of the class.
    pub tallies: Vec<Tally>,
    /// What is not as it should be.
    pub wrong: Vec<String>,
}

impl Expected {
    /// Notes a record of class number `class`.
    pub fn sent(&mut self, class: usize, bad: &Bad) {
        let id = hash(bad.key.as_deref(), bad.value.as_deref());
        if self.waiting.insert(id, class).is_some() {
            self.wrong
                .push(format!("class {class} made a record twice"));
        }
        if self.tallies.len() <= class {
            self.tallies.resize(class + 1, Tally::default());
        }
        self.tallies[class].sent += 1;
    }

    /// Notes a row of `dead_letters.csv`: it must be that of a record that was sent, once, with the
    /// stage and the reason of its class.
    pub fn letter(
        &mut self,
        classes: &[&Class],
        place: &str,
        (stage, reason): (&str, &str),
        (key, value): (Option<&[u8]>, Option<&[u8]>),
    ) {
        let Some(number) = self.waiting.remove(&hash(key, value)) else {
            let key = key.map(String::from_utf8_lossy);
            self.wrong
                .push(format!("{place}: there twice, or never sent: key {key:?}"));
            return;
        };
        let class = classes[number];
        if (stage, reason) == (class.place.stage(), class.reason) {
            self.tallies[number].letters += 1;
        } else {
            let (expected, name) = (class.reason, class.name);
            self.wrong.push(format!(
                "{place}: {name}: {stage} {reason}, expected {expected}"
            ));
        }
    }

    /// Whether every record has its letter.
    pub fn is_whole(&self) -> bool {
        self.waiting.is_empty() && self.wrong.is_empty()
    }

    /// The classes of records without a letter.
    pub fn missing(&self) -> Vec<usize> {
        let mut classes: Vec<usize> = self.waiting.values().copied().collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }
}

fn hash(key: Option<&[u8]>, value: Option<&[u8]>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, value).hash(&mut hasher);
    hasher.finish()
}
