//! What is said where nothing was found: silence would leave open whether it still searches.

use crate::logging;
use crate::output::grouped;

/// Says once that nothing was found.
pub(super) struct Nothing {
    follow: bool,
    /// Records that were looked through before those of the search at hand.
    pub(super) before: u64,
    /// Something was found, or it was said.
    pub(super) is_over: bool,
}

impl Nothing {
    pub(super) fn new(follow: bool) -> Self {
        Self {
            follow,
            before: 0,
            is_over: false,
        }
    }

    /// The end is reached, and so many records were looked through on the way.
    pub(super) fn say(&mut self, scanned: u64) {
        if !std::mem::replace(&mut self.is_over, true) {
            logging::say(&sentence(self.before + scanned, self.follow));
        }
    }
}

fn sentence(scanned: u64, follow: bool) -> String {
    let records = match scanned {
        0 if follow => return "waiting for new records".to_owned(),
        0 => return "there are no records".to_owned(),
        1 => "1 record, it does not fit".to_owned(),
        many => format!("{} records, none fits", grouped(many)),
    };
    let waits = if follow { "; waiting for new ones" } else { "" };
    format!("looked through {records}{waits}")
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
            assert_eq!(sentence(scanned, follow), said);
        }
    }
}
