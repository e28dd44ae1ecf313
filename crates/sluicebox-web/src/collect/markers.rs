//! How many offsets of the source topics are markers of replays, and no records.
//!
//! A replay is a transaction, which leaves a marker in each partition that it wrote to. Nobody tells how many
//! these are. But when nothing waits for a processor or a sink, all that came in and is in no file is no
//! record: so they are counted then, and the number holds until something is replayed again, which the end
//! of the topic of replays shows. Until then what is more than can wait is known to be markers.

/// What a snapshot knows beside the account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ends {
    /// Offsets, at most, of records that are in no file yet: not processed, or not written.
    pub(super) waiting: i64,
    /// The end of the topic of replays, 0 before the first one; `None` while it cannot be asked for.
    pub(super) replays: Option<i64>,
}

/// Markers as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Markers {
    /// So many or more.
    least: i64,
    /// The end of the topic of replays when they were counted. Before the first replay there are none.
    counted_at: i64,
    /// The end of that topic, and what was in no file, if nothing waited at the last snapshot.
    quiet: Option<(i64, i64)>,
}

impl Markers {
    /// How many there are at least, and whether that is all. `rest`: what came in and is in no file.
    pub(super) fn of(&mut self, rest: i64, ends: Ends) -> (i64, bool) {
        let quiet = ends.replays.filter(|_| ends.waiting == 0);
        let quiet = quiet.map(|replays| (replays, rest));
        if ends.replays != Some(self.counted_at) {
            self.least = self.least.max(rest - ends.waiting);
            // The topics are asked one after the other, and a replay may end in between: twice the same is
            // of one moment.
            if let Some((replays, _)) = quiet.filter(|_| quiet == self.quiet) {
                self.counted_at = replays;
            }
        }
        self.quiet = quiet;
        (self.least, ends.replays == Some(self.counted_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(waiting: i64, replays: i64) -> Ends {
        let replays = Some(replays);
        Ends { waiting, replays }
    }

    #[test]
    fn without_a_replay_nothing_is_a_marker() {
        let mut markers = Markers::default();
        for rest in [5, 0, 5, 5, 5] {
            assert_eq!(markers.of(rest, ends(0, 0)), (0, true));
        }
    }

    #[test]
    fn markers_are_counted_when_nothing_waits_and_hold_until_the_next_replay() {
        let mut markers = Markers::default();
        assert_eq!(markers.of(0, ends(0, 0)), (0, true));
        // A record and a marker come in; so does a marker of the replay of another one.
        assert_eq!(markers.of(4, ends(4, 2)), (0, false));
        assert_eq!(markers.of(3, ends(1, 4)), (2, false), "one may wait");
        assert_eq!(markers.of(2, ends(0, 4)), (2, false), "seen once");
        assert_eq!(markers.of(2, ends(0, 4)), (2, true));
        assert_eq!(markers.of(50, ends(48, 4)), (2, true), "records flow");
        // What is in no file then is missing: nothing was replayed.
        assert_eq!(markers.of(3, ends(0, 4)), (2, true));
        assert_eq!(markers.of(3, ends(0, 4)), (2, true));
        assert_eq!(markers.of(4, ends(1, 6)), (3, false), "the next replay");
    }

    #[test]
    fn while_the_topic_of_replays_cannot_be_asked_for_the_number_is_the_least() {
        let mut markers = Markers::default();
        let unknown = |waiting| Ends {
            waiting,
            replays: None,
        };
        assert_eq!(markers.of(5, unknown(3)), (2, false));
        assert_eq!(markers.of(4, unknown(0)), (4, false));
        assert_eq!(markers.of(4, unknown(0)), (4, false));
        assert_eq!(markers.of(4, ends(0, 2)), (4, false));
        assert_eq!(markers.of(4, ends(0, 2)), (4, true));
        assert_eq!(markers.of(4, unknown(0)), (4, false));
        assert_eq!(markers.of(9, ends(5, 2)), (4, true));
    }

    #[test]
    fn a_replay_between_two_questions_of_a_snapshot_is_not_counted_too_early() {
        let mut markers = Markers::default();
        // Of the source topics it saw nothing yet, of the topic of replays all.
        assert_eq!(markers.of(0, ends(0, 2)), (0, false));
        assert_eq!(markers.of(1, ends(0, 2)), (1, false));
        assert_eq!(markers.of(1, ends(0, 2)), (1, true));
    }
}
