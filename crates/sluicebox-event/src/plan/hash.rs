//! A fingerprint of everything that decides what is written for an accepted record.

use super::PlanOptions;
use crate::definition::{StreamDefinition, canonical};
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 over the canonical form of the definitions. Comments, the order of TOML keys and the
/// order of the streams do not change it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlanHash(pub [u8; 32]);

impl PlanHash {
    pub(super) fn of(definitions: &[StreamDefinition], options: &PlanOptions) -> Self {
        let mut forms: Vec<Vec<u8>> = definitions.iter().map(canonical::form).collect();
        forms.sort();
        let mut hasher = Sha256::new();
        // Limits that only decide what is rejected by size are not part of it: raising one of them
        // must not make a sink refuse its files.
        hasher.update([canonical::VERSION, u8::from(options.csv_formula_guard)]);
        for form in forms {
            hasher.update((form.len() as u64).to_be_bytes());
            hasher.update(&form);
        }
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlanHash({self})")
    }
}
