//! The order of overlapping transactions.
//!
//! A transaction sends its records only after all records of the one before are acknowledged (so
//! that the order per key is kept in the output log), and commits only after the one before has
//! committed (so that offsets never run ahead of outputs). If one fails, all later ones fail.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use sluicebox_faults::planted;

/// Shared by the lanes of one instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn {
    inner: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Default)]
struct State {
    /// All transactions up to this sequence number are acknowledged.
    flushed: u64,
    /// All transactions up to this sequence number are committed.
    committed: u64,
    failed: bool,
}

/// A transaction before this one failed, or all were called off.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CalledOff;

impl Turn {
    /// Waits until all transactions before `sequence` are acknowledged.
    pub(super) fn await_send(&self, sequence: u64) -> Result<(), CalledOff> {
        let any = planted!("processor-sends-out-of-order");
        self.wait(|state| any || state.flushed + 1 >= sequence)
    }

    /// Waits until all transactions before `sequence` are committed.
    pub(super) fn await_commit(&self, sequence: u64) -> Result<(), CalledOff> {
        let any = planted!("processor-commits-out-of-order");
        self.wait(|state| any || state.committed + 1 >= sequence)
    }

    /// Says that `sequence` is acknowledged.
    pub(super) fn flushed(&self, sequence: u64) {
        self.change(|state| state.flushed = state.flushed.max(sequence));
    }

    /// Says that `sequence` is committed.
    pub(super) fn committed(&self, sequence: u64) {
        self.change(|state| state.committed = state.committed.max(sequence));
    }

    /// Calls off what has not begun to commit.
    pub(super) fn fail(&self) {
        self.change(|state| state.failed = true);
    }

    /// Starts anew after `sequence`; nothing must be under way.
    pub(super) fn restart_after(&self, sequence: u64) {
        self.change(|state| {
            *state = State {
                flushed: sequence,
                committed: sequence,
                failed: false,
            }
        });
    }

    fn wait(&self, ready: impl Fn(&State) -> bool) -> Result<(), CalledOff> {
        let waits = |state: &mut State| !state.failed && !ready(state);
        let state = self.inner.1.wait_while(self.lock(), waits);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        if state.failed { Err(CalledOff) } else { Ok(()) }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.inner.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_later_transaction_waits_for_the_earlier_one() {
        let turn = Turn::default();
        let (sender, receiver) = crossbeam_channel::unbounded();
        let later = std::thread::spawn({
            let turn = turn.clone();
            move || {
                turn.await_send(2).unwrap();
                sender.send("sends").unwrap();
                turn.await_commit(2).unwrap();
                sender.send("commits").unwrap();
            }
        });
        turn.await_send(1).unwrap();
        assert!(receiver.recv_timeout(Duration::from_millis(20)).is_err());
        turn.flushed(1);
        assert_eq!(receiver.recv().unwrap(), "sends");
        assert!(receiver.recv_timeout(Duration::from_millis(20)).is_err());
        turn.committed(1);
        assert_eq!(receiver.recv().unwrap(), "commits");
        later.join().unwrap();
    }

    #[test]
    fn a_failure_calls_off_all_that_wait_until_the_restart() {
        let turn = Turn::default();
        let waiting = std::thread::spawn({
            let turn = turn.clone();
            move || turn.await_commit(2)
        });
        turn.fail();
        assert_eq!(waiting.join().unwrap(), Err(CalledOff));
        assert_eq!(turn.await_send(1), Err(CalledOff));
        turn.restart_after(2);
        assert_eq!(turn.await_commit(3), Ok(()));
    }
}
