//! Whether all that is in the files is known here.

use std::collections::BTreeSet;

use sluicebox_event::Plans;
use sluicebox_sink::ManifestState;

/// Source topics of rows in the files that no stream here reads.
pub(super) fn unknown_topics(plans: &Plans, state: &ManifestState) -> BTreeSet<String> {
    let sources = state.source_positions().map(|position| position.source);
    let sources: BTreeSet<u16> = sources.collect();
    let topics = sources
        .into_iter()
        .filter_map(|source| state.sources.get(usize::from(source)));
    topics
        .filter(|topic| plans.stream_of_topic(topic).is_none())
        .cloned()
        .collect()
}
