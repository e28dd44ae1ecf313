//! How far behind an instance is.

use super::instance::Instance;

impl Instance {
    /// Publishes the lag of each partition as the last fetch knew its end: no question to the
    /// cluster. Transaction markers at the end count as read.
    pub(super) fn publish_lags(&self) {
        for at in self.consumer.positions() {
            let partition = at.topic_partition();
            if let Some(end) = self.consumer.known_end(partition) {
                let (topic, _) = &self.topics[usize::from(at.topic)];
                let lag = (end - at.offset).max(0);
                self.metrics.process_lag.set(topic, at.partition, lag);
            }
        }
    }
}
