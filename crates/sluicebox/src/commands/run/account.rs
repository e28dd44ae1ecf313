//! The account of a run: each record that was acknowledged to datagen is one row or one letter.

use std::path::Path;

use miette::{Report, miette};
use sluicebox_event::Plans;
use sluicebox_event::dead_letter::DEAD_LETTERS_FILE;
use sluicebox_pipeline::accounting::{Account, AccountedFile, ExpectedOffsets, RowsOf, account};
use sluicebox_pipeline::datagen::DatagenReport;
use sluicebox_sink::{DiskStorage, read_manifest};

use crate::commands::problems;

/// The files and their committed lengths as a run finds them.
pub(crate) struct Baseline {
    files: Vec<AccountedFile>,
}

impl Baseline {
    /// Remembers how long the files are. With `rotate` they may be begun anew, so reading starts
    /// at their beginning: rows of earlier runs carry other offsets and count as others.
    ///
    /// # Errors
    /// The manifest cannot be read.
    pub(crate) fn take(output_dir: &Path, plans: &Plans, rotate: bool) -> Result<Self, Report> {
        let storage = DiskStorage::existing(output_dir);
        let state = read_manifest(&storage).map_err(|error| {
            problems::report(error.refusal().to_string(), Some(error.way_out()))
        })?;
        let committed = |name: &str| {
            let files = state.iter().flat_map(|state| &state.files);
            let length = files
                .filter(|file| file.name == name)
                .map(|file| file.length)
                .next();
            if rotate { 0 } else { length.unwrap_or(0) }
        };
        let rows = plans.streams().iter().map(|stream| {
            (
                stream.file_name(),
                RowsOf::Topic(stream.source_topic().to_owned()),
            )
        });
        let letters = (DEAD_LETTERS_FILE.to_owned(), RowsOf::Letters);
        let files = rows.chain([letters]).map(|(name, rows_of)| AccountedFile {
            path: output_dir.join(&name),
            from_bytes: committed(&name),
            rows_of,
        });
        Ok(Self {
            files: files.collect(),
        })
    }

    /// Compares what datagen was promised with what is in the files.
    ///
    /// # Errors
    /// The files cannot be read.
    pub(crate) fn account(&self, made: &DatagenReport) -> Result<Account, Report> {
        let expected: Vec<_> = made
            .acknowledged_offsets
            .iter()
            .map(|found| ExpectedOffsets {
                topic: found.topic.clone(),
                partition: found.partition,
                ranges: found
                    .offsets
                    .ranges()
                    .iter()
                    .map(|range| range.start..range.end)
                    .collect(),
            })
            .collect();
        let found = account(&expected, &self.files).map_err(|error| miette!("{error}"))?;
        Ok(Account {
            unplaced: made.unplaced,
            ..found
        })
    }
}

/// The error that names what is missing or doubled; `None` when the account is whole.
pub(crate) fn complaint(account: &Account) -> Option<Report> {
    if account.is_whole() {
        return None;
    }
    let lost = account.unplaced.saturating_sub(account.others);
    let missing = account.missing_examples.iter().map(|found| {
        format!(
            "no row for {} partition {} offset {}",
            found.topic, found.partition, found.offset
        )
    });
    let doubled = account.doubled_examples.iter().map(|found| {
        format!(
            "{} line {}: a second row for {} partition {} offset {}",
            found.file.display(),
            found.line,
            found.topic,
            found.partition,
            found.offset
        )
    });
    let unplaced = (lost > 0).then(|| {
        format!("no row for {lost} records that were acknowledged without an offset: no broker may have them")
    });
    let examples: Vec<_> = missing.chain(doubled).chain(unplaced).collect();
    Some(miette!(
        help = "this should not happen: please report it with the output directory and the broker's data directory",
        "{} records are missing and {} are doubled, of {}:\n  {}",
        account.missing + lost,
        account.doubled,
        account.expected + account.unplaced,
        examples.join("\n  ")
    ))
}
