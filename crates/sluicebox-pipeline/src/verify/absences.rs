//! Records that no file has a row of, for a reason that is known.

use sluicebox_event::Plans;
use sluicebox_sink::ManifestState;

use super::accepted::Accepted;
use super::columns::Columns;
use super::config::VerifyConfig;
use super::cut::Cut;
use super::files::{DataFile, RowsOf};
use super::topics::Topics;

/// Rows whose absence has an explanation.
#[derive(Debug, Default)]
pub(super) struct Absences {
    /// Output records that were given up with `--accept-loss`.
    pub(super) accepted: Accepted,
    /// By topic: rows of sealed files that are not in the directory, and of files that cannot be read
    /// for want of lineage or of a stream. Findings of the files speak for them.
    pub(super) archived: Vec<u64>,
}

impl Absences {
    /// What the files and the manifest explain.
    pub(super) fn of(
        files: &[DataFile],
        config: &VerifyConfig,
        topics: &Topics,
        manifest: Option<&ManifestState>,
        cut: &Cut,
    ) -> Self {
        let plans = &config.plans;
        let [processed, letters] = &cut.outputs;
        let outputs = [
            (config.topics.processed.as_str(), processed.tails.len()),
            (config.topics.dead_letters.as_str(), letters.tails.len()),
        ];
        let accepted = Accepted::of(manifest, outputs);
        let mut archived = vec![0; topics.len()];
        for (stream, rows) in unread_rows(files, plans) {
            archived[stream] += rows;
        }
        for file in files.iter().filter(|file| file.is_sealed) {
            if let (RowsOf::Stream(stream), Some(state), false) =
                (file.rows_of, &file.recorded, file.path.exists())
            {
                archived[stream.index()] += state.rows;
            }
        }
        Self { accepted, archived }
    }
}

/// By stream: rows that are in files and cannot be looked at, so that their records seem to have none.
/// The file has no lineage; or no stream has a file of that name (any more), and the stream's columns.
fn unread_rows<'a>(
    files: &'a [DataFile],
    plans: &'a Plans,
) -> impl Iterator<Item = (usize, u64)> + 'a {
    let streams = plans.streams().iter().enumerate();
    streams.flat_map(move |(index, stream)| {
        let of_stream = move |file: &&DataFile| match (file.rows_of, file.header.as_deref()) {
            (RowsOf::Nobody, Some(header)) => header == stream.csv_header(),
            (RowsOf::Stream(id), Some(header)) => {
                id.index() == index && Columns::find(file.rows_of, header).is_none()
            }
            _ => false,
        };
        let rows = files.iter().filter(of_stream);
        rows.filter_map(move |file| Some((index, file.recorded.as_ref()?.rows)))
    })
}
