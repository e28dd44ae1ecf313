//! What the passing of time does to groups: sessions, offsets, and the journal's length.

use std::sync::Arc;
use std::time::Duration;

use super::Groups;
use crate::fatal::Fatal;
use crate::groups::membership::Group;
use crate::groups::offsets::OffsetsRecord;
use crate::limits::GROUPS_CHECK_INTERVAL_MS;

impl Groups {
    /// Runs until the broker fails or its runtime ends.
    pub(crate) async fn keep_time(self: Arc<Self>, fatal: Arc<Fatal>) {
        loop {
            let wait = Duration::from_millis(self.next_wait_ms());
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => continue,
                () = fatal.wait() => return,
            }
            self.expire_members();
            self.expire_offsets();
            self.compact_if_long();
        }
    }

    fn next_wait_ms(&self) -> u64 {
        let now = self.now();
        let next = self
            .lock()
            .groups
            .values()
            .filter_map(Group::next_deadline)
            .min();
        let wait = next.map_or(u64::MAX, |at| u64::try_from(at - now).unwrap_or(0));
        wait.min(GROUPS_CHECK_INTERVAL_MS)
    }

    fn expire_members(&self) {
        let now = self.now();
        let mut state = self.lock();
        let due: Vec<String> = state
            .groups
            .iter()
            .filter(|(_, group)| group.next_deadline().is_some_and(|at| at <= now))
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            let effects = state.group(&name).expire(now);
            self.settle(&mut state, &name, effects);
        }
    }

    pub(super) fn expire_offsets(&self) {
        let mut state = self.lock();
        let due = state
            .store
            .expired(self.clock.now_ms(), self.settings.offsets_retention_ms);
        for record in due {
            if let Err(code) = self.record(&mut state, record) {
                tracing::warn!(%code, "expired offsets stay for now");
                return;
            }
        }
    }

    pub(super) fn compact_if_long(&self) {
        if self.journal.wants_compaction() {
            self.compact();
        }
    }

    /// Rewrites the journal.
    pub(crate) fn compact(&self) {
        let state = self.lock();
        let records: Vec<Vec<u8>> = state
            .store
            .snapshot()
            .iter()
            .map(OffsetsRecord::encode)
            .collect();
        if let Err(error) = self.journal.compact(records.iter().map(Vec::as_slice)) {
            tracing::warn!(%error, "the groups journal stays long for now");
        }
    }
}
