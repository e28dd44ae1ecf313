//! Whose offsets a manifest holds: the cluster, its topics, the plan.

use crate::error::{OpenError, Refusal};
use crate::manifest::{ManifestState, TopicIdentity};

/// What the offsets and the rows of a directory belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The Kafka cluster's id; empty when it has none, and then not compared.
    pub cluster_id: String,
    /// The topics that offsets refer to, inputs and sources.
    pub topics: Vec<TopicIdentity>,
    /// SHA-256 over the stream definitions.
    pub plan_hash: [u8; 32],
}

impl Identity {
    /// Whether the offsets of a manifest still mean what they meant.
    pub(super) fn check(&self, state: &ManifestState, manifest: &str) -> Result<(), OpenError> {
        if differs(&state.cluster_id, &self.cluster_id) {
            return Err(Refusal::OtherCluster {
                manifest: manifest.to_owned(),
                recorded: state.cluster_id.clone(),
                found: self.cluster_id.clone(),
            }
            .into());
        }
        for topic in &self.topics {
            let recorded = state
                .topics
                .iter()
                .find(|recorded| recorded.name == topic.name);
            if let Some(recorded) = recorded
                && differs(&recorded.id, &topic.id)
            {
                return Err(Refusal::TopicRecreated {
                    topic: topic.name.clone(),
                    manifest: manifest.to_owned(),
                    recorded: recorded.id.clone(),
                    found: topic.id.clone(),
                }
                .into());
            }
        }
        Ok(())
    }

    /// Notes this identity in a state that [`check`](Self::check) found to fit. Says whether the
    /// plan is another one than before.
    pub(super) fn note_in(&self, state: &mut ManifestState) -> bool {
        if !self.cluster_id.is_empty() {
            state.cluster_id.clone_from(&self.cluster_id);
        }
        for topic in &self.topics {
            match state
                .topics
                .iter_mut()
                .find(|recorded| recorded.name == topic.name)
            {
                Some(recorded) if recorded.id.is_empty() => recorded.id.clone_from(&topic.id),
                Some(_) => {}
                None => state.topics.push(topic.clone()),
            }
        }
        let is_new_epoch = state.epoch == 0 || state.plan_hash != self.plan_hash;
        if is_new_epoch {
            state.epoch += 1;
            state.plan_hash = self.plan_hash;
        }
        is_new_epoch && state.epoch > 1
    }
}

/// An empty id is an unknown one.
fn differs(recorded: &str, found: &str) -> bool {
    !recorded.is_empty() && !found.is_empty() && recorded != found
}
