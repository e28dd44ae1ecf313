//! Tells everyone how a transaction has ended: the partitions by markers, the groups by their
//! offsets.

use std::sync::Arc;
use std::time::Duration;

use kafka_protocol::error::ResponseError;
use sluicebox_faults::point;
use tokio::task::JoinSet;

use crate::fatal::Fatal;
use crate::groups::Groups;
use crate::limits::TRANSACTION_RETRY_WAIT_MS;
use crate::log::{AppendError, Marker};
use crate::topics::Topics;
use crate::transactions::machine::{Producer, Transaction};

/// There is one coordinator, and it never changes.
const COORDINATOR_EPOCH: i32 = 0;

/// Where outcomes go.
#[derive(Clone)]
pub(crate) struct Outcome {
    topics: Arc<Topics>,
    groups: Arc<Groups>,
    fatal: Arc<Fatal>,
}

impl Outcome {
    pub(crate) fn new(topics: Arc<Topics>, groups: Arc<Groups>, fatal: Arc<Fatal>) -> Self {
        Self {
            topics,
            groups,
            fatal,
        }
    }

    pub(super) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Carries a decision to every partition and group, all at once, and returns when it is
    /// durable in all of them. What the disk refuses is tried again; only the failure of the
    /// broker ends it early.
    pub(super) async fn spread(&self, decided: &Transaction) -> Result<(), ResponseError> {
        let Some(commit) = decided.decision() else {
            return Ok(());
        };
        let producer = decided.producer;
        let mut parts = JoinSet::new();
        for (topic, partition) in decided.partitions.iter().cloned() {
            let this = self.clone();
            parts.spawn(async move { this.mark(&topic, partition, producer, commit).await });
        }
        for group in &decided.groups {
            let (this, group) = (self.clone(), group.clone());
            parts.spawn(async move { this.end_offsets(&group, producer.id, commit).await });
        }
        while let Some(part) = parts.join_next().await {
            part.unwrap_or(Err(ResponseError::CoordinatorNotAvailable))?;
        }
        Ok(())
    }

    async fn mark(
        &self,
        topic: &str,
        partition: i32,
        producer: Producer,
        commit: bool,
    ) -> Result<(), ResponseError> {
        let marker = if commit {
            Marker::Commit
        } else {
            Marker::Abort
        };
        loop {
            // A deleted topic needs no marker; one that was created anew takes it for nothing.
            let log = self
                .topics
                .by_name(topic)
                .and_then(|t| t.partition(partition));
            let Some(log) = log else { return Ok(()) };
            point!("broker.transaction.marker");
            let appended = log
                .append_control_marker(producer.id, producer.epoch, marker, COORDINATOR_EPOCH)
                .await;
            match appended {
                Ok(_) => return Ok(()),
                Err(error @ AppendError::Refused { .. }) => {
                    tracing::warn!(topic, partition, %error, "a transaction marker was refused");
                    return Ok(());
                }
                Err(error @ (AppendError::Storage { .. } | AppendError::Failed)) => {
                    tracing::warn!(topic, partition, %error, "a transaction marker has to wait");
                    self.pause().await?;
                }
            }
        }
    }

    async fn end_offsets(
        &self,
        group_id: &str,
        producer_id: i64,
        commit: bool,
    ) -> Result<(), ResponseError> {
        while self
            .groups
            .end_transaction(group_id, producer_id, commit)
            .await
            .is_err()
        {
            self.pause().await?;
        }
        Ok(())
    }

    async fn pause(&self) -> Result<(), ResponseError> {
        self.still_alive()?;
        tokio::time::sleep(Duration::from_millis(TRANSACTION_RETRY_WAIT_MS)).await;
        Ok(())
    }

    /// An error once the broker has failed: nothing becomes durable any more.
    pub(super) fn still_alive(&self) -> Result<(), ResponseError> {
        match self.fatal.reason() {
            None => Ok(()),
            Some(_) => Err(ResponseError::CoordinatorNotAvailable),
        }
    }
}
