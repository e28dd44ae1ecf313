//! `dlq list`: the newest dead letters, and how many there are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::IsTerminal as _;
use std::ops::ControlFlow;

use clap::ArgMatches;
use clap::parser::ValueSource;
use sluicebox_pipeline::dlq::{LetterId, LettersAt, Markers, Selection, StoredLetter};

use super::view::{NAME_CHARS, json, line, source, time};
use super::{Dlq, selection};
use crate::commands::{Started, start};
use crate::exit::{Failure, Outcome};
use crate::output::{Table, grouped, print};

/// Characters of a message in the table on a terminal; elsewhere it is whole, for whoever searches it.
const MESSAGE_CHARS: usize = 60;

pub(super) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = start(matches)?;
    let dlq = Dlq::open(config)?;
    let (filter, markers) = (selection(matches)?, dlq.markers()?);
    let limit = matches.get_one::<u64>("limit").copied().unwrap_or_default() as usize;
    if matches.get_flag("json") {
        let is_limited = matches.value_source("limit") != Some(ValueSource::DefaultValue);
        let letters = match is_limited {
            true => LettersAt::Ids(newest_ids(&dlq, &filter, limit)?),
            false => LettersAt::All,
        };
        return as_lines(&dlq, &letters, &filter, &markers);
    }
    let mut newest = Newest::new(std::io::stdout().is_terminal());
    let mut counts: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    dlq.letters(&LettersAt::All, |letter| {
        if filter.takes(&letter) {
            let name = |text: &str| line(text, NAME_CHARS);
            let kind = (name(&letter.reason), name(&letter.source_topic));
            let count = counts.entry(kind).or_default();
            count.0 += 1;
            count.1 += u64::from(markers.contains_key(&letter.id));
            newest.take(&letter, limit);
        }
        ControlFlow::Continue(())
    })?;
    if counts.is_empty() {
        return print("no dead letters\n");
    }
    let mut table = Table::new(&["REASON", "TOPIC", "DEAD LETTERS", "REPLAYED", "LEFT"]);
    for ((reason, topic), (all, replayed)) in counts {
        let numbers = [all, replayed, all - replayed].map(grouped);
        table.row([[reason, topic].as_slice(), &numbers].concat());
    }
    print(&format!("{}\n{}", newest.text(&markers), table.text()))
}

/// The newest that fit. Their ids alone are kept: the letters may be large.
fn newest_ids(dlq: &Dlq, filter: &Selection, limit: usize) -> Result<Vec<LetterId>, Failure> {
    let mut newest = BinaryHeap::new();
    dlq.letters(&LettersAt::All, |letter| {
        if filter.takes(&letter) {
            newest.push(Reverse((letter.failed_at_ms, letter.id)));
        }
        if newest.len() > limit {
            newest.pop();
        }
        ControlFlow::Continue(())
    })?;
    let ids = newest.into_iter().map(|Reverse((_, id))| id);
    Ok(ids.collect())
}

/// One object a line, as they are read.
fn as_lines(dlq: &Dlq, which: &LettersAt, filter: &Selection, markers: &Markers) -> Outcome {
    let mut outcome: Outcome = Ok(());
    dlq.letters(which, |letter| {
        if filter.takes(&letter) {
            outcome = print(&format!("{}\n", json(&letter, markers.get(&letter.id))));
        }
        match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    outcome
}

/// The newest letters, as far as a table shows them.
struct Newest {
    message_chars: usize,
    rows: BinaryHeap<Reverse<(i64, LetterId, [String; 3])>>,
}

impl Newest {
    fn new(on_terminal: bool) -> Self {
        let message_chars = if on_terminal {
            MESSAGE_CHARS
        } else {
            usize::MAX
        };
        Self {
            message_chars,
            rows: BinaryHeap::new(),
        }
    }

    fn take(&mut self, letter: &StoredLetter, limit: usize) {
        let is_older = (self.rows.peek()).is_some_and(|Reverse((oldest, id, _))| {
            (letter.failed_at_ms, letter.id) < (*oldest, *id)
        });
        if limit == 0 || (self.rows.len() >= limit && is_older) {
            return;
        }
        let message = line(&letter.message, self.message_chars);
        let cells = [line(&letter.reason, NAME_CHARS), source(letter), message];
        self.rows
            .push(Reverse((letter.failed_at_ms, letter.id, cells)));
        if self.rows.len() > limit {
            self.rows.pop();
        }
    }

    /// The newest at the end, where the eye is on a terminal.
    fn text(self, markers: &Markers) -> String {
        let mut table = Table::new(&["ID", "FAILED AT", "REASON", "SOURCE", "REPLAYED", "MESSAGE"]);
        let mut rows: Vec<_> = self.rows.into_iter().map(|Reverse(row)| row).collect();
        rows.sort();
        for (failed_at_ms, id, [reason, source, message]) in rows {
            let replayed = if markers.contains_key(&id) { "yes" } else { "" };
            let cells = [id.to_string(), time(failed_at_ms), reason, source];
            let mut cells = cells.to_vec();
            cells.extend([replayed.to_owned(), message]);
            table.row(cells);
        }
        table.text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(offset: i64, failed_at_ms: i64) -> StoredLetter {
        StoredLetter {
            id: LetterId {
                partition: 0,
                offset,
            },
            failed_at_ms,
            source_topic: "in".to_owned(),
            source_partition: Some(0),
            source_offset: Some(offset),
            source_timestamp_ms: None,
            stage: "process".to_owned(),
            reason: "wrong_type".to_owned(),
            message: "a\nb".to_owned(),
            key: None,
            value: None,
            headers: Vec::new(),
            is_cut: false,
            headers_of: None,
        }
    }

    #[test]
    fn no_column_moves_the_cursor() {
        let mut newest = Newest::new(false);
        let mut hostile = letter(0, 1);
        hostile.reason = "a\r\n\x1b[31m".to_owned();
        hostile.source_topic = "\x1b]0;title\x07".to_owned();
        newest.take(&hostile, 1);
        let text = newest.text(&Markers::new());
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
    }

    #[test]
    fn a_message_is_whole_where_no_terminal_ends_the_line() {
        let mut long = letter(0, 1);
        long.message = format!("{}needle", "x".repeat(200));
        for (on_terminal, wanted) in [(true, false), (false, true)] {
            let mut newest = Newest::new(on_terminal);
            newest.take(&long, 1);
            assert_eq!(newest.text(&Markers::new()).contains("needle"), wanted);
        }
    }

    #[test]
    fn the_newest_are_shown_oldest_first() {
        let mut newest = Newest::new(false);
        for (offset, time) in [(0, 500), (1, 100), (2, 900), (3, 300), (4, 700)] {
            newest.take(&letter(offset, time), 3);
        }
        let text = newest.text(&Markers::new());
        let ids: Vec<_> = (text.lines().skip(1))
            .map(|line| line.split(' ').next())
            .collect();
        assert_eq!(ids, [Some("0:0"), Some("0:4"), Some("0:2")], "{text}");
        assert!(text.contains("a b"), "{text}");
    }
}
