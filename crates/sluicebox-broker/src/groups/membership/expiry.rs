//! What happens when nobody sends anything: sessions, rebalances and promises run out.

use super::Millis;
use super::effect::Effects;
use super::group::{Group, GroupState};

impl Group {
    /// When [`Group::expire`] has something to do next; `None` if nothing is pending.
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let sessions = self
            .members
            .values()
            .filter(|m| !m.is_waiting())
            .map(|m| m.session_ends);
        let promises = self.promised.values().copied();
        sessions
            .chain(promises)
            .chain(self.rebalance_ends)
            .chain(self.sync_ends)
            .min()
    }

    /// Removes who has been silent for too long and moves the group on.
    pub(crate) fn expire(&mut self, now: Millis) -> Effects {
        let mut effects = Effects::new();
        let before = (self.members.len(), self.promised.len());
        self.promised.retain(|_, ends| *ends > now);
        self.drop_where(&mut effects, |m| !m.is_waiting() && m.session_ends <= now);
        if self.sync_ends.is_some_and(|ends| ends <= now) {
            self.sync_ends = None;
            self.drop_where(&mut effects, |m| m.owes_sync);
        }
        if before != (self.members.len(), self.promised.len()) {
            let only_promises = before.0 == self.members.len();
            if !only_promises || self.state == GroupState::PreparingRebalance {
                self.after_departure(now, &mut effects);
            }
        }
        if self.rebalance_ends.is_some_and(|ends| ends <= now) {
            self.complete_without_the_missing(now, &mut effects);
        }
        effects
    }

    fn drop_where(
        &mut self,
        effects: &mut Effects,
        is_out: impl Fn(&super::member::Member) -> bool,
    ) {
        let out: Vec<String> = self
            .members
            .values()
            .filter(|m| is_out(m))
            .map(|m| m.id.clone())
            .collect();
        for id in out {
            self.drop_member(&id, effects);
        }
    }
}
