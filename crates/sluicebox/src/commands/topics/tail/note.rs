//! What is said at the end of what there is, where fewer records fit than one would expect: silence would
//! leave open whether it still searches, and where it has looked.

use crate::logging;
use crate::output::grouped;

/// The last records of a topic, of which those that fit were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Last {
    /// How many were asked for with `--last`.
    pub(super) asked: u64,
    /// How many there were.
    pub(super) looked_at: u64,
    /// How many of them fit.
    pub(super) fit: u64,
}

/// Says it, once.
pub(super) struct Note {
    follow: bool,
    /// Something was found, or it was said.
    pub(super) is_over: bool,
}

impl Note {
    pub(super) fn new(follow: bool) -> Self {
        Self {
            follow,
            is_over: false,
        }
    }

    /// The end is reached, and so many records were looked through on the way: said where none fits.
    pub(super) fn none(&mut self, scanned: u64) {
        if !std::mem::replace(&mut self.is_over, true) {
            logging::say(&none(scanned, self.follow));
        }
    }

    /// Not all of the last records fit.
    pub(super) fn of_last(&mut self, last: Last) {
        self.is_over = true;
        logging::say(&of_last(last, self.follow));
    }

    /// The end is reached before a limit.
    pub(super) fn below_limit(&mut self, found: u64, limit: u64) {
        self.is_over = true;
        logging::say(&below_limit(found, limit));
    }
}

fn none(scanned: u64, follow: bool) -> String {
    let records = match scanned {
        0 if follow => return "waiting for new records".to_owned(),
        0 => return "there are no records".to_owned(),
        1 => "1 record, it does not fit".to_owned(),
        many => format!("{} records, none fits", grouped(many)),
    };
    format!("looked through {records}{}", waits(follow))
}

fn of_last(last: Last, follow: bool) -> String {
    let (are_all, count) = (last.looked_at < last.asked, grouped(last.looked_at));
    let records = match (last.looked_at, are_all) {
        (1, true) => "the only record was".to_owned(),
        (1, false) => "the last record was".to_owned(),
        (_, true) => format!("all {count} records were"),
        (_, false) => format!("the last {count} records were"),
    };
    let fit = match last.fit {
        0 if last.looked_at == 1 => "it does not fit".to_owned(),
        0 => "none fits".to_owned(),
        1 => "1 fits".to_owned(),
        many => format!("{} fit", grouped(many)),
    };
    let older = if are_all {
        ""
    } else {
        "; --from earliest looks through all"
    };
    format!("{records} looked at, {fit}{older}{}", waits(follow))
}

fn below_limit(found: u64, limit: u64) -> String {
    let (found, limit) = (grouped(found), grouped(limit));
    format!("no more records fit: found {found}, where --limit asks for {limit}")
}

fn waits(follow: bool) -> &'static str {
    if follow { "; waiting for new ones" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_sentence() {
        for (scanned, follow, said) in [
            (0, true, "waiting for new records"),
            (0, false, "there are no records"),
            (1, false, "looked through 1 record, it does not fit"),
            (1_234, false, "looked through 1,234 records, none fits"),
            (
                2,
                true,
                "looked through 2 records, none fits; waiting for new ones",
            ),
        ] {
            assert_eq!(none(scanned, follow), said);
        }
        let said = "no more records fit: found 3, where --limit asks for 1,000";
        assert_eq!(below_limit(3, 1_000), said);
    }

    #[test]
    fn of_the_last_records_it_says_how_many_there_were_and_how_many_fit() {
        for ((asked, looked_at, fit), said) in [
            (
                (10, 10, 2),
                "the last 10 records were looked at, 2 fit; --from earliest looks through all",
            ),
            (
                (2_000, 2_000, 0),
                "the last 2,000 records were looked at, none fits; --from earliest looks through all",
            ),
            ((10, 7, 1), "all 7 records were looked at, 1 fits"),
            (
                (1, 1, 0),
                "the last record was looked at, it does not fit; --from earliest looks through all",
            ),
            ((5, 1, 0), "the only record was looked at, it does not fit"),
        ] {
            let last = Last {
                asked,
                looked_at,
                fit,
            };
            assert_eq!(of_last(last, false), said);
            let follows = format!("{said}; waiting for new ones");
            assert_eq!(of_last(last, true), follows);
        }
    }
}
