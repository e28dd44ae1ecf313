//! What tools ask.

use super::Transactions;
use crate::transactions::machine::Transaction;

impl Transactions {
    /// How a transactional id stands; `None` if it is not known.
    pub(crate) fn describe(&self, transactional_id: &str) -> Option<Transaction> {
        self.current(transactional_id).ok()
    }

    /// All transactional ids, by name.
    pub(crate) fn list(&self) -> Vec<(String, Transaction)> {
        let state = self.lock();
        let mut all: Vec<_> = state
            .ids
            .iter()
            .filter_map(|(id, slot)| Some((id.clone(), slot.transaction.clone()?)))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}
