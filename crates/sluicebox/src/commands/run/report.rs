//! The summaries that commands end with.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::Ordering;

use sluicebox_pipeline::accounting::Account;
use sluicebox_pipeline::datagen::DatagenReport;
use sluicebox_pipeline::metrics::Metrics;

use crate::output::{Table, absolute, grouped};

/// Columns that a list may fill.
const WIDTH_MAX: usize = 78;

/// What datagen has made: per stream, and per class of bad record.
pub(crate) fn generated(report: &DatagenReport) -> String {
    let seconds = report.elapsed.as_secs_f64();
    let rate = report.acknowledged as f64 / seconds.max(f64::EPSILON);
    let mut text = format!(
        "generated {} records in {seconds:.1} s ({}/s), all acknowledged\n",
        grouped(report.acknowledged),
        grouped(rate as u64)
    );
    for stream in &report.streams {
        let bad = match stream.invalid {
            0 => String::new(),
            bad => format!(", of them {} bad on purpose", grouped(bad)),
        };
        let made = grouped(stream.made);
        let _ = writeln!(text, "  {} -> {}: {made}{bad}", stream.name, stream.topic);
    }
    let classes = report.invalid.iter();
    let classes: Vec<_> = classes
        .map(|(class, count)| format!("{class} {}", grouped(*count)))
        .collect();
    text.push_str(&filled(&classes));
    text
}

/// Words separated by commas, indented, on lines that fit a terminal.
fn filled(words: &[String]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for (index, word) in words.iter().enumerate() {
        let separator = if index + 1 < words.len() { "," } else { "\n" };
        if width == 0 || width + word.len() >= WIDTH_MAX {
            text.push_str(if width == 0 { "    " } else { "\n    " });
            width = 4;
        } else {
            text.push(' ');
        }
        text.push_str(word);
        text.push_str(separator);
        width += word.len() + 2;
    }
    text
}

/// The files: rows of this process, and where they are.
pub(crate) fn files(output_dir: &Path, metrics: &Metrics) -> String {
    let mut table = Table::new(&["FILE", "NEW ROWS", "BYTES"]);
    for file in &metrics.files {
        let path = output_dir.join(&file.name);
        table.row(vec![
            absolute(&path),
            grouped(file.rows.get()),
            grouped(file.length.load(Ordering::Relaxed)),
        ]);
    }
    table.text()
}

/// The sentences about the account, when it is whole. `new_rows` are those of the table above them: it
/// counts what others wrote as well.
pub(crate) fn account(account: &Account, new_rows: u64) -> String {
    let mut text = format!(
        "accounted for: {} of {} records, each exactly once ({} rows, {} dead letters)\n",
        grouped(account.rows + account.letters),
        grouped(account.expected),
        grouped(account.rows),
        grouped(account.letters)
    );
    let ours = account.rows + account.letters + account.unplaced;
    if new_rows > ours {
        let others = grouped(new_rows - ours);
        let _ = writeln!(
            text,
            "and {others} records that this run did not generate: replays, what others wrote, what an earlier run left"
        );
    }
    if account.unplaced == 0 {
        return text;
    }
    let unplaced = grouped(account.unplaced);
    format!(
        "{text}{unplaced} more were acknowledged without an offset, after a lost answer; as many rows are \
         there: `sluicebox verify` tells which\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_others_wrote_are_told_where_the_table_counts_them() {
        let whole = Account {
            expected: 10,
            rows: 9,
            letters: 1,
            ..Account::default()
        };
        let alone = account(&whole, 10);
        assert_eq!(alone.lines().count(), 1, "{alone}");
        let said = account(&whole, 1217);
        assert!(
            said.contains("and 1,207 records that this run did not generate"),
            "{said}"
        );
    }

    #[test]
    fn long_lists_are_broken_into_lines() {
        let words: Vec<_> = (0..20).map(|number| format!("class_{number} 5")).collect();
        let text = filled(&words);
        assert!(
            text.lines().count() > 2 && text.lines().all(|line| line.len() <= 80),
            "{text}"
        );
        assert!(text.starts_with("    class_0 5, class_1 5,") && text.ends_with("class_19 5\n"));
        assert_eq!(filled(&[]), "");
    }
}
