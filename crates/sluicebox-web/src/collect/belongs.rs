//! Whether the files belong to the cluster, and whether all that is in them is known here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sluicebox_event::Plans;
use sluicebox_kafka::admin::TopicDescription;
use sluicebox_sink::ManifestState;

/// Why files in a directory do not belong to these topics of this cluster, if they do not. A sink
/// refuses to go on with them for the same reasons. An empty id is an unknown one.
pub(super) fn mismatch(
    directory: &Path,
    state: &ManifestState,
    cluster_id: &str,
    topics: &BTreeMap<String, TopicDescription>,
) -> Option<String> {
    let differs = |recorded: &str, found: &str| {
        !recorded.is_empty() && !found.is_empty() && recorded != found
    };
    let directory = directory.display();
    if differs(&state.cluster_id, cluster_id) {
        return Some(format!(
            "The files in {directory} were written from the cluster `{}`, and this is the cluster `{cluster_id}`.",
            state.cluster_id
        ));
    }
    let recreated = state.topics.iter().find(|recorded| {
        topics
            .get(&recorded.name)
            .is_some_and(|found| differs(&recorded.id, &found.topic_id))
    })?;
    Some(format!(
        "The topic {} was deleted and made anew since the files in {directory} were written.",
        recreated.name
    ))
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use sluicebox_sink::TopicIdentity;

    #[test]
    fn another_cluster_and_a_topic_made_anew_are_told_and_unknown_ids_are_not_compared() {
        let found = |cluster: &str, topic: &str| {
            let state = ManifestState {
                cluster_id: "first".to_owned(),
                topics: vec![TopicIdentity {
                    name: "t".to_owned(),
                    id: "one".to_owned(),
                }],
                ..ManifestState::default()
            };
            let description = TopicDescription {
                name: "t".to_owned(),
                topic_id: topic.to_owned(),
                internal: false,
                partitions: Vec::new(),
            };
            let topics = BTreeMap::from([("t".to_owned(), description)]);
            mismatch(Path::new("data"), &state, cluster, &topics)
        };
        assert_eq!(found("first", "one"), None);
        assert_eq!(found("", ""), None);
        let said = found("second", "one").unwrap();
        assert!(said.contains("from the cluster `first`, and this is the cluster `second`"));
        let said = found("first", "two").unwrap();
        assert!(said.contains("topic t was deleted and made anew"));
    }
}
