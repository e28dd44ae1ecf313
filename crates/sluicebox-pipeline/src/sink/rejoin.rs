//! Back into the group after the client was fenced.

use std::time::{Duration, Instant};

use sluicebox_kafka::{Consumer, ConsumerOptions, KafkaError};

use super::task::SinkTask;
use crate::config::SinkConfig;
use crate::error::PipelineError;
use crate::limits::{MAX_POLL_INTERVAL_MS, QUEUED_MAX_KBYTES, SESSION_TIMEOUT_MS};
use crate::slots::Slot;

fn member_name(config: &SinkConfig, slot: &Slot) -> String {
    format!("{}-{}", config.group, slot.id())
}

/// A new member of the sink's group.
pub(super) fn join(config: &SinkConfig, slot: &Slot) -> Result<Consumer, KafkaError> {
    let options = ConsumerOptions {
        // A name that stays: the same directory's sink gets its partitions back at once after a
        // crash, without waiting for the dead member's session to end (KIP-345).
        group_instance_id: Some(member_name(config, slot)),
        session_timeout_ms: SESSION_TIMEOUT_MS,
        max_poll_interval_ms: MAX_POLL_INTERVAL_MS,
        queued_max_kbytes: QUEUED_MAX_KBYTES,
        ..ConsumerOptions::new(
            config.group.clone(),
            vec![
                config.topics.processed.clone(),
                config.topics.dead_letters.clone(),
            ],
        )
    };
    Consumer::subscribe(&slot.named(&config.client), options)
}

impl SinkTask {
    /// Joins the group with a new client, because the name of the old one was taken over.
    ///
    /// The directory's lock says that no other sink writes here. Nearly always the sink has taken
    /// its name over itself: when the coordinator is away for longer than the session, the client
    /// joins again as a new member, and an offset commit of the old one that was still on its way
    /// is answered with `FENCED_INSTANCE_ID`, which ends the client. But a copied state directory
    /// looks the same, so there is a limit for when nothing else is wrong.
    pub(super) fn rejoin(&mut self, error: &KafkaError) -> Result<(), PipelineError> {
        let now = Instant::now();
        self.pushed_aside.failed(error, now);
        self.pushed_aside.lost(self.consumer.last_loss());
        if self.pushed_aside.too_often(now) {
            return Err(PipelineError::NameTaken {
                name: member_name(&self.config, &self.slot),
                group: self.config.group.clone(),
                state_file: self.slot.path().to_owned(),
            });
        }
        tracing::warn!(%error, "the sink lost its place in the group; joining again");
        self.append_held()?;
        self.commit_rows()?;
        self.held.clear();
        self.forget_lags();
        self.assigned.clear();
        let consumer = join(&self.config, &self.slot)?;
        std::mem::replace(&mut self.consumer, consumer).close(Duration::ZERO);
        Ok(())
    }
}
