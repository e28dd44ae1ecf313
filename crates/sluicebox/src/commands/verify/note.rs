//! A note of the outcome, for the dashboard. It is news for people; nothing rests on it.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use sluicebox_pipeline::verify::{Report, Verdict};

use crate::commands::dashboard::verify_note;

/// Leaves the note where a pipeline keeps its state. Files that were copied elsewhere have no such place,
/// and none is made.
pub(super) fn leave(report: &Report, state_dir: &Path) {
    if !report.with_topics || !state_dir.is_dir() {
        return;
    }
    let records: u64 = report
        .streams
        .iter()
        .map(|stream| stream.source_records)
        .sum();
    let note = json!({
        "at": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "records": records,
        "contradicted": report.count(Verdict::Contradicted),
        "unprovable": report.count(Verdict::Unprovable),
    });
    let path = verify_note(state_dir);
    let new = path.with_extension("new");
    // In one step, so that no reader sees half of it. A directory that cannot be written keeps none.
    let _ = std::fs::write(&new, note.to_string()).and_then(|()| std::fs::rename(&new, &path));
}
