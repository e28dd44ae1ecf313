//! The lag of groups over time, while somebody looks at them.
//!
//! The collector knows the pipeline's own groups. Of any other there is a past only from the moment that its
//! page is open: each drawing of the page adds a point.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::limits::{
    GROUP_PAST_BREAK_MS, GROUP_PAST_STEP_MS, GROUP_PASTS_MAX_COUNT, HISTORY_POINTS_MAX,
};

/// A moment (milliseconds since 1970) and the lag then.
pub(crate) type LagPoint = (i64, u64);

/// The pasts of the groups that were looked at last.
#[derive(Debug, Default)]
pub(crate) struct GroupsPast(Mutex<VecDeque<Past>>);

#[derive(Debug)]
struct Past {
    group: String,
    points: VecDeque<LagPoint>,
}

impl GroupsPast {
    /// Adds what a group's lag is now, and tells what it was. Many who look at one group make no more
    /// points; when nobody looked for a while the past begins anew, since nothing is known of between.
    pub(crate) fn add(&self, group: &str, now: LagPoint) -> Vec<LagPoint> {
        let mut pasts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pasts.iter().position(|past| past.group == group);
        let past = known.and_then(|at| pasts.remove(at));
        let mut past = past.unwrap_or_else(|| Past {
            group: group.to_owned(),
            points: VecDeque::new(),
        });
        let age = past.points.back().map(|(at, _)| now.0.saturating_sub(*at));
        if age.is_some_and(|age| !(0..=GROUP_PAST_BREAK_MS).contains(&age)) {
            past.points.clear();
        }
        if age.is_none_or(|age| age >= GROUP_PAST_STEP_MS) || past.points.is_empty() {
            if past.points.len() == HISTORY_POINTS_MAX {
                past.points.pop_front();
            }
            past.points.push_back(now);
        }
        let points = past.points.iter().copied().collect();
        // The one that nobody has looked at for longest makes room.
        if pasts.len() == GROUP_PASTS_MAX_COUNT {
            pasts.pop_front();
        }
        pasts.push_back(past);
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_past_grows_while_somebody_looks_and_begins_anew_after_a_break() {
        let pasts = GroupsPast::default();
        assert_eq!(pasts.add("a", (10_000, 5)), [(10_000, 5)]);
        assert_eq!(pasts.add("a", (10_100, 9)), [(10_000, 5)], "a second look");
        let later = 10_000 + GROUP_PAST_STEP_MS;
        assert_eq!(pasts.add("a", (later, 7)), [(10_000, 5), (later, 7)]);
        let anew = later + GROUP_PAST_BREAK_MS + 1;
        assert_eq!(pasts.add("a", (anew, 1)), [(anew, 1)]);
        assert_eq!(pasts.add("a", (5, 2)), [(5, 2)], "the clock was set back");
    }

    #[test]
    fn pasts_are_bounded_in_points_and_groups() {
        let pasts = GroupsPast::default();
        for turn in 0..HISTORY_POINTS_MAX as i64 + 10 {
            pasts.add("long", (turn * GROUP_PAST_STEP_MS, 1));
        }
        let now = HISTORY_POINTS_MAX as i64 + 10;
        let points = pasts.add("long", (now * GROUP_PAST_STEP_MS, 1));
        assert_eq!(points.len(), HISTORY_POINTS_MAX);
        for group in 0..GROUP_PASTS_MAX_COUNT * 2 {
            pasts.add(&format!("g{group}"), (1, 1));
        }
        assert_eq!(pasts.0.lock().unwrap().len(), GROUP_PASTS_MAX_COUNT);
        let again = pasts.add("long", ((now + 1) * GROUP_PAST_STEP_MS, 1));
        assert_eq!(again.len(), 1, "it had made room");
    }
}
