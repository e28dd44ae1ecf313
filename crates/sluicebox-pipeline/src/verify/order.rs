//! The order of rows of one key.

use super::entry::Keyed;
use super::error::VerifyError;
use super::files::DataFile;
use super::finding::{Findings, Place};
use super::kind::Kind;
use super::report::StreamReport;
use super::sorter::Sorter;
use super::topics::Topics;

/// Rows of one key stand in the order of their records: where a later record's row stands before an
/// earlier one's, that is a finding.
pub(super) fn check(
    keyed: Sorter<Keyed>,
    topics: &Topics,
    files: &[DataFile],
    streams: &mut [StreamReport],
    findings: &mut Findings,
    temp: &std::path::Path,
) -> Result<(), VerifyError> {
    let failed = VerifyError::temporary(temp);
    let mut sorted = keyed.finish().map_err(&failed)?;
    let mut before: Option<Keyed> = None;
    while let Some(row) = sorted.next().map_err(&failed)? {
        let key = |row: &Keyed| (row.topic, row.partition, row.family, row.key_hash);
        let earlier = before.filter(|before| key(before) == key(&row));
        if let Some(earlier) = earlier
            && (earlier.file, earlier.position) > (row.file, row.position)
        {
            let place = Place {
                file: Some(files[usize::from(row.file)].name.clone()),
                position: Some(row.position),
                topic: Some(topics.name(row.topic).to_owned()),
                partition: Some(row.partition),
                offset: Some(row.offset),
                ..Place::default()
            };
            let file = &files[usize::from(earlier.file)].name;
            let (offset, position) = (earlier.offset, earlier.position);
            let detail = format!(
                "the row of offset {offset}, of the same key, comes after it: in {file}, at byte {position}"
            );
            findings.add(Kind::OutOfOrder, place, detail);
            streams[usize::from(row.topic)].out_of_order += 1;
        }
        before = Some(row);
    }
    Ok(())
}
