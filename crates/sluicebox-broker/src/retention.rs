//! Applies the topics' limits of age and size, now and then.

use std::sync::Arc;
use std::time::Duration;

use crate::shared::Shared;

/// Runs until the broker ends.
pub(crate) async fn keep(shared: Arc<Shared>) {
    let interval = Duration::from_millis(shared.config.retention_check_interval_ms.max(1));
    while shared.fatal.reason().is_none() {
        tokio::time::sleep(interval).await;
        let shared = shared.clone();
        // Removing files may take a while on a slow disk; requests go on meanwhile.
        let _ = tokio::task::spawn_blocking(move || apply(&shared)).await;
    }
}

fn apply(shared: &Shared) {
    for topic in shared.topics.all() {
        for log in topic.partitions() {
            if let Err(error) = log.apply_retention() {
                tracing::warn!(log = log.name, %error, "cannot remove old records");
            }
        }
    }
}
