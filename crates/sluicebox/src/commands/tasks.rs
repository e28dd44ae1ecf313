//! From the configuration to the tasks of the pipeline.

use std::sync::Arc;

use sluicebox_event::Plans;
use sluicebox_kafka::ClientOptions;
use sluicebox_pipeline::config::{OutputTopics, ProcessorConfig, SinkConfig};

use crate::settings::config::{Config, Topics};

impl From<&Topics> for OutputTopics {
    fn from(topics: &Topics) -> Self {
        Self {
            processed: topics.processed_data.clone(),
            dead_letters: topics.dead_letters.clone(),
        }
    }
}

/// The processor as configured.
pub(crate) fn processor(
    config: &Config,
    client: ClientOptions,
    plans: &Arc<Plans>,
) -> ProcessorConfig {
    ProcessorConfig {
        topics: OutputTopics::from(&config.topics),
        group: config.processor.group.clone(),
        instances: config.processor.instances,
        accept_loss: config.processor.accept_loss,
        wait: config.cluster.wait,
        ..ProcessorConfig::new(
            client,
            Arc::clone(plans),
            config.processor.state_dir.clone(),
        )
    }
}

/// The sink as configured.
pub(crate) fn sink(config: &Config, client: ClientOptions, plans: &Arc<Plans>) -> SinkConfig {
    let (output, state) = (
        config.output.dir.clone(),
        config.processor.state_dir.clone(),
    );
    SinkConfig {
        topics: OutputTopics::from(&config.topics),
        group: config.sink.group.clone(),
        accept_loss: config.processor.accept_loss,
        skip_repeats: config.sink.skip_repeats,
        rotate: config.sink.rotate,
        wait: config.cluster.wait,
        ..SinkConfig::new(client, Arc::clone(plans), output, state)
    }
}
