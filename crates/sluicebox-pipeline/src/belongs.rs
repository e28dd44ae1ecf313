//! Whether files belong to the cluster that is looked at.

use std::path::Path;

use sluicebox_kafka::admin::TopicDescription;
use sluicebox_sink::ManifestState;

/// Why files in a directory do not belong to these topics of this cluster, if they do not. A sink
/// refuses to go on with them for the same reasons. An empty id is an unknown one.
pub fn mismatch<'a>(
    directory: &Path,
    state: &ManifestState,
    cluster_id: &str,
    topics: impl IntoIterator<Item = &'a TopicDescription>,
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
    let recreated = topics.into_iter().find(|found| {
        let recorded = state.topics.iter().find(|topic| topic.name == found.name);
        recorded.is_some_and(|recorded| differs(&recorded.id, &found.topic_id))
    })?;
    Some(format!(
        "The topic {} was deleted and made anew since the files in {directory} were written.",
        recreated.name
    ))
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
            mismatch(Path::new("data"), &state, cluster, [&description])
        };
        assert_eq!(found("first", "one"), None);
        assert_eq!(found("", ""), None);
        let said = found("second", "one").unwrap();
        assert!(said.contains("from the cluster `first`, and this is the cluster `second`"));
        let said = found("first", "two").unwrap();
        assert!(said.contains("topic t was deleted and made anew"));
    }
}
