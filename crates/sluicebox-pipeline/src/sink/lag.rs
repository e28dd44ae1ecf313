//! How far behind the sink is: what is not durable yet counts.

use sluicebox_kafka::TopicPartition;

use super::task::SinkTask;

impl SinkTask {
    /// Publishes the lag of each partition as the last fetch knew its end: no question to the
    /// cluster. Transaction markers at the end count as read.
    pub(super) fn publish_lags(&self) {
        for at in self.next_offsets() {
            if let Some(end) = self.consumer.known_end(at.topic_partition()) {
                let topic = self.topic(at.topic_partition());
                self.metrics
                    .sink_lag
                    .set(topic, at.partition, (end - at.offset).max(0));
            }
        }
    }

    pub(super) fn forget_lags(&self) {
        for at in &self.assigned {
            self.metrics.sink_lag.forget(self.topic(*at), at.partition);
        }
    }

    pub(super) fn topic(&self, at: TopicPartition) -> &str {
        self.consumer.topic_name(at.topic).unwrap_or_default()
    }
}
