//! The account: in = rows + dead letters + in flight.

use std::collections::BTreeSet;

use super::markers::{Ends, Markers};
use crate::flow::{Accounting, FileFlow, Flow};
use crate::limits::MISSING_SNAPSHOTS;

/// How often in a row the account was the same.
#[derive(Default)]
pub(super) struct Balance {
    last: Accounting,
    rounds: u32,
    markers: Markers,
}

impl Balance {
    /// Draws the account up. The sum is said to be off only when nothing moves and nothing is waiting:
    /// while records flow, its parts are of different moments. `strange`: source topics of rows that no
    /// stream here reads, whose records are not counted as input.
    pub(super) fn of(&mut self, flow: &Flow, strange: &BTreeSet<String>, ends: Ends) -> Accounting {
        if let Some(unknown) = no_sum(flow, strange) {
            let markers = std::mem::take(&mut self.markers);
            *self = Self::default();
            if flow.cluster.error.is_some() {
                // It will come back with the markers that it had.
                self.markers = markers;
            }
            return Accounting {
                unknown: Some(unknown),
                ..Accounting::default()
            };
        }
        let (letters, rows) = flow.letters_and_rows();
        let sum = |files: &[&FileFlow]| files.iter().map(|file| file.rows).sum::<u64>();
        let input: i64 = flow.streams.iter().map(|stream| stream.topic.end).sum();
        let mut account = Accounting {
            input: input.max(0).unsigned_abs(),
            rows: sum(&rows),
            letters: sum(&letters),
            ..Accounting::default()
        };
        let rest = input - (account.rows + account.letters).cast_signed();
        let (markers, are_all) = self.markers.of(rest, ends);
        account.markers = markers.unsigned_abs();
        account.with_markers = !are_all;
        account.in_flight = rest - markers;
        let quiet = flow.processor.lag == 0 && flow.sink.lag == 0;
        if quiet && !flow.files.is_empty() && account == self.last {
            self.rounds += 1;
        } else {
            self.last = account.clone();
            self.rounds = 0;
        }
        // While it is not known how many markers are among them, only too many rows are wrong.
        let is_off = account.in_flight < 0 || account.in_flight > 0 && !account.with_markers;
        account.off_balance = is_off && self.rounds >= MISSING_SNAPSHOTS;
        account
    }
}

/// Why there is no sum, if there is none.
fn no_sum(flow: &Flow, strange: &BTreeSet<String>) -> Option<String> {
    if flow.cluster.error.is_some() {
        return Some("The cluster does not answer: what came in is unknown.".to_owned());
    }
    if flow.files_error.is_some() {
        return Some("The files' manifest cannot be read: what is in them is unknown.".to_owned());
    }
    if flow.files_mismatch.is_some() {
        return Some("The files do not belong to these topics.".to_owned());
    }
    let names: Vec<_> = strange.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| {
        format!(
            "The files have rows from {}, which no stream here reads: give its definition with --stream.",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{StreamFlow, TopicFlow};

    const NO_REPLAYS: Ends = Ends {
        waiting: 0,
        replays: Some(0),
    };

    /// Ten records came in, eleven rows are in a file, and nothing is on its way.
    fn too_many() -> Flow {
        let topic = TopicFlow {
            end: 10,
            ..TopicFlow::default()
        };
        let file = FileFlow {
            name: "a.csv".to_owned(),
            rows: 11,
            ..FileFlow::default()
        };
        Flow {
            at_ms: 1,
            streams: vec![StreamFlow {
                topic,
                ..StreamFlow::default()
            }],
            files: vec![file],
            ..Flow::default()
        }
    }

    fn last(flow: &Flow, strange: &[&str]) -> Accounting {
        let strange = strange.iter().map(|&topic| topic.to_owned()).collect();
        let mut balance = Balance::default();
        (0..MISSING_SNAPSHOTS).for_each(|_| drop(balance.of(flow, &strange, NO_REPLAYS)));
        balance.of(flow, &strange, NO_REPLAYS)
    }

    #[test]
    fn too_many_rows_are_off_balance_once_nothing_moves() {
        let account = last(&too_many(), &[]);
        assert!(account.off_balance && account.in_flight == -1);
    }

    #[test]
    fn markers_of_replays_are_neither_in_flight_nor_missing() {
        let mut flow = too_many();
        (flow.streams[0].topic.end, flow.files[0].rows) = (13, 10);
        let (strange, mut balance) = (BTreeSet::new(), Balance::default());
        let replayed = Ends {
            waiting: 0,
            replays: Some(4),
        };
        let mut of = |flow: &Flow| {
            (0..=MISSING_SNAPSHOTS).for_each(|_| drop(balance.of(flow, &strange, replayed)));
            let account = balance.of(flow, &strange, replayed);
            (account.markers, account.in_flight, account.off_balance)
        };
        assert_eq!(of(&flow), (3, 0, false));
        // The cluster comes back with the markers that it had.
        flow.cluster.error = Some("gone".to_owned());
        assert_eq!(of(&flow), (0, 0, false));
        flow.cluster.error = None;
        flow.streams[0].topic.end = 14;
        assert_eq!(of(&flow), (3, 1, true), "one is in no file");
        flow.files[0].rows = 12;
        assert_eq!(of(&flow), (3, -1, true), "one row too many");
    }

    #[test]
    fn there_is_no_sum_of_what_is_not_known() {
        type Change = fn(&mut Flow);
        let changes: [(&str, Change); 4] = [
            ("does not answer", |flow| {
                flow.cluster.error = Some("gone".to_owned());
            }),
            ("cannot be read", |flow| {
                flow.files_error = Some("damaged".to_owned());
            }),
            ("do not belong", |flow| {
                flow.files_mismatch = Some("other".to_owned());
            }),
            ("from shipments, which no stream here reads", |_| {}),
        ];
        for (why, change) in changes {
            let mut flow = too_many();
            change(&mut flow);
            let account = last(&flow, &["shipments"]);
            let said = account.unknown.as_deref().unwrap();
            assert!(said.contains(why), "{said}");
            assert!(
                !account.off_balance && account.in_flight == 0,
                "{account:?}"
            );
        }
    }
}
