//! The summaries that commands end with.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::Ordering;

use sluicebox_pipeline::accounting::Account;
use sluicebox_pipeline::datagen::DatagenReport;
use sluicebox_pipeline::metrics::Metrics;

use crate::output::{Table, absolute, grouped};

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
        let _ = writeln!(
            text,
            "  {} -> {}: {}, of them {} bad on purpose",
            stream.name,
            stream.topic,
            grouped(stream.made),
            grouped(stream.invalid)
        );
    }
    for (class, count) in &report.invalid {
        let _ = writeln!(text, "    {class}: {}", grouped(*count));
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

/// The sentence about the account, when it is whole.
pub(crate) fn account(account: &Account) -> String {
    format!(
        "accounted for: {} of {} records, each exactly once ({} rows, {} dead letters)\n",
        grouped(account.rows + account.letters),
        grouped(account.expected),
        grouped(account.rows),
        grouped(account.letters)
    )
}
